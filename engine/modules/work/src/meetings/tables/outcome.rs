//! What a meeting is about and what came of it: agenda, minutes, actions. Homed in the meeting's own room.

use super::{MeetingId, Urgency};
use crate::{
    meetings::words::{ActionStatus, MinutesState},
    projects::tables::{ProjectId, TaskId},
};
use schema::{
    answer,
    id::{Id, UserId},
    row,
    time::{Date, Timestamp},
};
use uuid::Uuid;

/// An action's id.
pub type ActionId = Id<ActionItem>;

/// What a meeting is about, in order. One row, because it is set as a whole.
#[row(name = "agendas", id = 66, entity = "agenda", home = "meeting", by = "meeting_id", key = "meeting_id")]
pub struct Agenda {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Up to 50 points.
    pub items: Vec<AgendaItem>,
}

/// A point of an agenda.
#[answer]
pub struct AgendaItem {
    /// The point.
    pub id: Uuid,
    /// What it is about.
    pub title: String,
    /// Who leads it.
    pub owner_id: Option<UserId>,
    /// How long it should take.
    pub planned_minutes: u32,
    /// Whether it was dealt with.
    pub done: bool,
}

/// What is written down of a meeting: the draft, or what was published last and not changed since.
#[row(name = "minutes", id = 67, entity = "minutes", home = "meeting", by = "meeting_id", key = "meeting_id")]
pub struct Minutes {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Markdown, up to 10,000 characters.
    pub body: String,
    /// What was decided.
    pub decisions: Vec<String>,
    /// Whether everybody who attends reads it.
    pub state: MinutesState,
    /// How often it was published.
    pub published_count: u32,
    /// When it was published last.
    pub published_at: Option<Timestamp>,
}

/// Minutes as they were published once.
#[row(
    name = "minutes_versions",
    id = 68,
    entity = "minutes_version",
    home = "meeting",
    by = "meeting_id",
    key = "meeting_id, number"
)]
pub struct MinutesVersion {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Counts what was published, from 1.
    pub number: u32,
    /// Markdown.
    pub body: String,
    /// What was decided.
    pub decisions: Vec<String>,
}

/// Something that somebody took on in a meeting.
#[row(name = "action_items", id = 69, entity = "action_item", home = "meeting", by = "meeting_id")]
#[table(index(
    name = "by_meeting",
    within = "meeting_id",
    sort = "created_at",
    carry = "all but description, org_id"
))]
#[table(index(
    name = "mine",
    within = "assignee_id",
    sort = "due_date",
    carry = "all but description, org_id"
))]
#[table(index(name = "by_task", within = "task_id", sort = "meeting_id", when = "has_task"))]
#[table(words = "title")]
pub struct ActionItem {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// What is to be done.
    pub title: String,
    /// More about it, up to 2,000 characters.
    pub description: String,
    /// Who does it.
    pub assignee_id: UserId,
    /// By which day.
    pub due_date: Option<Date>,
    /// How much it matters.
    pub priority: Urgency,
    /// Where it stands; once it is a task, where the task stands.
    pub status: ActionStatus,
    /// The project that it becomes a task of.
    pub project_id: Option<ProjectId>,
    /// The task it became.
    pub task_id: Option<TaskId>,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
}

impl ActionItem {
    /// True once it is a task of a project.
    #[must_use]
    pub const fn has_task(&self) -> bool {
        self.task_id.is_some()
    }
}
