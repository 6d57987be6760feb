//! What a project is steered by: milestones, risks, status reports.

use super::ProjectId;
use crate::projects::words::{Grade, Health, RiskStatus};
use schema::{
    answer,
    id::{Id, UserId},
    row,
    time::{Date, Timestamp},
};
use std::collections::BTreeMap;

/// A milestone's id.
pub type MilestoneId = Id<Milestone>;
/// A risk's id.
pub type RiskId = Id<Risk>;
/// A status report's id.
pub type ReportId = Id<StatusReport>;

/// A day by which something shall be there.
#[row(name = "milestones", id = 43, entity = "milestone", home = "project", by = "project_id", find)]
#[table(index(name = "by_due", within = "project_id", sort = "due_date", carry = "all"))]
#[table(text(within = "project_id", of = "title"))]
pub struct Milestone {
    /// The project.
    pub project_id: ProjectId,
    /// What will be there then.
    pub title: String,
    /// The day.
    pub due_date: Date,
    /// When it was reached.
    pub completed_at: Option<Timestamp>,
}

/// Something that may go wrong.
#[row(name = "risks", id = 48, entity = "risk", home = "project", by = "project_id", find, trash)]
#[table(index(
    name = "register",
    within = "project_id",
    sort = "created_at",
    carry = "all but description, mitigation_strategy",
    when = "is_kept"
))]
#[table(text(within = "project_id", of = "title", when = "is_kept"))]
pub struct Risk {
    /// The project.
    pub project_id: ProjectId,
    /// What may go wrong.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// How likely it is.
    pub likelihood: Grade,
    /// How bad it would be.
    pub impact: Grade,
    /// The product of both, 1 to 9.
    pub score: u8,
    /// What is done about it.
    pub mitigation_strategy: String,
    /// Who keeps an eye on it.
    pub owner_id: Option<UserId>,
    /// Where it stands.
    pub status: RiskStatus,
    /// When something shall have been done about it.
    pub due_date: Option<Date>,
}

/// How a project stood at the end of a period. It does not change once it is published.
#[row(name = "status_reports", id = 49, entity = "status_report", home = "project", by = "project_id", find)]
#[table(index(name = "by_end", within = "project_id", sort = "period_end", carry = "all but snapshot"))]
#[table(words = "summary")]
pub struct StatusReport {
    /// The project.
    pub project_id: ProjectId,
    /// The first day of the period.
    pub period_start: Date,
    /// Its last day.
    pub period_end: Date,
    /// How the project does.
    pub health: Health,
    /// Markdown.
    pub summary: String,
    /// The numbers of the day.
    #[table(nested)]
    pub snapshot: Snapshot,
}

/// Numbers of a project at one moment.
#[answer]
pub struct Snapshot {
    /// How far it was, in whole percent.
    pub progress: u8,
    /// How many tasks stood in each column.
    pub tasks: BTreeMap<String, i64>,
    /// Open tasks that should have been done.
    pub late: u64,
    /// Risks that were not closed, by level.
    pub risks: BTreeMap<String, u64>,
    /// Milestones, all and reached.
    pub milestones: u64,
    /// Those of them that were reached.
    pub milestones_reached: u64,
    /// People on the team.
    pub members: u64,
}
