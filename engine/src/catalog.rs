//! The catalogue: what the modules offer, as data. The router, the permission table, the socket's
//! short names and the terminal's shortcuts are all read from here.

use crate::{EntityKind, JobKind, Needs, Operation, Reader, Result, Standing, reaction::Reaction};
use actors::{BoxFuture, Policy};
use schema::{caller::Caller, room::RoomId, table::Spec};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The face of one module.
pub struct Module {
    /// Its name in the permission table.
    pub name: &'static str,
    /// The path its routes stand under, such as `/api/v1/boards`.
    pub base: &'static str,
    /// The timetable.
    pub endpoints: &'static [Operation],
    /// Its tables.
    pub tables: &'static [&'static Spec],
    /// Its rooms.
    pub rooms: &'static [RoomKind],
    /// Its socket paths and short names.
    pub sockets: &'static [Socket],
    /// Its events that people are notified of.
    pub events: &'static [EventKind],
    /// What other rooms do about its events, and others'.
    pub reactions: &'static [Reaction],
    /// Its records that others refer to.
    pub entities: &'static [EntityKind],
    /// Its work that takes long.
    pub jobs: &'static [JobKind],
    /// Its words for people at a terminal.
    pub commands: &'static [Shortcut],
}

/// What a join's reply says besides where the room stands.
pub type Greeting = for<'a> fn(&'a Reader, &'a Caller, &'a RoomId) -> BoxFuture<'a, Result<Value>>;

/// The caller's relation to one room.
pub type StandingOf =
    for<'a> fn(&'a Reader, &'a Caller, &'a RoomId) -> BoxFuture<'a, Result<Option<Standing>>>;

/// A kind of room: a row of policy, never a different code path.
pub struct RoomKind {
    /// What stands before the colon.
    pub kind: &'static str,
    /// Presence, hooks and whispers; `None` for a room that can't be joined.
    pub policy: Option<Policy>,
    /// Who may hear it.
    pub hears: Needs,
    /// The caller's relation to one room; `None` when there is no such room.
    pub standing: StandingOf,
    /// What a first join is told.
    pub greeting: Option<Greeting>,
    /// The operation that somebody's coming runs, and the field that takes the room's id.
    pub joined: Option<(&'static str, &'static str)>,
    /// The operation that somebody's going runs, and the field that takes the room's id.
    pub left: Option<(&'static str, &'static str)>,
}

/// A product path of the socket, and the short names of its channel.
pub struct Socket {
    /// The path, such as `/ws/boards/{board}/`; the name in braces is the room's id.
    pub path: &'static str,
    /// The kind of room it joins.
    pub kind: &'static str,
    /// Short name → operation, and the operation's field that takes the room's id.
    pub short: &'static [(&'static str, &'static str, &'static str)],
}

/// An event that people are notified of.
pub struct EventKind {
    /// `module.entity.verb_past`.
    pub name: &'static str,
    /// The inbox category.
    pub category: &'static str,
    /// low, normal, high or critical.
    pub severity: &'static str,
    /// The path in the web client; `{id}` is the entity's id.
    pub link: &'static str,
    /// French title and body; `{name}` is a member of the event's data.
    pub fr: Words,
    /// English title and body.
    pub en: Words,
}

/// A title and a body with `{placeholders}`.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// One line.
    pub title: &'static str,
    /// A sentence or two.
    pub body: &'static str,
}

/// A word for people at a terminal: `say MEETING TEXT` for `call PostMessage meeting=… body=…`.
pub struct Shortcut {
    /// The word.
    pub word: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Which field each argument fills, in order; the last takes the rest of the line.
    pub arguments: &'static [&'static str],
    /// One line of help.
    pub help: &'static str,
}

/// An operation with the module it belongs to.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The operation.
    pub operation: Operation,
    /// Its module's name.
    pub module: &'static str,
    /// Its module's base.
    pub base: &'static str,
}

/// All modules, indexed.
pub struct Catalog {
    /// The modules, in the order they were given.
    pub modules: Vec<&'static Module>,
    operations: BTreeMap<&'static str, Entry>,
    rooms: HashMap<&'static str, (&'static RoomKind, &'static str)>,
    events: HashMap<&'static str, &'static EventKind>,
    entities: HashMap<&'static str, &'static EntityKind>,
    /// By kind of room, then by short name.
    short: HashMap<&'static str, HashMap<&'static str, (&'static str, &'static str)>>,
}

impl Catalog {
    /// Puts modules together.
    ///
    /// # Panics
    /// When two operations, rooms, tables or events have one name: a broken catalogue must not start.
    #[must_use]
    pub fn new(modules: Vec<&'static Module>) -> Self {
        let mut catalog = Self {
            modules,
            operations: BTreeMap::new(),
            rooms: HashMap::new(),
            events: HashMap::new(),
            entities: HashMap::new(),
            short: HashMap::new(),
        };
        let mut tables = HashSet::new();
        for module in &catalog.modules {
            for operation in module.endpoints {
                let entry = Entry { operation: *operation, module: module.name, base: module.base };
                let twin = catalog.operations.insert(operation.name(), entry);
                assert!(twin.is_none(), "two operations are called {}", operation.name());
            }
            for room in module.rooms {
                let twin = catalog.rooms.insert(room.kind, (room, module.name));
                assert!(twin.is_none(), "two modules have rooms of kind {}", room.kind);
            }
            for table in module.tables {
                assert!(tables.insert(table.id), "two tables have the number {}", table.id);
            }
            catalog.entities.extend(module.entities.iter().map(|entity| (entity.name, entity)));
            catalog.events.extend(module.events.iter().map(|event| (event.name, event)));
            for socket in module.sockets {
                let names = socket.short.iter().map(|(short, name, field)| (*short, (*name, *field)));
                catalog.short.entry(socket.kind).or_default().extend(names);
            }
        }
        for (name, _) in catalog.short.values().flat_map(HashMap::values) {
            assert!(
                catalog.operations.contains_key(name),
                "a short name points to {name}, which is no operation"
            );
        }
        catalog
    }

    /// Every operation, by name.
    pub fn operations(&self) -> impl Iterator<Item = &Entry> {
        self.operations.values()
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Entry> {
        self.operations.get(name)
    }

    /// The kind of a room, with its module's name.
    #[must_use]
    pub fn room(&self, kind: &str) -> Option<(&'static RoomKind, &'static str)> {
        self.rooms.get(kind).copied()
    }

    /// The notification text of an event.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'static EventKind> {
        self.events.get(name).copied()
    }

    /// The type of record of this name.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&'static EntityKind> {
        self.entities.get(name).copied()
    }

    /// The names of all types of records, sorted.
    pub fn entity_names(&self) -> impl Iterator<Item = &'static str> {
        let mut names: Vec<&'static str> = self.entities.keys().copied().collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// The kind of work of this name.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<&'static JobKind> {
        self.modules.iter().flat_map(|module| module.jobs).find(|kind| kind.name == name)
    }

    /// The type of record that a column refers to.
    #[must_use]
    pub fn referred(&self, column: &str) -> Option<&'static str> {
        self.entities.values().find(|entity| entity.columns.contains(&column)).map(|entity| entity.name)
    }

    /// What a short name means in a kind of room: the operation, and the field for the room's id.
    #[must_use]
    pub fn short(&self, kind: &str, name: &str) -> Option<(&'static str, &'static str)> {
        self.short.get(kind)?.get(name).copied()
    }

    /// All reactions.
    pub fn reactions(&self) -> impl Iterator<Item = &'static Reaction> {
        self.modules.iter().flat_map(|module| module.reactions)
    }
}
