//! What an index entry carries: some columns of its row, as a named map.

use super::{Entry, Slot};
use crate::{
    key::{Key, KeyWriter},
    text::tokens,
};
use bytes::Bytes;
use serde::Serialize;

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

/// One entry for each word of a row's texts, for the derive.
#[doc(hidden)]
#[must_use]
pub fn text_entries(
    (table, index): (u16, u16),
    within: KeyWriter,
    key: &KeyWriter,
    texts: &[&dyn Words],
    carried: Carried,
) -> Vec<Entry> {
    let (table, partition, value) = (Slot::Index(index).number(table), within.finish(), carried.finish());
    let mut all: Vec<&str> = Vec::new();
    texts.iter().for_each(|text| text.words(&mut all));
    let entry = |token: String| {
        let sort = KeyWriter::new().with(&token).and(key).finish();
        Entry { key: Key { table, partition: partition.clone(), sort }, value: value.clone() }
    };
    tokens(all).into_iter().map(entry).collect()
}

/// A column that holds words.
#[doc(hidden)]
pub trait Words {
    /// Adds its texts.
    fn words<'a>(&'a self, into: &mut Vec<&'a str>);
}

impl Words for String {
    fn words<'a>(&'a self, into: &mut Vec<&'a str>) {
        into.push(self);
    }
}
impl<T: Words> Words for Option<T> {
    fn words<'a>(&'a self, into: &mut Vec<&'a str>) {
        self.iter().for_each(|text| text.words(into));
    }
}
impl<T: Words> Words for Vec<T> {
    fn words<'a>(&'a self, into: &mut Vec<&'a str>) {
        self.iter().for_each(|text| text.words(into));
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
