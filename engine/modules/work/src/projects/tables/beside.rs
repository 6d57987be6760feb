//! What stands beside a task: labels, what it waits for, its checklist, who follows it.

use super::{ProjectId, TaskId};
use crate::projects::words::DependencyKind;
use schema::{
    id::{Id, UserId},
    row,
};

/// A label's id.
pub type LabelId = Id<Label>;
/// A dependency's id.
pub type DependencyId = Id<Dependency>;
/// A checklist item's id.
pub type ChecklistItemId = Id<ChecklistItem>;

/// A word that a project marks its tasks with.
#[row(name = "labels", id = 44, entity = "label", home = "project", by = "project_id", find)]
#[table(index(name = "by_name", within = "project_id", sort = "name", carry = "all"))]
#[table(text(within = "project_id", of = "name"))]
#[table(unique(name = "name", on = "project_id, name"))]
pub struct Label {
    /// The project.
    pub project_id: ProjectId,
    /// The word, of up to 40 characters.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
}

/// What a task waits for, or has to do with. It is homed with the task that waits.
#[row(
    name = "task_dependencies",
    id = 45,
    entity = "task_dependency",
    home = "project",
    by = "project_id",
    find
)]
#[table(index(name = "of_task", within = "task_id", sort = "created_at", carry = "all"))]
#[table(index(name = "of_project", within = "project_id", sort = "created_at", carry = "all"))]
pub struct Dependency {
    /// The project of the task that waits.
    pub project_id: ProjectId,
    /// The task that waits.
    pub task_id: TaskId,
    /// The task it waits for, perhaps of another project.
    pub depends_on_id: TaskId,
    /// Whether it waits, or only has to do with it.
    pub kind: DependencyKind,
}

/// A step of a task.
#[row(
    name = "checklist_items",
    id = 46,
    entity = "checklist_item",
    home = "project",
    by = "project_id",
    find
)]
#[table(index(name = "of_task", within = "task_id", sort = "rank", carry = "all"))]
#[table(text(within = "task_id", of = "text"))]
pub struct ChecklistItem {
    /// The project.
    pub project_id: ProjectId,
    /// The task.
    pub task_id: TaskId,
    /// What is to be done, in up to 300 characters.
    pub text: String,
    /// Whether it is.
    pub done: bool,
    /// Its place: compares as text.
    pub rank: String,
}

/// Somebody's following a task.
#[row(
    name = "watchers",
    id = 47,
    entity = "watcher",
    home = "project",
    by = "project_id",
    key = "task_id, user_id"
)]
#[table(index(name = "of_task", within = "task_id", sort = "created_at"))]
#[table(index(name = "of_person", within = "project_id, user_id", sort = "created_at"))]
pub struct Watcher {
    /// The project.
    pub project_id: ProjectId,
    /// The task.
    pub task_id: TaskId,
    /// Who follows it.
    pub user_id: UserId,
}
