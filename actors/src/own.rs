//! The server's own tables: where commands with their stored replies stand, room counters, rooms with unfinished
//! work, audit lines, nodes, timers.

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
use uuid::Uuid;

pub use schema::table::own::{
    AUDIT, AUDITED, COMMANDS, COUNTERS, NODES, OPEN_ROOMS, PARKED, STRETCHES, TIMERS,
};

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

/// The list of open rooms is kept in so many partitions. Where a wide-column store removes a row it keeps a
/// tombstone for days, and a partition with too many of them can't be read any more: every room that ever woke has
/// one, so no one partition may have them all.
const OPEN_PARTITIONS: u8 = 64;

/// The partitions that list open rooms, each with a name that is homed like a room: so each has one node that reads it.
pub(crate) fn open_rooms() -> impl Iterator<Item = (RoomId, Bytes)> {
    let reader = |number: u8| RoomId::new("open", Uuid::from_u128(u128::from(number)));
    (0..OPEN_PARTITIONS).map(move |number| (reader(number), open_partition(number)))
}

fn open_partition(number: u8) -> Bytes {
    Bytes::copy_from_slice(&[b'o', b'p', b'e', b'n', number])
}

/// Where a room stands in that list.
#[must_use]
pub(crate) fn open_room_key(room: &RoomId) -> Key {
    let [chance, ..] = *blake3::hash(room.as_str().as_bytes()).as_bytes();
    Key {
        table: OPEN_ROOMS,
        partition: open_partition(chance % OPEN_PARTITIONS),
        sort: Spec::partition(room),
    }
}

/// Where the audit line of a change is stored: its room, its commit, its place in the group.
#[must_use]
pub fn audit_key(room: &RoomId, commit: u64, at: usize) -> Key {
    let sort = KeyWriter::new().with(&commit).with(&at).finish();
    Key { table: AUDIT, partition: Spec::partition(room), sort }
}

/// The commit and the place of an audit line, from the sort bytes of its key.
#[must_use]
pub fn audit_place(sort: &[u8]) -> Option<(u64, u64)> {
    let (commit, place) = sort.split_first_chunk()?;
    Some((u64::from_be_bytes(*commit), u64::from_be_bytes(place.try_into().ok()?)))
}

/// An hour of an organization, and the rooms in which audit lines were written in it. The list is kept so that whoever
/// chains the lines of all rooms knows where there are new ones; nothing is ever taken from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditHour {
    /// The organization.
    pub org: OrgId,
    /// Hours since 1970 began.
    pub hour: i64,
}

impl AuditHour {
    /// How long one is.
    const MS: i64 = 3_600_000;
    /// Lines are chained this often, and so long after they were written: whatever was committed with them is
    /// written through by then.
    const EVERY_MS: i64 = 10_000;
    const AFTER_MS: i64 = 2_000;

    /// The one in which an instant lies.
    #[must_use]
    pub const fn of(org: OrgId, at: Timestamp) -> Self {
        Self { org, hour: at.ms().div_euclid(Self::MS) }
    }

    /// The partition of its rooms.
    #[must_use]
    pub fn partition(self) -> Bytes {
        KeyWriter::new().with(&self.org).with(&self.hour).finish()
    }

    /// Where a room stands in it.
    #[must_use]
    pub(crate) fn key(self, room: &RoomId) -> Key {
        Key { table: AUDITED, partition: self.partition(), sort: Spec::partition(room) }
    }

    /// When its lines of this instant are chained: many lines have one timer. It looks at rooms that were written to
    /// since then only, or every ten seconds all rooms of an hour would be looked at.
    #[must_use]
    pub(crate) fn timer(self, at: Timestamp) -> Timer {
        let begin = at.ms().div_euclid(Self::EVERY_MS) * Self::EVERY_MS;
        Timer {
            at: Timestamp::from_ms(begin + Self::EVERY_MS + Self::AFTER_MS),
            org: self.org,
            operation: CHAIN_AUDIT.to_owned(),
            input: serde_json::json!({"hour": self.hour, "since": Timestamp::from_ms(begin)}),
        }
    }

    /// Up to when lines may be chained now.
    #[must_use]
    pub const fn settled_before(now: Timestamp) -> Timestamp {
        Timestamp::from_ms(now.ms() - Self::AFTER_MS)
    }
}

/// A room in the list of an hour.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// The room.
    pub room: RoomId,
    /// When its last line of that hour was written.
    pub at: Timestamp,
}

/// The operation that chains an organization's audit lines.
pub const CHAIN_AUDIT: &str = "ChainAudit";

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
    /// Where it is stored: by stretch and instant, then by what it is, so that the same wish is one timer.
    #[must_use]
    pub fn key(&self) -> Key {
        let name = blake3::hash(format!("{}\n{}", self.operation, self.input).as_bytes());
        let sort = KeyWriter::new().with(&self.at).with(name.to_hex().as_str()).finish();
        Key { table: TIMERS, partition: Stretch::of(self.at).place(), sort }
    }
}

/// Ten minutes, and what is due in them. Timers are a queue: each that is done with leaves a tombstone for days where
/// the store is a wide-column one, so a partition is read only while something may still come due in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stretch(i64);

impl Stretch {
    /// How long one is.
    const MS: i64 = 600_000;

    /// The one in which an instant lies.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.ms().div_euclid(Self::MS))
    }

    /// The one before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0 - 1)
    }

    /// The one after.
    #[must_use]
    pub const fn after(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether it was over so long ago that no commit which wished for something in it can still be under way.
    #[must_use]
    pub const fn is_long_over(self, now: Timestamp) -> bool {
        Self::of(now).0 - self.0 > DAY_MS / Self::MS
    }

    /// The partition that lists all in which something was ever due and may be yet.
    #[must_use]
    pub const fn list() -> Bytes {
        Bytes::from_static(b"due")
    }

    /// Where it stands in that list.
    #[must_use]
    pub fn key(self) -> Key {
        Key { table: STRETCHES, partition: Self::list(), sort: self.place() }
    }

    /// Its place in that list, and the partition of its timers.
    #[must_use]
    pub fn place(self) -> Bytes {
        KeyWriter::new().with(&self.0).finish()
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
