//! An event of a change: what it says, to whom it must be told, and what it does to those who hear it.

use super::{Change, Data, Filled, Tell};
use crate::{codec, event::Hearing, id::UserId, table::Row};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The event just added, to be said more about.
pub struct Telling<'a> {
    pub(super) change: &'a mut Change,
}

impl Telling<'_> {
    fn last(&mut self) -> Option<&mut Tell> {
        self.change.events.last_mut()
    }

    /// Adds members to the event's data, from the filled rows.
    pub fn with(mut self, extra: impl Fn(&Filled<'_>) -> Value + Send + Sync + 'static) -> Self {
        if let Some(tell) = self.last() {
            let (plain, about) = (tell.data.clone(), tell.about);
            tell.data = Data::Made(Arc::new(move |filled| merged(plain.value(filled, about), extra(filled))));
        }
        self
    }

    /// Keeps the values of these columns back, for not everybody who hears the room may read them: where they changed,
    /// they are named under `restricted`.
    pub fn hiding(mut self, columns: &'static [&'static str]) -> Self {
        if let Some(tell) = self.last() {
            let (plain, about) = (tell.data.clone(), tell.about);
            tell.data = Data::Made(Arc::new(move |filled| hidden(plain.value(filled, about), columns)));
        }
        self
    }

    /// Says the event's data whole, where the plain `{title, changed}` would repeat it.
    pub fn saying(mut self, data: impl Fn(&Filled<'_>) -> Value + Send + Sync + 'static) -> Self {
        if let Some(tell) = self.last() {
            tell.data = Data::Made(Arc::new(data));
        }
        self
    }

    /// Says the row as it now is, and nothing else: it is told as it is stored, and encoded once for both.
    pub fn whole(mut self) -> Self {
        if let Some(tell) = self.last() {
            tell.data = Data::Row;
        }
        self
    }

    /// These people must learn of it wherever they are. The actor is left out by the one who tells them.
    pub fn notify(mut self, people: impl IntoIterator<Item = UserId>) -> Self {
        if let Some(tell) = self.last() {
            tell.notify.extend(people);
        }
        self
    }

    /// It was told elsewhere under this id, and is the same here.
    pub fn known_as(mut self, id: Uuid) -> Self {
        if let Some(tell) = self.last() {
            tell.id = Some(id);
        }
        self
    }

    /// What it does to those hearing the room.
    pub fn hearing(mut self, hearing: Hearing) -> Self {
        if let Some(tell) = self.last() {
            tell.hearing = Some(hearing);
        }
        self
    }
}

impl Data {
    fn value(&self, filled: &Filled<'_>, about: usize) -> Value {
        match self {
            Self::Made(make) => make(filled),
            Self::Row => filled.any(about).map_or(Value::Null, Row::json),
        }
    }

    /// The data in MessagePack.
    ///
    /// # Errors
    /// When it refuses to serialise.
    pub fn encode(&self, filled: &Filled<'_>, about: usize) -> Result<Bytes, codec::Error> {
        match (self, filled.any(about)) {
            (Self::Row, Some(row)) => row.encode(),
            _ => codec::to_bytes(&self.value(filled, about)),
        }
    }
}

fn hidden(mut data: Value, columns: &[&str]) -> Value {
    let Some(changed) = data.get_mut("changed").and_then(Value::as_object_mut) else { return data };
    let restricted: Vec<&str> = columns
        .iter()
        .copied()
        .filter(|column| changed.remove(*column).is_some_and(|v| !v.is_null()))
        .collect();
    if !restricted.is_empty() {
        data = merged(data, json!({"restricted": restricted}));
    }
    data
}

fn merged(mut data: Value, extra: Value) -> Value {
    if let (Value::Object(into), Value::Object(from)) = (&mut data, extra) {
        into.extend(from);
    }
    data
}
