//! Which room is awake, and how to reach it. One actor per room: whoever needs a room first wakes it,
//! the others wait for that waking. A handle survives its room: a fallen room is woken from its log
//! and handed the changes that got no receipt.

use crate::{
    Error,
    audience::Part,
    claims::Claims,
    cluster::{Home, Level, Run},
    env::Env,
    own::{self, Command},
    room::{
        Args, Author, Head, Known, Message, Pending, Receipt, Room, Submission, Unseen, head_of, stored_reply,
    },
    rooms::{Awake, Seat},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use ractor::SpawnErr;
use schema::{
    change::Change,
    id::{OrgId, UserId},
    reply::Reply,
    room::RoomId,
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use storage::Range;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};
use tracing::{error, info, warn};

/// How often a change is sent again to a room that fell or moved.
const SENDS_MAX: u32 = 8;

/// Open rooms that are woken at once: each asks the store where it stands.
const WAKES_AT_ONCE: usize = 8;
/// How often the home of one is asked, and the pause in between: nodes may disagree about it for a moment.
const WAKE_TRIES: u32 = 5;
const WAKE_AGAIN: Duration = Duration::from_secs(1);

/// The longest pause between two attempts to settle a room.
const SETTLE_PAUSE_MAX: Duration = Duration::from_secs(30);

/// All rooms of this node; cheap to clone.
#[derive(Clone)]
pub struct Directory {
    pub(crate) env: Arc<Env>,
}

/// What was found out about a command.
#[derive(Debug)]
pub enum Sought {
    /// It was carried out before; this is what it answered.
    Done(Reply),
    /// It was not.
    New(Unseen),
}

impl Directory {
    pub(crate) const fn of(env: Arc<Env>) -> Self {
        Self { env }
    }

    /// Commits a change in its room: whole or not at all, on disk before this returns.
    ///
    /// # Errors
    /// When the change is refused, when too much waits, or when the outcome is not known.
    pub async fn commit(
        &self,
        room: &RoomId,
        command: Command,
        author: Author,
        change: Change,
    ) -> Result<Receipt, Error> {
        self.commit_unseen(room, command, author, change, Unseen::UNKNOWN).await
    }

    /// The same, by a caller who has [sought](Directory::seek) the command, found that it is new, and has kept
    /// others from running it since: the room is spared the look.
    ///
    /// # Errors
    /// As [`Directory::commit`].
    pub async fn commit_unseen(
        &self,
        room: &RoomId,
        command: Command,
        author: Author,
        change: Change,
        unseen: Unseen,
    ) -> Result<Receipt, Error> {
        if !self.env.homes(room) {
            return Err(Error::Elsewhere);
        }
        let mut claims = Claims::of(&change, self.env.clock.now());
        claims.take(&self.env.store).await?;
        let submission = Arc::new(Submission::new(command, author, change, claims, unseen));
        let outcome = self.submit(room, &submission).await;
        if matches!(&outcome, Err(error) if *error != Error::OutcomeUnknown) {
            submission.claims.release(&self.env.store, self.env.clock.now()).await;
        }
        outcome
    }

    /// Commits a change that the server makes by itself, under a name nobody ever used.
    ///
    /// # Errors
    /// As [`Directory::commit`].
    pub async fn commit_own(&self, room: &RoomId, author: Author, change: Change) -> Result<Receipt, Error> {
        let key = Command::fresh_key(&self.env.clock);
        let command = Command { caller: UserId::NIL, key, hash: [0; 32] };
        self.commit_unseen(room, command, author, change, Unseen::EVER).await
    }

    async fn submit(&self, room: &RoomId, submission: &Arc<Submission>) -> Result<Receipt, Error> {
        for sent in 0..SENDS_MAX {
            if !self.env.homes(room) {
                // Sent once, it may have been written all the same.
                return Err(if sent == 0 { Error::Elsewhere } else { Error::OutcomeUnknown });
            }
            let seat = self.seat(room);
            let permits = self.permits(&seat).await?;
            let Awake { actor, known } = self.awake(room, &seat).await?;
            known.begin(submission.command.mark());
            let (receipt, reported) = oneshot::channel();
            let pending = Pending { submission: Arc::clone(submission), receipt, permits };
            if actor.send_message(Message::Submit(pending)).is_ok()
                && let Ok(outcome) = reported.await
            {
                return outcome;
            }
            submission.again();
            if submission.is_poisonous() {
                error!(%room, change = ?submission.change, action = submission.author.action,
                    "a change that failed its room twice was refused");
                metrics::counter!("changes_poisonous_total").increment(1);
                return Err(Error::Poisonous);
            }
            // The room fell, moved or went to sleep before it answered: under the same command the
            // change is carried out at most once, so sending it again is safe. A room that is falling takes
            // messages for a moment yet and drops them: each time, it gets longer to be gone.
            tokio::time::sleep(Duration::from_millis(1 << sent)).await;
        }
        Err(Error::OutcomeUnknown)
    }

    /// Whether a command was carried out before. Does not wake the room; one that is awake mostly knows.
    ///
    /// # Errors
    /// When the store doesn't answer, or when the key named another command.
    pub async fn seek(&self, room: &RoomId, command: &Command) -> Result<Sought, Error> {
        if let Some(unseen) = self.env.rooms.known(room).and_then(|known| known.vouch(command.mark())) {
            return Ok(Sought::New(unseen));
        }
        let stored = stored_reply(&self.env.store, room, command, self.env.clock.now()).await?;
        // It may have begun before it was looked for and be written after.
        Ok(stored.map_or(Sought::New(Unseen::UNKNOWN), Sought::Done))
    }

    /// Where the room ends: its last commit whose rows are all there. What lies behind it in the log may be
    /// half written, and is told by nobody yet. A room is woken for it only where it has unfinished business.
    ///
    /// # Errors
    /// When the store doesn't answer.
    pub async fn head(&self, room: &RoomId) -> Result<Head, Error> {
        match self.env.home(room) {
            Home::Here => {}
            Home::There(run) => return self.head_at(run, room).await,
            Home::Nowhere => return Err(Error::Elsewhere),
        }
        if let Some(known) = self.env.rooms.known(room)
            && let Some(head) = known.head()
        {
            return Ok(head);
        }
        // The list is looked at second: a room notes itself before it writes. One that is not noted has nothing under
        // way that a plain read could miss.
        let head = head_of(&self.env.store, room).await?;
        if self.env.store.get(&own::open_room_key(room)).await?.is_none() {
            return Ok(head);
        }
        let awake = self.awake(room, &self.seat(room)).await?;
        awake.known.head().ok_or(Error::Conflict)
    }

    async fn head_at(&self, run: Run, room: &RoomId) -> Result<Head, Error> {
        let cluster = self.env.cluster().ok_or(Error::Elsewhere)?;
        cluster.head_at(run, room).await.map_err(|_| Error::Elsewhere)
    }

    /// Where a room stands, for those who listen to it on this node: from its answer on they are told whatever it
    /// tells, whether it lives here or elsewhere. They bring along who is in it here.
    pub(crate) async fn attach(
        &self,
        room: &RoomId,
        at: u64,
        part: Option<Part>,
    ) -> Result<(Home, Level), Error> {
        let home = self.env.home(room);
        let level = match (home, self.env.cluster()) {
            (Home::There(run), Some(cluster)) => cluster.attach(run, room, at, part).await?,
            (Home::Here, Some(cluster)) => cluster.attach_here(&self.env, room, part).await?,
            (Home::Here, None) => Level { seq: self.head(room).await?.seq, present: Vec::new() },
            (Home::Nowhere | Home::There(_), _) => return Err(Error::Elsewhere),
        };
        Ok((home, level))
    }

    /// Wakes the rooms that were left with unfinished reactions, wherever they live, a few at a time. Each node goes
    /// through its own share of the list: what is over has left traces there which cost whoever reads it.
    ///
    /// # Errors
    /// When some of the list can't be read; the rest of it was.
    pub(crate) async fn wake_open_rooms(&self) -> Result<usize, Error> {
        let (mut woken, mut unread) = (0, None);
        for (_, partition) in own::open_rooms().filter(|(reader, _)| self.env.homes(reader)) {
            match self.listed(partition).await {
                Ok(rooms) => {
                    let wakes = stream::iter(rooms).map(|room| self.wake_at_home(room));
                    woken += wakes.buffer_unordered(WAKES_AT_ONCE).count().await;
                }
                Err(error) => unread = Some(error),
            }
        }
        if woken > 0 {
            info!(rooms = woken, "woke rooms with unfinished reactions");
        }
        unread.map_or(Ok(woken), Err)
    }

    /// Has an open room woken where it lives: whoever is asked where it ends finds it on the list.
    async fn wake_at_home(&self, room: RoomId) {
        for _ in 0..WAKE_TRIES {
            let woken = match self.env.home(&room) {
                Home::Here => self.wake(&room).await,
                Home::There(run) => self.head_at(run, &room).await.map(drop),
                Home::Nowhere => return,
            };
            match woken {
                Ok(()) => return,
                Err(Error::Elsewhere) => tokio::time::sleep(WAKE_AGAIN).await,
                Err(error) => return warn!(%room, %error, "an open room can't be woken"),
            }
        }
        warn!(%room, "the home of an open room does not answer");
    }

    /// How many rooms are listed as having unfinished business.
    pub(crate) async fn count_open_rooms(&self) -> Result<usize, Error> {
        let mut count = 0;
        for (_, partition) in own::open_rooms() {
            count += self.listed(partition).await?.len();
        }
        Ok(count)
    }

    /// The rooms in one partition of that list.
    async fn listed(&self, partition: Bytes) -> Result<Vec<RoomId>, Error> {
        let rows = self.env.store.scan(&Range::partition(own::OPEN_ROOMS, partition, usize::MAX)).await?;
        Ok(rows.iter().filter_map(|row| std::str::from_utf8(&row.sort).ok()?.parse().ok()).collect())
    }

    /// Wakes a room without a change: it will finish the reactions it owes.
    ///
    /// # Errors
    /// When its log can't be read.
    pub async fn wake(&self, room: &RoomId) -> Result<(), Error> {
        self.awake(room, &self.seat(room)).await.map(drop)
    }

    /// Finds out, for a room that leaves without knowing, whether its last write is in the log. Those who sent it
    /// may be gone, and nobody else might come for hours: an event in it would not be told, nor reacted to.
    /// A commit of nothing in the same place decides it: it comes first, and the write never happens, or it
    /// meets the write, and the room wakes behind it.
    pub(crate) fn settle(&self, room: &RoomId) {
        let (directory, room, seat) = (self.clone(), room.clone(), self.seat(room));
        if seat.unsettled.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        tokio::spawn(async move {
            let mut pause = Duration::from_millis(50);
            loop {
                let before = seat.unsettled.load(Ordering::Acquire);
                match directory.commit_nothing(&room).await {
                    // Whoever is its home now finds that out.
                    Err(Error::Elsewhere) => return seat.unsettled.store(0, Ordering::Release),
                    Err(error @ (Error::Poisonous | Error::Broken(_))) => {
                        error!(%room, %error, "where the log ends could not be found out");
                        return seat.unsettled.store(0, Ordering::Release);
                    }
                    Ok(_) if seat.is_settled(before) => return,
                    _ => {}
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(SETTLE_PAUSE_MAX);
            }
        });
    }

    async fn commit_nothing(&self, room: &RoomId) -> Result<Receipt, Error> {
        let mut nothing = Change::new();
        nothing.unaudited();
        self.commit_own(room, Author::system(OrgId::NIL, "settle"), nothing).await
    }

    /// How many rooms are awake.
    #[must_use]
    pub fn awake_count(&self) -> usize {
        self.env.rooms.count()
    }

    fn seat(&self, room: &RoomId) -> Arc<Seat> {
        self.env.rooms.seat(room, self.env.config.room_permits)
    }

    async fn permits(&self, seat: &Seat) -> Result<[OwnedSemaphorePermit; 2], Error> {
        let wait = Duration::from_millis(self.env.config.permit_wait_ms);
        let acquire = |semaphore: &Arc<Semaphore>| Arc::clone(semaphore).acquire_owned();
        let of_room = timeout(wait, acquire(&seat.permits)).await;
        let of_room = of_room.ok().and_then(Result::ok).ok_or(Error::Overloaded("this room"))?;
        let of_node = timeout(wait, acquire(&self.env.permits)).await;
        let of_node = of_node.ok().and_then(Result::ok).ok_or(Error::Overloaded("this server"))?;
        Ok([of_room, of_node])
    }

    async fn awake(&self, room: &RoomId, seat: &Seat) -> Result<Awake, Error> {
        let mut awake = seat.awake.lock().await;
        if let Some(awake) = awake.as_ref().filter(|awake| awake.is_alive()) {
            return Ok(awake.clone());
        }
        if !self.env.homes(room) {
            return Err(Error::Elsewhere);
        }
        let known = Arc::new(Known::new());
        let args = Args { id: room.clone(), known: Arc::clone(&known), directory: self.clone() };
        let supervisor = self.env.rooms.supervisor();
        let supervisor = supervisor.ok_or_else(|| Error::Broken("no room can wake yet".into()))?;
        let woken = ractor::Actor::spawn_linked(None, Room, args, supervisor).await;
        let (actor, _) = woken.map_err(|error| match error {
            // What the room said when it could not wake; the library calls it a panic.
            SpawnErr::StartupFailed(reason) => Error::Store(reason.to_string()),
            other => Error::Broken(other.to_string()),
        })?;
        metrics::counter!("rooms_woken_total").increment(1);
        let woken = Awake { actor, known };
        *awake = Some(woken.clone());
        if self.env.is_unsettled() {
            // What a home of before still writes comes before this, and is told, or meets it, and never happens.
            self.settle(room);
        }
        Ok(woken)
    }
}
