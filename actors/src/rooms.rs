//! The places of a node's rooms: which is awake, and who waits for it.

use crate::{
    room::{Known, Message},
    supervisor,
};
use dashmap::DashMap;
use hashbrown::DefaultHashBuilder;
use ractor::{ActorCell, ActorRef, ActorStatus};
use schema::room::RoomId;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::{Mutex, Semaphore};

/// The rooms that are awake, or about to be.
#[derive(Default)]
pub(crate) struct Rooms {
    seats: DashMap<RoomId, Arc<Seat>, DefaultHashBuilder>,
    supervisor: OnceLock<ActorCell>,
}

/// A room's place: the actor when it is awake, and the permits of those who wait for it.
pub(crate) struct Seat {
    pub(crate) awake: Mutex<Option<Awake>>,
    pub(crate) permits: Arc<Semaphore>,
    /// How often it left without knowing where its log ends, since somebody knew.
    pub(crate) unsettled: AtomicU32,
}

/// A room that is awake.
#[derive(Clone)]
pub(crate) struct Awake {
    pub(crate) actor: ActorRef<Message>,
    pub(crate) known: Arc<Known>,
}

impl Awake {
    pub(crate) fn is_alive(&self) -> bool {
        matches!(
            self.actor.get_status(),
            ActorStatus::Starting | ActorStatus::Running | ActorStatus::Upgrading
        )
    }

    fn send(&self, message: Message) {
        // One that is gone has nothing left to be told.
        let _ = self.actor.send_message(message);
    }
}

impl Seat {
    /// Whether nothing came up since this was read; then it is settled.
    pub(crate) fn is_settled(&self, before: u32) -> bool {
        self.unsettled.compare_exchange(before, 0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl Rooms {
    /// Names the supervisor of all rooms, once.
    pub(crate) fn supervised_by(&self, supervisor: &ActorRef<supervisor::Message>) {
        let _ = self.supervisor.set(supervisor.get_cell());
    }

    pub(crate) fn supervisor(&self) -> Option<ActorCell> {
        self.supervisor.get().cloned()
    }

    /// How many rooms are awake, or were a moment ago.
    pub(crate) fn count(&self) -> usize {
        self.seats.len()
    }

    /// The place of a room; a new one lets so many wait at once.
    pub(crate) fn seat(&self, room: &RoomId, permits: usize) -> Arc<Seat> {
        if let Some(seat) = self.seats.get(room) {
            return Arc::clone(&seat);
        }
        let fresh = || {
            let permits = Arc::new(Semaphore::new(permits));
            Arc::new(Seat { awake: Mutex::new(None), permits, unsettled: AtomicU32::new(0) })
        };
        Arc::clone(&self.seats.entry(room.clone()).or_insert_with(fresh))
    }

    /// What a room knows by heart, if it is awake.
    pub(crate) fn known(&self, room: &RoomId) -> Option<Arc<Known>> {
        let seat = self.seats.get(room)?;
        let awake = seat.awake.try_lock().ok()?;
        awake.as_ref().map(|awake| Arc::clone(&awake.known))
    }

    /// Lets idle rooms go and forgets those that went.
    pub(crate) fn sweep(&self) {
        self.seats.retain(|_, seat| {
            let Ok(awake) = seat.awake.try_lock() else { return true };
            let alive = awake.as_ref().is_some_and(Awake::is_alive);
            // Somebody who holds the seat is about to wake it.
            alive || Arc::strong_count(seat) > 1
        });
        for seat in self.seats.iter() {
            if let Ok(awake) = seat.awake.try_lock()
                && let Some(awake) = awake.as_ref()
            {
                awake.send(Message::Sweep);
            }
        }
    }

    /// Rooms that live elsewhere now finish the write that is under way, and go.
    pub(crate) fn yield_those(&self, leave: impl Fn(&RoomId) -> bool) {
        for seat in self.seats.iter().filter(|seat| leave(seat.key())) {
            let seat = Arc::clone(seat.value());
            if let Ok(awake) = seat.awake.try_lock() {
                awake.iter().for_each(|awake| awake.send(Message::Yield));
                continue;
            }
            // Somebody is waking it at this moment.
            tokio::spawn(async move {
                seat.awake.lock().await.iter().for_each(|awake| awake.send(Message::Yield));
            });
        }
    }
}
