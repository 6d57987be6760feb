//! One line of a room's log: everything one commit told, as it lies on disk. The log is the truth;
//! rows are what it amounts to.

use crate::{event::Hearing, id::UserId, time::Timestamp};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What one group commit of a room told.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The number of this commit in its room, from 1, without a gap.
    pub commit: u64,
    /// The number of the first event below; the number the next event will get where there is none.
    pub first_seq: u64,
    /// Reactions were finished up to this event when the commit was made.
    pub reacted: u64,
    /// The instant of the commit.
    pub at: Timestamp,
    /// The same in microseconds, and above that of the commit before: what its rows are stamped with where a
    /// store keeps the newest of two writes.
    pub stamp: i64,
    /// A number drawn by the room when it woke: two homes never write the same entry.
    pub waking: u64,
    /// The events, numbered `first_seq`, `first_seq + 1`, …
    pub events: Vec<Told>,
}

/// One event in the log.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// The event's name, so that a reader can skip it without decoding the body.
    pub name: String,
    /// The envelope in MessagePack, exactly as listeners get it.
    pub body: Bytes,
    /// Who else must learn of it; never part of what listeners get.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<UserId>,
    /// What it does to those hearing the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hearing: Option<Hearing>,
}

impl Entry {
    /// The number of the last event the room had told once this entry was written.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        let told = u64::try_from(self.events.len()).unwrap_or(u64::MAX);
        (self.first_seq + told).saturating_sub(1)
    }
}
