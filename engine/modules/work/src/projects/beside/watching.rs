//! Following a task: whoever does hears in their inbox when it comes into another column.

use crate::projects::{
    rooms::of_project,
    tables::{ProjectId, TaskId, beside::Watcher},
};
use engine::{Action, Context, Empty, Endpoint, Needs, Outcome, Reader, Result, Route, Scope};
use schema::{caller::Caller, change::Change, id::UserId, key::KeyWriter, operation, reply::Reply};

/// People who are told of one task.
const TOLD_MAX: usize = 200;
/// Rows of one person in one project that go with them.
const FORGOTTEN_MAX: usize = 100;
/// Why nobody hears of it.
const PRIVATE: &str = "what somebody follows is their own business";

/// Follows a task.
#[operation]
pub(crate) struct WatchTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for WatchTask {
    const ROUTE: Route = Route::put("/tasks/{task_id}/watch/").tells_nobody(PRIVATE);
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = cx.here(self.task_id).await?;
        if of(cx, task.project_id, task.id, cx.caller.user).await?.is_some() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.unaudited();
        change.insert(Watcher {
            id: cx.clock().new_id(),
            org_id: task.org_id,
            project_id: task.project_id,
            task_id: task.id,
            user_id: cx.caller.user,
            ..Watcher::default()
        });
        Ok(Outcome::Commit(change))
    }
}

/// Follows a task no longer.
#[operation]
pub(crate) struct UnwatchTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for UnwatchTask {
    const ROUTE: Route = Route::delete("/tasks/{task_id}/watch/").tells_nobody(PRIVATE);
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = cx.here(self.task_id).await?;
        let Some(old) = of(cx, task.project_id, task.id, cx.caller.user).await? else {
            return Ok(Outcome::Answer(Reply::empty()));
        };
        let mut change = Change::new();
        change.unaudited();
        change.remove(&old);
        Ok(Outcome::Commit(change))
    }
}

async fn of(reader: &Reader, project: ProjectId, task: TaskId, user: UserId) -> Result<Option<Watcher>> {
    reader.get(&of_project(project), KeyWriter::new().with(&task).with(&user)).await
}

/// Who follows a task.
///
/// # Errors
/// When the store fails.
pub(crate) async fn watchers(reader: &Reader, task: TaskId) -> Result<Vec<UserId>> {
    reader.column::<Watcher, _>("of_task", KeyWriter::new().with(&task), "user_id", TOLD_MAX).await
}

/// Lets somebody follow nothing of a project any more, with the change that takes them off its team.
///
/// # Errors
/// When the store fails.
pub(crate) async fn forget(
    cx: &Context,
    change: &mut Change,
    project: ProjectId,
    user: UserId,
) -> Result<()> {
    let within = KeyWriter::new().with(&project).with(&user);
    let tasks: Vec<TaskId> = cx.column::<Watcher, _>("of_person", within, "task_id", FORGOTTEN_MAX).await?;
    for task in tasks {
        if let Some(watcher) = of(cx, project, task, user).await? {
            change.remove(&watcher);
        }
    }
    Ok(())
}
