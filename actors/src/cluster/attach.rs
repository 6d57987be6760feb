//! Attaching: this node's listeners of a room that lives elsewhere ask its home to tell them what it tells. Wishes to
//! one home travel together: while one question is under way, the next ones gather.

use super::{
    Away, Cluster, Home, Level, Run,
    wire::{Answer, Ask, Wanted, encode},
};
use crate::{Directory, Error, audience::Part, bus::To, env::Env, room::Head};
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;
use schema::room::RoomId;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// Rooms of one question, looked up together: where many move at once, the first ones are answered soon.
pub(super) const ROOMS_MAX: usize = 64;
/// How long a home may take to answer it. A home that is gone is not waited for.
const ATTACH_WAIT: Duration = Duration::from_secs(5);

/// Who waits for an answer about a room.
struct Wish {
    wanted: Wanted,
    level: oneshot::Sender<Option<Level>>,
}

/// Wishes that gather while a question is under way.
#[derive(Default)]
struct Batch {
    wishes: Vec<Wish>,
    under_way: bool,
}

/// One for each home.
#[derive(Default)]
pub(super) struct Batches(Mutex<BTreeMap<Run, Batch>>);

impl Batches {
    /// True when nobody sends for this home yet: the caller has to.
    fn put(&self, home: Run, wish: Wish) -> bool {
        let mut batches = self.0.lock();
        let batch = batches.entry(home).or_default();
        batch.wishes.push(wish);
        !std::mem::replace(&mut batch.under_way, true)
    }

    fn take(&self, home: Run) -> Vec<Wish> {
        let mut batches = self.0.lock();
        let Some(batch) = batches.get_mut(&home) else { return Vec::new() };
        let some = batch.wishes.len().min(ROOMS_MAX);
        let wishes: Vec<Wish> = batch.wishes.drain(..some).collect();
        if wishes.is_empty() {
            batches.remove(&home);
        }
        wishes
    }
}

impl Cluster {
    /// Asks the home of a room to tell us what it tells, from the answer's number on.
    ///
    /// # Errors
    /// When it did not answer, or is not its home: look again where the room lives.
    pub(crate) async fn attach(
        &self,
        home: Run,
        room: &RoomId,
        at: u64,
        part: Option<Part>,
    ) -> Result<Level, Error> {
        let (level, answered) = oneshot::channel();
        let wanted = Wanted { room: room.clone(), at, part };
        if self.batches.put(home, Wish { wanted, level })
            && let Some(cluster) = self.myself.upgrade()
        {
            tokio::spawn(async move { cluster.send_wishes(home).await });
        }
        answered.await.ok().flatten().ok_or(Error::Elsewhere)
    }

    async fn send_wishes(self: Arc<Self>, home: Run) {
        loop {
            let wishes = self.batches.take(home);
            if wishes.is_empty() {
                return;
            }
            let Some(me) = self.run() else { continue };
            let rooms = wishes.iter().map(|wish| wish.wanted.clone()).collect();
            // From now on it may send us news.
            self.ears.open(home, self.clock.uptime_ms());
            match self.ask(home, &Ask::Attach { from: me, rooms }, ATTACH_WAIT).await {
                Ok(Answer::Attached(levels)) => {
                    for (wish, level) in wishes.into_iter().zip(levels) {
                        let _ = wish.level.send(level);
                    }
                }
                // The wishes are dropped, and those who have them try again.
                _ => self.hailed.notify_one(),
            }
        }
    }

    /// The same for a room that lives here.
    pub(crate) async fn attach_here(
        &self,
        env: &Arc<Env>,
        room: &RoomId,
        part: Option<Part>,
    ) -> Result<Level, Error> {
        let me = self.run().ok_or(Error::Elsewhere)?;
        self.level(env, room, me, part).await
    }

    /// Where a room that lives here stands, for a node that brings along who is in it there.
    async fn level(
        &self,
        env: &Arc<Env>,
        room: &RoomId,
        of: Run,
        part: Option<Part>,
    ) -> Result<Level, Error> {
        if let Some(part) = part {
            self.put_present(env, room, of, part);
        }
        env.stir(room);
        if self.is_unsettled() {
            self.look_again.lock().push_back(room.clone());
        }
        // When many rooms move at once, those who ask wait here: the store has other things to do as well.
        let _turn = self.heads.acquire().await;
        let head = Directory::of(Arc::clone(env)).head(room).await?;
        Ok(Level { seq: head.seq, present: self.guests.present(room, of) })
    }

    /// Where a room that lives on another node ends.
    pub(crate) async fn head_at(&self, home: Run, room: &RoomId) -> Result<Head, Away> {
        match self.ask(home, &Ask::Head { room: room.clone() }, ATTACH_WAIT).await? {
            Answer::Head(head) => Ok(head),
            _ => Err(Away::Moving),
        }
    }

    /// Tells the homes of rooms who is in them on this node; false where one did not take note.
    pub(crate) async fn put_parts(&self, env: &Env, rooms: Vec<(RoomId, Part)>) -> bool {
        let Some(me) = self.run() else { return false };
        let mut by_home: BTreeMap<Run, Vec<(RoomId, Part)>> = BTreeMap::new();
        for (room, part) in rooms {
            match self.home(&room) {
                Home::Here => self.put_present(env, &room, me, part),
                Home::There(home) => by_home.entry(home).or_default().push((room, part)),
                Home::Nowhere => return false,
            }
        }
        let mut taken = true;
        for (home, rooms) in by_home {
            let answer = self.ask(home, &Ask::Present { from: me, rooms }, ATTACH_WAIT).await;
            taken &= matches!(answer, Ok(Answer::Done));
        }
        taken
    }

    /// We listen to a room no longer. If that is lost, the next news of it will be unwanted and says so again.
    pub(crate) fn detach(&self, env: &Env, room: &RoomId) {
        let (home, Some(me), at) = (self.home(room), self.run(), self.clock.uptime_ms()) else { return };
        let home = match home {
            Home::There(home) => home,
            Home::Here => return self.let_go_of(env, room, me, at),
            Home::Nowhere => return,
        };
        let ask = encode(&Ask::Detach { from: me, room: room.clone(), at });
        let bus = self.bus.clone();
        tokio::spawn(async move { bus.send(me, To::Desk(home), ask).await });
    }

    /// Answers a question to attach, in its order.
    pub(super) async fn attached(&self, env: &Arc<Env>, from: Run, rooms: Vec<Wanted>) -> Vec<Option<Level>> {
        let each = rooms.into_iter().map(|wanted| self.let_attach(env, from, wanted));
        stream::iter(each).buffered(ROOMS_MAX).collect().await
    }

    async fn let_attach(&self, env: &Arc<Env>, from: Run, wanted: Wanted) -> Option<Level> {
        let Wanted { room, at, part } = wanted;
        if self.home(&room) != Home::Here || self.link(from).is_none() {
            return None;
        }
        // First put down, then looked: what is told in between is told to them as well.
        self.guests.attach(&room, from, at);
        self.level(env, &room, from, part).await.ok()
    }
}
