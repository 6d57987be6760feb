//! One run: a node on a failing store, writers, listeners, a removal in the middle, then calm, then the
//! checker.

use super::{
    checker::{Removal, check},
    host::{Peers, World, author},
    listener::Listener,
    tables::Member,
    writer::{Writer, remove},
};
use actors::{
    Config, Flaw, Identity,
    bus::{Bus, simulated as bus},
    own::Command,
};
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
    pub(super) among: Among,
}

/// How many nodes there are, and what they know of each other.
#[derive(Clone, Copy)]
pub(super) enum Among {
    /// One.
    Alone,
    /// Two that home the same rooms, and know nothing of each other but what the store tells them.
    Rivals,
    /// Three, with clocks that disagree and a bus between them, from which one or other is cut off now and then.
    Bus(bus::Faults),
    /// The same, but nobody is cut off, listeners stay where they are, and there is little time in the end for anything
    /// but the mending of losses.
    Lossy(bus::Faults),
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
        renew_ms: 400,
        lease_ms: 1_500,
        gone_ms: 2_000,
        bus_silent_ms: 700,
        ..Config::default()
    };
    tokio::spawn(tick(clock.clone()));
    let store = || Store::Simulated(memory.clone());
    let wire = bus::Wire::new(clock.clone());
    let peers = Peers::default();
    let skews: &[i64] = match plan.among {
        Among::Alone => &[0],
        Among::Rivals => &[0, 0],
        Among::Bus(_) | Among::Lossy(_) => &[0, -300, 300],
    };
    for (place, skew) in skews.iter().enumerate() {
        let node = World::begin_among(&peers, store(), &clock.skewed_ms(*skew), config.clone()).await;
        if let Among::Bus(_) | Among::Lossy(_) = plan.among {
            let me = Identity { name: format!("n{place}"), version: String::new(), address: String::new() };
            node.join(me, Bus::Simulated(wire.clone())).await.expect("a calm bus lets everybody in");
        }
    }
    let nodes = peers.all();
    let node = &nodes[0];

    let halls: Vec<RoomId> = (0..HALLS).map(|_| RoomId::new("hall", clock.new_id::<()>().uuid())).collect();
    let people: Vec<UserId> = (0..WRITERS.max(LISTENERS)).map(|_| clock.new_id()).collect();
    for hall in &halls {
        furnish(&peers, hall, &people).await;
    }
    memory.set_faults(plan.faults);
    let weather = match plan.among {
        Among::Bus(faults) => Some(tokio::spawn(weather(peers.clone(), wire.clone(), clock.clone(), faults))),
        Among::Lossy(faults) => {
            wire.set_faults(faults);
            None
        }
        _ => None,
    };

    let (over, is_over) = watch::channel(false);
    // Without a bus between them, one node's listeners don't hear what the other's room tells.
    let deaf = matches!(plan.among, Among::Rivals);
    let listeners: Vec<_> = (0..if deaf { 0 } else { LISTENERS })
        .map(|n| {
            let room = halls[(n % HALLS) as usize].clone();
            let caller = Caller { user: people[n as usize], ..Caller::system(OrgId::NIL) };
            let (peers, clock, over) = (peers.clone(), clock.clone(), is_over.clone());
            // Whoever comes along with a later number tells a node what it has missed.
            let stays = matches!(plan.among, Among::Lossy(_)) || (skews.len() > 1 && n % 4 < 2);
            tokio::spawn(Listener { peers, clock, caller, room, stays, over }.listen())
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|me| {
            let writer = Writer {
                peers: peers.clone(),
                rest_ms: if weather.is_some() { 600 } else { 40 },
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
    let seq = remove(&peers, &hall, user).await;
    let removal = Removal { hall, user, writer: 0, seq };

    let mut done = Vec::new();
    for writer in writers {
        done.extend(writer.await.unwrap());
    }
    if let Some(weather) = weather {
        weather.abort();
    }
    wire.set_faults(bus::Faults::default());
    wire.set_down(false);
    memory.set_faults(Faults { flaw: plan.faults.flaw, ..Faults::default() });
    // Late writes land, reactions finish, lagging cursors read back.
    let calm_ms = if matches!(plan.among, Among::Lossy(_)) { 500 } else { 8_000 };
    tokio::time::sleep(Duration::from_millis(calm_ms)).await;
    over.send_replace(true);
    let mut heard = Vec::new();
    for listener in listeners {
        heard.extend(listener.await.unwrap());
    }
    let verdict = check(node, &halls, &done, &heard, &removal).await;
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

/// The bus loses this and that; now and then a node is cut off from it, or it is down for everybody.
async fn weather(peers: Peers, wire: bus::Wire, clock: Clock, faults: bus::Faults) {
    wire.set_faults(faults);
    let nodes = peers.all();
    loop {
        tokio::time::sleep(Duration::from_millis(300 + clock.below(1_500))).await;
        if clock.below(4) == 0 {
            wire.set_down(true);
            tokio::time::sleep(Duration::from_millis(clock.below(1_200))).await;
            wire.set_down(false);
        } else if let Some(run) = nodes[clock.below(nodes.len() as u64) as usize].run() {
            wire.cut_off(run);
        }
    }
}

async fn furnish(peers: &Peers, hall: &RoomId, people: &[UserId]) {
    let mut change = Change::new();
    for user in people {
        let _ = change.insert(Member { hall_id: Id::new(hall.id()), user_id: *user, version: 0 });
    }
    let command = Command { caller: UserId::NIL, key: "furnish".into(), hash: [0; 32] };
    let home = loop {
        match peers.home(hall, 0) {
            Some(home) => break home,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    home.directory().commit(hall, command, author(UserId::NIL), change).await.unwrap();
}
