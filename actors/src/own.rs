//! The server's own tables: numbers 1 to 15, never a business row. Commands with their stored replies,
//! room counters, rooms with unfinished work, audit lines.

use crate::cluster::Run;
use bytes::Bytes;
use schema::{
    clock::Clock,
    id::{OrgId, UserId},
    key::{Key, KeyWriter},
    room::RoomId,
    table::Spec,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

/// Commands and their stored replies.
pub const COMMANDS: u16 = 1;
/// Counters of a room.
pub const COUNTERS: u16 = 2;
/// Rooms whose log has events that reactions have not finished with.
pub const OPEN_ROOMS: u16 = 3;
/// Audit lines, by room.
pub const AUDIT: u16 = 4;
/// Reactions given up on, for a person to look at.
pub const PARKED: u16 = 5;

/// What is due, by instant.
pub const TIMERS: u16 = 8;
/// Nodes that take part, by run.
pub(crate) const NODES: u16 = 9;

/// A command is kept this many whole days after the day it ran: at least 24 hours.
const COMMAND_DAYS: i64 = 1;
const DAY_MS: i64 = 86_400_000;
/// What a day takes at the start of a command's sort bytes.
const DAY_BYTES: usize = size_of::<i64>();

/// What a caller calls a write, so that saying it twice does it once.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Command {
    /// Who says it.
    pub caller: UserId,
    /// What it is called, 1 to 64 printable ASCII characters.
    pub key: String,
    /// BLAKE3 of the operation's name and canonical input.
    pub hash: [u8; 32],
}

const fn day(at: Timestamp) -> i64 {
    at.ms().div_euclid(DAY_MS)
}

/// Of the caller and the key of a command, whatever its day. Two commands seldom share one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Mark(u64);

impl Mark {
    /// Of the sort bytes of a stored command.
    pub(crate) fn of(sort: &[u8]) -> Self {
        let said = sort.get(DAY_BYTES..).unwrap_or(sort);
        Self(BuildHasherDefault::<DefaultHasher>::default().hash_one(said))
    }
}

impl Command {
    /// A key for a command that its caller did not name. No client's key begins so.
    #[must_use]
    pub fn fresh_key(clock: &Clock) -> String {
        format!("~{}", clock.new_id::<()>())
    }

    /// Where the command is stored when it runs at this instant. The day comes first, so that old
    /// commands are one stretch of the partition.
    #[must_use]
    pub(crate) fn key_at(&self, room: &RoomId, at: Timestamp) -> Key {
        self.key_of_day(room, day(at))
    }

    /// Every place where it may be stored when looked for at this instant.
    pub(crate) fn keys_seen_at(&self, room: &RoomId, at: Timestamp) -> impl Iterator<Item = Key> {
        (0..=COMMAND_DAYS).map(move |back| self.key_of_day(room, day(at) - back))
    }

    fn key_of_day(&self, room: &RoomId, day: i64) -> Key {
        Key { table: COMMANDS, partition: Spec::partition(room), sort: self.sort_of_day(day) }
    }

    fn sort_of_day(&self, day: i64) -> Bytes {
        KeyWriter::new().with(&day).with(&self.caller).with(self.key.as_str()).finish()
    }

    /// The same as of the command where it is stored, on any day.
    pub(crate) fn mark(&self) -> Mark {
        Mark::of(&self.sort_of_day(0))
    }
}

/// The first place of a room's commands that is still kept at this instant.
#[must_use]
pub(crate) fn commands_kept_from(at: Timestamp) -> Bytes {
    KeyWriter::new().with(&(day(at) - COMMAND_DAYS)).finish()
}

/// Where a counter of a room is stored.
#[must_use]
pub fn counter_key(room: &RoomId, name: &str) -> Key {
    let sort = KeyWriter::new().with(name).finish();
    Key { table: COUNTERS, partition: Spec::partition(room), sort }
}

/// The partition that lists open rooms.
#[must_use]
pub(crate) const fn open_rooms() -> Bytes {
    Bytes::from_static(b"open")
}

/// Where a room stands in that list.
#[must_use]
pub(crate) fn open_room_key(room: &RoomId) -> Key {
    Key { table: OPEN_ROOMS, partition: open_rooms(), sort: Spec::partition(room) }
}

/// Where the audit line of a change is stored: its room, its commit, its place in the group.
#[must_use]
pub(crate) fn audit_key(room: &RoomId, commit: u64, at: usize) -> Key {
    let sort = KeyWriter::new().with(&commit).with(&at).finish();
    Key { table: AUDIT, partition: Spec::partition(room), sort }
}

/// The partition that lists nodes.
#[must_use]
pub(crate) const fn nodes() -> Bytes {
    Bytes::from_static(b"nodes")
}

/// Where a node's row stands.
#[must_use]
pub(crate) fn node_key(run: Run) -> Key {
    Key { table: NODES, partition: nodes(), sort: KeyWriter::new().with(&run.number()).finish() }
}

/// The partition of all timers.
#[must_use]
pub const fn timers() -> Bytes {
    Bytes::from_static(b"due")
}

/// An operation that is due.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Timestamp,
    /// In which organization.
    pub org: OrgId,
    /// The operation's name.
    pub operation: String,
    /// Its input.
    pub input: serde_json::Value,
}

impl Timer {
    /// Where it is stored: by instant, then by what it is, so that the same wish is one timer.
    #[must_use]
    pub fn key(&self) -> Key {
        let name = blake3::hash(format!("{}\n{}", self.operation, self.input).as_bytes());
        let sort = KeyWriter::new().with(&self.at).with(name.to_hex().as_str()).finish();
        Key { table: TIMERS, partition: timers(), sort }
    }
}

/// The first place of a timer that is not due yet.
#[must_use]
pub fn not_due_at(now: Timestamp) -> Bytes {
    KeyWriter::new().with(&Timestamp::from_ms(now.ms().saturating_add(1))).finish()
}

/// Where a reaction that was given up on is kept.
#[must_use]
pub(crate) fn parked_key(room: &RoomId, seq: u64) -> Key {
    let sort = KeyWriter::new().with(&seq).finish();
    Key { table: PARKED, partition: Spec::partition(room), sort }
}
