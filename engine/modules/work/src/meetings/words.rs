//! The closed sets of words in a meeting's rows: states, roles, answers. Each is its snake_case name on the
//! wire, in the store and in an index.

use serde::{Deserialize, Serialize};

/// What a meeting is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl MeetingStatus {
    /// The snake_case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Postponed => "postponed",
        }
    }

    /// Every state that may follow.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Scheduled => &[Self::InProgress, Self::Cancelled, Self::Postponed],
            Self::Postponed => &[Self::Scheduled],
            Self::InProgress => &[Self::Completed],
            Self::Completed | Self::Cancelled => &[],
        }
    }
}

/// How much a meeting matters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Urgency {
    Low,
    #[default]
    Medium,
    High,
    Urgent,
}

/// What somebody may do in one meeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl AttendeeRole {
    /// The snake_case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::Moderator => "moderator",
            Self::Presenter => "presenter",
            Self::Attendee => "attendee",
            Self::Observer => "observer",
        }
    }
}

/// What somebody answered to an invitation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Words.
    #[default]
    Text,
    /// Files, with or without words.
    File,
    /// Something the server says.
    System,
}
