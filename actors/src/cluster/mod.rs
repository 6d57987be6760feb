//! Several machines. The store decides who is there and a hash decides where each room lives, so that no node has to
//! agree on anything with another. A node that is not sure of itself homes nothing. What keeps two homes of one room
//! apart is still the log's fence: all of this only makes it rare, and quick.

mod attach;
mod desk;
mod ear;
mod keeper;
mod lease;
mod life;
mod link;
mod news;
mod sightings;
mod suspects;
mod view;
mod wire;

pub use lease::Standing;
pub use view::Member;
pub(crate) use view::View;
pub(crate) use wire::Level;

use crate::{
    Config,
    bus::{Bus, Lost},
};
use attach::Batches;
use bytes::Bytes;
use dashmap::DashMap;
use ear::Ears;
use lease::{Lease, Terms};
use link::Link;
use news::Guests;
use parking_lot::Mutex;
use schema::{clock::Clock, room::RoomId};
use serde::{Deserialize, Serialize};
use sightings::Sightings;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    hash::{BuildHasherDefault, DefaultHasher},
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use storage::Store;
use suspects::Suspects;
use tokio::sync::{Notify, Semaphore, watch};
use wire::{Answer, Ask, decode, encode};

/// One life of a node, from the moment it is in until it is out: a number drawn anew each time. What was said to a
/// former life is heard by nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Run(u64);

impl Run {
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a room lives, as this node sees it at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Home {
    /// Here.
    Here,
    /// On another node.
    There(Run),
    /// Nobody can say: this node takes no part, or nobody does.
    Nowhere,
}

/// Why something did not reach the home of its room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Away {
    /// It was not done: the room is moving. Try again in a moment.
    #[error("the room is moving")]
    Moving,
    /// It may have been done or not.
    #[error("the room's home did not answer")]
    Unanswered,
    /// The wire doesn't take so much.
    #[error("the message is too large for the wire")]
    TooLarge,
}

/// Who this node is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the operator calls it; no two nodes at once.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Where clients reach it.
    pub address: String,
}

/// Questions of other nodes that are worked on at once; more are not heard, and asked again.
const DESK_MAX: usize = 4_096;
/// Ends of logs that are looked up at once for those who attach.
const HEADS_MAX: usize = 64;

/// Maps whose order is the same in every run of a simulation.
type Map<K, V> = DashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// This node among the others.
pub(crate) struct Cluster {
    myself: Weak<Self>,
    me: Identity,
    bus: Bus,
    clock: Clock,
    config: Config,
    lease: Lease,
    view: watch::Sender<Arc<View>>,
    sightings: Mutex<Sightings>,
    suspects: Suspects,
    /// Until then, a node that was home before may still have a write under way.
    settled_at_ms: AtomicU64,
    /// Rooms that somebody attached to meanwhile.
    look_again: Mutex<VecDeque<RoomId>>,
    /// How often the nodes have changed since the open rooms that live here were all awake.
    to_wake: AtomicU64,
    links: Mutex<BTreeMap<Run, Arc<Link>>>,
    guests: Guests,
    ears: Ears,
    batches: Batches,
    desk: Arc<Semaphore>,
    heads: Semaphore,
    /// Connections to the store for signs of life alone.
    line: OnceLock<Store>,
    /// Somebody came or went: look at the store at once.
    hailed: Notify,
    /// It was looked at.
    looked: Notify,
    /// When the keeper last did something.
    kept_at_ms: AtomicU64,
    /// The stamp of the last write of our row.
    stamp: Mutex<i64>,
    /// The present run, from before it is in, and when it began by our clock.
    present: Mutex<(Run, i64)>,
    leaving: AtomicBool,
    /// Why it went, while it is out.
    went: Mutex<Standing>,
    /// Set for good when this node can't be one of them any more.
    failed: watch::Sender<Option<String>>,
}

impl Cluster {
    pub(crate) fn new(me: Identity, bus: Bus, clock: Clock, config: Config) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self {
            myself: Weak::clone(myself),
            me,
            bus,
            clock,
            config,
            lease: Lease::default(),
            view: watch::Sender::default(),
            sightings: Mutex::default(),
            suspects: Suspects::default(),
            settled_at_ms: AtomicU64::new(0),
            look_again: Mutex::default(),
            to_wake: AtomicU64::new(0),
            links: Mutex::default(),
            guests: Guests::default(),
            ears: Ears::default(),
            batches: Batches::default(),
            desk: Arc::new(Semaphore::new(DESK_MAX)),
            heads: Semaphore::new(HEADS_MAX),
            line: OnceLock::new(),
            hailed: Notify::new(),
            looked: Notify::new(),
            kept_at_ms: AtomicU64::new(0),
            stamp: Mutex::new(0),
            present: Mutex::default(),
            leaving: AtomicBool::new(false),
            went: Mutex::new(Standing::Apart),
            failed: watch::Sender::new(None),
        })
    }

    /// Where a room lives. Looked up at every step that counts on it: the answer may be another a moment later.
    pub(crate) fn home(&self, room: &RoomId) -> Home {
        self.run().map_or(Home::Nowhere, |me| self.view.borrow().home_for(me, room))
    }

    /// This node's run, while it may act as a home.
    pub(crate) fn run(&self) -> Option<Run> {
        let run = self.lease.run()?;
        (self.standing_now() == Standing::Present).then_some(run)
    }

    /// Whether it takes part; of one that is out, why it went.
    pub(crate) fn standing(&self) -> Standing {
        match self.standing_now() {
            Standing::Apart => *self.went.lock(),
            standing => standing,
        }
    }

    fn standing_now(&self) -> Standing {
        let Config { lease_ms, bus_silent_ms, .. } = self.config;
        #[cfg(feature = "flawed")]
        if self.config.breaks(crate::Flaw::IgnoresLease) && self.lease.run().is_some() {
            return Standing::Present;
        }
        self.lease.standing(self.clock.uptime_ms(), Terms { lease_ms, silent_ms: bus_silent_ms })
    }

    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// Whether it is about to go, for good.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    pub(crate) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.failed.subscribe()
    }

    /// Whether a home of before may still have a write under way that this node has not seen.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.clock.uptime_ms() < self.settled_at_ms.load(Ordering::Acquire)
    }

    /// Asks another node.
    async fn ask(&self, to: Run, ask: &Ask, wait: Duration) -> Result<Answer, Away> {
        let from = self.run().ok_or(Away::Moving)?;
        let mut view = self.view.subscribe();
        let answer = tokio::select! {
            biased;
            answer = self.bus.ask(from, to, encode(ask), wait) => answer,
            // Whoever is there no longer answers no more, and there is another home to ask.
            _ = view.wait_for(|view| !view.has(to)) => Err(Lost::Unanswered),
        };
        match answer {
            // What a newer program answers may be beyond this one.
            Ok(body) => decode(&body).ok_or(Away::Unanswered),
            Err(Lost::Nobody) => {
                self.suspect(to);
                Err(Away::Moving)
            }
            Err(Lost::Unanswered) => Err(Away::Unanswered),
            Err(Lost::TooLarge) => Err(Away::TooLarge),
        }
    }

    /// Has something done where a room lives; the engine there knows what.
    pub(crate) async fn carry(&self, room: &RoomId, body: Bytes, wait: Duration) -> Result<Bytes, Away> {
        let Home::There(run) = self.home(room) else { return Err(Away::Moving) };
        match self.ask(run, &Ask::Carry { room: room.clone(), body }, wait).await? {
            Answer::Carried(body) => Ok(body),
            Answer::NotHere => {
                // One of us is behind.
                self.hailed.notify_one();
                Err(Away::Moving)
            }
            _ => Err(Away::Unanswered),
        }
    }

    fn link(&self, to: Run) -> Option<Arc<Link>> {
        let me = self.run()?;
        if !self.view.borrow().has(to) {
            return None;
        }
        let mut links = self.links.lock();
        let link = links.entry(to).or_insert_with(|| Link::open(self.bus.clone(), me, to));
        Some(Arc::clone(link))
    }
}
