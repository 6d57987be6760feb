//! The seam. Everything above counts on these three verbs and nothing more.

use crate::{Batch, Config, Error, Outcome, Range, embedded};
use bytes::Bytes;
use schema::key::Key;
use std::path::Path;

/// One stored row: its place in the partition and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The place, as in [`Key::sort`].
    pub sort: Bytes,
    /// The value.
    pub value: Bytes,
}

/// A store; cheap to clone.
#[derive(Clone)]
pub enum Store {
    /// One directory on this machine.
    Embedded(embedded::Store),
    /// Memory, a seed and faults on demand, for the simulator.
    #[cfg(feature = "simulated")]
    Simulated(crate::simulated::Store),
}

impl Store {
    /// Opens or makes the embedded store in a directory and brings it to this program's schema.
    ///
    /// # Errors
    /// When the directory is in use, unreadable, or of a newer version.
    pub fn open(dir: &Path, config: &Config) -> Result<Self, Error> {
        embedded::Store::open(dir, config).map(Self::Embedded)
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the disk or the driver fails.
    pub async fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        match self {
            Self::Embedded(store) => store.get(key),
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.get(key).await,
        }
    }

    /// Rows of one partition, in the range's direction, `limit` at most.
    ///
    /// # Errors
    /// When the disk or the driver fails.
    pub async fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        match self {
            Self::Embedded(store) => store.scan(range),
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.scan(range).await,
        }
    }

    /// Applies a batch whole or not at all; answers once it is on stable storage.
    ///
    /// # Errors
    /// When the store has stopped. A batch whose fate is not known is [`Outcome::Unknown`].
    pub async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        match self {
            Self::Embedded(store) => store.apply(batch).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.apply(batch).await,
        }
    }

    /// A number that changes when the data was restored or made anew; part of every room's epoch.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        match self {
            Self::Embedded(store) => store.incarnation(),
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.incarnation(),
        }
    }
}
