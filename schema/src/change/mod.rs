//! A write is a value. An operation never writes: it computes a `Change`, which one room checks,
//! numbers, writes and tells. Rows carry placeholders (version, instants, numbers) that the room
//! fills; what is told and replied is computed from the filled rows, so that log, events and stored
//! reply can't disagree.

mod filled;
mod telling;
mod together;

pub use filled::Filled;
pub use telling::Telling;
pub use together::Answering;

use crate::{
    event::Hearing,
    id::UserId,
    key::Key,
    reply::Reply,
    table::{Row, Table},
    time::Timestamp,
};
use serde_json::Value;
use std::{fmt, marker::PhantomData, sync::Arc};
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
    /// It is only told about: nothing is written, and its version stays.
    pub stays: bool,
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
    /// The id it has; one of its own unless it was told elsewhere before.
    pub id: Option<Uuid>,
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
        self.rows.push(RowChange { old, new, stays: false });
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

    /// Leaves a row as it was read and lets events be about it; the commit relies on it.
    pub fn about<T: Table>(&mut self, row: &T) -> Slot<T> {
        let slot = self.update(row, row.clone());
        if let Some(last) = self.rows.last_mut() {
            last.stays = true;
        }
        slot
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
            id: None,
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
