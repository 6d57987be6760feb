//! Keys of the room logs. A log row is named by the number of its first event, then by its commit:
//! both follow from the row before it, so two homes that believe in the same head collide on the same
//! key, and the entry that holds a given event is found by one short backward scan.

use bytes::Bytes;
use schema::{
    key::{Key, KeyWriter},
    room::RoomId,
    table::{LOG, Spec},
};

/// The key of the log row that starts with event `first_seq` and is the room's commit `commit`.
#[must_use]
pub fn log_key(room: &RoomId, first_seq: u64, commit: u64) -> Key {
    Key { table: LOG, partition: Spec::partition(room), sort: sort(first_seq, commit) }
}

/// The same where the log is known by its partition.
#[cfg(feature = "scylla")]
pub(crate) fn log_key_of(partition: Bytes, first_seq: u64, commit: u64) -> Key {
    Key { table: LOG, partition, sort: sort(first_seq, commit) }
}

fn sort(first_seq: u64, commit: u64) -> Bytes {
    KeyWriter::new().with(&first_seq).with(&commit).finish()
}

/// The key of something the store notes about itself. It is in the last of the tables that the schema
/// keeps free for the server's own.
pub(crate) fn own_key(name: &'static str) -> Key {
    Key { table: 15, partition: Bytes::from_static(b"storage"), sort: Bytes::from_static(name.as_bytes()) }
}
