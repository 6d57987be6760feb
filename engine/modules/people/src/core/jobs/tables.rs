//! Jobs. Each is homed in the room of whoever asked for it.

use schema::{
    id::{Id, UserId},
    row,
    time::Timestamp,
    words,
};
use serde_json::Value;

/// A job's id.
pub type JobId = Id<Job>;

/// Where a job stands.
#[words]
pub enum JobState {
    /// Nobody works on it yet, or any more.
    #[default]
    Queued,
    /// It is being done.
    Running,
    /// It was done.
    Succeeded,
    /// It can't be done.
    Failed,
    /// Whoever asked for it called it off.
    Cancelled,
}

impl JobState {
    /// True for one that is over and was not done.
    #[must_use]
    pub const fn may_begin_again(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }

    /// True while it is not over.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// Work that goes on after its caller was answered.
#[row(name = "background_jobs", id = 36, entity = "job", home = "user", by = "owner_id", find)]
#[table(index(
    name = "of_owner",
    within = "owner_id",
    sort = "created_at",
    carry = "kind, title, state, steps, done, progress, finished_at, version"
))]
#[table(index(name = "open", within = "owner_id", sort = "created_at", when = "is_open"))]
pub struct Job {
    /// Who asked for it.
    pub owner_id: UserId,
    /// What kind of work it is.
    pub kind: String,
    /// What it is called, for people.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// How many steps it has.
    pub steps: u64,
    /// How many of them are done.
    pub done: u64,
    /// The same in percent, 0 to 100.
    pub progress: u32,
    /// What came of it.
    #[table(nested)]
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// What its kind needs to know.
    #[table(nested)]
    pub input: Value,
    /// Whether its owner reads French.
    pub french: bool,
    /// How often somebody began to work on it.
    pub attempt: u32,
    /// The same since it was last asked for.
    pub tries: u32,
    /// Until when whoever works on it is believed to.
    pub lease_until: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// True while it is not over.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.state.is_open()
    }
}
