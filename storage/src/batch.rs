//! What the store is asked to write. Three shapes, because a wide-column store can make exactly one
//! row conditional without a transaction: a room's commit (its log row is the fence), claims on unique
//! values, and plain writes that need no order.

use crate::Error;
use bytes::Bytes;
use schema::{key::Key, table::LOG};

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
    /// A room's group commit.
    Commit(Box<Commit>),
    /// Takes unique values or gives them up, each only where it stands as expected.
    Claim(Vec<Claim>),
    /// Last writer wins: markers, watermarks, housekeeping.
    Plain(Plain),
}

/// A room's group commit. The log row is inserted only where its key is free: that is the commit point and
/// the fence against a second home. All else follows it and can't fail alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// The log row's key, from [`crate::log_key`].
    pub key: Key,
    /// The log row: a [`schema::log::Entry`] in MessagePack. No two homes write the same bytes.
    pub entry: Bytes,
    /// Microseconds, above those of the room's commit before. Where a store keeps the newest of two writes to
    /// a key, this says which is newer.
    pub stamp: i64,
    /// What is written before the log row where a batch is no transaction: a note that the room has unfinished
    /// business, for whoever comes after a crash. It may stay behind a commit that never happened.
    pub note: Option<Write>,
    /// Rows, index entries, homes, command replies.
    pub writes: Vec<Write>,
    /// Claims confirmed or given up. One that no longer stands as expected is left as it is: it was settled
    /// before, by whoever finished this commit.
    pub claims: Vec<Claim>,
}

impl From<Commit> for Batch {
    fn from(commit: Commit) -> Self {
        Self::Commit(Box::new(commit))
    }
}

/// A conditional write on one claim row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The unique value; see [`Key::is_claim`].
    pub key: Key,
    /// What must stand there: nothing, or exactly these bytes.
    pub expected: Option<Bytes>,
    /// What shall stand there.
    pub value: Option<Bytes>,
}

/// Writes that need no order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plain {
    /// The writes.
    pub writes: Vec<Write>,
    /// As in [`Commit::stamp`]; the instant of the call where it is absent.
    pub stamp: Option<i64>,
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
    /// Writes of this instant that need no order.
    #[must_use]
    pub const fn plain(writes: Vec<Write>) -> Self {
        Self::Plain(Plain { writes, stamp: None })
    }

    /// The bytes of its keys and values.
    pub(crate) fn measure(&self) -> Result<usize, Error> {
        let mut total = 0;
        match self {
            Self::Commit(commit) => {
                let Commit { key, entry, note, writes, claims, .. } = &**commit;
                if key.table != LOG {
                    return Err(Error::Misplaced(format!("{key:?} is no log row")));
                }
                add(&mut total, key, entry.len())?;
                note.iter().chain(writes).try_for_each(|write| write.measure(&mut total))?;
                claims.iter().try_for_each(|claim| claim.measure(&mut total))?;
            }
            Self::Claim(claims) => claims.iter().try_for_each(|claim| claim.measure(&mut total))?,
            Self::Plain(Plain { writes, .. }) => {
                writes.iter().try_for_each(|write| write.measure(&mut total))?;
            }
        }
        if total > BATCH_BYTES_MAX {
            return Err(Error::TooLarge(format!("a batch of {total} bytes, {BATCH_BYTES_MAX} at most")));
        }
        Ok(total)
    }

    /// How many rows it writes or removes.
    #[cfg(any(feature = "simulated", feature = "scylla"))]
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Commit(commit) => {
                1 + usize::from(commit.note.is_some()) + commit.writes.len() + commit.claims.len()
            }
            Self::Claim(claims) => claims.len(),
            Self::Plain(Plain { writes, .. }) => writes.len(),
        }
    }

    /// What becomes of the batch where `look` says what stands, and what it writes if it is admitted, for
    /// stores that write a batch at one instant.
    pub(crate) fn judge(
        self,
        mut look: impl FnMut(&Key) -> Result<Option<Bytes>, Error>,
    ) -> Result<(Outcome, Vec<Write>), Error> {
        match self {
            Self::Commit(commit) => {
                let Commit { key, entry, note, mut writes, claims, .. } = *commit;
                let outcome = if look(&key)?.is_some() { Outcome::Fenced } else { Outcome::Applied };
                writes.extend(note);
                for claim in claims {
                    if look(&claim.key)? == claim.expected {
                        writes.push(claim.into_write());
                    }
                }
                writes.push(Write::Put(key, entry));
                Ok((outcome, writes))
            }
            Self::Claim(claims) => {
                let mut taken = Vec::new();
                for claim in &claims {
                    if look(&claim.key)? != claim.expected {
                        taken.push(claim.key.clone());
                    }
                }
                let outcome = if taken.is_empty() { Outcome::Applied } else { Outcome::Taken(taken) };
                Ok((outcome, claims.into_iter().map(Claim::into_write).collect()))
            }
            Self::Plain(Plain { writes, .. }) => Ok((Outcome::Applied, writes)),
        }
    }
}

impl Write {
    /// Where it writes.
    pub(crate) const fn key(&self) -> &Key {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }

    fn measure(&self, total: &mut usize) -> Result<(), Error> {
        let key = self.key();
        let value = if let Self::Put(_, value) = self { value.len() } else { 0 };
        if key.table == LOG || key.is_claim() {
            return Err(Error::Misplaced(format!("{key:?} is written only on a condition")));
        }
        add(total, key, value)
    }
}

impl Claim {
    fn measure(&self, total: &mut usize) -> Result<(), Error> {
        if !self.key.is_claim() {
            return Err(Error::Misplaced(format!("{:?} is no claim", self.key)));
        }
        add(total, &self.key, self.value.as_ref().map_or(0, Bytes::len))
    }

    fn into_write(self) -> Write {
        match self.value {
            Some(value) => Write::Put(self.key, value),
            None => Write::Delete(self.key),
        }
    }
}

fn add(total: &mut usize, key: &Key, value: usize) -> Result<(), Error> {
    let length = key.partition.len().saturating_add(key.sort.len());
    if length > KEY_BYTES_MAX {
        return Err(Error::TooLarge(format!("a key of {length} bytes, {KEY_BYTES_MAX} at most")));
    }
    *total = total.saturating_add(length).saturating_add(value);
    Ok(())
}
