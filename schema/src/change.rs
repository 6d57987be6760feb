//! A write is a value. An operation never writes: it computes a `Change`, which one room checks,
//! numbers, writes and tells. Rows carry placeholders (version, instants, numbers) that the room
//! fills; what is told and replied is computed from the filled rows, so that log, events and stored
//! reply can't disagree.

use crate::{
    codec,
    event::Hearing,
    id::UserId,
    key::Key,
    reply::Reply,
    table::{Row, Table},
    time::Timestamp,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::{collections::HashMap, fmt, marker::PhantomData, sync::Arc};
use uuid::Uuid;

/// How many rows one change may touch. A wider effect is told as one fact and done in steps.
pub const ROWS_MAX: usize = 200;
/// How many bytes one change may write.
pub const BYTES_MAX: usize = 128 * 1024;

/// A row inside a change, whose type is remembered.
pub struct Slot<T> {
    at: usize,
    kind: PhantomData<fn() -> T>,
}
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slot<T> {}

/// What a change does to one row.
#[derive(Debug)]
pub struct RowChange {
    /// The row as the operation read it; the commit is refused when it has changed since.
    pub old: Option<Box<dyn Row>>,
    /// The row as it shall be; `None` removes it.
    pub new: Option<Box<dyn Row>>,
}

/// A fact a change leans on without changing it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guard {
    /// The row, homed in the committing room.
    pub key: Key,
    /// The version it was read at; `None` when it was absent.
    pub version: Option<u64>,
}

/// A counter of the room to be moved, conflicting with nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Add {
    /// The counter's name.
    pub counter: String,
    /// By how much.
    pub by: i64,
}

type DataOf = Arc<dyn Fn(&Filled<'_>) -> Value + Send + Sync>;

/// What an event says besides its name and the record it is about.
#[derive(Clone)]
pub enum Data {
    /// What this makes of the filled rows.
    Made(DataOf),
    /// The filled row, whole.
    Row,
}
type ReplyOf = Arc<dyn Fn(&Filled<'_>) -> Reply + Send + Sync>;

/// An event to tell.
pub struct Tell {
    /// `module.entity.verb_past`.
    pub name: &'static str,
    /// The row it is about.
    pub about: usize,
    /// Where the event's data comes from.
    pub data: Data,
    /// Who else must learn of it.
    pub notify: Vec<UserId>,
    /// What it does to those hearing the room.
    pub hearing: Option<Hearing>,
}

/// An operation the server shall run later.
#[derive(Clone, PartialEq, Debug)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// The operation's name.
    pub operation: &'static str,
    /// Its input.
    pub input: Value,
}

/// What one commit shall do, whole or not at all.
pub struct Change {
    /// Rows put or removed.
    pub rows: Vec<RowChange>,
    /// Facts leaned on.
    pub guards: Vec<Guard>,
    /// Counters moved.
    pub counters: Vec<Add>,
    /// Operations to run later.
    pub timers: Vec<Due>,
    /// Events, in the order they are told.
    pub events: Vec<Tell>,
    /// The answer.
    pub reply: ReplyOf,
    /// Refuse when the room committed anything after this commit number.
    pub alone_since: Option<u64>,
    /// Whether the commit keeps an audit line.
    pub audited: bool,
    /// Whether a unique value in it was chosen by the operation and not by its caller.
    pub chosen: bool,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.events.iter().map(|event| event.name).collect();
        f.debug_struct("Change")
            .field("rows", &self.rows.len())
            .field("events", &names)
            .finish_non_exhaustive()
    }
}

impl Default for Change {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            guards: Vec::new(),
            counters: Vec::new(),
            timers: Vec::new(),
            events: Vec::new(),
            reply: Arc::new(|_| Reply::empty()),
            alone_since: None,
            audited: true,
            chosen: false,
        }
    }
}

impl Change {
    /// Nothing yet; answers 204.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn row<T: Table>(&mut self, old: Option<&T>, new: Option<T>) -> Slot<T> {
        let old = old.map(Row::boxed);
        let new = new.map(|row| -> Box<dyn Row> { Box::new(row) });
        self.rows.push(RowChange { old, new });
        Slot { at: self.rows.len() - 1, kind: PhantomData }
    }

    /// Puts a new row; refused with `duplicate` when its key is taken.
    pub fn insert<T: Table>(&mut self, row: T) -> Slot<T> {
        self.row(None, Some(row))
    }

    /// Replaces a row that was read as `old`.
    pub fn update<T: Table>(&mut self, old: &T, new: T) -> Slot<T> {
        self.row(Some(old), Some(new))
    }

    /// Removes a row that was read as `old`.
    pub fn remove<T: Table>(&mut self, old: &T) -> Slot<T> {
        self.row(Some(old), None)
    }

    /// Makes the commit fail with a conflict when this row has changed since it was read.
    pub fn relies_on<T: Table>(&mut self, row: &T) {
        self.guards.push(Guard { key: Row::key(row), version: Some(row.version()) });
    }

    /// Makes the commit fail with a conflict when the room has committed anything since `commit`.
    pub fn alone(&mut self, commit: u64) {
        self.alone_since = Some(commit);
    }

    /// Moves a counter of the room.
    pub fn add(&mut self, counter: &str, by: i64) {
        self.counters.push(Add { counter: counter.to_owned(), by });
    }

    /// Runs an operation later, in the server's own name, at least once. The same wish at the same
    /// instant is one timer.
    pub fn later(&mut self, at: Timestamp, operation: &'static str, input: Value) {
        self.timers.push(Due { at, operation, input });
    }

    /// Leaves no audit line: for talk, reactions, markers and joins.
    pub fn unaudited(&mut self) {
        self.audited = false;
    }

    /// Says that a unique value in it was chosen by the operation: when somebody takes it meanwhile, the
    /// operation chooses again instead of refusing its caller a value they never asked for.
    pub fn chosen(&mut self) {
        self.chosen = true;
    }

    /// Tells the room that something happened to a row. Its data is `{title, changed}` unless
    /// [`Telling::with`] says otherwise.
    pub fn tell<T: Table>(&mut self, name: &'static str, about: Slot<T>) -> Telling<'_> {
        let at = about.at;
        self.events.push(Tell {
            name,
            about: at,
            data: Data::Made(Arc::new(move |filled| filled.plain_data(at))),
            notify: Vec::new(),
            hearing: None,
        });
        Telling { change: self }
    }

    /// Answers with what `make` computes from the filled rows.
    pub fn reply(&mut self, make: impl Fn(&Filled<'_>) -> Reply + Send + Sync + 'static) {
        self.reply = Arc::new(make);
    }

    /// Answers 200 with the row as committed, and its entity tag.
    pub fn reply_row<T: Table>(&mut self, slot: Slot<T>) {
        self.reply(move |filled| filled.reply(slot, 200));
    }

    /// Answers 201 with the row as committed, and its entity tag.
    pub fn reply_created<T: Table>(&mut self, slot: Slot<T>) {
        self.reply(move |filled| filled.reply(slot, 201));
    }
}

/// The event just added, to be said more about.
pub struct Telling<'a> {
    change: &'a mut Change,
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

fn merged(mut data: Value, extra: Value) -> Value {
    if let (Value::Object(into), Value::Object(from)) = (&mut data, extra) {
        into.extend(from);
    }
    data
}

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

    fn any(&self, at: usize) -> Option<&dyn Row> {
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
    fn plain_data(&self, at: usize) -> Value {
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
