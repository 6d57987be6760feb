//! Alerts. Each lives in the room in which it is told, under the id of the event that it came from.

use schema::{
    id::{Id, OrgId, UserId},
    room::RoomId,
    row,
    time::Timestamp,
};

/// Something that administrators must learn of.
#[row(name = "alerts", id = 23, entity = "alert", home = "*", by = "room", find, lean)]
pub struct Alert {
    /// The event that it came from.
    pub id: Id<Alert>,
    /// The organization; nil for the platform.
    pub org_id: OrgId,
    /// Where it is told.
    pub room: RoomId,
    /// What happened: the event's name.
    pub name: String,
    /// What it is about, in a few words; empty where its name says all.
    pub title: String,
    /// Whom it is about.
    pub subject_id: Option<UserId>,
    /// Who did it.
    pub actor_id: Option<UserId>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When somebody handled it.
    pub acked_at: Option<Timestamp>,
    /// Who handled it.
    pub acked_by: Option<UserId>,
}
