//! What a task belongs to and what belongs to it: the task it is a part of, its own parts, its milestone, its labels.

use crate::projects::{
    beside::labels,
    rooms::of_project,
    tables::{
        Task, TaskId,
        steering::{Milestone, MilestoneId},
    },
};
use engine::{Context, Error, Reader, Result};
use schema::{change::Change, code::Code, key::KeyWriter};

/// Parts of one task: they go with it in one change.
const PARTS_MAX: usize = 50;

/// Makes sure that what a task shall belong to is there, and that the change holds only while it is.
///
/// # Errors
/// `validation` for what is not there or would nest deeper, `capacity-reached`.
pub(crate) async fn check(cx: &Context, change: &mut Change, old: Option<&Task>, new: &Task) -> Result<()> {
    if let Some(parent) = new.parent_id.filter(|parent| old.and_then(|old| old.parent_id) != Some(*parent)) {
        check_parent(cx, change, new, parent).await?;
    }
    let moved = new.milestone_id.filter(|id| old.and_then(|old| old.milestone_id) != Some(*id));
    if let Some(milestone) = moved {
        change.relies_on(&milestone_of(cx, new, milestone).await?);
    }
    if old.is_none_or(|old| old.label_ids != new.label_ids) {
        labels::check(cx, new.project_id, &new.label_ids).await?;
    }
    Ok(())
}

/// A task is a part of one that is none.
async fn check_parent(cx: &Context, change: &mut Change, task: &Task, parent: TaskId) -> Result<()> {
    let refused = |code, message| Err(Error::field("/parent_id", code, message));
    if parent == task.id {
        return refused("invalid", "a task can't be a part of itself");
    }
    let found: Option<Task> = cx.by_id(&of_project(task.project_id), parent).await?;
    let Some(found) = found.filter(Task::is_kept) else {
        return refused("unknown", "there is no such task in this project");
    };
    if found.parent_id.is_some() {
        return refused("too_deep", "that task is itself a part of another");
    }
    if !parts(cx, task).await?.is_empty() {
        return refused("too_deep", "this task has parts of its own");
    }
    if parts(cx, &found).await?.len() >= PARTS_MAX {
        return Err(Error::new(Code::CapacityReached, "a task has fifty parts at most"));
    }
    change.relies_on(&found);
    Ok(())
}

async fn milestone_of(reader: &Reader, task: &Task, id: MilestoneId) -> Result<Milestone> {
    let found: Option<Milestone> = reader.by_id(&of_project(task.project_id), id).await?;
    found
        .ok_or_else(|| Error::field("/milestone_id", "unknown", "there is no such milestone in this project"))
}

/// The parts of a task, in the order they were numbered.
///
/// # Errors
/// When the store fails.
pub(crate) async fn parts(reader: &Reader, task: &Task) -> Result<Vec<Task>> {
    let within = KeyWriter::new().with(&Some(task.id));
    let ids: Vec<TaskId> = reader.column::<Task, _>("children", within, "id", PARTS_MAX).await?;
    let mut parts = Vec::with_capacity(ids.len());
    for id in ids {
        parts.extend(reader.by_id::<Task>(&of_project(task.project_id), id).await?);
    }
    Ok(parts)
}

/// Lets a task that comes back belong to nothing that is gone.
///
/// # Errors
/// When the store fails.
pub(super) async fn let_go(cx: &Context, task: &mut Task) -> Result<()> {
    if let Some(parent) = task.parent_id {
        let found: Option<Task> = cx.by_id(&of_project(task.project_id), parent).await?;
        task.parent_id =
            found.filter(|found| found.is_kept() && found.parent_id.is_none()).map(|found| found.id);
    }
    if let Some(milestone) = task.milestone_id {
        task.milestone_id = milestone_of(cx, task, milestone).await.ok().map(|found| found.id);
    }
    let mut labels = Vec::new();
    for label in &task.label_ids {
        if labels::check(cx, task.project_id, &[*label]).await.is_ok() {
            labels.push(*label);
        }
    }
    task.label_ids = labels;
    Ok(())
}
