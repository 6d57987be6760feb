//! A change's rows as the committing room filled them, and what is told and answered of them.

use super::Slot;
use crate::{
    reply::Reply,
    table::{Row, Table},
    time::Timestamp,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// A change's rows as the room filled them: what events and replies are computed from.
pub struct Filled<'a> {
    /// The old rows, by slot.
    pub old: &'a [Option<Box<dyn Row>>],
    /// The new rows, by slot.
    pub new: &'a [Option<Box<dyn Row>>],
    /// The counters this change moves, as it leaves them.
    pub counters: &'a HashMap<String, i64>,
    /// The number of the first event this change tells.
    pub first_seq: u64,
    /// The instant of the commit.
    pub at: Timestamp,
}

impl Filled<'_> {
    /// The row of a slot as committed; the old one where it was removed.
    #[must_use]
    pub fn get<T: Table>(&self, slot: Slot<T>) -> Option<&T> {
        self.any(slot.at)?.as_any().downcast_ref()
    }

    /// A counter that this change moves, as it leaves it; 0 for one that it does not move.
    #[must_use]
    pub fn counter(&self, name: &str) -> i64 {
        self.counters.get(name).copied().unwrap_or_default()
    }

    pub(super) fn any(&self, at: usize) -> Option<&dyn Row> {
        let new = self.new.get(at).and_then(Option::as_deref);
        new.or_else(|| self.old.get(at).and_then(Option::as_deref))
    }

    /// The entity an event about this slot names.
    #[must_use]
    pub fn entity(&self, at: usize) -> (&'static str, Uuid, u64) {
        self.any(at).map_or(("", Uuid::nil(), 0), |row| (row.spec().entity, row.entity_id(), row.version()))
    }

    /// A reply with the row of a slot.
    #[must_use]
    pub fn reply<T: Table>(&self, slot: Slot<T>, status: u16) -> Reply {
        self.any(slot.at).map_or_else(Reply::empty, |row| Reply::of(status, row.json()).tagged(row.version()))
    }

    /// `{title, changed: {field: new}}`: every column of a new row, the differing ones of an old one.
    pub(super) fn plain_data(&self, at: usize) -> Value {
        let now = self.any(at).map_or(Value::Null, Row::json);
        let before = match (self.old.get(at).and_then(Option::as_deref), self.new.get(at)) {
            (Some(old), Some(Some(_))) => old.json(),
            _ => Value::Null,
        };
        let title = now.get("title").cloned().unwrap_or(Value::Null);
        json!({"title": title, "changed": differences(&before, now)})
    }
}

/// Columns that change with every commit and say nothing by themselves.
const SILENT: [&str; 3] = ["version", "updated_at", "updated_by"];

fn differences(before: &Value, now: Value) -> Value {
    let Value::Object(now) = now else { return Value::Object(Map::new()) };
    let changed = now
        .into_iter()
        .filter(|(name, value)| !SILENT.contains(&name.as_str()) && before.get(name) != Some(value))
        .collect();
    Value::Object(changed)
}
