//! The description of a table, as the derive reads it off a row struct, and the numbers its keys get.

use crate::{
    key::{Key, KeyWriter},
    room::RoomId,
};
use bytes::Bytes;
use uuid::Uuid;

/// What kind of keys a table number stands for. A table `n` owns the numbers `16n … 16n + 15`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// The rows themselves.
    Rows,
    /// The i-th declared index, 0 to 8.
    Index(u16),
    /// The i-th declared unique value, 0 to 3.
    Claim(u16),
    /// Id to home, for tables found by id alone.
    Find,
}

/// The store's space a key lives in: four, so that idle tables pin no journal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Space {
    /// Room logs.
    Log,
    /// Rows.
    Rows,
    /// Index entries.
    Index,
    /// Claims, homes, commands and the server's own bookkeeping.
    Meta,
}

/// The number of the table that holds every room's log; `16 ×` below stays free for the server's own.
pub const LOG: u16 = 0;

impl Slot {
    /// The number in a [`Key`].
    #[must_use]
    pub const fn number(self, table: u16) -> u16 {
        let base = table * 16;
        match self {
            Self::Rows => base,
            Self::Index(i) => base + 1 + i,
            Self::Claim(i) => base + 10 + i,
            Self::Find => base + 14,
        }
    }
}

/// True for a number whose keys are only ever written where they stand as expected: unique values, births (6),
/// what the first server of a store makes (7).
#[must_use]
pub const fn holds_claims(number: u16) -> bool {
    matches!((number, number % 16), (6 | 7, _) | (16.., 10..=13))
}

impl Key {
    /// True where [`holds_claims`] of its table.
    #[must_use]
    pub const fn is_claim(&self) -> bool {
        holds_claims(self.table)
    }

    /// Which of the store's spaces this key lives in.
    #[must_use]
    pub const fn space(&self) -> Space {
        match (self.table, self.table % 16) {
            (LOG, _) => Space::Log,
            (1..=15, _) | (_, 10..) => Space::Meta,
            (_, 0) => Space::Rows,
            _ => Space::Index,
        }
    }
}

/// The description of a table: what the derive reads off the struct.
#[derive(Debug)]
pub struct Spec {
    /// Plural, snake_case; the CQL table's name.
    pub name: &'static str,
    /// Unique in the whole product, 1 to 4,000, never used again for another table.
    pub id: u16,
    /// The record's type in events and references, singular.
    pub entity: &'static str,
    /// Columns in declaration order.
    pub columns: &'static [Column],
    /// Columns that name the row inside its home.
    pub key: &'static [&'static str],
    /// Columns in which words are looked for row by row; none where an index of words finds them.
    pub words: &'static [&'static str],
    /// The kind of room that owns the rows.
    pub home: &'static str,
    /// The column that names that room.
    pub by: &'static str,
    /// Its topic, where its kind has one.
    pub topic: Option<&'static str>,
    /// True when the key is the number of the event that made the row.
    pub sequenced: bool,
    /// True when a column counts the rows of the home, from 1.
    pub numbered: bool,
    /// True when rows hold secrets: they appear in no audit line.
    pub private: bool,
    /// True when a row can be found by its id alone.
    pub find: bool,
    /// Sorted copies.
    pub indexes: &'static [Index],
    /// Values nobody else in the product may hold.
    pub uniques: &'static [Unique],
}

/// One column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The field's name.
    pub name: &'static str,
    /// Its CQL type: uuid, text, bigint, boolean, timestamp, date, or blob for a nested value.
    pub cql: &'static str,
}

/// One index: a sorted copy of the columns a list or a card shows, written in the same commit.
#[derive(Debug)]
pub struct Index {
    /// Its name; unique in the table.
    pub name: &'static str,
    /// Columns that choose the partition.
    pub within: &'static [&'static str],
    /// Columns that order it; the row's key follows.
    pub sort: &'static [&'static str],
    /// Columns copied into the entry besides those above.
    pub carry: &'static [&'static str],
    /// Columns whose words a row is found by: it has an entry for each word then, and no order of its own.
    pub text: &'static [&'static str],
}

/// One unique value over some columns.
#[derive(Debug)]
pub struct Unique {
    /// Its name, as in an error's pointer.
    pub name: &'static str,
    /// The columns that must not repeat together.
    pub on: &'static [&'static str],
}

impl Spec {
    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// An index by name, with its slot.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<(Slot, &Index)> {
        let at = self.indexes.iter().position(|index| index.name == name)?;
        Some((Slot::Index(u16::try_from(at).ok()?), self.indexes.get(at)?))
    }

    /// The index of words, with its slot.
    #[must_use]
    pub fn text(&self) -> Option<(Slot, &Index)> {
        let at = self.indexes.iter().position(|index| !index.text.is_empty())?;
        Some((Slot::Index(u16::try_from(at).ok()?), self.indexes.get(at)?))
    }

    /// The columns whose words a row is found by, however they are looked for.
    #[must_use]
    pub fn sought(&self) -> &'static [&'static str] {
        self.indexes.iter().map(|index| index.text).find(|text| !text.is_empty()).unwrap_or(self.words)
    }

    /// The room that owns the row whose naming column holds this id.
    #[must_use]
    pub fn room(&self, id: Uuid) -> RoomId {
        match self.topic {
            Some(topic) => RoomId::with_topic(self.home, id, topic),
            None => RoomId::new(self.home, id),
        }
    }

    /// The key under which the home of a row is found by its id.
    #[must_use]
    pub fn find_key(&self, id: Uuid) -> Key {
        Key {
            table: Slot::Find.number(self.id),
            partition: Bytes::copy_from_slice(id.as_bytes()),
            sort: Bytes::new(),
        }
    }

    /// The partition of this table's rows in a room.
    #[must_use]
    pub fn partition(room: &RoomId) -> Bytes {
        Bytes::copy_from_slice(room.as_str().as_bytes())
    }

    /// The key of the row in `room` whose key columns are `parts`.
    #[must_use]
    pub fn row_key(&self, room: &RoomId, parts: KeyWriter) -> Key {
        Key { table: Slot::Rows.number(self.id), partition: Self::partition(room), sort: parts.finish() }
    }
}
