//! How a wide-column store keeps a table: its rows, each of its indexes, and where its rows live, each a
//! table of typed columns. What its keys are made of stands in columns too, but rows are found and ordered
//! by `place`, the key's own bytes: absent values have no place in a CQL key, and a `uuid` is ordered
//! by its version first.

use super::{Column, Slot, Spec};
use std::fmt::Write as _;

/// The place of a row in its partition.
pub const PLACE: Column = Column { name: "place", cql: "blob" };

/// A table of a wide-column store.
#[derive(Clone, Debug)]
pub struct Wide {
    /// Its name.
    pub name: String,
    /// The number that its keys have; see [`Slot`].
    pub number: u16,
    /// What chooses the partition.
    pub partition: Column,
    /// True where a partition holds rows in the order of their `place`, false where it is one row.
    pub ordered: bool,
    /// What a row holds, by the names in its MessagePack map.
    pub columns: Vec<Column>,
    /// Where a row is no map: the one column that holds it as it is.
    pub value: Option<Column>,
    /// True where a row without a value says so, as index entries do, which are read by clients; false where
    /// it leaves the name out, so that what an older program wrote reads as the default.
    pub says_nothing: bool,
}

impl Spec {
    /// The tables that a wide-column store keeps this one in. Unique values are kept together with those of
    /// all others.
    #[must_use]
    pub fn wide(&self) -> Vec<Wide> {
        let rows = Wide {
            name: self.name.to_owned(),
            number: Slot::Rows.number(self.id),
            partition: Column { name: "home", cql: "text" },
            ordered: true,
            columns: self.columns.to_vec(),
            value: None,
            says_nothing: false,
        };
        let indexes = self.indexes.iter().zip(0..).map(|(index, at)| {
            let mut names: Vec<&str> = Vec::new();
            for name in [index.within, index.sort, self.key, index.carry].iter().copied().flatten() {
                if !names.contains(name) {
                    names.push(name);
                }
            }
            Wide {
                name: format!("{}_{}", self.name, index.name),
                number: Slot::Index(at).number(self.id),
                partition: Column { name: "within", cql: "blob" },
                ordered: true,
                columns: names.into_iter().filter_map(|name| self.column(name).copied()).collect(),
                value: None,
                says_nothing: true,
            }
        });
        let homes = self.find.then(|| Wide {
            name: format!("{}_homes", self.name),
            number: Slot::Find.number(self.id),
            partition: Column { name: "id", cql: "uuid" },
            ordered: false,
            columns: Vec::new(),
            value: Some(Column { name: "home", cql: "text" }),
            says_nothing: false,
        });
        [rows].into_iter().chain(indexes).chain(homes).collect()
    }
}

impl Wide {
    /// The statement that makes it.
    #[must_use]
    pub fn create(&self) -> String {
        let mut out = format!("CREATE TABLE IF NOT EXISTS {} (\n", self.name);
        let place = self.ordered.then_some(PLACE);
        for column in [self.partition].into_iter().chain(place).chain(self.held()) {
            // Writing into a string can't fail.
            let _ = writeln!(out, "    {} {},", quoted(column.name), column.cql);
        }
        let place = if self.ordered { ", place" } else { "" };
        let _ = write!(out, "    PRIMARY KEY ({}{place})\n)", quoted(self.partition.name));
        out
    }

    /// The columns beside those of the key.
    pub fn held(&self) -> impl Iterator<Item = Column> + Clone {
        self.columns.iter().copied().chain(self.value)
    }
}

/// A column's name where a word of the language may stand: `order`, `token`, `in`.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
