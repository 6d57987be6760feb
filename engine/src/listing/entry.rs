//! What an index has of a row, kept as its bytes: a few hundred instead of the thousands that the built row takes. What
//! the columns are called is said once for all of them, and where each one begins stands in front, so that those which
//! are compared are read without looking at the others.

use crate::{Error, Result};
use schema::{
    codec,
    column::{Column, parts},
    table::Index,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The bytes of a place in an entry.
const PLACE: usize = size_of::<u32>();
/// Nothing, in MessagePack.
const NIL: &[u8] = &[0xc0];

/// What the columns of the entries of an index are called, in their order.
#[derive(Clone)]
pub(super) struct Layout(Arc<[&'static str]>);

/// An index entry: where each column begins and the last one ends, then the columns.
#[derive(Clone)]
pub(super) struct Entry(Arc<[u8]>);

impl Layout {
    /// That of an index of a table with this key.
    pub(super) fn of(index: &Index, key: &[&'static str]) -> Self {
        let mut names: Vec<&'static str> = Vec::new();
        for name in [index.within, index.sort, key, index.carry].concat() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self(names.into())
    }

    /// Where a column stands; nowhere if entries do not carry it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| *known == name)
    }

    /// Takes in the bytes of an entry. A column that it does not have, as one written before there was such a column,
    /// is absent.
    ///
    /// # Errors
    /// When they are no row.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Entry> {
        let found = parts(bytes)?;
        let mut packed = vec![0; PLACE * (self.0.len() + 1)];
        let mut places = vec![packed.len()];
        for (at, name) in self.0.iter().enumerate() {
            // They are written in this order, mostly.
            let here = found.get(at).filter(|(found, _)| found == name);
            let part = here.or_else(|| found.iter().find(|(found, _)| found == name));
            packed.extend_from_slice(part.map_or(NIL, |(_, bytes)| bytes));
            places.push(packed.len());
        }
        for (place, at) in packed.chunks_exact_mut(PLACE).zip(places) {
            place.copy_from_slice(&u32::try_from(at).map_err(Error::broken)?.to_le_bytes());
        }
        Ok(Entry(packed.into()))
    }

    /// All of an entry.
    ///
    /// # Errors
    /// None that could happen: it was read before.
    pub(super) fn whole(&self, entry: &Entry) -> Result<Value> {
        let column = |(at, name): (usize, &&str)| -> Result<(String, Value)> {
            Ok(((*name).to_owned(), codec::from_msgpack(entry.bytes(at))?))
        };
        Ok(Value::Object(self.0.iter().enumerate().map(column).collect::<Result<Map<_, _>>>()?))
    }
}

impl Entry {
    /// What stands in a column.
    pub(super) fn column(&self, at: Option<usize>) -> Column<'_> {
        at.map_or(Column::Absent, |at| Column::read(self.bytes(at)).unwrap_or(Column::Absent))
    }

    fn bytes(&self, at: usize) -> &[u8] {
        self.0.get(self.place(at)..self.place(at + 1)).unwrap_or_default()
    }

    fn place(&self, at: usize) -> usize {
        let bytes = self.0.get(at * PLACE..(at + 1) * PLACE).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes).try_into().unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const INDEX: Index =
        Index { name: "by_points", within: &["home"], sort: &["points"], carry: &["title"], text: &[] };

    proptest! {
        #[test]
        fn an_entry_is_what_was_taken_in(
            points in proptest::option::of(any::<i64>()),
            title in ".{0,300}",
            order in Just(vec!["home", "points", "id", "title"]).prop_shuffle(),
            left_out in 0_usize..5,
        ) {
            let layout = Layout::of(&INDEX, &["id"]);
            let mut row = json!({"home": "h", "points": points, "id": "i", "title": title});
            let lost = order.get(left_out).copied();
            if let Some(lost) = lost {
                row.as_object_mut().unwrap().remove(lost);
            }
            let bytes = codec::to_bytes(&row).unwrap();

            let entry = layout.read(&bytes).unwrap();

            if let Some(lost) = lost {
                row[lost] = Value::Null;
            }
            prop_assert_eq!(&layout.whole(&entry).unwrap(), &row);
            for name in order {
                prop_assert_eq!(entry.column(layout.find(name)), Column::from(&row[name]));
            }
            prop_assert_eq!(entry.column(layout.find("colour")), Column::Absent);
        }
    }
}
