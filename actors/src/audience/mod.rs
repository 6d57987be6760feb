//! Who is listening. A listener is a cursor: the audience of a room sends it the event it needs next
//! and nothing else, so that live delivery, falling behind, reading back and resuming are one rule.
//! Audiences are sharded actors; a room with very many listeners gets one of its own.

pub(crate) mod actor;
mod admission;
mod frames;
mod message;
mod presence;
mod seat;
mod shared;

pub use admission::{Admission, Answer};
pub use frames::Frame;
pub(crate) use message::Message;
pub(crate) use presence::Part;
pub use seat::Listener;
pub(crate) use seat::encode;

use crate::{Run, cluster::View};
use parking_lot::RwLock;
use ractor::{ActorId, ActorRef};
use schema::room::RoomId;
use std::{
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

/// How often it is told who came and went, where there is time for it.
const PRESENCE_EVERY: Duration = Duration::from_secs(1);
/// How often at least.
const PRESENCE_EVERY_MAX: Duration = Duration::from_secs(10);
/// Between two rounds lies so many times what the last one took.
const PRESENCE_SHARE: u32 = 10;

/// One audience actor.
#[derive(Clone)]
pub struct Shard(pub(crate) ActorRef<Message>);

impl Shard {
    fn send(&self, message: Message) {
        // Audiences live as long as the node; one that fell is being started again and its
        // listeners will rejoin.
        let _ = self.0.send_message(message);
    }

    pub(crate) fn drained(&self, room: RoomId, connection: u64) {
        self.send(Message::Drained { room, connection });
    }
}

/// All audiences of this node; cheap to clone.
#[derive(Clone, Default)]
pub struct Audiences(Arc<RwLock<Vec<Shard>>>);

impl Audiences {
    pub(crate) fn add(&self, shard: Shard) {
        self.0.write().push(shard);
    }

    /// Puts a new actor in the place of one that fell.
    pub(crate) fn replace(&self, fallen: ActorId, shard: Shard) {
        if let Some(place) = self.0.write().iter_mut().find(|place| place.0.get_id() == fallen) {
            *place = shard;
        }
    }

    /// Tells who came and who went, as long as the node lives. A node that is busy tells more of it at once: it
    /// matters less than anything else that is told.
    pub(crate) async fn tell_presence(&self) {
        loop {
            let begun = Instant::now();
            let (done, mut all_done) = mpsc::channel(1);
            self.send_all(|| Message::Tick(done.clone()));
            drop(done);
            let _ = all_done.recv().await;
            sleep(pause_after(begun.elapsed())).await;
        }
    }

    /// Nodes came or went: rooms are attached to where they live now.
    pub(crate) fn moved(&self, view: &Arc<View>, me: Run) {
        self.send_all(|| Message::Moved(Arc::clone(view), me));
    }

    /// Attaches to every room of a home again: it may have forgotten us.
    pub(crate) fn attach_anew(&self, home: Run) {
        self.send_all(|| Message::AttachAnew(home));
    }

    fn send_all(&self, message: impl Fn() -> Message) {
        for shard in self.0.read().iter() {
            shard.send(message());
        }
    }

    fn send(&self, room: &RoomId, message: Message) {
        let shards = self.0.read();
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(room);
        let count = u64::try_from(shards.len()).unwrap_or(u64::MAX).max(1);
        if let Some(shard) = usize::try_from(hash % count).ok().and_then(|at| shards.get(at)) {
            shard.send(message);
        }
    }

    /// Delivers what a commit told.
    pub(crate) fn tell(&self, room: &RoomId, frames: Vec<Frame>) {
        self.send(room, Message::Tell { room: room.clone(), frames });
    }

    /// Says where the room's log ends, so that even a lost last message is noticed.
    pub(crate) fn head(&self, room: &RoomId, seq: u64) {
        self.send(room, Message::Head { room: room.clone(), seq });
    }

    /// Puts a listener down before its right to listen is checked: from here on, an event that takes
    /// the right away finds it.
    pub fn register(&self, room: &RoomId, listener: Listener) {
        self.send(room, Message::Register { room: room.clone(), listener });
    }

    /// Waits until this node is told what the room tells. What is read of anybody's rights after this is as new as
    /// what will be told of them.
    pub(crate) async fn known(&self, room: &RoomId) {
        let (reply, answer) = oneshot::channel();
        self.send(room, Message::Known { room: room.clone(), reply });
        let _ = answer.await;
    }

    /// Lets a registered listener in. `None` when something happened to its rights meanwhile: check
    /// again.
    pub async fn admit(&self, room: &RoomId, admission: Admission) -> Option<Admitted> {
        let (reply, answer) = oneshot::channel();
        self.send(room, Message::Admit { room: room.clone(), admission, reply });
        answer.await.ok().flatten()
    }

    /// Takes a listener away; answers whether it was its person's last in the room.
    pub async fn leave(&self, room: &RoomId, connection: u64) -> bool {
        let (left, answer) = oneshot::channel();
        self.send(room, Message::Leave { room: room.clone(), connection, left });
        answer.await.unwrap_or(false)
    }

    /// Passes something momentary on to everybody else in the room.
    pub fn whisper(&self, room: &RoomId, from: u64, d: serde_json::Value) {
        self.send(room, Message::Whisper { room: room.clone(), from, d });
    }

    /// Passes something momentary on that was said on another node.
    pub(crate) fn overhear(&self, room: &RoomId, d: serde_json::Value) {
        self.send(room, Message::Overheard { room: room.clone(), d });
    }

    /// Says who is in a room on another node.
    pub(crate) fn present(&self, room: &RoomId, of: Run, part: Part) {
        self.send(room, Message::Present { room: room.clone(), of, part });
    }
}

/// How long presence rests after a round that took so long, waiting for its turn included.
fn pause_after(round: Duration) -> Duration {
    (round * PRESENCE_SHARE).clamp(PRESENCE_EVERY, PRESENCE_EVERY_MAX)
}

/// How a listener was let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// It is its person's first in the room.
    pub first: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_told_every_second_and_more_rarely_where_a_round_takes_long() {
        let pause = |ms| pause_after(Duration::from_millis(ms)).as_millis();

        assert_eq!([pause(0), pause(100), pause(450), pause(60_000)], [1_000, 1_000, 4_500, 10_000]);
    }
}
