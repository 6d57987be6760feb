//! Queries put another way: a list that has an order of its own, or names of its own.

use engine::{Error, Query, Result};
use schema::code::Code;
use serde_json::{Map, Value};

/// The same query after a change to its names and texts.
pub(crate) fn rewritten(query: &Query, change: impl FnOnce(&mut Map<String, Value>)) -> Result<Query> {
    let unreadable = |error| Error::new(Code::InvalidFilter, "the query can't be read").because(error);
    let mut members: Map<String, Value> =
        serde_json::to_value(query).and_then(serde_json::from_value).map_err(unreadable)?;
    change(&mut members);
    serde_json::from_value(Value::Object(members)).map_err(unreadable)
}
