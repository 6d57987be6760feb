//! What a session does with its mail. Audiences send straight to its outbox; it only decides what may be
//! heard.

use super::mailbox::Address;
use crate::{
    audience::{Admission, Answer, Listener, encode},
    env::Env,
    host::{Hook, Verdict},
    outbox::{Close, Outbox},
    room::epoch,
};
use futures_util::future::join_all;
use schema::{
    caller::Caller,
    code::Code,
    frame::{Kind, Response},
    id::UserId,
    log::Told,
    room::RoomId,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::timeout};

/// The kind of every person's own room.
const OWN: &str = "user";
/// The kind of the rooms in which it is whispered how a person is. Whoever looks at a list of people listens to one for
/// each, so they are counted apart.
const PRESENCE: &str = "presence";
/// Whose own room it is, where it is one.
pub(crate) fn owner(room: &RoomId) -> Option<UserId> {
    (room.kind() == OWN && room.topic().is_empty()).then(|| UserId::new(room.id()))
}

/// The own room of a person.
pub(crate) fn own_room(user: UserId) -> RoomId {
    RoomId::new(OWN, user.uuid())
}

/// The sign-in was ended.
const REVOKED: Close = Close { code: 4009, reason: "session revoked" };

/// A wish to listen to a room.
#[derive(Debug)]
pub struct Join {
    /// Which room.
    pub room: RoomId,
    /// Echoed in the answer.
    pub reference: Option<String>,
    /// The epoch and the last event of a former visit.
    pub from: Option<(Option<String>, u64)>,
}

/// What a session is asked to do.
#[derive(Debug)]
pub enum Message {
    /// Listen to a room; answers the client by itself and reports whether it was let in.
    Join(Join, oneshot::Sender<Result<(), Code>>),
    /// Listen to these rooms of the presence kind, and to no others of it; answers those that were refused.
    Watch(Vec<RoomId>, oneshot::Sender<Vec<RoomId>>),
    /// Stop listening.
    Leave(RoomId, oneshot::Sender<()>),
    /// Whether a room is listened to now.
    Hears(RoomId, oneshot::Sender<bool>),
    /// A cursor was stopped by an event that may have taken the right to hear.
    Interrupted {
        /// Which room.
        room: RoomId,
        /// Where it would go on.
        next_seq: u64,
    },
    /// Something about this person's sign-ins or rights.
    Control(Box<Told>),
    /// A fresher token of the same person.
    Renew(Caller),
}

/// A session.
pub(crate) struct Session {
    env: Arc<Env>,
    caller: Caller,
    outbox: Arc<Outbox>,
    rooms: Vec<RoomId>,
    own: RoomId,
}

impl Session {
    /// Opens a session over a connection. Every session listens to control events of its person, joined or
    /// not.
    pub(crate) fn open(env: Arc<Env>, caller: Caller, outbox: Arc<Outbox>) -> Address {
        let own = own_room(caller.user);
        let myself = Address::new(Arc::clone(&outbox));
        let session = Box::new(Self { env, caller, outbox, rooms: Vec::new(), own });
        session.listen_for_control(&myself);
        myself.begin(session);
        myself
    }

    pub(super) async fn handle(&mut self, message: Message, myself: &Address) {
        match message {
            Message::Join(join, done) => {
                let outcome = self.join(join, myself).await;
                let _ = done.send(outcome);
            }
            Message::Watch(rooms, done) => {
                let refused = self.watch(rooms, myself).await;
                let _ = done.send(refused);
            }
            Message::Leave(room, done) => {
                self.leave(&room, myself).await;
                let _ = done.send(());
            }
            Message::Hears(room, report) => {
                let _ = report.send(self.rooms.contains(&room));
            }
            Message::Interrupted { room, next_seq } => self.rejoin(room, next_seq, myself).await,
            Message::Control(told) => match self.env.host().control(&self.caller, &told) {
                Verdict::Stay => {}
                Verdict::Revoked => self.outbox.close(REVOKED),
                Verdict::Recheck => self.recheck().await,
            },
            Message::Renew(caller) => self.caller = caller,
        }
    }

    pub(super) async fn part_all(&mut self) {
        let rooms = std::mem::take(&mut self.rooms);
        for room in &rooms {
            self.part(room).await;
        }
        if !rooms.contains(&self.own) {
            self.env.audiences().leave(&self.own, self.outbox.id).await;
        }
        self.env.stir(&self.own);
    }

    fn listen_for_control(&self, myself: &Address) {
        let listener = Listener::new(Arc::clone(&self.outbox), self.caller.user, myself.clone(), true);
        self.env.audiences().register(&self.own, listener);
        let (env, own, connection) = (Arc::clone(&self.env), self.own.clone(), self.outbox.id);
        tokio::spawn(async move {
            let silent = || Admission {
                connection,
                epoch: String::new(),
                from: None,
                answer: None,
                log_was_asked: false,
            };
            while env.audiences().admit(&own, silent()).await.is_none() {
                // Tainted while joining: once more; gone: the listener is not there any more.
                if env.sessions().get(connection).is_none() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
    }

    /// First put the listener down, then check its right, then let it in: an event that takes the
    /// right away between these steps is noticed.
    async fn join(&mut self, join: Join, myself: &Address) -> Result<(), Code> {
        let host = Arc::clone(self.env.host());
        if host.policy(&join.room).is_none() {
            return Err(Code::NotFound);
        }
        let known = self.rooms.contains(&join.room);
        let watches = join.room.kind() == PRESENCE;
        let alike = self.rooms.iter().filter(|room| (room.kind() == PRESENCE) == watches).count();
        if !known && alike >= self.env.config.rooms_per_session {
            return Err(Code::CapacityReached);
        }
        let from = join.from.clone();
        let greeting = host.greeting(&self.caller, &join.room, from.is_none()).await;
        let ts = self.env.clock.now().ms();
        let answer =
            move || Some(Answer { reference: join.reference.clone(), greeting: greeting.clone(), ts });
        match self.admit(&join.room, from, answer, myself).await {
            Ok(first) => {
                if !known {
                    self.rooms.push(join.room.clone());
                }
                if first && host.policy(&join.room).is_some_and(|policy| policy.hooks) {
                    self.hook(&join.room, Hook::Joined);
                }
                Ok(())
            }
            Err(code) => {
                self.rooms.retain(|room| *room != join.room);
                Err(code)
            }
        }
    }

    async fn admit(
        &self,
        room: &RoomId,
        from: Option<(Option<String>, u64)>,
        answer: impl Fn() -> Option<Answer>,
        myself: &Address,
    ) -> Result<bool, Code> {
        let audiences = self.env.audiences();
        let listener = Listener::new(Arc::clone(&self.outbox), self.caller.user, myself.clone(), false);
        audiences.register(room, listener);
        if self.env.cluster().is_some() {
            // Where the room lives elsewhere, what it tells before this node is attached does not come here.
            let wait = Duration::from_millis(self.env.config.join_wait_ms);
            if timeout(wait, audiences.known(room)).await.is_err() {
                // It is moving, or what it is read from is slow: whoever asks again finds it there.
                return Err(self.turn_away(room, Code::Overloaded, myself).await);
            }
        }
        // Rights that change all the time are refused in the end rather than checked for ever.
        for _ in 0..5 {
            let allowed = match self.env.takes_part() {
                true => self.env.host().may_hear(&self.caller, room).await,
                // What it believes of anybody's rights may be long over.
                false => Err(Code::Draining),
            };
            if let Err(code) = allowed {
                return Err(self.turn_away(room, code, myself).await);
            }
            let admission = Admission {
                connection: self.outbox.id,
                epoch: epoch(room, self.env.store.incarnation()),
                from: from.clone(),
                answer: answer(),
                log_was_asked: false,
            };
            if let Some(admitted) = audiences.admit(room, admission).await {
                return Ok(admitted.first);
            }
        }
        Err(self.turn_away(room, Code::Overloaded, myself).await)
    }

    /// Takes the listener away again that was put down for a join.
    async fn turn_away(&self, room: &RoomId, code: Code, myself: &Address) -> Code {
        self.env.audiences().leave(room, self.outbox.id).await;
        if *room == self.own {
            self.listen_for_control(myself);
        }
        code
    }

    /// Who is watched from now on. The others are listened to no more, so that a list that is scrolled through never adds
    /// up to more than is seen of it.
    async fn watch(&mut self, mut wanted: Vec<RoomId>, myself: &Address) -> Vec<RoomId> {
        wanted.retain(|room| room.kind() == PRESENCE);
        wanted.truncate(self.env.config.rooms_per_session);
        let over = self.rooms.iter().filter(|room| room.kind() == PRESENCE && !wanted.contains(room));
        for room in over.cloned().collect::<Vec<_>>() {
            self.leave(&room, myself).await;
        }
        // Those who are watched already are asked for again, too: the right to see them may be over.
        let let_in = join_all(wanted.iter().map(|room| self.admit(room, None, || None, myself))).await;
        let mut refused = Vec::new();
        for (room, let_in) in wanted.into_iter().zip(let_in) {
            self.rooms.retain(|joined| *joined != room);
            match let_in {
                Ok(_) => self.rooms.push(room),
                Err(_) => refused.push(room),
            }
        }
        refused
    }

    async fn leave(&mut self, room: &RoomId, myself: &Address) {
        if !self.rooms.contains(room) {
            return;
        }
        self.rooms.retain(|joined| joined != room);
        self.part(room).await;
        if *room == self.own {
            self.listen_for_control(myself);
        }
    }

    async fn part(&self, room: &RoomId) {
        let last = self.env.audiences().leave(room, self.outbox.id).await;
        if last && self.env.host().policy(room).is_some_and(|policy| policy.hooks) {
            self.hook(room, Hook::Left);
        }
    }

    /// A cursor was stopped: whoever still has the right goes on where it stopped, without a word.
    async fn rejoin(&mut self, room: RoomId, next_seq: u64, myself: &Address) {
        if !self.rooms.contains(&room) {
            return;
        }
        let from = Some((None, next_seq.saturating_sub(1)));
        if let Err(code) = self.admit(&room, from, || None, myself).await {
            self.refused(&room, code);
        }
    }

    /// Rights changed: every joined room is asked for again, by who the caller is now.
    async fn recheck(&mut self) {
        if let Some(caller) = self.env.host().renewed(&self.caller).await {
            self.caller = caller;
        }
        for room in self.rooms.clone() {
            if let Err(code) = self.env.host().may_hear(&self.caller, &room).await {
                self.part(&room).await;
                self.refused(&room, code);
            }
        }
    }

    /// The right is gone, or nobody can say at this moment: then the client comes back and asks anew.
    fn refused(&mut self, room: &RoomId, code: Code) {
        self.rooms.retain(|joined| joined != room);
        if code.status() >= 500 {
            return self.outbox.close(Close::BROKEN);
        }
        let ts = self.env.clock.now().ms();
        let frame = Response::new(Kind::Revoked, None, ts, json!({})).about(room);
        self.outbox.insist(&encode(self.outbox.codec, &frame));
    }

    fn hook(&self, room: &RoomId, hook: Hook) {
        let (host, caller, room) = (Arc::clone(self.env.host()), self.caller, room.clone());
        tokio::spawn(async move { host.hook(&caller, &room, hook).await });
    }
}
