//! One run: a node on a failing store, writers, listeners, a removal in the middle, then calm, then the
//! checker.

use super::{
    checker::{Removal, check},
    host::{World, author},
    listener::Listener,
    tables::Member,
    writer::{Writer, remove},
};
use actors::{Config, Flaw, Node, own::Command};
use schema::{
    caller::Caller,
    change::Change,
    clock::Clock,
    id::{Id, OrgId, UserId},
    room::RoomId,
    time::Timestamp,
};
use std::{panic::AssertUnwindSafe, time::Duration};
use storage::{
    Store,
    simulated::{self, Faults},
};
use tokio::sync::watch;

/// What distinguishes one run from another.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) faults: Faults,
    pub(super) flaw: Flaw,
    pub(super) poison: bool,
    /// Two nodes home the same rooms, and know nothing of each other but what the store tells them.
    pub(super) rivals: bool,
}

/// What the checker found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Sound {
        events: u64,
    },
    Broken(Vec<String>),
    /// It hung or panicked: never sound, but not the checker's catch either.
    Stuck(&'static str),
}

const HALLS: u64 = 2;
const WRITERS: u64 = 3;
const NOTES: u64 = 8;
const LISTENERS: u64 = 4;

pub(super) fn play(plan: Plan) -> Verdict {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            // Paused time leaps when everything sleeps; a run that never ends would leap for ever.
            tokio::time::timeout(Duration::from_secs(600), run(plan)).await
        })
    }));
    match played {
        Ok(Ok((wrong, events))) if wrong.is_empty() => Verdict::Sound { events },
        Ok(Ok((wrong, _))) => Verdict::Broken(wrong),
        Ok(Err(_)) => Verdict::Stuck("the run did not end"),
        Err(_) => Verdict::Stuck("the run panicked"),
    }
}

async fn run(plan: Plan) -> (Vec<String>, u64) {
    let clock = Clock::seeded(plan.seed, Timestamp::from_ms(1_700_000_000_000));
    let memory = simulated::Store::new(clock.clone(), Faults::default());
    let config = Config {
        flaw: plan.flaw,
        audience_shards: 2,
        audience_own_task: 3,
        frame_cache_bytes: 4_000,
        readback_chunk_bytes: 400,
        unknown_wait_ms: 60,
        idle_ms: 200,
        group_changes_max: 4,
        ..Config::default()
    };
    let node = World::begin(Store::Simulated(memory.clone()), &clock, config.clone()).await;
    let rival = match plan.rivals {
        true => World::begin(Store::Simulated(memory.clone()), &clock, config).await,
        false => node.clone(),
    };
    tokio::spawn(tick(clock.clone()));

    let halls: Vec<RoomId> = (0..HALLS).map(|_| RoomId::new("hall", clock.new_id::<()>().uuid())).collect();
    let people: Vec<UserId> = (0..WRITERS.max(LISTENERS)).map(|_| clock.new_id()).collect();
    for hall in &halls {
        furnish(&node, hall, &people).await;
    }
    memory.set_faults(plan.faults);

    let (over, is_over) = watch::channel(false);
    // Without a bus between them, one node's listeners don't hear what the other's room tells.
    let listeners: Vec<_> = (0..if plan.rivals { 0 } else { LISTENERS })
        .map(|n| {
            let room = halls[(n % HALLS) as usize].clone();
            let caller = Caller { user: people[n as usize], ..Caller::system(OrgId::NIL) };
            let (node, clock, over) = (node.clone(), clock.clone(), is_over.clone());
            tokio::spawn(Listener { node, clock, caller, room, over }.listen())
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|me| {
            let writer = Writer {
                node: if me % 2 == 0 { node.clone() } else { rival.clone() },
                clock: clock.clone(),
                halls: halls.clone(),
                user: people[me as usize],
                me,
                notes: NOTES,
                readers: vec![people[((me + 1) % WRITERS) as usize]],
                poison: plan.poison && me == 1,
            };
            tokio::spawn(writer.work())
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(60 + clock.below(120))).await;
    let (hall, user) = (halls[0].clone(), people[0]);
    let seq = remove(&node, &hall, user).await;
    let removal = Removal { hall, user, writer: 0, seq };

    let mut done = Vec::new();
    for writer in writers {
        done.extend(writer.await.unwrap());
    }
    memory.set_faults(Faults { flaw: plan.faults.flaw, ..Faults::default() });
    // Late writes land, reactions finish, lagging cursors read back.
    tokio::time::sleep(Duration::from_secs(8)).await;
    over.send_replace(true);
    let mut heard = Vec::new();
    for listener in listeners {
        heard.extend(listener.await.unwrap());
    }
    let verdict = check(&node, &halls, &done, &heard, &removal).await;
    drop(over);
    verdict
}

/// The world's clock follows the runtime's.
async fn tick(clock: Clock) {
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        clock.advance_ms(10);
    }
}

async fn furnish(node: &Node, hall: &RoomId, people: &[UserId]) {
    let mut change = Change::new();
    for user in people {
        let _ = change.insert(Member { hall_id: Id::new(hall.id()), user_id: *user, version: 0 });
    }
    let command = Command { caller: UserId::NIL, key: "furnish".into(), hash: [0; 32] };
    node.directory().commit(hall, command, author(UserId::NIL), change).await.unwrap();
}
