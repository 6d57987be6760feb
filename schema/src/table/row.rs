//! A row: the typed face that the derive implements, and the same with its type forgotten, as a change
//! carries it.

use super::{Slot, Spec};
use crate::{
    codec,
    id::UserId,
    key::{Key, KeyWriter},
    room::RoomId,
    time::Timestamp,
};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{any::Any, fmt};
use uuid::Uuid;

/// What only the committing room knows about a row.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The instant of the commit.
    pub at: Timestamp,
    /// Who did it.
    pub by: Option<UserId>,
    /// The number of the first event told about this row in this commit.
    pub seq: u64,
    /// The next number of the row's counter, where its table has a numbered column.
    pub number: u64,
    /// True when the row is new.
    pub new: bool,
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
