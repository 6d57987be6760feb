//! The closed sets of words in a meeting's rows: states, roles, answers. Each is its snake_case name on the
//! wire, in the store and in an index.

use schema::words;

/// What a meeting is for.
#[words]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum MeetingKind {
    #[default]
    TeamMeeting,
    ProjectReview,
    OneOnOne,
    ClientMeeting,
    Training,
    Interview,
    Standup,
    Retrospective,
    Other,
}

/// Where a meeting stands.
#[words]
pub enum MeetingStatus {
    /// Will be held.
    #[default]
    Scheduled,
    /// Is being held.
    InProgress,
    /// Was held.
    Completed,
    /// Will not be held.
    Cancelled,
    /// Will be held, nobody knows when.
    Postponed,
}

/// How much a meeting matters.
#[words]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Urgency {
    Low,
    #[default]
    Medium,
    High,
    Urgent,
}

/// What somebody may do in one meeting.
#[words]
pub enum AttendeeRole {
    /// Everything; exactly one.
    Organizer,
    /// Keeps order in the chat.
    Moderator,
    /// Shows something.
    Presenter,
    /// Reads and writes.
    #[default]
    Attendee,
    /// Reads.
    Observer,
}

/// What somebody answered to an invitation.
#[words]
pub enum Rsvp {
    /// Nothing yet.
    #[default]
    NeedsAction,
    /// Comes.
    Accepted,
    /// Does not come.
    Declined,
    /// May come.
    Tentative,
}

/// What a message holds.
#[words]
pub enum MessageKind {
    /// Words.
    #[default]
    Text,
    /// Files, with or without words.
    File,
    /// Something the server says.
    System,
}

/// Where an action stands.
#[words]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum ActionStatus {
    #[default]
    Open,
    InProgress,
    Completed,
    OnHold,
    Cancelled,
}

/// Who reads minutes.
#[words]
pub enum MinutesState {
    /// Those who write them.
    #[default]
    Draft,
    /// Everybody who attends.
    Published,
}

/// Which meetings of a series an edit is about.
#[words]
pub enum Reach {
    /// The one that is named.
    #[default]
    This,
    /// It and all that stand for later days.
    Following,
    /// All that are still ahead.
    All,
}
