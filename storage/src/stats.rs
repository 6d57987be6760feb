//! What a store has done since it was opened.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the store was opened. `batches / syncs` says how well rooms share an fsync.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Batches applied.
    pub batches: u64,
    /// Rows written or removed by them.
    pub rows: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// Times the disk was asked to make them last.
    pub syncs: u64,
    /// Keys and ranges read over a network; 0 where the store is in this process.
    pub reads: u64,
    /// Rows that reads have found.
    pub rows_read: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    batches: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    syncs: AtomicU64,
    reads: AtomicU64,
    rows_read: AtomicU64,
}

impl Counters {
    /// Counts one written group.
    pub(crate) fn add(&self, batches: usize, rows: usize, bytes: usize) {
        let counts = [(&self.batches, batches), (&self.rows, rows), (&self.bytes, bytes), (&self.syncs, 1)];
        for (counter, count) in counts {
            counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Relaxed);
        }
    }

    /// Counts one read.
    #[cfg(feature = "scylla")]
    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Relaxed);
    }

    /// Counts what one read found.
    pub(crate) fn found(&self, rows: usize) {
        self.rows_read.fetch_add(u64::try_from(rows).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            batches: self.batches.load(Relaxed),
            rows: self.rows.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
            reads: self.reads.load(Relaxed),
            rows_read: self.rows_read.load(Relaxed),
        }
    }
}
