//! What somebody was told of tasks that are due: homed in their own room, where it is told, too.

use super::{ProjectId, TaskId};
use crate::projects::words::Urgency;
use schema::{
    id::UserId,
    row,
    time::{Date, Timestamp},
};

/// What somebody was told of a task of theirs last.
#[row(
    name = "task_reminders",
    id = 50,
    entity = "task",
    home = "user",
    by = "user_id",
    key = "user_id, task_id",
    lean
)]
pub struct TaskReminder {
    /// Whose task.
    pub user_id: UserId,
    /// The task.
    pub task_id: TaskId,
    /// Its project.
    pub project_id: ProjectId,
    /// When it was due: put to another time, it is told of anew.
    pub due_at: Timestamp,
    /// How near it was.
    pub urgency: Urgency,
    /// On which day it was told, where they live.
    pub told_on: Date,
    /// Whether those who lead the project were told that it is late.
    pub leads_told: bool,
}
