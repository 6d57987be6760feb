//! Projects, the people in them and their tasks, with what stands beside a task ([`beside`]) and what a project is
//! steered by ([`steering`]). All are homed in the project's own room: its order, its access and its board are decided
//! in one place.

pub mod beside;
pub mod reminders;
pub mod steering;

use self::{beside::LabelId, steering::MilestoneId};
use super::words::{MemberRole, Priority, ProjectStatus, TaskStatus, Visibility};
use schema::{
    id::{Id, UserId},
    money::Currency,
    row,
    time::{Date, Timestamp},
};

/// A project's id, and its room's.
pub type ProjectId = Id<Project>;
/// A task's id.
pub type TaskId = Id<Task>;

/// A project.
#[row(name = "projects", id = 40, entity = "project", home = "project", by = "id", trash)]
#[table(index(
    name = "by_updated",
    within = "org_id",
    sort = "updated_at",
    carry = "all but description, budget_amount, billable_rate_amount",
    when = "is_kept"
))]
#[table(index(
    name = "by_created",
    within = "org_id",
    sort = "created_at",
    carry = "all but description, budget_amount, billable_rate_amount",
    when = "is_kept"
))]
#[table(index(
    name = "open",
    within = "org_id",
    sort = "created_at",
    carry = "all but description, budget_amount, billable_rate_amount",
    when = "is_open_to_all"
))]
#[table(text(within = "org_id", of = "title, key, tags", when = "is_kept"))]
#[table(index(
    name = "templates",
    within = "org_id",
    sort = "title",
    carry = "all but description, budget_amount, billable_rate_amount",
    when = "is_kept_template"
))]
#[table(unique(name = "key", on = "org_id, key"))]
pub struct Project {
    /// Two to six capitals and digits; the front of every task's reference.
    pub key: String,
    /// 1 to 200 characters.
    pub title: String,
    /// Markdown without raw HTML, up to 10,000 characters.
    pub description: String,
    /// Where it stands.
    pub status: ProjectStatus,
    /// How much it matters.
    pub priority: Priority,
    /// The first day.
    pub start_date: Option<Date>,
    /// The last day.
    pub due_date: Date,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// What may be spent, in minor units; for who runs, sponsors or oversees the project.
    pub budget_amount: Option<i64>,
    /// What an hour is billed at, in minor units; for the same people.
    pub billable_rate_amount: Option<i64>,
    /// What both are counted in.
    pub currency: Currency,
    /// Up to 20 words.
    pub tags: Vec<String>,
    /// `#rrggbb`.
    pub color: String,
    /// Who may read it besides its members.
    pub visibility: Visibility,
    /// The one who owns it.
    pub owner_id: UserId,
    /// Whether other projects are made from it.
    pub is_template: bool,
}

impl Project {
    /// True while it is worked on, or will be: whatever is due in it is waited for.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        let is_over = matches!(self.status, ProjectStatus::Completed | ProjectStatus::Cancelled);
        self.is_kept() && self.archived_at.is_none() && !is_over
    }

    /// True while others are made from it.
    #[must_use]
    pub const fn is_kept_template(&self) -> bool {
        self.is_template && self.is_kept()
    }

    /// True when the whole organization may read it.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        self.visibility == Visibility::Organization && self.is_kept()
    }
}

impl Project {
    /// The same for those who may not know what it costs.
    #[must_use]
    pub fn without_money(self) -> Self {
        Self { budget_amount: None, billable_rate_amount: None, ..self }
    }
}

/// Columns of a project that not everybody who reads it may see.
pub(crate) const MONEY: &[&str] = &["budget_amount", "billable_rate_amount"];

/// Somebody's place in a project. It stays when they leave, so that history keeps its names.
#[row(
    name = "project_members",
    id = 41,
    entity = "project_member",
    home = "project",
    by = "project_id",
    key = "project_id, user_id"
)]
#[table(index(name = "mine", within = "user_id", sort = "joined_at", carry = "role", when = "is_active"))]
#[table(index(
    name = "team",
    within = "project_id",
    sort = "joined_at",
    carry = "id, role, function, version",
    when = "is_active"
))]
#[table(index(name = "leads", within = "project_id", sort = "joined_at", when = "is_active_lead"))]
pub struct ProjectMember {
    /// The project.
    pub project_id: ProjectId,
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// What they do, in up to 40 characters.
    pub function: Option<String>,
    /// What an hour of theirs is billed at, in minor units; for who leads the project.
    pub billable_rate_amount: Option<i64>,
    /// When they came.
    pub joined_at: Timestamp,
    /// When they left; absent while they are there.
    pub left_at: Option<Timestamp>,
}

impl ProjectMember {
    /// True while they are there.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.left_at.is_none()
    }

    /// True while they are there as a lead.
    #[must_use]
    pub fn is_active_lead(&self) -> bool {
        self.is_active() && self.role == MemberRole::Lead
    }
}

/// A task. The board index carries everything a card shows: board, list and sheet read nothing else.
#[row(name = "tasks", id = 42, entity = "task", home = "project", by = "project_id", find, trash)]
#[table(text(within = "project_id", of = "title", when = "is_kept"))]
#[table(index(
    name = "board",
    within = "project_id",
    sort = "status, rank",
    carry = "all but description, org_id, updated_by, deleted_at",
    when = "is_kept"
))]
#[table(index(
    name = "mine",
    within = "assignee_id",
    sort = "due_at",
    carry = "all but description",
    when = "is_somebodys_open"
))]
#[table(index(
    name = "children",
    within = "parent_id",
    sort = "number",
    carry = "status, title",
    when = "is_child"
))]
#[table(index(name = "assigned", within = "assignee_id", sort = "project_id", when = "is_somebodys_open"))]
pub struct Task {
    /// The project.
    pub project_id: ProjectId,
    /// Counts the tasks of the project, from 1; with the project's key it is the task's reference.
    #[table(number)]
    pub number: u64,
    /// 1 to 200 characters.
    pub title: String,
    /// Markdown without raw HTML, up to 10,000 characters.
    pub description: String,
    /// The column.
    pub status: TaskStatus,
    /// The place in the column: compares as text.
    pub rank: String,
    /// How much it matters.
    pub priority: Priority,
    /// Who does it.
    pub assignee_id: Option<UserId>,
    /// Who asked for it.
    pub reporter_id: UserId,
    /// The first day.
    pub start_date: Option<Date>,
    /// When it must be done.
    pub due_at: Option<Timestamp>,
    /// How long it should take, up to 60,000 minutes.
    pub estimated_minutes: Option<u32>,
    /// The task it is a part of, which is itself no part of another.
    pub parent_id: Option<TaskId>,
    /// The milestone it leads to.
    pub milestone_id: Option<MilestoneId>,
    /// Labels of the project, up to 20.
    pub label_ids: Vec<LabelId>,
    /// Why it can't go on; present in the blocked column only.
    pub blocked_reason: Option<String>,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
}

impl Task {
    /// True while somebody has it to do.
    #[must_use]
    pub const fn is_somebodys_open(&self) -> bool {
        self.assignee_id.is_some() && self.status.is_open() && self.is_kept()
    }

    /// True while it is a part of another.
    #[must_use]
    pub const fn is_child(&self) -> bool {
        self.parent_id.is_some() && self.is_kept()
    }
}
