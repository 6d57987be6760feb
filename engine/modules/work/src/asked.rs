//! What a query asks besides what its list knows: an order where it named none, and names that are not
//! columns.

use engine::{Error, Query, Result};
use schema::code::Code;
use std::collections::BTreeMap;

/// The same query, in this order where it names none.
///
/// # Errors
/// `invalid-filter` when it can't be read.
pub(crate) fn sorted(query: &Query, order: &str) -> Result<Query> {
    let mut names = names(query)?;
    names.entry("sort".into()).or_insert_with(|| order.into());
    query_of(names)
}

/// The query without these names.
///
/// # Errors
/// `invalid-filter` when it can't be read.
pub(crate) fn without(query: &Query, taken: &[&str]) -> Result<Query> {
    let mut names = names(query)?;
    names.retain(|name, _| !taken.contains(&name.as_str()));
    query_of(names)
}

fn names(query: &Query) -> Result<BTreeMap<String, String>> {
    serde_json::to_value(query).and_then(serde_json::from_value).map_err(unreadable)
}

fn query_of(names: BTreeMap<String, String>) -> Result<Query> {
    serde_json::to_value(names).and_then(serde_json::from_value).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(Code::InvalidFilter, "the query can't be read").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_asked_order_stands_and_a_missing_one_is_filled_in() {
        let query = |value| serde_json::from_value::<Query>(value).unwrap();

        assert_eq!(
            sorted(&query(json!({"limit": 3})), "-a").unwrap(),
            query(json!({"limit": 3, "sort": "-a"}))
        );
        assert_eq!(sorted(&query(json!({"sort": "b"})), "-a").unwrap(), query(json!({"sort": "b"})));
        assert_eq!(
            without(&query(json!({"from": "x", "kind": "y"})), &["from"]).unwrap(),
            query(json!({"kind": "y"}))
        );
    }
}
