//! The store on one machine: an LSM tree in one directory, written by one thread. Reads go straight
//! to the tree; every write waits for its group's fsync. It never decides what a row means.

mod backup;
mod config;
mod directory;
mod ends;
mod files;
mod group;
mod hatch;
mod journal;
mod migrations;
mod place;
mod retired;
mod rows;
mod writer;

use crate::{
    Batch, Error, Outcome, Range, Row,
    backup::{Counts, Out},
    stats::Counters,
    stats::Stats,
};
use bytes::Bytes;
pub use config::Config;
use files::Files;
use hatch::Hatch;
use schema::key::Key;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::task::spawn_blocking;
use writer::Writer;

/// A handle on the open directory; cheap to clone. When the last one is dropped the writer finishes
/// what is queued, which blocks the dropping thread for a few fsyncs, and the directory is released.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

// Fields are dropped in this order: whoever reads and whoever writes must end before the files close.
struct Inner {
    _hatch: Option<Hatch>,
    writer: Writer,
    files: Arc<Files>,
    counters: Arc<Counters>,
    incarnation: Arc<AtomicU64>,
}

impl Store {
    pub(crate) fn open(dir: &Path, config: &Config) -> Result<Self, Error> {
        let (files, incarnation) = directory::open(dir, config)?;
        let (files, counters) = (Arc::new(files), Arc::new(Counters::default()));
        let incarnation = Arc::new(AtomicU64::new(incarnation));
        let writer = Writer::start(Arc::clone(&files), Arc::clone(&counters), config)
            .map_err(|error| Error::Open { path: dir.display().to_string(), reason: error.to_string() })?;
        let hatch = Hatch::open(dir, Arc::clone(&files), Arc::clone(&incarnation));
        Ok(Self(Arc::new(Inner { _hatch: hatch, writer, files, counters, incarnation })))
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        let found = self.0.files.get(key)?;
        self.0.counters.found(usize::from(found.is_some()));
        Ok(found)
    }

    pub(crate) fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        let found = self.0.files.scan(range)?;
        self.0.counters.found(found.len());
        Ok(found)
    }

    pub(crate) async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        self.0.writer.apply(batch).await
    }

    pub(crate) async fn export(&self, out: Out) -> Result<Counts, Error> {
        let (files, incarnation) = (Arc::clone(&self.0.files), self.incarnation());
        blocking(move || backup::export(&files, incarnation, out, &AtomicBool::new(false))).await
    }

    pub(crate) async fn export_directory(dir: &Path, config: &Config, out: Out) -> Result<(), Error> {
        directory::look(dir)?;
        match Self::open(dir, config) {
            Ok(store) => store.export(out).await.map(drop),
            Err(Error::InUse(_)) => {
                let dir = dir.to_owned();
                blocking(move || hatch::fetch(&dir, out)).await
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn import(&self, from: &Path) -> Result<Counts, Error> {
        let (files, from) = (Arc::clone(&self.0.files), from.to_owned());
        let (counts, incarnation) = blocking(move || backup::import(&files, &from)).await?;
        self.0.incarnation.store(incarnation, Ordering::Release);
        Ok(counts)
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.0.incarnation.load(Ordering::Acquire)
    }

    pub(crate) fn stats(&self) -> Stats {
        self.0.counters.snapshot()
    }
}

/// Does what takes long where nobody waits for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::Stopped(error.to_string())))
}
