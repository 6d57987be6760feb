//! The closed sets of words in a project's rows: states, roles, priorities. Each is its snake_case name on
//! the wire, in the store and in an index.

use schema::words;

/// Where a project stands.
#[words]
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
#[words]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Priority {
    Low,
    #[default]
    Medium,
    High,
    Critical,
}

/// Who may read a project besides its members.
#[words]
pub enum Visibility {
    /// Nobody, their role aside.
    #[default]
    Members,
    /// Everybody in the organization.
    Organization,
}

/// What a member may do in one project.
#[words]
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
    /// The role of this spelling.
    #[must_use]
    pub fn of(word: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|role| Some(role.word()) == word)
    }
}

/// A column of the board.
#[words]
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
    /// True while there is something left to do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled)
    }
}

/// How likely something is, or how bad.
#[words]
pub enum Grade {
    /// Hardly.
    #[default]
    Low,
    /// Somewhat.
    Medium,
    /// Very.
    High,
}

impl Grade {
    /// Its weight in a score.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }

    /// The level of a risk's score: 1 to 2 are low, 3 to 4 medium, 6 to 9 high.
    #[must_use]
    pub const fn of_score(score: u8) -> Self {
        match score {
            0..=2 => Self::Low,
            3..=5 => Self::Medium,
            6.. => Self::High,
        }
    }
}

/// Where a risk stands.
#[words]
pub enum RiskStatus {
    /// Somebody saw it.
    #[default]
    Identified,
    /// It was looked into.
    Assessed,
    /// Something is done about it.
    Mitigated,
    /// It is gone.
    Closed,
    /// It is lived with.
    Accepted,
}

/// How a project does.
#[words]
pub enum Health {
    /// Well.
    #[default]
    Green,
    /// It needs an eye on it.
    Amber,
    /// It needs help.
    Red,
}

/// What a task has to do with another.
#[words]
pub enum DependencyKind {
    /// It waits for it.
    #[default]
    Blocks,
    /// It has to do with it.
    Relates,
}

/// How near a task is that is due.
#[words]
pub enum Urgency {
    /// In some days.
    #[default]
    Near,
    /// On this day.
    Today,
    /// It is late.
    Late,
}
