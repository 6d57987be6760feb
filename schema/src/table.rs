//! A table is a value. `#[derive(Table)]` on a row struct describes its columns, its home, its key,
//! its indexes and its unique values once; keys, index entries and the printed CQL all come from here.

use crate::{
    change::Stamp,
    codec,
    key::{Key, KeyWriter},
    room::RoomId,
};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{any::Any, fmt};
use uuid::Uuid;

pub use derive::Table;

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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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

impl Key {
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
    /// The kind of room that owns the rows.
    pub home: &'static str,
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
#[derive(Debug)]
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

    /// The CQL a wide-column store would keep this table in, indexes and claims included.
    #[must_use]
    pub fn cql(&self) -> String {
        use std::fmt::Write as _;
        let kind = |name: &str| self.column(name).map_or("text", |column| column.cql);
        let mut out = format!("CREATE TABLE {} (\n    home text,\n", self.name);
        for column in self.columns {
            let _ = writeln!(out, "    {} {},", column.name, column.cql);
        }
        let _ = writeln!(out, "    PRIMARY KEY ((home), {})\n);", self.key.join(", "));
        for index in self.indexes {
            let columns: Vec<&str> = unique_names(&[index.within, index.sort, self.key, index.carry]);
            let sort: Vec<&str> = unique_names(&[index.sort, self.key]);
            let _ = writeln!(out, "CREATE TABLE {}_{} (", self.name, index.name);
            for column in columns {
                let _ = writeln!(out, "    {column} {},", kind(column));
            }
            let _ = writeln!(
                out,
                "    PRIMARY KEY (({}), {})\n);",
                index.within.join(", "),
                sort.into_iter().filter(|c| !index.within.contains(c)).collect::<Vec<_>>().join(", ")
            );
        }
        for unique in self.uniques {
            let _ = writeln!(out, "CREATE TABLE {}_{}_claims (", self.name, unique.name);
            for column in unique.on {
                let _ = writeln!(out, "    {column} {},", kind(column));
            }
            let _ = writeln!(
                out,
                "    holder uuid,\n    home text,\n    confirmed boolean,\n    at timestamp,\n    \
                 PRIMARY KEY (({}))\n);",
                unique.on.join(", ")
            );
        }
        if self.find {
            let _ = writeln!(
                out,
                "CREATE TABLE {}_homes (\n    id uuid,\n    home text,\n    PRIMARY KEY ((id))\n);",
                self.name
            );
        }
        out
    }
}

fn unique_names<'a>(lists: &[&'a [&'a str]]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in lists.iter().copied().flatten().copied() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A row struct with its description. Implemented by `#[derive(Table)]` only.
pub trait Table: Serialize + DeserializeOwned + Clone + Send + Sync + fmt::Debug + 'static {
    /// The description.
    const SPEC: &'static Spec;

    /// The room that owns this row for life.
    fn home(&self) -> RoomId;

    /// The record's id in events and references.
    fn entity_id(&self) -> Uuid;

    /// The key columns.
    fn key_parts(&self) -> KeyWriter;

    /// The version, 1 after the first commit.
    fn version(&self) -> u64;

    /// Fills what only the committing room knows: number, seq, version, instants.
    fn stamp(&mut self, stamp: &Stamp);

    /// The partition, the place and the carried columns of each index entry this row has now.
    fn index_entries(&self) -> Vec<Entry>;

    /// The claimed values of this row, in the order of [`Spec::uniques`]; `None` for one it does not hold.
    fn unique_values(&self) -> Vec<Option<Bytes>>;
}

/// One index entry of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where it stands.
    pub key: Key,
    /// The carried columns, a named map in MessagePack.
    pub value: Bytes,
}

/// A row whose type is forgotten, as a change carries it.
pub trait Row: Send + Sync + fmt::Debug {
    /// The table's description.
    fn spec(&self) -> &'static Spec;
    /// The room that owns it.
    fn home(&self) -> RoomId;
    /// Where it stands.
    fn key(&self) -> Key;
    /// The record's id.
    fn entity_id(&self) -> Uuid;
    /// Its version.
    fn version(&self) -> u64;
    /// Fills the placeholders.
    fn stamp(&mut self, stamp: &Stamp);
    /// The stored bytes.
    ///
    /// # Errors
    /// When a column refuses to serialise.
    fn encode(&self) -> Result<Bytes, codec::Error>;
    /// The REST JSON.
    fn json(&self) -> Value;
    /// Its index entries.
    fn index_entries(&self) -> Vec<Entry>;
    /// Its claimed values, by slot.
    fn claims(&self) -> Vec<Option<Key>>;
    /// A copy, so that a refused or repeated change starts from what it was given.
    fn boxed(&self) -> Box<dyn Row>;
    /// For getting the type back.
    fn as_any(&self) -> &dyn Any;
}

impl<T: Table> Row for T {
    fn spec(&self) -> &'static Spec {
        T::SPEC
    }
    fn home(&self) -> RoomId {
        Table::home(self)
    }
    fn key(&self) -> Key {
        T::SPEC.row_key(&Table::home(self), self.key_parts())
    }
    fn entity_id(&self) -> Uuid {
        Table::entity_id(self)
    }
    fn version(&self) -> u64 {
        Table::version(self)
    }
    fn stamp(&mut self, stamp: &Stamp) {
        Table::stamp(self, stamp);
    }
    fn encode(&self) -> Result<Bytes, codec::Error> {
        codec::to_bytes(self)
    }
    fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
    fn index_entries(&self) -> Vec<Entry> {
        Table::index_entries(self)
    }
    fn claims(&self) -> Vec<Option<Key>> {
        let slots = (0..).map(|i| Slot::Claim(i).number(T::SPEC.id));
        self.unique_values()
            .into_iter()
            .zip(slots)
            .map(|(value, table)| value.map(|partition| Key { table, partition, sort: Bytes::new() }))
            .collect()
    }
    fn boxed(&self) -> Box<dyn Row> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The key that a unique value of a table is claimed under, for looking its holder up.
#[must_use]
pub fn claim_key<T: Table>(unique: &str, value: KeyWriter) -> Option<Key> {
    let at = T::SPEC.uniques.iter().position(|u| u.name == unique)?;
    let slot = Slot::Claim(u16::try_from(at).ok()?);
    Some(Key { table: slot.number(T::SPEC.id), partition: value.finish(), sort: Bytes::new() })
}

/// The columns an index entry carries: a named MessagePack map, written column by column.
#[derive(Default, Debug)]
pub struct Carried {
    columns: u32,
    bytes: Vec<u8>,
}

impl Carried {
    /// No column yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    ///
    /// # Panics
    /// When the value refuses to serialise, which a column's type can't.
    pub fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        let mut out = rmp_serde::Serializer::new(&mut self.bytes).with_struct_map().with_human_readable();
        let outcome = name.serialize(&mut out).and_then(|()| value.serialize(&mut out));
        assert!(outcome.is_ok(), "column {name} can't be written: {outcome:?}");
        self.columns += 1;
    }

    fn finish(self) -> Bytes {
        let mut out = Vec::with_capacity(self.bytes.len() + 5);
        let outcome = rmp::encode::write_map_len(&mut out, self.columns);
        assert!(outcome.is_ok(), "writing to memory can't fail");
        out.extend_from_slice(&self.bytes);
        Bytes::from(out)
    }
}

/// Puts an index entry together, for the derive.
#[doc(hidden)]
#[must_use]
pub fn index_entry(table: u16, index: u16, within: KeyWriter, sort: KeyWriter, carried: Carried) -> Entry {
    let table = Slot::Index(index).number(table);
    let key = Key { table, partition: within.finish(), sort: sort.finish() };
    Entry { key, value: carried.finish() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::Change,
        id::{Id, OrgId, UserId},
        time::Timestamp,
    };
    use serde::Deserialize;

    #[derive(Table, Serialize, Deserialize, Clone, Debug)]
    #[table(name = "cards", id = 7, entity = "card", home = "board", by = "board_id", find)]
    #[table(index(name = "by_rank", within = "board_id", sort = "status, rank", carry = "title"))]
    #[table(index(name = "open", within = "owner_id", sort = "rank", when = "is_open"))]
    #[table(unique(name = "slug", on = "org_id, slug"))]
    struct Card {
        id: Id<Card>,
        org_id: OrgId,
        board_id: Id<Slot>,
        owner_id: Option<UserId>,
        slug: String,
        title: String,
        status: Option<String>,
        rank: String,
        #[table(number)]
        number: u64,
        created_at: Timestamp,
        version: u64,
    }

    impl Card {
        fn is_open(&self) -> bool {
            self.owner_id.is_some()
        }
    }

    fn card() -> Card {
        Card {
            id: Id::new(Uuid::from_u128(1)),
            org_id: OrgId::new(Uuid::from_u128(2)),
            board_id: Id::new(Uuid::from_u128(3)),
            owner_id: None,
            slug: "a-b".into(),
            title: "A b".into(),
            status: Some("todo".into()),
            rank: "m".into(),
            number: 0,
            created_at: Timestamp::default(),
            version: 0,
        }
    }

    #[test]
    fn a_row_knows_its_home_its_entries_and_its_claims() {
        let mut row = card();

        assert_eq!(Table::home(&row).as_str(), "board:00000000-0000-0000-0000-000000000003");
        assert_eq!(Table::index_entries(&row).len(), 1);
        row.owner_id = Some(UserId::NIL);
        assert_eq!(Table::index_entries(&row).len(), 2);
        assert_eq!(Row::claims(&row).len(), 1);
        let carried: Value = codec::from_msgpack(&Table::index_entries(&row)[0].value).unwrap();
        assert_eq!((&carried["title"], &carried["rank"]), (&"A b".into(), &"m".into()));
    }

    #[test]
    fn the_stamp_fills_a_new_row_once() {
        let mut row = card();
        let stamp = Stamp { at: Timestamp::from_ms(5), by: None, seq: 9, number: 4, new: true };

        Table::stamp(&mut row, &stamp);
        Table::stamp(&mut row, &Stamp { at: Timestamp::from_ms(6), number: 5, new: false, ..stamp });

        assert_eq!((row.number, row.created_at.ms(), row.version), (4, 5, 2));
    }

    #[test]
    fn the_printed_cql_names_every_column_and_index() {
        let cql = Card::SPEC.cql();

        for expected in
            ["CREATE TABLE cards (", "cards_by_rank", "cards_slug_claims", "cards_homes", "number bigint"]
        {
            assert!(cql.contains(expected), "{expected} is missing in {cql}");
        }
    }

    #[test]
    fn a_change_tells_only_what_differs() {
        let old = card();
        let mut new = old.clone();
        new.title = "B".into();
        let mut change = Change::new();
        let slot = change.update(&old, new);
        let _ = change.tell("x.card.updated", slot);

        let olds: Vec<_> = change.rows.iter().map(|r| r.old.as_ref().map(|row| row.boxed())).collect();
        let news: Vec<_> = change.rows.iter().map(|r| r.new.as_ref().map(|row| row.boxed())).collect();
        let filled = crate::change::Filled {
            old: &olds,
            new: &news,
            counters: &std::collections::HashMap::new(),
            first_seq: 1,
            at: Timestamp::default(),
        };

        let data = (change.events[0].data)(&filled);
        assert_eq!(data, serde_json::json!({"title": "B", "changed": {"title": "B"}}));
    }
}
