//! The seam. Everything above counts on these three verbs and nothing more; [`crate::conformance`] says
//! what exactly. On several machines the third backend is a wide-column store, where a batch is no
//! transaction: each verb says how it is kept there.

use crate::{
    Batch, Config, Error, Outcome, Range, Stats, Write,
    backup::{Counts, Out},
    embedded, own_key,
};
use bytes::Bytes;
use schema::{key::Key, room::RoomId};
use std::{path::Path, time::Duration};
use tokio::time::Instant;

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
    /// A cluster of CQL servers.
    #[cfg(feature = "scylla")]
    Scylla(crate::scylla::Store),
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

    /// Connects to a cluster whose keyspace [`Store::migrate`] has made; `specs` are the tables with columns of
    /// their own, and plain writes are stamped by `clock`.
    ///
    /// # Errors
    /// When nobody answers, or the keyspace is not what this program expects.
    #[cfg(feature = "scylla")]
    pub async fn connect(
        config: &crate::scylla::Config,
        specs: &crate::scylla::Specs,
        clock: schema::clock::Clock,
    ) -> Result<Self, Error> {
        crate::scylla::Store::open(config, specs, clock).await.map(Self::Scylla)
    }

    /// Makes the keyspace, or brings an older one up to this program; answers what it did. Running it again
    /// does nothing.
    ///
    /// # Errors
    /// When nobody answers, or the keyspace is of a newer program.
    #[cfg(feature = "scylla")]
    pub async fn migrate(
        config: &crate::scylla::Config,
        specs: &crate::scylla::Specs,
    ) -> Result<Vec<String>, Error> {
        crate::scylla::Store::migrate(config, specs).await
    }

    /// A new store in memory, for simulations; see [`crate::simulated::Store`].
    #[cfg(feature = "simulated")]
    #[must_use]
    pub fn simulated(clock: schema::clock::Clock, faults: crate::simulated::Faults) -> Self {
        Self::Simulated(crate::simulated::Store::new(clock, faults))
    }

    /// A handle with connections of its own, for the few asks on which all else hangs, a node's sign of life above all:
    /// they wait behind no others, here or at the servers. The connections are served by the runtime that this is
    /// called on.
    ///
    /// # Errors
    /// When nobody answers.
    #[cfg_attr(
        not(feature = "scylla"),
        expect(clippy::unused_async, reason = "only servers are connected to")
    )]
    pub async fn apart(&self) -> Result<Self, Error> {
        match self {
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.apart().await.map(Self::Scylla),
            other => Ok(other.clone()),
        }
    }

    /// The value of a key.
    ///
    /// In a wide-column store: one row at quorum. A log row or a claim at SERIAL, which settles a
    /// conditional write that is still under way, so that what is read can't change behind the reader.
    ///
    /// # Errors
    /// When the disk or the driver fails.
    #[cfg_attr(
        not(any(feature = "simulated", feature = "scylla")),
        expect(clippy::unused_async, reason = "other backends read over a network")
    )]
    pub async fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        match self {
            Self::Embedded(store) => store.get(key),
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.get(key).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.get(key).await,
        }
    }

    /// Rows of one partition, in the range's direction, `limit` at most.
    ///
    /// In a wide-column store: one partition at quorum, paged until `limit`. A log is kept in buckets of
    /// its partition and read bucket by bucket; [`Range::end_of_log`] alone is read at SERIAL. One instant for all rows is
    /// promised by no store; a room reads its own rows while no commit of its own is under way.
    ///
    /// # Errors
    /// When the disk or the driver fails.
    #[cfg_attr(
        not(any(feature = "simulated", feature = "scylla")),
        expect(clippy::unused_async, reason = "other backends read over a network")
    )]
    pub async fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        match self {
            Self::Embedded(store) => store.scan(range),
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.scan(range).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.scan(range).await,
        }
    }

    /// Applies a batch whole or not at all; answers once it is on stable storage. A future that is dropped
    /// before it answered leaves the batch applied or not.
    ///
    /// In a wide-column store:
    /// - *Commit*: the note; then the log row, with the writes in it as redo, inserted where it is absent, at
    ///   SERIAL and with the driver's own retries off: `[applied]` false is `Fenced` unless the row is this very
    ///   commit, a timeout is `Unknown`. Then base rows, new index rows, removals of old ones, all stamped with
    ///   the commit's stamp, and its claims. While these fail it is `Unknown`, and doing them again is harmless:
    ///   only when all are written is it `Applied`.
    /// - *Claim*: one conditional write a key, in key order; where one is refused, those already taken are
    ///   given back, then `Taken`. A timeout on any is `Unknown`.
    /// - *Plain*: unconditional writes, stamped so that a late one undoes nothing newer.
    ///
    /// # Errors
    /// When the store has stopped, or the batch is beyond the limits. A batch whose fate is not known is [`Outcome::Unknown`].
    pub async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        match self {
            Self::Embedded(store) => store.apply(batch).await,
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.apply(batch).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.apply(batch).await,
        }
    }

    /// Finishes what the last commit of a room may have left undone behind its log row. A room whose note says
    /// that it has unfinished business asks for it when it wakes, before it reads anything.
    ///
    /// In a wide-column store: the last log row is read at SERIAL and its redo is written again, under its own
    /// stamp. Where a batch is one transaction there is nothing to do.
    ///
    /// # Errors
    /// When the store doesn't answer; the room must not wake then.
    #[cfg_attr(
        not(any(feature = "simulated", feature = "scylla")),
        expect(clippy::unused_async, reason = "other backends read over a network")
    )]
    pub async fn redo(&self, room: &RoomId) -> Result<(), Error> {
        match self {
            Self::Embedded(_) => {
                let _ = room;
                Ok(())
            }
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.redo(room).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.redo(&schema::table::Spec::partition(room)).await,
        }
    }

    /// Copies everything into one file, while the store goes on working: see [`crate::backup`]. The copy is a state
    /// that the store was in, room by room.
    ///
    /// In a wide-column store: rows, claims and logs are read one after the other, in that order, each table in
    /// slices of its ring, with bounded memory.
    ///
    /// # Errors
    /// When the store can't be read, or the copy can't be written.
    pub async fn export(&self, out: Out) -> Result<Counts, Error> {
        match self {
            Self::Embedded(store) => store.export(out).await,
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.export(out).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.export(out).await,
        }
    }

    /// Copies what is in a directory: from the process that has it open, where there is one.
    ///
    /// # Errors
    /// When there is no data, whoever has it open hands out no copies, or the copy can't be written.
    pub async fn export_directory(dir: &Path, config: &Config, out: Out) -> Result<(), Error> {
        embedded::Store::export_directory(dir, config, out).await
    }

    /// Fills this store, in which nothing was written yet, with what [`Store::export`] copied, and makes its
    /// incarnation another. Nobody else may use it meanwhile; a restore that is broken off leaves a store that
    /// can't be opened any more.
    ///
    /// # Errors
    /// When the file is no whole backup or the store holds data, in both cases before anything is written; or
    /// when something can't be written.
    pub async fn import(&self, from: &Path) -> Result<Counts, Error> {
        match self {
            Self::Embedded(store) => store.import(from).await,
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.import(from).await,
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.import(from).await,
        }
    }

    /// A number that changes when the data was restored or made anew; part of every room's epoch.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        match self {
            Self::Embedded(store) => store.incarnation(),
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.incarnation(),
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.incarnation(),
        }
    }

    /// How long a tiny commit takes. The first write after a kill has been seen to block for seconds: a
    /// server is ready only once this is quick.
    ///
    /// # Errors
    /// When the store has stopped, or can't say whether the commit lasts.
    pub async fn probe(&self) -> Result<Duration, Error> {
        let begun = Instant::now();
        let write = Write::Put(own_key("probe"), Bytes::new());
        match self.apply(Batch::plain(vec![write])).await? {
            Outcome::Applied => Ok(begun.elapsed()),
            other => Err(Error::Stopped(format!("the probe's outcome was {other:?}"))),
        }
    }

    /// The longest that a read has waited for others before it was asked of the servers, since this was called
    /// before: one caller learns how far behind the store is. Nothing waits for a store in this process.
    #[must_use]
    pub fn take_wait(&self) -> Duration {
        match self {
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.take_wait(),
            _ => Duration::ZERO,
        }
    }

    /// What it has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        match self {
            Self::Embedded(store) => store.stats(),
            #[cfg(feature = "scylla")]
            Self::Scylla(store) => store.stats(),
            #[cfg(feature = "simulated")]
            Self::Simulated(store) => store.stats(),
        }
    }
}
