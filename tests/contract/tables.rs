//! `tables.cql`: the tables as a wide-column store keeps them, indexes included. The embedded store keeps the
//! same rows under keys made from the same descriptions.

use super::{agrees, catalog::modules};

#[test]
fn the_tables_are_what_the_contract_says() {
    let mut out = String::from(
        "-- What the store keeps for itself: logs, unique values, small things of the server.\n",
    );
    for text in storage::scylla::creations(&[]) {
        out.push_str(&format!("{text};\n"));
    }
    out.push_str("\n-- The tables of every module, printed from the descriptions of their rows.\n");
    for module in modules() {
        for spec in module.tables {
            let order = if spec.sequenced { ", in the order of their events" } else { "" };
            out.push_str(&format!(
                "\n-- {}, table {}: its rows live in rooms `{}:`{order}\n",
                module.name, spec.id, spec.home
            ));
            for wide in spec.wide() {
                out.push_str(&format!("{};\n", wide.create()));
            }
        }
    }

    agrees("tables.cql", &out);
}

#[test]
fn a_printed_table_names_only_columns_that_it_has() {
    for spec in modules().iter().flat_map(|module| module.tables) {
        let indexed = spec.indexes.iter().flat_map(|index| [index.within, index.sort, index.carry]);
        let unique = spec.uniques.iter().map(|unique| unique.on);
        for column in indexed.chain(unique).chain([spec.key]).flatten() {
            assert!(spec.column(column).is_some(), "{} has no column {column}", spec.name);
        }
    }
}
