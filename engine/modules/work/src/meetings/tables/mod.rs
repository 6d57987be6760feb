//! Meetings, who attends, who is there, and what is said. All of it is homed in the meeting's own room;
//! a message is named by the number of the event that told it, so history is read in the room's order.

mod feeds;
mod outcome;
mod series;
mod templates;

pub use feeds::CalendarFeed;
pub use outcome::{ActionId, ActionItem, Agenda, AgendaItem, Minutes, MinutesVersion};
pub use series::{Era, Place, Series, SeriesId};
pub use templates::{MeetingTemplate, TemplateId, TemplatePoint};

use super::words::{AttendeeRole, MeetingKind, MeetingStatus, MessageKind, Rsvp, Urgency};
use crate::projects::tables::ProjectId;
use schema::{
    id::{Id, OrgId, UserId},
    row,
    time::{Date, Timestamp},
};
use uuid::Uuid;

/// A meeting's id, and its room's.
pub type MeetingId = Id<Meeting>;
/// A message's id; its low bits are the message's number.
pub type MessageId = Id<ChatMessage>;

/// A meeting.
#[row(name = "meetings", id = 60, entity = "meeting", home = "meeting", by = "id")]
#[table(index(
    name = "by_start",
    within = "org_id",
    sort = "start_at",
    carry = "title, kind, status, end_at, timezone, organizer_id, version"
))]
#[table(words = "title")]
pub struct Meeting {
    /// 1 to 200 characters.
    pub title: String,
    /// Markdown without raw HTML, up to 10,000 characters.
    pub description: String,
    /// What it is for.
    pub kind: MeetingKind,
    /// Where it stands.
    pub status: MeetingStatus,
    /// How much it matters.
    pub priority: Urgency,
    /// When it begins.
    pub start_at: Timestamp,
    /// When it ends; at most a day later.
    pub end_at: Timestamp,
    /// The IANA zone its times are meant in.
    pub timezone: String,
    /// Who called it.
    pub organizer_id: UserId,
    /// Where people meet.
    pub location: Option<String>,
    /// Where they meet from afar.
    pub meeting_url: Option<String>,
    /// What they type in there.
    pub meeting_code: Option<String>,
    /// The project it is about.
    pub project_id: Option<ProjectId>,
    /// Whether people may write to each other.
    pub chat_enabled: bool,
    /// How long before the start the chat opens, in minutes.
    pub chat_open_minutes_before: u32,
    /// Whether those who attend may invite others.
    pub guests_can_invite: bool,
    /// How many may attend.
    pub capacity: u32,
    /// When it really began.
    pub actual_start_at: Option<Timestamp>,
    /// When it really ended.
    pub actual_end_at: Option<Timestamp>,
    /// Where it can be watched afterwards.
    pub recording_url: Option<String>,
    /// The series it is of.
    pub series_id: Option<SeriesId>,
    /// The day it stands for in its series, whenever it is held.
    pub occurrence_key: Option<Date>,
}

/// An invitation and its answer. It does not change while people come and go, because everything an
/// attendee writes relies on it.
#[row(
    name = "attendees",
    id = 61,
    entity = "attendee",
    home = "meeting",
    by = "meeting_id",
    key = "meeting_id, user_id"
)]
#[table(index(
    name = "calendar",
    within = "user_id",
    sort = "start_at",
    carry = "end_at, role, rsvp, required"
))]
#[table(index(
    name = "roll",
    within = "meeting_id",
    sort = "created_at",
    carry = "id, role, rsvp, required, version, responded_at, comment, proposed_start_at, muted_until"
))]
pub struct Attendee {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Who.
    pub user_id: UserId,
    /// When the meeting begins: what a calendar is sorted by.
    pub start_at: Timestamp,
    /// When it ends.
    pub end_at: Timestamp,
    /// What they may do.
    pub role: AttendeeRole,
    /// What they answered.
    pub rsvp: Rsvp,
    /// Whether they are needed.
    pub required: bool,
    /// When they answered.
    pub responded_at: Option<Timestamp>,
    /// What they said with it, up to 300 characters.
    pub comment: Option<String>,
    /// When would suit them better.
    pub proposed_start_at: Option<Timestamp>,
    /// Until when they may not write to the others.
    pub muted_until: Option<Timestamp>,
}

/// Somebody's comings and goings.
#[row(
    name = "attendances",
    id = 62,
    entity = "attendance",
    home = "meeting",
    by = "meeting_id",
    key = "meeting_id, user_id",
    lean
)]
pub struct Attendance {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Who.
    pub user_id: UserId,
    /// When they came last.
    pub joined_at: Timestamp,
    /// When they left after that; absent while they are there.
    pub left_at: Option<Timestamp>,
    /// How long they were there before they came last.
    pub present_seconds: i64,
}

/// Something said. A removed message stays as a tombstone without its words.
#[row(
    name = "chat_messages",
    id = 63,
    entity = "chat_message",
    home = "meeting",
    by = "meeting_id",
    key = "seq",
    lean
)]
#[table(index(name = "pinned", within = "meeting_id", sort = "pinned_at", when = "is_pinned"))]
pub struct ChatMessage {
    /// The message.
    pub id: MessageId,
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The organization.
    pub org_id: OrgId,
    /// The number of the event that told it; the order of the talk.
    pub seq: u64,
    /// Who said it.
    pub author_id: UserId,
    /// What it holds.
    pub kind: MessageKind,
    /// The words, up to 4,000 characters.
    pub body: String,
    /// The message it answers.
    pub reply_to_id: Option<MessageId>,
    /// Who is meant.
    pub mention_ids: Vec<UserId>,
    /// What is shown with it.
    pub file_ids: Vec<Uuid>,
    /// What its author's client calls it.
    pub client_id: Option<Uuid>,
    /// When its words were changed.
    pub edited_at: Option<Timestamp>,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
    /// When it was pinned above the chat; absent where it is not.
    pub pinned_at: Option<Timestamp>,
    /// When it was said.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ChatMessage {
    /// True while it stands above the chat.
    #[must_use]
    pub const fn is_pinned(&self) -> bool {
        self.pinned_at.is_some()
    }
}

/// One person's sign under a message. Ordered by message and sign, so that a page of messages finds its
/// signs in one stretch.
#[row(
    name = "chat_reactions",
    id = 64,
    entity = "chat_reaction",
    home = "meeting",
    by = "meeting_id",
    key = "message_seq, emoji, user_id",
    lean
)]
pub struct ChatReaction {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The message.
    pub message_id: MessageId,
    /// The message's number.
    pub message_seq: u64,
    /// The sign.
    pub emoji: String,
    /// Whose.
    pub user_id: UserId,
    /// When it was put there.
    pub created_at: Timestamp,
}

/// How far somebody has read. Only ever moves forward.
#[row(
    name = "read_markers",
    id = 65,
    entity = "read_marker",
    home = "meeting",
    by = "meeting_id",
    key = "meeting_id, user_id",
    lean
)]
pub struct ReadMarker {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// Whose.
    pub user_id: UserId,
    /// The last number they have read.
    pub last_read_seq: u64,
    /// When this was noted.
    pub updated_at: Timestamp,
}
