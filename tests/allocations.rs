//! Encoded once, sent to everybody: a broadcast costs no allocation per recipient. A binary of its own,
//! because the counting allocator is global.
#![cfg(test)]
#![expect(clippy::as_conversions, reason = "the numbers of tests are small and known")]

#[path = "simulation/host.rs"]
mod host;
#[path = "simulation/tables.rs"]
mod tables;

use actors::{
    Config, Node,
    outbox::{Line, Memory, Outbox},
    own::Command,
    session::{Join, Message},
};
use host::{World, author};
use schema::{
    caller::Caller,
    change::Change,
    clock::Clock,
    codec::Codec,
    id::{Id, OrgId, UserId},
    room::RoomId,
    time::Timestamp,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{alloc::System, sync::Arc, time::Duration};
use storage::{Store, simulated::Faults};
use tables::{Member, Note};
use tokio::sync::oneshot;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const BROADCASTS: u64 = 20;

struct Hall {
    node: Node,
    clock: Clock,
    room: RoomId,
    user: UserId,
    outboxes: Vec<Arc<Outbox>>,
}

async fn hall_with(listeners: usize) -> Hall {
    let clock = Clock::seeded(1, Timestamp::from_ms(1_700_000_000_000));
    let store = Store::simulated(clock.clone(), Faults::default());
    let config = Config { sessions_per_user: listeners + 1, ..Config::default() };
    let node = World::begin(store, &clock, config).await;
    let room = RoomId::new("hall", clock.new_id::<()>().uuid());
    let user = clock.new_id();
    let mut change = Change::new();
    let _ = change.insert(Member { hall_id: Id::new(room.id()), user_id: user, version: 0 });
    let command = Command { caller: user, key: "furnish".into(), hash: [0; 32] };
    node.directory().commit(&room, command, author(user), change).await.unwrap();

    let mut outboxes = Vec::new();
    for _ in 0..listeners {
        let memory = Memory { bytes: Vec::with_capacity(64 * 1024), capacity: 64 * 1024 };
        let id = node.sessions().next_connection();
        let line = Line::memory(memory);
        let outbox = Arc::new(Outbox::new(id, Codec::MsgPack, line, 1 << 18, node.now_s()));
        let caller = Caller { user, ..Caller::system(OrgId::NIL) };
        let handle = node.open(caller, Arc::clone(&outbox));
        let (done, joined) = oneshot::channel();
        let join = Join { room: room.clone(), reference: None, from: None };
        handle.address.send(Message::Join(join, done)).unwrap();
        joined.await.unwrap().unwrap();
        outboxes.push(outbox);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    Hall { node, clock, room, user, outboxes }
}

impl Hall {
    async fn speak(&self, number: u64) {
        let mut change = Change::new();
        let note = Note {
            id: self.clock.new_id(),
            seq: 0,
            hall_id: Id::new(self.room.id()),
            writer: 0,
            number,
            created_at: Timestamp::default(),
            version: 0,
        };
        let slot = change.insert(note);
        let _ = change.tell("simulated.note.made", slot);
        let command = Command { caller: self.user, key: format!("n{number}"), hash: [0; 32] };
        self.node.directory().commit(&self.room, command, author(self.user), change).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    fn heard_bytes(&self) -> usize {
        let bytes = |outbox: &Arc<Outbox>| match &outbox.line {
            Line::Memory(memory) => memory.lock().bytes.len(),
            Line::Tcp(_) => 0,
        };
        self.outboxes.iter().map(bytes).sum()
    }
}

fn allocations_of_broadcasts_to(listeners: usize) -> usize {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let hall = hall_with(listeners).await;
        hall.speak(1_000).await;
        let before = hall.heard_bytes();

        let region = Region::new(ALLOCATOR);
        for number in 0..BROADCASTS {
            hall.speak(number).await;
        }
        let allocations = region.change().allocations;

        assert!(hall.heard_bytes() - before > listeners * 100 * usize::try_from(BROADCASTS).unwrap());
        allocations
    })
}

#[test]
fn a_broadcast_allocates_the_same_for_ten_and_for_a_thousand_recipients() {
    let few = allocations_of_broadcasts_to(10);
    let many = allocations_of_broadcasts_to(1_000);

    let broadcasts = usize::try_from(BROADCASTS).unwrap();
    let per_recipient = (many.saturating_sub(few)) as f64 / (990 * broadcasts) as f64;
    assert!(per_recipient < 0.01, "{few} allocations for 10 recipients, {many} for 1,000");
}
