//! The limits of the embedded store, each with its reason.

use serde::Deserialize;

const MIB: u64 = 1 << 20;

/// How the embedded store uses memory, disk and threads.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Batches that may share one fsync. A group of a hundred already spreads the fsync thin; a longer
    /// one only makes its first batch wait for its last.
    pub group_batches_max: usize,
    /// Bytes that may share one fsync: about ten milliseconds of a modest disk. A batch that is larger
    /// alone is written alone.
    pub group_bytes_max: usize,
    /// How long the writer waits for more once several batches have come together, in microseconds. An
    /// fsync and the wake-ups around it cost as much for one batch as for twenty; a lone batch never waits.
    pub linger_us: u64,
    /// Batches that may wait for the writer. Callers beyond it wait their turn before they queue, so
    /// that a slow disk slows rooms down instead of filling memory.
    pub queue_batches_max: usize,
    /// Bytes that may wait for the writer, for the same reason.
    pub queue_bytes_max: usize,
    /// Rows kept at hand, as they were read by key.
    pub rows_bytes: u64,
    /// Blocks of tables kept in memory; filled by reads only, so an idle server pays nothing for it. Small,
    /// because the system keeps the files at hand as well, and a crowd signing in would fill a large one
    /// with rows that it reads once.
    pub cache_bytes: u64,
    /// Size at which recent writes of one of the four keyspaces are moved from memory to a table. Every fourth
    /// table is merged with all there are, so that larger pieces halve what the disk and the merging thread
    /// have to do (8 MiB: 7.3 KB written for every 1.8 KB stored; 32 MiB: 3.9 KB). Up to five such pieces
    /// a keyspace live at once under load. Fixed when the directory is made.
    pub memtable_bytes: u64,
    /// Journals kept on disk (64 MiB at least); beyond it the quiet keyspaces are moved to tables so that
    /// old journals can go. It bounds the disk used and how much a restart reads back.
    pub journal_bytes_max: u64,
    /// Table files kept open, a small share of the usual limit of 1,024, of which sockets need the most.
    pub open_files_max: usize,
    /// Threads that move memory to tables and merge tables. More than one makes the tree's first thread hand
    /// every merge back to the queue, in a loop that takes a whole core while the merge lasts. A long merge
    /// keeps memory waiting meanwhile: four pieces a keyspace may wait before the writer does.
    pub workers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            group_batches_max: 512,
            group_bytes_max: 4 << 20,
            linger_us: 2_000,
            queue_batches_max: 1_024,
            queue_bytes_max: 16 << 20,
            rows_bytes: 16 * MIB,
            cache_bytes: 8 * MIB,
            memtable_bytes: 32 * MIB,
            journal_bytes_max: 128 * MIB,
            open_files_max: 256,
            workers: 1,
        }
    }
}
