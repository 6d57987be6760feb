//! One running node: the store, the rooms, the audiences and the sessions.

use crate::{
    Config, Directory, Error, Host,
    audience::{
        Audiences, Shard,
        actor::{self, Audience},
    },
    directory::Rooms,
    env::Env,
    outbox::{Close, Outbox},
    own,
    session::{Handle, Session, Sessions},
    supervisor::{self, Supervisor},
};
use ractor::{Actor, ActorCell, ActorRef};
use schema::{caller::Caller, clock::Clock, room::RoomId};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use storage::{Range, Store};
use tokio::sync::Semaphore;
use tracing::{info, warn};

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
        let node = self.clone();
        tokio::spawn(async move {
            let mut second = tokio::time::interval(Duration::from_secs(1));
            second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            for beat in 0_u64.. {
                second.tick().await;
                node.env.audiences.tick();
                if beat % 5 == 0 {
                    node.env.sessions.sweep(node.now_s());
                }
                if beat % 15 == 0 {
                    node.directory.sweep();
                }
            }
        });
    }

    /// Wakes the rooms that were left with unfinished reactions, a few at a time.
    ///
    /// # Errors
    /// When the list can't be read.
    pub async fn wake_open_rooms(&self) -> Result<usize, Error> {
        let mut range = Range::partition(own::OPEN_ROOMS, own::open_rooms(), 256);
        let mut woken = 0;
        loop {
            let rows = self.env.store.scan(&range).await?;
            let Some(last) = rows.last().map(|row| row.sort.clone()) else { break };
            for row in rows {
                let room = std::str::from_utf8(&row.sort).ok().and_then(|name| name.parse::<RoomId>().ok());
                let Some(room) = room else { continue };
                if let Err(error) = self.directory.wake(&room).await {
                    warn!(%room, %error, "an open room can't be woken");
                }
                woken += 1;
            }
            tokio::task::yield_now().await;
            range = range.after(last);
        }
        if woken > 0 {
            info!(rooms = woken, "woke rooms with unfinished reactions");
        }
        Ok(woken)
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
