//! A table is a value. `#[derive(Table)]` on a row struct describes its columns, its home, its key,
//! its indexes and its unique values once; keys, index entries and the printed CQL all come from here.

mod carried;
mod cql;
pub mod own;
mod row;
mod spec;
mod textual;

#[doc(hidden)]
pub use carried::{Carried, Words, index_entry, text_entries};
pub use cql::{PLACE, Wide, quoted};
pub use derive::Table;
pub use row::{Entry, Row, Stamp, Table, claim_key};
pub use spec::{Column, Index, LOG, Slot, Space, Spec, Unique, holds_claims};
pub use textual::Textual;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::Change,
        codec,
        id::{Id, OrgId, UserId},
        time::Timestamp,
    };
    use serde::{Deserialize, Serialize};
    use serde_json::Value;
    use uuid::Uuid;

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
        let cql: String = Card::SPEC.wide().iter().map(|wide| wide.create()).collect();

        for expected in ["cards (", "cards_by_rank (", "cards_open (", "cards_homes (", "\"number\" bigint"] {
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

        let data = change.events[0].data.encode(&filled, 0).unwrap();
        let data: serde_json::Value = crate::codec::from_msgpack(&data).unwrap();
        assert_eq!(data, serde_json::json!({"title": "B", "changed": {"title": "B"}}));
    }
}
