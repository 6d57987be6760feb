//! Meetings to be called again and again. What belongs to an organization and to no meeting is homed in a room of its
//! own, which nobody hears.

use super::UserId;
use crate::meetings::words::MeetingKind;
use schema::{answer, id::Id, row};

/// A template's id.
pub type TemplateId = Id<MeetingTemplate>;

/// What a meeting is called from.
#[row(
    name = "meeting_templates",
    id = 71,
    entity = "meeting_template",
    home = "org",
    by = "org_id",
    topic = "meetings"
)]
#[table(index(name = "by_name", within = "org_id", sort = "name", carry = "all but agenda, attendee_ids"))]
#[table(words = "name")]
pub struct MeetingTemplate {
    /// What it is called.
    pub name: String,
    /// What its meetings are for.
    pub kind: MeetingKind,
    /// How long they last.
    pub duration_minutes: u32,
    /// What they are about, in order.
    pub agenda: Vec<TemplatePoint>,
    /// Who is invited.
    pub attendee_ids: Vec<UserId>,
    /// Where people meet.
    pub location: Option<String>,
}

/// A point of the agenda of each meeting.
#[answer]
pub struct TemplatePoint {
    /// What it is about.
    pub title: String,
    /// How long it should take.
    pub planned_minutes: u32,
}
