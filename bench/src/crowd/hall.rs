//! Where a crowd stands: its people, their rooms, and everything measured since they arrived. One thread
//! owns it, so it is shared by cells and not by locks.

use super::{
    account::{Account, Timeline},
    ledger::Ledger,
    member::{Member, Phase},
    nodes::Nodes,
    order::{Arrival, Arrived, Progress},
    rooms::Rooms,
};
use crate::{
    client::{handshake::Handshake, line::SCRATCH_BYTES},
    clock::now_us,
    error::Result,
    number::count,
    seats::Deal,
    stamp::Stamp,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use tokio::{sync::Semaphore, task::AbortHandle};
use uuid::Uuid;

/// How much is kept of something that broke the protocol.
const ODDITY_BYTES: usize = 400;

/// A crowd and what it measured.
pub(crate) struct Hall {
    /// Which crowd this is.
    pub(crate) crowd: u16,
    /// How it came.
    pub(crate) arrival: Arrival,
    /// The handshake of every connection.
    pub(crate) handshake: Handshake,
    /// The read buffer of every connection.
    pub(crate) scratch: RefCell<Box<[u8]>>,
    /// How many may be at the door while everybody arrives; later nobody queues, as in the world outside.
    pub(crate) door: Semaphore,
    /// Everybody.
    pub(crate) members: Vec<Rc<Member>>,
    /// What they listen to.
    pub(crate) rooms: Rooms,
    /// The servers they may turn to.
    pub(crate) nodes: Nodes,
    /// What keeps each of them connected.
    pub(crate) lives: RefCell<Vec<Option<AbortHandle>>>,
    /// What was said and heard.
    pub(crate) ledger: RefCell<Ledger>,
    /// What was measured.
    pub(crate) account: RefCell<Account>,
    /// How arriving went.
    pub(crate) arrived: RefCell<Arrived>,
    /// When the last person came in, microseconds since the Unix epoch.
    pub(crate) last_in_us: Cell<u64>,
    /// The size of the messages' text.
    pub(crate) body_bytes: Cell<usize>,
    inside: Cell<u64>,
}

impl Hall {
    /// An empty hall with everybody of this arrival at the door.
    ///
    /// # Errors
    /// When the tokens can't be read.
    pub(crate) fn new(crowd: u16, arrival: Arrival) -> Result<Self> {
        let seats = arrival.share.seats()?;
        let quick = seats.len().saturating_sub(arrival.slow);
        let mut rooms = Rooms::default();
        let members: Vec<_> = seats
            .into_iter()
            .enumerate()
            .map(|(number, seat)| {
                Rc::new(Member::new(number, seat, &arrival.rooms, number >= quick, &mut rooms))
            })
            .collect();
        Ok(Self {
            crowd,
            handshake: Handshake::new(),
            nodes: Nodes::new(&arrival.servers),
            scratch: RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice()),
            door: Semaphore::new(arrival.at_once.max(1)),
            lives: RefCell::new(members.iter().map(|_| None).collect()),
            ledger: RefCell::default(),
            account: RefCell::default(),
            arrived: RefCell::new(Arrived { expected: count(members.len()), ..Arrived::default() }),
            last_in_us: Cell::default(),
            body_bytes: Cell::default(),
            inside: Cell::default(),
            arrival,
            members,
            rooms,
        })
    }

    /// Somebody is in.
    pub(crate) fn came_in(&self, member: &Member) {
        let now = now_us();
        self.inside.set(self.inside.get() + 1);
        if let Some(node) = member.at.get() {
            self.nodes.let_in(node);
        }
        self.last_in_us.set(now);
        self.arrived.borrow_mut().joined.record(now.saturating_sub(member.began_us.get()));
        *self.account.borrow_mut().attempts.entry(member.attempts.get()).or_default() += 1;
        member.send_again(self.arrival.tag, self.body_bytes.get());
    }

    /// Somebody's connection ended.
    pub(crate) fn went_out(&self, member: &Member) {
        if let Some(node) = member.at.take() {
            self.nodes.left(node);
        }
        if member.disconnected() {
            self.inside.set(self.inside.get().saturating_sub(1));
        }
    }

    /// How many are in.
    pub(crate) fn inside(&self) -> u64 {
        self.inside.get()
    }

    /// How many of those who are reading are level.
    pub(crate) fn level(&self) -> u64 {
        count(self.members.iter().filter(|member| member.is_level(&self.rooms)).count())
    }

    /// Whether everybody who is reading is level.
    pub(crate) fn is_level(&self) -> bool {
        self.members.iter().all(|member| member.is_stalled() || member.is_level(&self.rooms))
    }

    /// Somebody heard a message.
    pub(crate) fn heard(&self, member: &Member, stamp: Stamp, now_us: u64) {
        let latency = now_us.saturating_sub(stamp.intended_us);
        if !member.is_slow {
            self.account.borrow_mut().heard.record(stamp.intended_us, latency);
        }
        self.ledger.borrow_mut().hear(stamp, (!member.is_slow).then_some(latency));
    }

    /// Somebody heard that a task was created. Only the answer to its author tells which message that was: until
    /// then the hearing waits.
    pub(crate) fn heard_of(&self, member: &Member, task: Uuid, now_us: u64) {
        let said = self.ledger.borrow_mut().stands_for(task, now_us);
        if let Some(stamp) = said {
            self.heard(member, stamp, now_us);
        }
    }

    /// A task's author was answered.
    pub(crate) fn made(&self, member: &Member, task: Uuid, stamp: Stamp) {
        let early = self.ledger.borrow_mut().made(task, stamp);
        early.into_iter().for_each(|at_us| self.heard(member, stamp, at_us));
    }

    /// Forgets what was measured; nobody notices.
    pub(crate) fn measure_anew(&self) {
        *self.account.borrow_mut() = Account::default();
        self.ledger.borrow_mut().begin_anew();
    }

    /// Something broke the protocol; the first such thing is kept for whoever has to look into it.
    pub(crate) fn odd(&self, what: &str, bytes: &[u8]) {
        let mut account = self.account.borrow_mut();
        account.faults.malformed += 1;
        account.oddity.get_or_insert_with(|| {
            let shown = bytes.get(..ODDITY_BYTES).unwrap_or(bytes);
            format!("{what}: {}", shown.escape_ascii())
        });
    }

    /// A talk begins, unless one began before: seconds are counted from the first.
    pub(crate) fn talk_begins(&self, starts_at_us: u64, body_bytes: usize) {
        self.body_bytes.set(body_bytes);
        let mut account = self.account.borrow_mut();
        let account = &mut *account;
        for timeline in [&mut account.heard, &mut account.answered, &mut account.last] {
            if timeline.starts_at_us == 0 {
                *timeline = Timeline::beginning_at(starts_at_us);
            }
        }
    }

    /// How it goes.
    pub(crate) fn progress(&self) -> Progress {
        let ledger = self.ledger.borrow();
        Progress {
            at_us: now_us(),
            connected: self.inside(),
            level: self.level(),
            said: ledger.said(),
            answered: ledger.answered(),
            heard: self.account.borrow().deliveries,
        }
    }

    /// Everything measured so far.
    pub(crate) fn tell(&self) -> Account {
        let mut account = self.account.borrow().clone();
        let ledger = self.ledger.borrow();
        let spread = self.arrival.share.deal == Deal::People;
        if spread {
            account.rows = ledger.rows();
        } else {
            let people = |room| self.rooms.people(room);
            (account.hearing, account.last) = ledger.whole(self.crowd, people, account.heard.starts_at_us);
        }
        account.acknowledged = count(ledger.acknowledged().len());
        account.unanswered = self.members.iter().map(|member| count(member.waiting_for())).sum();
        account
    }

    /// Cuts the connection of everybody from this number on.
    pub(crate) fn cut(&self, keep: usize) {
        let mut lives = self.lives.borrow_mut();
        for (member, life) in self.members.iter().zip(lives.iter_mut()).skip(keep) {
            if let Some(life) = life.take() {
                life.abort();
            }
            self.went_out(member);
        }
    }

    /// Whether anybody is still on the way in.
    pub(crate) fn is_awaited(&self) -> bool {
        self.members.iter().any(|member| member.phase.get() != Phase::In && !self.is_out(member))
    }

    /// Whether somebody has no connection and nobody who tries to make one.
    pub(crate) fn is_out(&self, member: &Member) -> bool {
        member.phase.get() == Phase::Out
            && self
                .lives
                .borrow()
                .get(member.number)
                .is_none_or(|life| life.as_ref().is_none_or(AbortHandle::is_finished))
    }
}
