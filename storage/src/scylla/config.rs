//! How the cluster is reached, and for how long anybody waits for it.

use crate::access::{Secret, Tls};
use schema::table::Spec;
use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// Where the CQL servers are, who we are to them, and the limits of asking them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Some of the servers, as `HOST:PORT`; they name the others. None: the embedded store is used.
    pub nodes: Vec<String>,
    /// The keyspace; [`crate::Store::migrate`] makes it.
    pub keyspace: String,
    /// The datacenter that is asked; absent, all are.
    pub datacenter: Option<String>,
    /// The name to sign in with.
    pub user: Option<String>,
    /// The password to sign in with.
    pub password: Option<Secret>,
    /// A file that holds the password instead.
    pub password_file: Option<PathBuf>,
    /// TLS is spoken when this is given.
    pub tls: Option<Tls>,
    /// How many copies of everything a new keyspace keeps in each datacenter. Three, so that one may be away.
    pub replication_factor: u32,
    /// Which tables a new keyspace gets. One that is there says itself which it has.
    pub tables: Tables,
    /// How long a read or a write may take. A healthy cluster needs a hundredth of it; past it the answer
    /// would come too late for whoever waits.
    pub request_ms: u64,
    /// How long a conditional write may take before its outcome counts as unknown. Longer than the servers' own
    /// patience (1.8 s), so that it is they who say so.
    pub conditional_ms: u64,
    /// Batches under way at once; more wait, so that slow servers are not made slower.
    pub batches_max: usize,
    /// Reads under way at once; more wait, and are refused when they waited as long as a read may take.
    pub reads_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            keyspace: "ecosystia".to_owned(),
            datacenter: None,
            user: None,
            password: None,
            password_file: None,
            tls: None,
            replication_factor: 3,
            tables: Tables::Typed,
            request_ms: 5_000,
            conditional_ms: 3_000,
            batches_max: 256,
            reads_max: 128,
        }
    }
}

impl Config {
    pub(super) const fn request_wait(&self) -> Duration {
        Duration::from_millis(self.request_ms)
    }

    pub(super) const fn conditional_wait(&self) -> Duration {
        Duration::from_millis(self.conditional_ms)
    }
}

/// Which tables a keyspace keeps rows in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tables {
    /// One for each kind of rows, with columns of their types: more than a hundred. Whoever looks in can read them.
    #[default]
    Typed,
    /// One for all rows, as bytes: five tables in all. Servers keep memory for each table of each keyspace, so that
    /// many small keyspaces fit where few large ones would.
    Shared,
}

/// The tables that have columns of their own.
pub type Specs = [&'static Spec];
