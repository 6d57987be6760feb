//! One room's listeners and the frames they are being sent. Pure bookkeeping over outboxes: reading
//! the log is asked of the actor around it.

use super::{
    Admission, Admitted, Frame, Shard,
    admission::start,
    frames::{Frames, Piece},
    presence::Presence,
};
use crate::{
    Config,
    cluster::Home,
    outbox::{Outbox, Sent},
    session,
};
use schema::{
    event::Hearing,
    frame::{self, Kind, Response},
    id::UserId,
    room::RoomId,
};
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc};

/// Somebody's cursor in a room.
pub struct Listener {
    /// The connection.
    pub outbox: Arc<Outbox>,
    /// The person.
    pub user: UserId,
    /// Whom to tell when the cursor is stopped.
    pub session: session::Address,
    /// True when only control events are wanted, by the session and not by the client.
    pub control_only: bool,
    next_seq: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Registered, its rights not yet checked. `tainted` when they changed meanwhile.
    Joining { tainted: bool },
    /// Level, or about to be.
    Live,
    /// Its outbox is full; it will say when it has room.
    Lagging,
    /// What it needs next has to be read from the log.
    Waiting,
}

impl Listener {
    /// A cursor not yet let in.
    #[must_use]
    pub const fn new(
        outbox: Arc<Outbox>,
        user: UserId,
        session: session::Address,
        control_only: bool,
    ) -> Self {
        let state = State::Joining { tainted: false };
        Self { outbox, user, session, control_only, next_seq: 0, state }
    }

    fn stopped_by(&self, hearing: Option<Hearing>) -> bool {
        match hearing {
            Some(Hearing::Drop(user)) => user == self.user && !self.control_only,
            Some(Hearing::Recheck) => !self.control_only,
            Some(Hearing::Control) | None => false,
        }
    }

    /// Passes an event on to the session if it is meant for sessions. Safe to repeat.
    fn tell_session(&self, frame: &Frame) {
        if frame.told.hearing == Some(Hearing::Control) {
            let _ = self.session.send(session::Message::Control(Box::new(frame.told.clone())));
        }
    }
}

/// What a seat needs to know of its surroundings.
pub(super) struct Around<'a> {
    pub(super) shard: &'a Shard,
    pub(super) config: &'a Config,
}

/// A room as its audience sees it.
pub(crate) struct Seat {
    pub(super) id: RoomId,
    /// The number of the last event, once it is known.
    pub(super) head: Option<u64>,
    /// Where it lived when its head was asked for.
    pub(super) home: Option<Home>,
    /// Its home is being asked.
    pub(super) attaching: bool,
    pub(super) listeners: Vec<Listener>,
    pub(super) frames: Frames,
    /// A read of the log is on its way.
    pub(super) reading: bool,
    pub(super) presence: Option<Box<Presence>>,
    /// Those who want to know when the head is known; dropped then.
    pub(super) asking: Vec<tokio::sync::oneshot::Sender<()>>,
    /// Admissions that wait for the head.
    pub(super) waiting: VecDeque<(Admission, tokio::sync::oneshot::Sender<Option<Admitted>>)>,
}

/// Where a visit over many listeners stands: how far it came and who has to go.
#[derive(Default)]
pub(super) struct Pass {
    pub(super) sent: usize,
    pub(super) gone: Vec<u64>,
    /// What the listener before needed: usually the next one needs the same.
    piece: Option<Piece>,
}

impl Seat {
    pub(super) fn new(id: RoomId, presence: bool) -> Self {
        Self {
            id,
            head: None,
            home: None,
            attaching: false,
            listeners: Vec::new(),
            frames: Frames::default(),
            reading: false,
            presence: presence.then(Box::default),
            asking: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    fn raise_head(&mut self, seq: u64) {
        self.head = Some(self.head.map_or(seq, |head| head.max(seq)));
    }

    /// The room ends there, says its home. What it told up to there may not have come here: whoever's right is being
    /// checked may have lost it by that.
    pub(super) fn ends_at(&mut self, seq: u64) {
        if self.head.is_some_and(|head| head < seq) {
            self.taint(Hearing::Recheck);
        }
        self.raise_head(seq);
        self.asking.clear();
    }

    pub(super) fn listener_mut(&mut self, connection: u64) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|listener| listener.outbox.id == connection)
    }

    /// Registers a listener; one that is there already is put back to joining, with what it wants now.
    pub(super) fn register(&mut self, listener: Listener) {
        match self.listener_mut(listener.outbox.id) {
            Some(present) if present.control_only => {
                present.control_only = listener.control_only;
                present.state = State::Joining { tainted: false };
            }
            Some(_) => {}
            None => {
                if self.listeners.is_empty() {
                    // Most rooms are inboxes with one listener; a vector would begin with room for four.
                    self.listeners.reserve_exact(1);
                }
                self.listeners.push(listener);
            }
        }
    }

    /// Lets a listener in, answers it, and puts its cursor where it wants to go on.
    pub(super) fn admit(&mut self, admission: Admission, around: &Around<'_>) -> Option<Admitted> {
        let head = self.head.unwrap_or_default();
        let at = self.listeners.iter().position(|l| l.outbox.id == admission.connection)?;
        let listener = self.listeners.get_mut(at)?;
        let joining = matches!(listener.state, State::Joining { .. });
        if listener.state == (State::Joining { tainted: true }) {
            listener.state = State::Joining { tainted: false };
            return None;
        }
        let (user, counts) = (listener.user, joining && !listener.control_only);
        let first = self.presence.as_mut().filter(|_| counts).is_some_and(|presence| presence.join(user));
        let (next_seq, resync) = start(&admission, head, around.config.resume_events_max);
        let present =
            self.presence.as_ref().map_or(Value::Null, |p| p.snapshot(around.config.presence_names_max));
        let room = self.id.clone();
        let listener = self.listeners.get_mut(at)?;
        listener.next_seq = next_seq;
        listener.state = State::Live;
        if let Some(answer) = admission.answer {
            let missed = (head + 1).saturating_sub(next_seq);
            let mut d = json!({"epoch": admission.epoch, "seq": head, "presence": present, "missed": missed});
            if let (Value::Object(d), Value::Object(greeting)) = (&mut d, answer.greeting) {
                d.extend(greeting);
            }
            let reply = Response::new(Kind::Reply, answer.reference, answer.ts, d).about(&room);
            insist(&listener.outbox, &reply);
            if let Some(reason) = resync {
                resync_to(&listener.outbox, &room, reason, head, answer.ts);
            }
        }
        Some(Admitted { first })
    }

    /// Takes a listener away; true when it was its person's last.
    pub(super) fn leave(&mut self, connection: u64) -> bool {
        let Some(at) = self.listeners.iter().position(|l| l.outbox.id == connection) else { return false };
        let listener = self.listeners.swap_remove(at);
        let joined = !listener.control_only && !matches!(listener.state, State::Joining { .. });
        self.presence.as_mut().filter(|_| joined).is_some_and(|presence| presence.leave(listener.user))
    }

    /// Remembers, for listeners whose rights are being checked, that an event changed them.
    pub(super) fn taint(&mut self, hearing: Hearing) {
        for listener in &mut self.listeners {
            if let State::Joining { tainted } = &mut listener.state {
                let concerns = match hearing {
                    Hearing::Drop(user) => user == listener.user,
                    Hearing::Recheck | Hearing::Control => true,
                };
                *tainted |= concerns;
            }
        }
    }

    /// Sends the listener at this place what it needs next, as far as it is at hand and there is room.
    pub(super) fn advance(&mut self, at: usize, around: &Around<'_>, pass: &mut Pass) {
        let head = self.head.unwrap_or_default();
        let Some(listener) = self.listeners.get_mut(at) else { return };
        if matches!(listener.state, State::Joining { .. } | State::Lagging) {
            return;
        }
        listener.state = State::Live;
        while listener.next_seq <= head {
            let (from, codec) = (listener.next_seq, listener.outbox.codec);
            if listener.control_only {
                let Some(frame) = self.frames.get(from) else {
                    listener.state = State::Waiting;
                    return;
                };
                listener.tell_session(frame);
                listener.next_seq += 1;
                continue;
            }
            if !pass.piece.as_ref().is_some_and(|piece| piece.is_for(codec, from)) {
                pass.piece = self.frames.piece(&self.id, codec, from, around.config.readback_chunk_bytes);
            }
            let Some(piece) = &pass.piece else {
                listener.state = State::Waiting;
                return;
            };
            if piece.hearing == Some(Hearing::Control)
                && let Some(frame) = self.frames.get(from)
            {
                listener.tell_session(frame);
            }
            match listener.outbox.send(&piece.bytes) {
                Sent::Taken => {
                    pass.sent += 1;
                    listener.next_seq = piece.next;
                    let stopped = listener.stopped_by(piece.hearing);
                    #[cfg(feature = "flawed")]
                    let stopped = stopped && !around.config.breaks(crate::Flaw::IgnoresRemoval);
                    if stopped {
                        let next_seq = listener.next_seq;
                        let stopped = session::Message::Interrupted { room: self.id.clone(), next_seq };
                        let _ = listener.session.send(stopped);
                        pass.gone.push(listener.outbox.id);
                        return;
                    }
                }
                #[cfg(feature = "flawed")]
                Sent::Full if around.config.breaks(crate::Flaw::DropsWhenFull) => {
                    listener.next_seq = piece.next
                }
                Sent::Full => {
                    listener.state = State::Lagging;
                    metrics::counter!("ws_lagging_total").increment(1);
                    let (shard, room) = (around.shard.clone(), self.id.clone());
                    listener.outbox.lag(Box::new(move |connection| shard.drained(room, connection)));
                    return;
                }
                Sent::Closed => {
                    // Its session is ending and will take it away.
                    listener.state = State::Lagging;
                    return;
                }
            }
        }
    }

    /// A lagging listener has room again.
    pub(super) fn drained(&mut self, connection: u64) -> Option<usize> {
        let at = self.listeners.iter().position(|l| l.outbox.id == connection)?;
        let listener = self.listeners.get_mut(at)?;
        if listener.state == State::Lagging {
            listener.state = State::Live;
        }
        Some(at)
    }

    /// The earliest event that somebody waits for.
    pub(super) fn wanted(&self) -> Option<u64> {
        self.listeners.iter().filter(|l| l.state == State::Waiting).map(|l| l.next_seq).min()
    }

    /// These events are not in the log any more: whoever needs one must reload and go on live.
    pub(super) fn give_up(&mut self, trimmed: std::ops::Range<u64>, ts: i64) {
        let head = self.head.unwrap_or_default();
        let needs = |l: &&mut Listener| l.state == State::Waiting && trimmed.contains(&l.next_seq);
        for listener in self.listeners.iter_mut().filter(needs) {
            resync_to(&listener.outbox, &self.id, "trimmed", head, ts);
            listener.next_seq = head + 1;
            listener.state = State::Live;
        }
    }

    /// Sends something momentary to everybody but one.
    pub(super) fn whisper(&self, from: u64, ts: i64, d: &Value) {
        let response = Response::new(Kind::Ephemeral, None, ts, d.clone()).about(&self.id);
        let mut encoded = [None, None];
        for listener in self.listeners.iter().filter(|l| l.outbox.id != from && !l.control_only) {
            if matches!(listener.state, State::Joining { .. }) {
                continue;
            }
            let codec = listener.outbox.codec;
            let slot = usize::from(codec == schema::codec::Codec::Json);
            let Some(message) = encoded.get_mut(slot) else { continue };
            let message = message.get_or_insert_with(|| encode(codec, &response));
            if listener.outbox.whisper(message) == Sent::Full {
                metrics::counter!("ws_dropped_total").increment(1);
            }
        }
    }

    /// Keeps what was just told. Who does not read must not miss that the sign-in is over, so the sessions
    /// of those who are not level are told at once.
    pub(super) fn keep(&mut self, frame: Frame) -> usize {
        self.raise_head(frame.seq);
        if frame.told.hearing == Some(Hearing::Control) {
            let behind = |listener: &&Listener| matches!(listener.state, State::Lagging | State::Waiting);
            self.listeners.iter().filter(behind).for_each(|listener| listener.tell_session(&frame));
        }
        self.frames.insert(frame)
    }
}

fn resync_to(outbox: &Outbox, room: &RoomId, reason: &str, head: u64, ts: i64) {
    metrics::counter!("ws_resync_total").increment(1);
    let d = json!({"reason": reason, "seq": head});
    insist(outbox, &Response::new(Kind::Resync, None, ts, d).about(room));
}

/// Encodes a frame whole, WebSocket header included.
pub(crate) fn encode(codec: schema::codec::Codec, response: &Response) -> bytes::Bytes {
    frame::message(codec, &codec.encode(response).unwrap_or_default())
}

fn insist(outbox: &Outbox, response: &Response) {
    outbox.insist(&encode(outbox.codec, response));
}
