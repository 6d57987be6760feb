//! A store in one file. Every backend writes it and reads it, so that what was kept in a directory can go on in a
//! keyspace and the other way round. A backup holds what a store holds, and nothing about the store itself.
//!
//! The file begins with eight bytes that say what it is. Blocks follow, each with a checksum over its number and
//! its bytes: one that says where the backup comes from, those with the records, and one that counts them. A file
//! without the last was cut off.
//!
//! Rows come first, then the claims that commits settle, then the logs, then the other claims. A backend that can
//! read one instant does so. One that can't (CQL servers) copies rows while commits go on, and with each line of a
//! log that may be younger than a row of the copy what its commit wrote, so that whoever restores the file writes
//! that again: no row is older than its log says, and none can be younger, because logs are copied after rows.

mod reader;
mod record;
mod writer;

use crate::own_key;
pub use reader::verify;
pub(crate) use reader::{Reader, Settled, Survey, survey};
#[cfg(feature = "scylla")]
pub(crate) use record::Behind;
pub(crate) use record::Record;
use schema::{key::Key, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::io::Write;
pub(crate) use writer::Writer;
#[cfg(feature = "simulated")]
pub(crate) use writer::tampered;

/// Where a backup is written to.
pub type Out = Box<dyn Write + Send>;

/// The form that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// How a file begins.
const MAGIC: &[u8; 8] = b"ecobak\r\n";

/// What rows are stamped with that are restored as they were read, where a store keeps the newer of two writes:
/// whatever is written again, or comes later, is newer.
#[cfg(any(feature = "scylla", feature = "simulated"))]
pub(crate) const LOADED: i64 = 1;

/// What a backup says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The form of the file.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When it was begun.
    pub at: Timestamp,
    /// What kind of store it was made of, in a word or two.
    pub source: String,
    /// That store's [`crate::Store::incarnation`].
    pub incarnation: u64,
    /// The numbers of the tables that it may hold rows of.
    pub tables: Vec<u16>,
}

/// How much a backup holds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Counts {
    /// Rows, index entries and all else that is neither of the two below.
    pub rows: u64,
    /// Claims on unique values.
    pub claims: u64,
    /// Lines of logs.
    pub entries: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

impl Head {
    pub(crate) fn of(source: &str, at: Timestamp, incarnation: u64, tables: Vec<u16>) -> Self {
        let (program, source) = (env!("CARGO_PKG_VERSION").to_owned(), source.to_owned());
        Self { format: FORMAT, program, at, source, incarnation, tables }
    }
}

/// True for what a store notes about itself, which no other store should learn.
pub(crate) fn is_own(key: &Key) -> bool {
    let own = own_key("");
    (key.table, &key.partition) == (own.table, &own.partition)
}
