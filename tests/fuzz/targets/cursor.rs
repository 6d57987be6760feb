//! A forged place in a list: none is taken for ours, whatever the rest of the query says.
#![no_main]

use engine::{Query, listing};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|asked: (&str, &str, &str)| {
    let (cursor, sort, limit) = asked;
    let query = serde_json::from_value::<Query>(json!({"cursor": cursor, "sort": sort, "limit": limit}));
    let Ok(query) = query else { panic!("texts make a query") };
    let rows = vec![json!({"id": 1, "rank": "a"}), json!({"id": 2, "rank": "b"})];

    let page = listing::page_signed(&[7; 32], rows, &query, &["rank"]);
    assert!(page.is_err(), "`{cursor}` was taken for a cursor of ours");
});
