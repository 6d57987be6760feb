//! The query of a list, as it came: names and texts. Over the socket numbers and booleans are welcome
//! too. What the names mean is checked by the list they are for.

use crate::{Error, Result};
use garde::{Path, Report, Validate};
use schema::{
    code::Code,
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

/// Names and texts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Query(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(Self(members.into_iter().map(|(name, value)| (name, text(value))).collect()))
    }
}

impl JsonSchema for Query {
    fn schema_name() -> Cow<'static, str> {
        "Query".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": {"type": "string"}})
    }
}
impl Validate for Query {
    type Context = ();
    /// What the names mean is known to the list alone.
    fn validate_into(&self, (): &(), _: &mut dyn FnMut() -> Path, _: &mut Report) {}
}

/// Names that every list understands.
pub(super) const COMMON: [&str; 7] = ["limit", "cursor", "sort", "with_total", "q", "fields", "expand"];

impl Query {
    /// The text of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same without a name.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut rest = self.0.clone();
        rest.remove(name);
        Self(rest)
    }

    /// The value of a name, read as a number or the like.
    ///
    /// # Errors
    /// `invalid-filter` when it can't be read.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| refused(name, "this value can't be read"))
    }

    /// How many records a page holds: 20 unless said, 1 to 100.
    ///
    /// # Errors
    /// `invalid-filter` outside these bounds.
    pub fn limit(&self) -> Result<usize> {
        match self.parsed("limit")?.unwrap_or(20) {
            limit @ 1..=100 => Ok(limit),
            _ => Err(refused("limit", "a page holds 1 to 100 records")),
        }
    }

    /// Refuses names that are not among these.
    ///
    /// # Errors
    /// `invalid-filter`, naming the first stranger.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(stranger) => Err(refused(stranger, "this list has no such filter")),
            None => Ok(()),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

pub(super) fn refused(name: &str, message: &str) -> Error {
    Error::new(Code::InvalidFilter, format!("{name}: {message}")).and_field(
        &format!("/query/{name}"),
        "invalid",
        message,
    )
}

/// The asked order: at most three columns of those allowed, `-` for backward.
pub(super) fn order(query: &Query, sortable: &[&str]) -> Result<Vec<(String, bool)>> {
    let Some(asked) = query.get("sort") else { return Ok(Vec::new()) };
    let order: Vec<(String, bool)> = asked
        .split(',')
        .map(|part| part.strip_prefix('-').map_or((part.to_owned(), false), |name| (name.to_owned(), true)))
        .collect();
    let known = order.iter().all(|(name, _)| sortable.contains(&name.as_str()));
    if known && order.len() <= 3 {
        Ok(order)
    } else {
        Err(refused("sort", &format!("this list sorts by up to three of {}", sortable.join(", "))))
    }
}
