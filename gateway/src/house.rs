//! The engine with everything under it and no door yet: what the server opens to the world, and what
//! works on the data while the server is off. The one place that opens the store, but for
//! what copies it whole.

use crate::{Config, Error, error::Result};
use actors::Node;
use engine::{Catalog, Engine, Module, Parts};
use people::{FirstAdministrator, FirstStart, authentication::Auth};
use schema::clock::Clock;
use std::{sync::Arc, time::Duration};
use storage::{Stats, Store};
use tracing::{info, warn};

/// The settings of the store.
pub type StoreConfig = storage::Config;

/// A first write after a crash has been seen to block for seconds: ready means that one was this quick.
const PROBE_QUICK: Duration = Duration::from_millis(250);
/// How often a slow store is given another chance before the server starts anyway and says so.
const PROBES: u32 = 20;

/// The organization that is made where no name was given.
const ORG_NAME: &str = "EcosystIA";
/// The administrator who is made where no address was given.
const ADMIN_EMAIL: &str = "admin@ecosystia.local";

/// An open house.
pub struct House {
    /// The engine.
    pub engine: Engine,
    /// Whoever was made because the store was empty.
    pub first_administrator: Option<FirstAdministrator>,
}

/// What this program offers, from all its modules.
#[must_use]
pub fn modules() -> Vec<&'static Module> {
    people::modules().into_iter().chain(work::modules()).collect()
}

impl House {
    /// Opens the store, starts the node and puts the engine on it, all by this clock. An empty store gets
    /// its first organization.
    ///
    /// # Errors
    /// When the data can't be opened, or something below does not start.
    pub async fn open(config: &Config, clock: Clock) -> Result<Self> {
        let store = open_store(config, &clock).await?;
        probe(&store).await?;
        let auth = Auth::open(&store, clock.clone(), config.auth()?).await;
        let auth = auth.map_err(|error| Error::Start(error.to_string()))?;
        let node = Node::start(store, clock, config.actors.clone()).await?;
        let mut parts = Parts::default();
        people::parts(&mut parts, Arc::clone(&auth));
        work::equip(&mut parts);
        let engine = Engine::new(node, Catalog::new(modules()), auth, parts);
        let first_administrator = people::first_start(&engine, first_start(config)).await?;
        Ok(Self { engine, first_administrator })
    }

    /// Becomes one of several machines, where there are several. Until then, whatever is written here is written as
    /// if it were the only one: the log's fence keeps it from colliding.
    ///
    /// # Errors
    /// When the bus or the store doesn't answer.
    #[cfg(feature = "cluster")]
    pub(crate) async fn join(&self, config: &Config) -> Result<()> {
        if config.nats.servers.is_empty() {
            return Ok(());
        }
        let me = actors::Identity {
            name: config.node.clone().unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address: config.public_url(),
        };
        let refused = |error: actors::Error| Error::Start(error.to_string());
        let space = format!("ecosystia.{}", config.cql.keyspace);
        let bus = actors::bus::Bus::connect(&config.nats, &me.name, &space).await.map_err(refused)?;
        self.engine.node().join(me, bus).await.map_err(refused)
    }

    /// Takes up what time owes: rooms left with unfinished reactions, and timers.
    pub(crate) fn take_up(&self) {
        let node = self.engine.node().clone();
        let engine = self.engine.clone();
        tokio::spawn(people::users::presence::keep(engine.clone()));
        tokio::spawn(async move { engine.keep_time().await });
        if node.is_clustered() {
            // It has looked already when it got in, as it does whenever nodes come or go.
            return;
        }
        tokio::spawn(async move {
            if let Err(error) = node.wake_open_rooms().await {
                warn!(%error, "rooms with unfinished reactions can't be listed");
            }
        });
    }
}

/// The tables whose rows a CQL server keeps in columns.
#[cfg(feature = "cluster")]
#[must_use]
pub fn specs() -> Vec<&'static schema::table::Spec> {
    modules().into_iter().flat_map(|module| module.tables).copied().collect()
}

/// Makes the keyspace that several machines share, or brings an older one up to this program; answers what was
/// done, in words.
///
/// # Errors
/// When no server answers, or the keyspace is a newer program's.
#[cfg(feature = "cluster")]
pub async fn migrate(config: &Config) -> Result<Vec<String>> {
    Store::migrate(&config.cql, &specs()).await.map_err(|error| Error::Start(error.to_string()))
}

#[cfg_attr(not(feature = "cluster"), expect(clippy::unused_async, reason = "a cluster is connected to"))]
async fn open_store(config: &Config, clock: &Clock) -> Result<Store> {
    #[cfg(feature = "cluster")]
    if config.is_clustered() {
        let store = Store::connect(&config.cql, &specs(), clock.clone()).await;
        return store.map_err(|error| Error::Start(error.to_string()));
    }
    #[cfg(not(feature = "cluster"))]
    let _ = clock;
    let refused = |reason: String| Error::Store { path: config.data.clone(), reason };
    std::fs::create_dir_all(&config.data).map_err(|error| refused(error.to_string()))?;
    Store::open(&config.data, &config.storage).map_err(|error| refused(error.to_string()))
}

async fn probe(store: &Store) -> Result<()> {
    for _ in 0..PROBES {
        let took = store.probe().await.map_err(|error| Error::Start(error.to_string()))?;
        if took < PROBE_QUICK {
            return Ok(());
        }
        info!(took_ms = %took.as_millis(), "the store is slow to commit, trying again");
    }
    warn!("the store stays slow; starting anyway");
    Ok(())
}

fn first_start(config: &Config) -> FirstStart {
    FirstStart {
        org_name: config.org_name.clone().unwrap_or_else(|| ORG_NAME.to_owned()),
        admin_email: config.admin_email.clone().unwrap_or_else(|| ADMIN_EMAIL.to_owned()),
        admin_password: config.admin_password.clone(),
    }
}

/// What the store has done since it was opened, for the metrics page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreCounts {
    pub(crate) commits: u64,
    pub(crate) rows: u64,
    pub(crate) syncs: u64,
    pub(crate) bytes: u64,
    pub(crate) reads: u64,
    pub(crate) rows_read: u64,
}

pub(crate) fn store_counts(engine: &Engine) -> StoreCounts {
    let stats = engine.node().store().stats();
    let Stats { batches: commits, rows, bytes, syncs, reads, rows_read } = stats;
    StoreCounts { commits, rows, syncs, bytes, reads, rows_read }
}

/// Whether the store still takes writes. A store that stopped takes none until it is opened again.
///
/// # Errors
/// Why it does not.
pub(crate) async fn store_works(engine: &Engine) -> std::result::Result<(), String> {
    engine.node().store().probe().await.map(drop).map_err(|error| error.to_string())
}
