//! What the store is asked to write. Three shapes, because a wide-column store can make exactly one
//! row conditional without a transaction: a room's commit (its log row is the fence), claims on unique
//! values, and plain writes that need no order.

use crate::Error;
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

/// The longest key, partition and sort together: no value of a key column comes near it, and every
/// backend can store it.
pub const KEY_BYTES_MAX: usize = 4_096;

/// The largest batch. A room's group is an eighth of it; what is larger would hold every other room up.
pub const BATCH_BYTES_MAX: usize = 4 << 20;

impl Batch {
    /// The bytes of its keys and values.
    pub(crate) fn measure(&self) -> Result<usize, Error> {
        let sizes: Vec<(&Key, usize)> = match self {
            Self::Commit { key, entry, writes } => {
                [(key, entry.len())].into_iter().chain(writes.iter().map(Write::size)).collect()
            }
            Self::Claim(claims) => claims.iter().map(|claim| (&claim.key, claim.value.len())).collect(),
            Self::Plain(writes) => writes.iter().map(Write::size).collect(),
        };
        let mut total: usize = 0;
        for (key, value) in sizes {
            let length = key.partition.len().saturating_add(key.sort.len());
            if length > KEY_BYTES_MAX {
                return Err(Error::TooLarge(format!("a key of {length} bytes, {KEY_BYTES_MAX} at most")));
            }
            total = total.saturating_add(length).saturating_add(value);
        }
        if total > BATCH_BYTES_MAX {
            return Err(Error::TooLarge(format!("a batch of {total} bytes, {BATCH_BYTES_MAX} at most")));
        }
        Ok(total)
    }

    /// How many rows it writes or removes.
    #[cfg(feature = "simulated")]
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Commit { writes, .. } => writes.len() + 1,
            Self::Claim(claims) => claims.len(),
            Self::Plain(writes) => writes.len(),
        }
    }

    /// What becomes of the batch where `look` says what stands.
    pub(crate) fn judge(
        &self,
        mut look: impl FnMut(&Key) -> Result<Option<Bytes>, Error>,
    ) -> Result<Outcome, Error> {
        match self {
            Self::Commit { key, .. } => {
                Ok(if look(key)?.is_some() { Outcome::Fenced } else { Outcome::Applied })
            }
            Self::Claim(claims) => {
                let mut taken = Vec::new();
                for claim in claims {
                    if look(&claim.key)? != claim.expected {
                        taken.push(claim.key.clone());
                    }
                }
                Ok(if taken.is_empty() { Outcome::Applied } else { Outcome::Taken(taken) })
            }
            Self::Plain(_) => Ok(Outcome::Applied),
        }
    }

    /// What an admitted batch writes.
    pub(crate) fn into_writes(self) -> Vec<Write> {
        match self {
            Self::Commit { key, entry, mut writes } => {
                writes.push(Write::Put(key, entry));
                writes
            }
            Self::Claim(claims) => {
                claims.into_iter().map(|claim| Write::Put(claim.key, claim.value)).collect()
            }
            Self::Plain(writes) => writes,
        }
    }
}

impl Write {
    fn size(&self) -> (&Key, usize) {
        match self {
            Self::Put(key, value) => (key, value.len()),
            Self::Delete(key) => (key, 0),
        }
    }
}
