//! The store on one machine: an LSM tree in one directory, written by one thread. Reads go straight
//! to the tree; every write waits for its group's fsync. It never decides what a row means.

mod config;
mod directory;
mod ends;
mod files;
mod group;
mod journal;
mod migrations;
mod place;
mod retired;
mod rows;
mod writer;

use crate::{Batch, Error, Outcome, Range, Row, stats::Counters, stats::Stats};
use bytes::Bytes;
pub use config::Config;
use files::Files;
use schema::key::Key;
use std::{path::Path, sync::Arc};
use writer::Writer;

/// A handle on the open directory; cheap to clone. When the last one is dropped the writer finishes
/// what is queued, which blocks the dropping thread for a few fsyncs, and the directory is released.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

// Fields are dropped in this order: the writer must end before the files close.
struct Inner {
    writer: Writer,
    files: Arc<Files>,
    counters: Arc<Counters>,
    incarnation: u64,
}

impl Store {
    pub(crate) fn open(dir: &Path, config: &Config) -> Result<Self, Error> {
        let (files, incarnation) = directory::open(dir, config)?;
        let (files, counters) = (Arc::new(files), Arc::new(Counters::default()));
        let writer = Writer::start(Arc::clone(&files), Arc::clone(&counters), config)
            .map_err(|error| Error::Open { path: dir.display().to_string(), reason: error.to_string() })?;
        Ok(Self(Arc::new(Inner { writer, files, counters, incarnation })))
    }

    pub(crate) fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        self.0.files.get(key)
    }

    pub(crate) fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        self.0.files.scan(range)
    }

    pub(crate) async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        self.0.writer.apply(batch).await
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.0.incarnation
    }

    pub(crate) fn stats(&self) -> Stats {
        self.0.counters.snapshot()
    }
}
