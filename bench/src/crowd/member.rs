//! One person of a crowd: who they are, where they are in each room, and what they said that was not yet
//! answered. A person outlives their connections; saying something while out means keeping it until back
//! in, under the same `client_id`.

use super::rooms::Rooms;
use crate::{
    audit::Cursor,
    client::{
        line::Voice,
        said::{self, Place},
    },
    crowd::order::Room,
    seats::Seat,
    stamp::Stamp,
};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    task::{Context, Waker},
};

/// How far a person's connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No connection, or one that is not usable yet.
    Out,
    /// The upgrade was asked for.
    Upgrading,
    /// The token was sent.
    SigningIn,
    /// So many joins are not answered.
    Joining(u8),
    /// Listening to every room.
    In,
}

/// A person's place in one room.
#[derive(Debug)]
pub(crate) struct Listening {
    /// The room's number in the crowd.
    pub(crate) room: usize,
    /// Its name.
    pub(crate) name: Rc<str>,
    /// What was heard of it.
    pub(crate) cursor: Cursor,
}

/// One person.
pub(crate) struct Member {
    /// Which one of the crowd.
    pub(crate) number: usize,
    /// Whether this one can be made to stop reading.
    pub(crate) is_slow: bool,
    token: Box<str>,
    /// The place in each room, in the order of joining.
    pub(crate) listening: RefCell<Vec<Listening>>,
    /// Which of them is spoken in.
    spoken_in: Option<usize>,
    /// Whether what is said there is a task.
    makes_tasks: bool,
    /// Which server the present connection goes to.
    pub(crate) at: Cell<Option<usize>>,
    /// How far the connection is.
    pub(crate) phase: Cell<Phase>,
    /// When the present connection began, microseconds since the Unix epoch.
    pub(crate) began_us: Cell<u64>,
    /// Connections tried since the last return.
    pub(crate) attempts: Cell<u32>,
    /// How long the server asked to stay away, in milliseconds.
    pub(crate) stay_away_ms: Cell<Option<u64>>,
    voice: RefCell<Option<Rc<Voice>>>,
    unanswered: RefCell<VecDeque<Stamp>>,
    is_stalled: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Member {
    /// A person of this crowd who is not in yet.
    pub(crate) fn new(number: usize, seat: Seat, kinds: &[Room], is_slow: bool, rooms: &mut Rooms) -> Self {
        // People speak in a meeting; where they attend none, they create tasks in a project.
        let spoken_in = [Room::Meeting, Room::Project].into_iter().find(|kind| kinds.contains(kind));
        let listening = kinds.iter().map(|kind| {
            let name = match kind {
                Room::Inbox => format!("user:{}", seat.user),
                Room::Project => format!("project:{}", seat.project),
                Room::Meeting => format!("meeting:{}", seat.meeting),
            };
            let (room, name) = rooms.enter(&name, spoken_in == Some(*kind));
            Listening { room, name, cursor: Cursor::default() }
        });
        Self {
            number,
            is_slow,
            listening: RefCell::new(listening.collect()),
            spoken_in: kinds.iter().position(|kind| spoken_in == Some(*kind)),
            makes_tasks: spoken_in == Some(Room::Project),
            at: Cell::default(),
            token: seat.token,
            phase: Cell::new(Phase::Out),
            began_us: Cell::default(),
            attempts: Cell::default(),
            stay_away_ms: Cell::default(),
            voice: RefCell::default(),
            unanswered: RefCell::default(),
            is_stalled: Cell::default(),
            waker: Cell::default(),
        }
    }

    /// A connection stands.
    pub(crate) fn connected(&self, voice: Rc<Voice>, phase: Phase) {
        *self.voice.borrow_mut() = Some(voice);
        self.phase.set(phase);
    }

    /// The connection is gone; true when the person had been in.
    pub(crate) fn disconnected(&self) -> bool {
        self.voice.borrow_mut().take();
        self.listening.borrow_mut().iter_mut().for_each(|listening| listening.cursor.left());
        self.phase.replace(Phase::Out) == Phase::In
    }

    /// Sends bytes, if there is a connection.
    pub(crate) fn say(&self, bytes: &[u8]) {
        if let Some(voice) = &*self.voice.borrow() {
            voice.say(bytes);
        }
    }

    /// Sends the token.
    pub(crate) fn sign_in(&self) {
        let mut bytes = Vec::new();
        said::auth(&mut bytes, "a", &self.token);
        self.phase.set(Phase::SigningIn);
        self.say(&bytes);
    }

    /// Joins every room, each from where it was left.
    pub(crate) fn join_all(&self) {
        let mut bytes = Vec::new();
        let listening = self.listening.borrow();
        for (place, each) in listening.iter().enumerate() {
            let from = each.cursor.place().map(|(epoch, after_seq)| Place { epoch, after_seq });
            said::join(&mut bytes, &format!("j{place}"), &each.name, from);
        }
        self.phase.set(match u8::try_from(listening.len()) {
            Ok(0) => Phase::In,
            Ok(joins) => Phase::Joining(joins),
            Err(_) => unreachable!("there are three kinds of rooms"),
        });
        self.say(&bytes);
    }

    /// Takes responsibility for a message: it is sent now, or as soon as the person is in.
    pub(crate) fn take_up(&self, stamp: Stamp, tag: u64, body_bytes: usize) {
        self.unanswered.borrow_mut().push_back(stamp);
        self.send(stamp, tag, body_bytes);
    }

    /// Sends a message that is still unanswered, if the person is in.
    pub(crate) fn send(&self, stamp: Stamp, tag: u64, body_bytes: usize) {
        if self.phase.get() != Phase::In || !self.unanswered.borrow().contains(&stamp) {
            return;
        }
        let listening = self.listening.borrow();
        if let Some(room) = self.spoken_in.and_then(|place| listening.get(place)) {
            let mut bytes = Vec::with_capacity(body_bytes + 192);
            let reference = format!("m{}", stamp.number);
            let (id, body) = (stamp.client_id(tag), stamp.body(body_bytes));
            match self.makes_tasks {
                true => said::task_create(&mut bytes, &reference, &room.name, id, &body),
                false => said::chat_send(&mut bytes, &reference, &room.name, id, &body),
            }
            self.say(&bytes);
        }
    }

    /// Sends everything that is still unanswered.
    pub(crate) fn send_again(&self, tag: u64, body_bytes: usize) {
        let unanswered: Vec<_> = self.unanswered.borrow().iter().copied().collect();
        unanswered.into_iter().for_each(|stamp| self.send(stamp, tag, body_bytes));
    }

    /// The unanswered message of this number.
    pub(crate) fn unanswered(&self, number: u32) -> Option<Stamp> {
        self.unanswered.borrow().iter().find(|stamp| stamp.number == number).copied()
    }

    /// Was answered: stops caring for it.
    pub(crate) fn let_go(&self, stamp: Stamp) {
        self.unanswered.borrow_mut().retain(|each| *each != stamp);
    }

    /// How many messages are not answered.
    pub(crate) fn waiting_for(&self) -> usize {
        self.unanswered.borrow().len()
    }

    /// Whether what the person says is a task.
    pub(crate) const fn makes_tasks(&self) -> bool {
        self.makes_tasks
    }

    /// The room that the person speaks in.
    pub(crate) fn room_spoken_in(&self) -> Option<usize> {
        self.spoken_in.and_then(|place| self.listening.borrow().get(place).map(|each| each.room))
    }

    /// Whether the person is in, was answered, and heard all that is known of the rooms.
    pub(crate) fn is_level(&self, rooms: &Rooms) -> bool {
        self.phase.get() == Phase::In
            && self.unanswered.borrow().is_empty()
            && self.listening.borrow().iter().all(|each| each.cursor.last() >= rooms.head(each.room))
    }

    /// Whether the person is not reading.
    pub(crate) fn is_stalled(&self) -> bool {
        self.is_stalled.get()
    }

    /// Stops reading, from the next time there is something to read.
    pub(crate) fn stall(&self) {
        self.is_stalled.set(self.is_slow);
    }

    /// Leaves word how to be woken.
    pub(crate) fn park(&self, cx: &Context<'_>) {
        self.waker.set(Some(cx.waker().clone()));
    }

    /// Reads again.
    pub(crate) fn wake(&self) {
        self.is_stalled.set(false);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
