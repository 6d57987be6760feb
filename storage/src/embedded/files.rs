//! The open tree: four keyspaces and the lock on their directory. It reads and it writes groups; it
//! knows nothing of fences, which are checked before a group gets here.

use super::{Config, group::Writes, place, retired::Retired, rows::Rows};
use crate::{Direction, Error, Range, Row};
use bytes::Bytes;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvPair, PersistMode, Readable};
use parking_lot::Mutex;
use schema::{key::Key, table::Space};
use std::{fs::File, path::Path, thread};

/// How much the tree's own threads give way: with ten they get a tenth of what a busy thread gets.
const NICENESS: i32 = 10;

pub(super) struct Files {
    database: Database,
    log: Keyspace,
    rows: Keyspace,
    index: Keyspace,
    meta: Keyspace,
    at_hand: Rows,
    retired: Mutex<Retired>,
    /// Held for the lock that the system frees with it; last, so that the tree is closed by then.
    _lock: Option<File>,
}

impl Files {
    /// Opens the tree from a polite thread, so that the threads it starts are polite too: moving memory to
    /// tables may take the time that nobody else wants.
    pub(super) fn open(dir: &Path, config: &Config) -> fjall::Result<Self> {
        thread::scope(|scope| {
            let opened = scope.spawn(|| {
                // Refused, it only costs speed.
                let _ = rustix::process::nice(NICENESS);
                Self::open_here(dir, config)
            });
            opened.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn open_here(dir: &Path, config: &Config) -> fjall::Result<Self> {
        let database = Database::builder(dir)
            .cache_size(config.cache_bytes)
            .max_journaling_size(config.journal_bytes_max.max(64 << 20))
            .max_cached_files(Some(config.open_files_max.max(16)))
            // The tree checks what it decompressed by compressing it again, so that a journal written with
            // one release of the compression might not open with the next.
            .journal_compression(CompressionType::None)
            .worker_threads(config.workers.max(1))
            .open()?;
        let open = |name| {
            database
                .keyspace(name, || KeyspaceCreateOptions::default().max_memtable_size(config.memtable_bytes))
        };
        let (log, rows, index, meta) = (open("log")?, open("rows")?, open("index")?, open("meta")?);
        let (at_hand, retired) = (Rows::new(config), Mutex::new(Retired::start()?));
        Ok(Self { database, log, rows, index, meta, at_hand, retired, _lock: None })
    }

    /// Keeps the directory's lock for as long as the tree is open.
    pub(super) fn guarded_by(self, lock: File) -> Self {
        Self { _lock: Some(lock), ..self }
    }

    pub(super) fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        let Some(place) = place::of(key) else { return Ok(None) };
        self.at_hand.get(&place, || {
            let value = self.keyspace(place.space).get(&place.bytes).map_err(failed)?;
            Ok(value.map(|value| Bytes::copy_from_slice(&value)))
        })
    }

    /// Reads at one instant: a batch shows whole or not at all.
    pub(super) fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        let Some(stretch) = place::stretch(range) else { return Ok(Vec::new()) };
        let keyspace = self.keyspace(stretch.space);
        let found = self.database.snapshot().range(keyspace, (stretch.from, stretch.to));
        let row = |pair: fjall::Result<KvPair>| pair.map_err(failed).map(|pair| row(&pair, stretch.prefix));
        match range.direction {
            Direction::Forward => found.take(range.limit).map(|guard| row(guard.into_inner())).collect(),
            Direction::Backward => {
                found.rev().take(range.limit).map(|guard| row(guard.into_inner())).collect()
            }
        }
    }

    /// Everything at one instant, keyspace by keyspace, as places and values. It holds on to no lock; what is
    /// overwritten meanwhile is kept for as long as this is read.
    pub(super) fn everything(&self) -> impl Iterator<Item = Result<KvPair, Error>> {
        let snapshot = self.database.snapshot();
        let keyspaces = [&self.rows, &self.index, &self.meta, &self.log].into_iter();
        let iters: Vec<_> = keyspaces.map(|keyspace| snapshot.iter(keyspace)).collect();
        iters.into_iter().flatten().map(|guard| guard.into_inner().map_err(failed))
    }

    /// The numbers of all tables with rows, in no order.
    pub(super) fn tables(&self) -> Result<Vec<u16>, Error> {
        let snapshot = self.database.snapshot();
        let mut tables = Vec::new();
        for keyspace in [&self.rows, &self.index, &self.meta, &self.log] {
            let mut next = Some(0_u16);
            while let Some(from) = next {
                let first = snapshot.range(keyspace, from.to_be_bytes()..).next();
                let Some(guard) = first else { break };
                let table =
                    guard.key().map_err(failed)?.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes));
                tables.extend(table);
                next = table.and_then(|table| table.checked_add(1));
            }
        }
        Ok(tables)
    }

    /// Writes a group as one atomic batch and returns once it is on stable storage.
    pub(super) fn commit(&self, writes: &Writes) -> fjall::Result<()> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for (place, value) in writes {
            let keyspace = self.keyspace(place.space);
            match value {
                Some(value) => batch.insert(keyspace, place.bytes.as_slice(), &**value),
                None => batch.remove(keyspace, place.bytes.as_slice()),
            }
        }
        let committed = batch.commit();
        // Also after a failure, when nobody knows what stands there.
        self.at_hand.forget(writes.keys());
        self.retired.lock().look([&self.log, &self.rows, &self.index, &self.meta].into_iter());
        committed
    }

    const fn keyspace(&self, space: Space) -> &Keyspace {
        match space {
            Space::Log => &self.log,
            Space::Rows => &self.rows,
            Space::Index => &self.index,
            Space::Meta => &self.meta,
        }
    }
}

/// The bytes are copied: a row that borrowed them would keep its whole block in memory.
fn row((key, value): &KvPair, prefix: usize) -> Row {
    let sort = key.get(prefix..).unwrap_or_default();
    Row { sort: Bytes::copy_from_slice(sort), value: Bytes::copy_from_slice(value) }
}

fn failed(error: fjall::Error) -> Error {
    Error::Read(error.to_string())
}
