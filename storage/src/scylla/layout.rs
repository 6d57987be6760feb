//! Which table of the keyspace a key lives in. A table of the product has typed columns, where the keyspace has
//! such; what the server keeps for itself, numbers nobody described, and else everything share one table of bytes.

use super::{
    config::{Specs, Tables},
    session::Profiles,
    statement::{Access, Statement},
};
use schema::table::{Column, Wide};
use std::{collections::HashMap, sync::Arc};

/// All tables, by the numbers of their keys.
pub(super) struct Layout {
    typed: HashMap<u16, Arc<Table>>,
    cells: Arc<Table>,
    /// Those that are described, wherever their rows are.
    numbers: Vec<u16>,
}

/// One table and how it is asked.
pub(super) struct Table {
    pub(super) wide: Wide,
    pub(super) access: Access,
    /// The number stands before the partition's own bytes.
    pub(super) shared: bool,
}

/// What the server keeps for itself.
fn cells() -> Wide {
    Wide {
        name: "cells".to_owned(),
        number: 0,
        partition: Column { name: "of", cql: "blob" },
        ordered: true,
        columns: Vec::new(),
        value: Some(Column { name: "value", cql: "blob" }),
        says_nothing: false,
    }
}

/// Tables whose rows are written on a condition, and what the keyspace says of itself. A claim is one
/// partition, so that two of them never wait for each other.
const OTHERS: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS log (
    room text,
    bucket bigint,
    first_seq bigint,
    commit bigint,
    entry blob,
    redo blob,
    stamp bigint,
    PRIMARY KEY ((room, bucket), first_seq, commit)
)",
    "CREATE TABLE IF NOT EXISTS log_buckets (
    room text,
    first_seq bigint,
    bucket bigint,
    PRIMARY KEY (room, first_seq, bucket)
)",
    "CREATE TABLE IF NOT EXISTS claims (
    key blob,
    value blob,
    PRIMARY KEY (key)
)",
    "CREATE TABLE IF NOT EXISTS about (
    name text,
    value blob,
    PRIMARY KEY (name)
)",
];

/// Every statement that makes a table, in order.
pub(super) fn creations(tables: Tables, specs: &Specs) -> Vec<String> {
    let wides = wides(tables, specs).into_iter().map(|wide| wide.create());
    OTHERS.iter().map(|text| (*text).to_owned()).chain(wides).collect()
}

/// Every table with columns of its own, the shared one included.
pub(super) fn wides(tables: Tables, specs: &Specs) -> Vec<Wide> {
    [cells()].into_iter().chain(typed(tables, specs)).collect()
}

/// Those of one kind of rows each.
fn typed(tables: Tables, specs: &Specs) -> impl Iterator<Item = Wide> {
    let specs = match tables {
        Tables::Typed => specs,
        Tables::Shared => &[],
    };
    specs.iter().flat_map(|spec| spec.wide())
}

impl Layout {
    pub(super) fn new(keyspace: &str, tables: Tables, specs: &Specs, profiles: &Profiles) -> Self {
        let table = |wide: Wide, shared| {
            let access = Access::new(keyspace, &wide, &profiles.rows);
            Arc::new(Table { wide, access, shared })
        };
        let mut numbers: Vec<u16> = typed(Tables::Typed, specs).map(|wide| wide.number).collect();
        numbers.sort_unstable();
        Self {
            typed: typed(tables, specs).map(|wide| (wide.number, table(wide, false))).collect(),
            cells: table(cells(), true),
            numbers,
        }
    }

    /// The table of a key with this number.
    pub(super) fn of(&self, number: u16) -> &Arc<Table> {
        self.typed.get(&number).unwrap_or(&self.cells)
    }

    /// All tables with rows that no condition guards.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.typed.values().chain([&self.cells])
    }

    /// The numbers of those that are described, in order.
    pub(super) fn numbers(&self) -> &[u16] {
        &self.numbers
    }

    /// The statements that are used from the first call on.
    pub(super) fn common(&self) -> impl Iterator<Item = &Statement> {
        self.cells.access.all()
    }
}
