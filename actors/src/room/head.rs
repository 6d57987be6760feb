//! Where a room's log ends, and reading it from a given event on.

use crate::{Error, env::Env, own};
use bytes::Bytes;
use schema::{
    codec,
    key::KeyWriter,
    log::Entry,
    room::RoomId,
    table::{LOG, Spec},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use storage::{Range, Store};

/// The end of a room's log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last commit; 0 for a room never written.
    pub commit: u64,
    /// The number of the last event; 0 for a room that never told anything.
    pub seq: u64,
    /// Reactions are finished up to this event.
    pub reacted: u64,
    /// The instant of the last commit, in microseconds; see [`Entry::stamp`].
    pub stamp: i64,
}

/// What a client must show to resume: it changes when the data was restored or made anew.
#[must_use]
pub fn epoch(room: &RoomId, incarnation: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(room.as_str().as_bytes());
    hasher.update(&incarnation.to_be_bytes());
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// A UUIDv7 whose other bits are hashed from what it names, so that the same event, or the same effect
/// of an event, can never have two ids.
#[must_use]
pub fn derived_id(at: Timestamp, of: &[u8]) -> uuid::Uuid {
    let mut chance = [0; 10];
    blake3::Hasher::new().update(of).finalize_xof().fill(&mut chance);
    schema::clock::v7(at, chance)
}

/// Reads the end of a room's log. It may have moved on by the time this answers.
///
/// # Errors
/// When the store doesn't answer or the log can't be read.
pub async fn head_of(store: &Store, room: &RoomId) -> Result<Head, Error> {
    read(store, &Range::partition(LOG, Spec::partition(room), 1).backward()).await
}

/// The same for whoever will write behind it: what is still under way there is settled first.
async fn settled_head(store: &Store, room: &RoomId) -> Result<Head, Error> {
    read(store, &Range::end_of_log(Spec::partition(room))).await
}

async fn read(store: &Store, range: &Range) -> Result<Head, Error> {
    let rows = store.scan(range).await?;
    let Some(row) = rows.first() else { return Ok(Head::default()) };
    let entry: Entry = codec::from_msgpack(&row.value)?;
    // An entry from before there were stamps was written within the millisecond that it names.
    let stamp = entry.stamp.max(entry.at.ms().saturating_mul(1_000).saturating_add(999));
    Ok(Head { commit: entry.commit, seq: entry.last_seq(), reacted: entry.reacted, stamp })
}

/// Where the room's log ends, once all that it says is written, and whether the room is listed among those with
/// unfinished business.
pub(super) async fn take_over(env: &Env, id: &RoomId) -> Result<(Head, bool), Error> {
    loop {
        // The list is looked at second: whoever wrote the last commit noted the room before.
        let head = settled_head(&env.store, id).await?;
        if env.store.get(&own::open_room_key(id)).await?.is_none() {
            return Ok((head, false));
        }
        let redo = true;
        #[cfg(feature = "flawed")]
        let redo = redo && !env.config.breaks(crate::Flaw::SkipsRedo);
        if redo {
            env.store.redo(id).await?;
        }
        // A home before this one may have come in between; each time it does, it has to wait for a store.
        if settled_head(&env.store, id).await?.commit == head.commit {
            return Ok((head, true));
        }
    }
}

/// Log entries that hold events above `after_seq`, in order, up to about `limit` entries.
///
/// # Errors
/// When the store doesn't answer or the log can't be read.
pub async fn log_after(
    store: &Store,
    room: &RoomId,
    after_seq: u64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let partition = Spec::partition(room);
    // The entry that holds event n starts at or before n: step back to it first.
    let next = KeyWriter::new().with(&(after_seq.saturating_add(2))).finish();
    let start = Range::partition(LOG, partition.clone(), 1).before(next).backward();
    let first = store.scan(&start).await?.into_iter().next().map_or(Bytes::new(), |row| row.sort);
    let mut range = Range::partition(LOG, partition, limit).since(first);
    loop {
        let rows = store.scan(&range).await?;
        let entries: Vec<Entry> =
            rows.iter().map(|row| codec::from_msgpack(&row.value)).collect::<Result<_, _>>()?;
        // Commits that told nothing lie in the log too: a whole page of them is not its end.
        let told = entries.iter().any(|entry| entry.last_seq() > after_seq && !entry.events.is_empty());
        match rows.last() {
            Some(last) if !told && rows.len() == limit => range = range.after(last.sort.clone()),
            _ => return Ok(entries),
        }
    }
}
