//! One running node: the store, the rooms, the audiences and the sessions.

use crate::{
    Away, Config, Directory, Error, Host, Identity, Member, Run, Standing,
    audience::{
        Audiences, Shard,
        actor::{self, Audience},
    },
    bus::Bus,
    cluster::{Cluster, Home},
    env::Env,
    outbox::{Close, Outbox},
    rooms::Rooms,
    session::{Handle, Session, Sessions, own_room},
    supervisor::{self, Supervisor},
};
use bytes::Bytes;
use ractor::{Actor, ActorCell, ActorRef};
use schema::{caller::Caller, clock::Clock, id::UserId, room::RoomId};
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};
use storage::Store;
use tokio::sync::{Semaphore, watch};
use tracing::warn;

/// Log reads of all audiences at once.
const FLIGHTS: usize = 64;

/// A node; cheap to clone.
#[derive(Clone)]
pub struct Node {
    env: Arc<Env>,
    directory: Directory,
}

impl Node {
    /// Starts the supervisors and the audiences. [`Node::attach`] must follow before anything else.
    ///
    /// # Errors
    /// When an actor can't be started.
    pub async fn start(store: Store, clock: Clock, config: Config) -> Result<Self, Error> {
        let shards = config.audience_shards.max(1);
        let env = Arc::new(Env {
            permits: Arc::new(Semaphore::new(config.node_permits)),
            flights: Semaphore::new(FLIGHTS),
            store,
            clock,
            config,
            rooms: Rooms::default(),
            audiences: Audiences::default(),
            sessions: Sessions::default(),
            host: OnceLock::new(),
            cluster: OnceLock::new(),
        });
        env.rooms.supervised_by(&supervise("rooms", None).await?);
        let audiences = supervise_audiences(&env).await?;
        for _ in 0..shards {
            env.audiences.add(audience(&env, audiences.get_cell()).await?);
        }
        let directory = Directory::of(Arc::clone(&env));
        Ok(Self { env, directory })
    }

    /// Shows the actors their engine, once, and starts the coarse clocks.
    pub fn attach(&self, host: Arc<dyn Host>) {
        if self.env.host.set(host).is_err() {
            warn!("the engine was attached twice");
            return;
        }
        let audiences = self.env.audiences.clone();
        tokio::spawn(async move { audiences.tell_presence().await });
        let node = self.clone();
        tokio::spawn(async move {
            let mut second = tokio::time::interval(Duration::from_secs(1));
            second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            for beat in 0_u64.. {
                second.tick().await;
                if beat % 5 == 0 {
                    node.env.sessions.sweep(node.now_s());
                }
                if beat % 15 == 0 {
                    node.env.rooms.sweep();
                }
            }
        });
    }

    /// Becomes one of several machines that share the store. From now on a room lives here only while all of them
    /// agree that it does; before, all rooms did.
    ///
    /// # Errors
    /// When the store or the bus doesn't answer.
    pub async fn join(&self, me: Identity, bus: Bus) -> Result<(), Error> {
        let cluster = Cluster::new(me, bus, self.env.clock.clone(), self.env.config.clone());
        if self.env.cluster.set(Arc::clone(&cluster)).is_err() {
            return Err(Error::Broken("a node joins once".to_owned()));
        }
        cluster.join(Arc::clone(&self.env)).await
    }

    /// Lets rooms that are quiet leave the list of those with unfinished business now, not at their next sweep, and
    /// answers how many are on it still. Whoever takes over wakes those.
    ///
    /// # Errors
    /// When the list can't be read.
    pub async fn settle_down(&self) -> Result<usize, Error> {
        self.env.rooms.sweep();
        self.directory.count_open_rooms().await
    }

    /// Hands the rooms over to the other nodes: the first step of a graceful end. Sockets stay.
    pub async fn hand_over(&self) {
        if let Some(cluster) = self.env.cluster() {
            cluster.hand_over(&self.env).await;
        }
    }

    /// Is one of them no longer: the last step.
    pub async fn leave(&self) {
        if let Some(cluster) = self.env.cluster() {
            cluster.leave(&self.env).await;
        }
    }

    /// Whether it takes part, and what it misses if not. A node alone always does.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.env.cluster().map_or(Standing::Present, |cluster| cluster.standing())
    }

    /// Why this node can't take part any more, once it can't.
    #[must_use]
    pub fn expelled(&self) -> Option<watch::Receiver<Option<String>>> {
        self.env.cluster().map(|cluster| cluster.failed())
    }

    /// The nodes, as this one sees them; none where it is alone.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        self.env.cluster().map(|cluster| cluster.view().members().to_vec()).unwrap_or_default()
    }

    /// This node's present run, while it takes part.
    #[must_use]
    pub fn run(&self) -> Option<Run> {
        self.env.cluster().and_then(|cluster| cluster.run())
    }

    /// Whether there are other nodes, or may be.
    #[must_use]
    pub fn is_clustered(&self) -> bool {
        self.env.cluster().is_some()
    }

    /// Whether a room lives here.
    #[must_use]
    pub fn homes(&self, room: &RoomId) -> bool {
        self.env.homes(room)
    }

    /// Whether a person has a connection on any node, as far as is known where their own room lives: so ask there.
    #[must_use]
    pub fn is_present(&self, user: UserId) -> bool {
        let elsewhere = |cluster: &Arc<Cluster>| cluster.is_attached_to(&own_room(user));
        self.env.sessions.has(user) || self.env.cluster().is_some_and(elsewhere)
    }

    /// These rooms by where they live; under `None` those that live here. One that lives nowhere at this moment is
    /// put where it will be refused.
    #[must_use]
    pub fn by_home(&self, rooms: Vec<RoomId>) -> BTreeMap<Option<Run>, Vec<RoomId>> {
        let mut by_home: BTreeMap<Option<Run>, Vec<RoomId>> = BTreeMap::new();
        for room in rooms {
            let home = match self.env.home(&room) {
                Home::There(run) => Some(run),
                Home::Here | Home::Nowhere => None,
            };
            by_home.entry(home).or_default().push(room);
        }
        by_home
    }

    /// Has the engine of the node where a room lives do something; see [`Host::carried`].
    ///
    /// # Errors
    /// When it was not done, or it isn't known whether it was.
    pub async fn carry(&self, room: &RoomId, body: Bytes, wait: Duration) -> Result<Bytes, Away> {
        match self.env.cluster() {
            Some(cluster) => cluster.carry(room, body, wait).await,
            None => Err(Away::Moving),
        }
    }

    /// Wakes the rooms that live here and were left with unfinished reactions, a few at a time.
    ///
    /// # Errors
    /// When the list can't be read.
    pub async fn wake_open_rooms(&self) -> Result<usize, Error> {
        self.directory.wake_open_rooms().await
    }

    /// Seconds of the node's coarse clock, for silences.
    #[must_use]
    pub fn now_s(&self) -> u32 {
        u32::try_from(self.env.clock.now().seconds()).unwrap_or(u32::MAX)
    }

    /// Opens a session over a connection.
    pub fn open(&self, caller: Caller, outbox: Arc<Outbox>) -> Handle {
        let address = Session::open(Arc::clone(&self.env), caller, Arc::clone(&outbox));
        let handle = Handle { user: caller.user, address, outbox };
        self.env.sessions.insert(handle.clone(), self.env.config.sessions_per_user);
        self.env.stir(&own_room(caller.user));
        handle
    }

    /// The rooms.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The audiences.
    #[must_use]
    pub fn audiences(&self) -> &Audiences {
        &self.env.audiences
    }

    /// The sessions.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.env.sessions
    }

    /// The store, for reads.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.env.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.env.clock
    }

    /// The limits.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.env.config
    }
}

async fn supervise(
    of: &'static str,
    on_fall: Option<supervisor::OnFall>,
) -> Result<ActorRef<supervisor::Message>, Error> {
    let spawned = Supervisor::spawn(None, Supervisor { of, on_fall }, ()).await;
    spawned.map(|(actor, _)| actor).map_err(|error| Error::Store(error.to_string()))
}

async fn audience(env: &Arc<Env>, supervisor: ActorCell) -> Result<Shard, Error> {
    let args = actor::Args { env: Arc::clone(env), crowded: false };
    let spawned = Audience::spawn_linked(None, Audience, args, supervisor).await;
    spawned.map(|(actor, _)| Shard(actor)).map_err(|error| Error::Store(error.to_string()))
}

/// An audience that fell took its cursors with it: a new one takes its place, and every client is
/// asked to reconnect and resume.
async fn supervise_audiences(env: &Arc<Env>) -> Result<ActorRef<supervisor::Message>, Error> {
    let this: Arc<OnceLock<ActorCell>> = Arc::default();
    let (weak, supervisor) = (Arc::downgrade(env), Arc::clone(&this));
    let on_fall: supervisor::OnFall = Arc::new(move |fallen| {
        let (Some(env), Some(supervisor)) = (weak.upgrade(), supervisor.get().cloned()) else { return };
        tokio::spawn(async move {
            if let Ok(shard) = audience(&env, supervisor).await {
                env.audiences.replace(fallen, shard);
            }
            env.sessions.close_all(Close::BROKEN);
        });
    });
    let actor = supervise("audiences", Some(on_fall)).await?;
    let _ = this.set(actor.get_cell());
    Ok(actor)
}
