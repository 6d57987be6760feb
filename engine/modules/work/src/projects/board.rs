//! The board: show it, move a card, move a task through its states.

use super::{
    events, placing, progress,
    rooms::of_project,
    rules,
    tables::{ProjectId, Task, TaskId},
    tasks::MAY_CHANGE,
    words::TaskStatus,
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    codec::Packed,
    key::KeyWriter,
    table::Table as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Cards of each column that a board shows at first.
const CARDS: usize = 50;

/// Moves a card along its column or into another one. Where it goes is said by its neighbours; with
/// none it goes to the end.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct MoveTask {
    /// The task.
    pub task_id: TaskId,
    /// The room it was asked for in, if it was in one; must be the task's own. Not part of the wish.
    #[serde(default, skip_serializing)]
    pub project_id: Option<ProjectId>,
    /// The column; the present one when absent.
    pub status: Option<TaskStatus>,
    /// The card it shall stand before.
    pub before_id: Option<TaskId>,
    /// The card it shall stand after.
    pub after_id: Option<TaskId>,
    /// Why, where it goes into `blocked`.
    #[garde(length(chars, max = 500))]
    pub reason: Option<String>,
    /// The version the mover saw; an older one is refused with the current task.
    pub version: Option<u64>,
}

impl Endpoint for MoveTask {
    const ROUTE: Route = Route::post("/tasks/{task_id}/move/");
    const NEEDS: Needs = MAY_CHANGE;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Find(Task::SPEC, self.task_id.uuid())
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = changeable(cx, self.task_id, self.project_id).await?;
        check_version(&old, self.version)?;
        let column = self.status.unwrap_or(old.status);
        let wish = placing::Wish { column, after: self.after_id, before: self.before_id };
        let place = placing::at(cx, &old, &wish).await?;
        let reason = self.reason.as_deref();
        let new = rules::put(&old, rules::Arrival { column, rank: place.rank, reason, at: cx.now() })?;
        let mut change = Change::new();
        let slot = moved(&mut change, &old, new);
        for (task, rank) in place.moved_over {
            let slot = change.update(&task, Task { rank, ..task.clone() });
            events::task(&mut change, events::TASK_MOVED, slot);
        }
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Puts a task into another state, at the end of that column.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct TransitionTask {
    /// The task.
    pub task_id: TaskId,
    /// The room it was asked for in, if it was in one; must be the task's own. Not part of the wish.
    #[serde(default, skip_serializing)]
    pub project_id: Option<ProjectId>,
    /// The state.
    pub to: TaskStatus,
    /// Why; `blocked` needs it.
    #[garde(length(chars, max = 500))]
    pub reason: Option<String>,
}

impl Endpoint for TransitionTask {
    const ROUTE: Route = Route::post("/tasks/{task_id}/transition/");
    const NEEDS: Needs = MAY_CHANGE;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Find(Task::SPEC, self.task_id.uuid())
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = changeable(cx, self.task_id, self.project_id).await?;
        rules::check_transition(&old, self.to)?;
        let rank = placing::at_the_end(cx, old.project_id, self.to, Some(old.id)).await?;
        let reason = self.reason.as_deref();
        let new = rules::put(&old, rules::Arrival { column: self.to, rank, reason, at: cx.now() })?;
        let mut change = Change::new();
        let slot = moved(&mut change, &old, new);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// The task, when the caller may change it and it belongs where it was asked for.
async fn changeable(cx: &Context, id: TaskId, asked_in: Option<ProjectId>) -> Result<Task> {
    let task = cx.here(id).await?;
    if asked_in.is_some_and(|project| project != task.project_id) {
        return Err(Error::not_found("task"));
    }
    rules::Rights::of(cx).cover(&task)?;
    Ok(task)
}

fn check_version(task: &Task, seen: Option<u64>) -> Result<()> {
    if seen.is_none_or(|seen| seen == task.version) {
        return Ok(());
    }
    let refused = Error::new(Code::VersionConflict, "somebody moved or edited this task meanwhile");
    Err(refused.with("current_version", task.version).with("current", json!(task)))
}

/// Writes a task's new place and tells what became of it.
fn moved(change: &mut Change, old: &Task, new: Task) -> Slot<Task> {
    let slot = change.update(old, new.clone());
    progress::count(change, Some(old), Some(&new));
    events::task(change, events::TASK_MOVED, slot);
    if new.status != old.status {
        events::task_status_changed(change, slot, old, &new);
    }
    slot
}

/// Shows the board: every column with its count and its first fifty cards.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GetBoard {
    /// The project.
    pub project_id: ProjectId,
}

impl Endpoint for GetBoard {
    const ROUTE: Route = Route::get("/{project_id}/board/");
    const NEEDS: Needs = Needs::Level(Action::Read);

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut columns = Vec::with_capacity(TaskStatus::ALL.len());
        for status in TaskStatus::ALL {
            let place = KeyWriter::new().with(&status).finish();
            let within = KeyWriter::new().with(&self.project_id);
            let cards =
                cx.index_packed::<Task>("board", within, CARDS, |range| range.starting_with(&place)).await?;
            let count = progress::in_column(cx, cx.room()?, status).await?;
            columns.push(Column { status, count, cards });
        }
        // A board is the largest thing that is read here.
        Outcome::text(&Board { columns })
    }
}

#[derive(Serialize)]
struct Board {
    columns: Vec<Column>,
}

#[derive(Serialize)]
struct Column {
    status: TaskStatus,
    count: i64,
    cards: Vec<Packed>,
}
