//! What the store is asked to write. Three shapes, because a wide-column store can make exactly one
//! row conditional without a transaction: a room's commit (its log row is the fence), claims on unique
//! values, and plain writes that need no order.

use bytes::Bytes;
use schema::key::Key;

/// One unconditional write. In one batch a key is written at most once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// Puts a value, whatever was there.
    Put(Key, Bytes),
    /// Removes a value, if there is one.
    Delete(Key),
}

/// What shall be applied: whole, or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Batch {
    /// A room's group commit. The log row is inserted only where its key is free: that is the commit
    /// point and the fence against a second home. The writes follow it and can't fail alone.
    Commit {
        /// The log row's key, from [`crate::log_key`].
        key: Key,
        /// The log row: a [`schema::log::Entry`] in MessagePack.
        entry: Bytes,
        /// Rows, index entries, command replies, confirmed claims.
        writes: Vec<Write>,
    },
    /// Takes unique values, each only where it stands as expected.
    Claim(Vec<Claim>),
    /// Last writer wins: markers, watermarks, housekeeping.
    Plain(Vec<Write>),
}

/// A conditional write on one claim row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The unique value.
    pub key: Key,
    /// What must stand there: nothing, or exactly these bytes (taking over an abandoned claim).
    pub expected: Option<Bytes>,
    /// What shall stand there.
    pub value: Bytes,
}

/// What became of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "a batch may have been refused"]
pub enum Outcome {
    /// On stable storage.
    Applied,
    /// Another home has written this commit: step back.
    Fenced,
    /// These unique values are held by others; nothing was taken.
    Taken(Vec<Key>),
    /// Neither yes nor no: read the log row before anything else.
    Unknown,
}
