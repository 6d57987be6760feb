//! Records that others refer to. A module says how one of its records is seen, so that a list can name it, a comment can
//! hang on it and a notification can lead to it, without knowing the module.

use crate::{Context, Result};
use actors::BoxFuture;
use schema::{answer, id::UserId, room::RoomId};
use uuid::Uuid;

/// A type of record.
pub struct EntityKind {
    /// Its type in events and references.
    pub name: &'static str,
    /// Columns of any table that refer to one, such as `owner_id` for a person.
    pub columns: &'static [&'static str],
    /// How the caller sees one; `None` where they may not know of it.
    pub seen: for<'a> fn(&'a Context, Uuid) -> BoxFuture<'a, Result<Option<Seen>>>,
    /// People who want to know what is said about one.
    pub watchers: for<'a> fn(&'a Context, Uuid) -> BoxFuture<'a, Result<Vec<UserId>>>,
}

/// A record as a caller sees it from outside.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it is called.
    pub title: String,
    /// Its page in the web client.
    pub link: String,
    /// The room that hears of it.
    pub room: RoomId,
    /// Columns that not everybody who sees it may read.
    pub hidden: &'static [&'static str],
    /// Whether the caller keeps order there.
    pub moderates: bool,
    /// Whether the caller may read what was done to it.
    pub traced: bool,
}

/// A record that another one refers to.
#[answer]
pub struct Reference {
    /// The record.
    pub id: Uuid,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Its page in the web client.
    pub link: String,
}
