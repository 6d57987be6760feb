//! `q`: the rows of a list in which words are found. Where each word of a row has an entry, those that begin as the last
//! word typed are looked through, and the row is read where all words are there. Other lists look into each of their rows.

use super::{Listing, Query, filter::Filter, query::refused};
use crate::{Context, Error, Result};
use schema::{
    codec,
    key::KeyWriter,
    table::{Index, Slot},
    text::{Sought, tokens},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use storage::{Range, Row};
use uuid::Uuid;

/// Entries that one search looks through.
const EXAMINED_MAX: usize = 2_000;
/// Rows that one search reads.
const FOUND_MAX: usize = 200;

impl Listing {
    /// The words that a query looks for.
    pub(super) fn sought(&self, query: &Query) -> Result<Option<Sought>> {
        let Some(typed) = query.get("q") else { return Ok(None) };
        if self.spec.sought().is_empty() {
            return Err(refused("q", "this list can't be searched"));
        }
        Sought::read(typed).map(Some).ok_or_else(|| refused("q", "there is no word in it"))
    }

    /// Whether the words that are looked for, if any are, stand in a row.
    pub(super) fn has_words(&self, row: &Value, sought: Option<&Sought>) -> bool {
        sought.is_none_or(|sought| sought.is_in(&words_of(row, self.spec.sought())))
    }

    /// The index that has the words of a table, where their entries lie in the same partitions as those of an index.
    pub(super) fn words_beside(&self, index: &str) -> Option<(Slot, &'static Index)> {
        let (_, beside) = self.spec.index(index)?;
        self.spec.text().filter(|(_, text)| text.within == beside.within)
    }

    /// The rows of a partition in which the words of a query are, as the list shows them.
    pub(super) async fn found(
        &self,
        cx: &Context,
        within: bytes::Bytes,
        (slot, index): (Slot, &'static Index),
        sought: &Sought,
        filters: &[Filter],
    ) -> Result<Vec<Value>> {
        let place = KeyWriter::new().beginning(sought.beginning()).finish();
        let range = Range::partition(slot.number(self.spec.id), within, EXAMINED_MAX).starting_with(&place);
        let mut found = Vec::new();
        for entry in cx.store().scan(&range).await? {
            let Some(columns) = answering(&entry, sought, index)? else { continue };
            let Some(row) = self.read(cx, &columns).await? else { continue };
            if filters.iter().all(|filter| filter.admits(&row)) {
                found.push(row);
            }
            if found.len() == FOUND_MAX {
                break;
            }
        }
        Ok(found)
    }

    /// The row behind an entry, with the columns that the list shows.
    async fn read(&self, cx: &Context, columns: &Value) -> Result<Option<Value>> {
        let id =
            |name: &str| columns.get(name).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
        let Some(home) = id(self.spec.by) else { return Ok(None) };
        let mut key = KeyWriter::new();
        for name in self.spec.key {
            // Tables that are searched are keyed by ids.
            let Some(id) = id(name) else { return Ok(None) };
            key = key.with(&schema::id::Id::<()>::new(id));
        }
        let key = self.spec.row_key(&self.spec.room(home), key);
        let Some(bytes) = cx.store().get(&key).await? else { return Ok(None) };
        let row: Value = codec::from_msgpack(&bytes)?;
        let shown: Map<String, Value> = self
            .carried()
            .iter()
            .map(|name| ((*name).to_owned(), row.get(*name).cloned().unwrap_or_default()))
            .collect();
        Ok(Some(Value::Object(shown)))
    }
}

/// The columns of an entry, if it is the one that answers for its row: a row has an entry for each of its words.
fn answering(entry: &Row, sought: &Sought, index: &Index) -> Result<Option<Value>, Error> {
    let columns: Value = codec::from_msgpack(&entry.value)?;
    let words = words_of(&columns, index.text);
    let first = sought.first_of(&words).map(|word| KeyWriter::new().with(word).finish());
    let answers = first.is_some_and(|place| entry.sort.starts_with(&place)) && sought.is_in(&words);
    Ok(answers.then_some(columns))
}

/// The words of some columns of a row.
fn words_of(row: &Value, columns: &[&str]) -> BTreeSet<String> {
    let mut texts = Vec::new();
    for column in columns {
        match row.get(*column) {
            Some(Value::String(text)) => texts.push(text.as_str()),
            Some(Value::Array(list)) => texts.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    tokens(texts)
}
