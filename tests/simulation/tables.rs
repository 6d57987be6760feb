//! The rows of the simulated world: notes in rooms, members of rooms, and a tray for each person.

use schema::{
    id::{Id, OrgId, UserId},
    table::Table,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A room's record.
pub(super) enum Hall {}

/// Something somebody wrote.
#[derive(Table, Serialize, Deserialize, Clone, Debug)]
#[table(name = "notes", id = 3901, entity = "note", home = "hall", by = "hall_id", key = "seq")]
pub(super) struct Note {
    pub(super) id: Id<Note>,
    pub(super) seq: u64,
    pub(super) hall_id: Id<Hall>,
    pub(super) writer: u64,
    pub(super) number: u64,
    pub(super) created_at: Timestamp,
    pub(super) version: u64,
}

/// Somebody who may hear and write.
#[derive(Table, Serialize, Deserialize, Clone, Debug)]
#[table(
    name = "members",
    id = 3902,
    entity = "member",
    home = "hall",
    by = "hall_id",
    key = "hall_id, user_id"
)]
pub(super) struct Member {
    pub(super) hall_id: Id<Hall>,
    pub(super) user_id: UserId,
    pub(super) version: u64,
}

/// What a person was notified of.
#[derive(Table, Serialize, Deserialize, Clone, Debug)]
#[table(name = "slips", id = 3903, entity = "slip", home = "user", by = "user_id")]
pub(super) struct Slip {
    pub(super) id: Id<Slip>,
    pub(super) org_id: OrgId,
    pub(super) user_id: UserId,
    pub(super) of: uuid::Uuid,
    pub(super) version: u64,
}
