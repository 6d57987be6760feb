//! The closed sets of words in a project's rows: states, roles, priorities. Each is its snake_case name on
//! the wire, in the store and in an index.

use serde::{Deserialize, Serialize};

/// Where a project stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// Planned.
    #[default]
    NotStarted,
    /// Being worked on.
    InProgress,
    /// Paused.
    OnHold,
    /// Done.
    Completed,
    /// Given up.
    Cancelled,
}

/// How much something matters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Priority {
    Low,
    #[default]
    Medium,
    High,
    Critical,
}

/// Who may read a project besides its members.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Nobody, their role aside.
    #[default]
    Members,
    /// Everybody in the organization.
    Organization,
}

/// What a member may do in one project.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Everything; exactly one.
    Owner,
    /// Edits the project, its team and all its tasks; five at most.
    Lead,
    /// Reads all, creates tasks, edits own ones.
    Member,
    /// Reads and comments.
    Advisor,
    /// Reads, with budget and reports.
    Sponsor,
    /// Reads and comments.
    Viewer,
}

impl MemberRole {
    /// The snake_case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Lead => "lead",
            Self::Member => "member",
            Self::Advisor => "advisor",
            Self::Sponsor => "sponsor",
            Self::Viewer => "viewer",
        }
    }
}

/// A column of the board.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Waits.
    #[default]
    Todo,
    /// Somebody is at it.
    InProgress,
    /// Somebody looks it over.
    InReview,
    /// Can't go on, for a stated reason.
    Blocked,
    /// Finished.
    Done,
    /// Given up.
    Cancelled,
}

impl TaskStatus {
    /// All columns, from left to right.
    pub const ALL: [Self; 6] =
        [Self::Todo, Self::InProgress, Self::InReview, Self::Blocked, Self::Done, Self::Cancelled];

    /// The snake_case word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::InReview => "in_review",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// True while there is something left to do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}
