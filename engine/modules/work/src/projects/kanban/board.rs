//! The board: show it, move a card, move a task through its states.

use super::placing;
use crate::projects::{
    backlog::{
        belongings, reminding,
        tasks::{MAY_CHANGE, kept},
    },
    beside::watching,
    events,
    plan::dependencies,
    progress,
    rooms::of_project,
    rules,
    tables::{ProjectId, Task, TaskId},
    words::TaskStatus,
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope, Whole};
use schema::schemars::JsonSchema;
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    codec::Packed,
    key::KeyWriter,
    operation,
    text::Note,
};
use serde::Serialize;
use serde_json::json;

/// Cards of each column that a board shows at first.
const CARDS: usize = 50;

/// Moves a card along its column or into another one. Where it goes is said by its neighbours; with
/// none it goes to the end.
#[operation]
pub(crate) struct MoveTask {
    /// The task.
    task_id: TaskId,
    /// The room it was asked for in, if it was in one; must be the task's own. Not part of the wish.
    #[serde(default, skip_serializing)]
    project_id: Option<ProjectId>,
    /// The column; the present one when absent.
    status: Option<TaskStatus>,
    /// The card it shall stand before.
    before_id: Option<TaskId>,
    /// The card it shall stand after.
    after_id: Option<TaskId>,
    /// Why, where it goes into `blocked`.
    #[garde(length(chars, max = 500))]
    reason: Option<String>,
    /// Why it goes on although it waits for another task; from who leads the project.
    override_reason: Option<Note<500>>,
    /// The version the mover saw; an older one is refused with the current task.
    version: Option<u64>,
}

impl Endpoint for MoveTask {
    const ROUTE: Route = Route::post("/tasks/{task_id}/move/")
        .tells(&[events::TASK_MOVED, events::TASK_STATUS_CHANGED])
        .refuses(&[Code::RuleViolation, Code::InvalidTransition]);
    const NEEDS: Needs = MAY_CHANGE;
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
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
        let slot = arrive(cx, &mut change, &old, new, self.override_reason.as_ref()).await?;
        for (task, rank) in place.moved_over {
            let slot = change.update(&task, Task { rank, ..task.clone() });
            events::task(&mut change, events::TASK_MOVED, slot);
        }
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Puts a task into another state, at the end of that column.
#[operation]
pub(crate) struct TransitionTask {
    /// The task.
    task_id: TaskId,
    /// The room it was asked for in, if it was in one; must be the task's own. Not part of the wish.
    #[serde(default, skip_serializing)]
    project_id: Option<ProjectId>,
    /// The state.
    to: TaskStatus,
    /// Why; `blocked` needs it.
    #[garde(length(chars, max = 500))]
    reason: Option<String>,
    /// Why it goes on although it waits for another task; from who leads the project.
    override_reason: Option<Note<500>>,
}

impl Endpoint for TransitionTask {
    const ROUTE: Route = Route::post("/tasks/{task_id}/transition/")
        .tells(&[events::TASK_MOVED, events::TASK_STATUS_CHANGED])
        .refuses(&[Code::InvalidTransition]);
    const NEEDS: Needs = MAY_CHANGE;
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = changeable(cx, self.task_id, self.project_id).await?;
        rules::check_transition(&old, self.to)?;
        let rank = placing::at_the_end(cx, old.project_id, self.to, Some(old.id)).await?;
        let reason = self.reason.as_deref();
        let new = rules::put(&old, rules::Arrival { column: self.to, rank, reason, at: cx.now() })?;
        let mut change = Change::new();
        let slot = arrive(cx, &mut change, &old, new, self.override_reason.as_ref()).await?;
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// The task, when the caller may change it and it belongs where it was asked for.
async fn changeable(cx: &Context, id: TaskId, asked_in: Option<ProjectId>) -> Result<Task> {
    let task = kept(cx, id).await?;
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

/// Lets a task arrive where it shall be, if nothing that it waits for stands against it; cancelled, it takes its parts
/// along.
async fn arrive(
    cx: &Context,
    change: &mut Change,
    old: &Task,
    new: Task,
    override_reason: Option<&Note<500>>,
) -> Result<Slot<Task>> {
    let begins = matches!(new.status, TaskStatus::InProgress | TaskStatus::Done);
    if begins && new.status != old.status {
        let overrides = override_reason.is_some() && rules::Rights::of(cx).lead();
        let waiting = dependencies::unfinished(cx, old.id).await?;
        if !waiting.is_empty() && !overrides {
            let refused = "it waits for tasks that are not finished; who leads the project may override it with a reason";
            return Err(Error::new(Code::InvalidTransition, refused).with("blocked_by", json!(waiting)));
        }
    }
    let ends = new.status == TaskStatus::Cancelled && old.status != TaskStatus::Cancelled;
    // The task first: it is the one that is believed to have a version, and that the audit names.
    let slot = moved(cx, change, old, new).await?;
    if ends {
        for part in belongings::parts(cx, old).await?.into_iter().filter(|part| part.status.is_open()) {
            let arrival = rules::Arrival {
                column: TaskStatus::Cancelled,
                rank: part.rank.clone(),
                reason: None,
                at: cx.now(),
            };
            let cancelled = rules::put(&part, arrival)?;
            moved(cx, change, &part, cancelled).await?;
        }
    }
    Ok(slot)
}

/// Writes a task's new place and tells what became of it.
async fn moved(cx: &Context, change: &mut Change, old: &Task, new: Task) -> Result<Slot<Task>> {
    let slot = change.update(old, new.clone());
    progress::count(change, Some(old), Some(&new));
    reminding::watch(cx, change, Some(old), &new).await?;
    events::task(change, events::TASK_MOVED, slot);
    if new.status != old.status {
        let watchers = watching::watchers(cx, old.id).await?;
        events::task_status_changed(change, slot, (old, &new), watchers);
    }
    Ok(slot)
}

/// Shows the board: every column with its count and its first fifty cards.
#[operation]
pub(crate) struct GetBoard {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for GetBoard {
    const ROUTE: Route = Route::get("/{project_id}/board/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<BoardShown>;

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
        Outcome::text(&BoardShown { columns })
    }
}

/// A board.
#[derive(Serialize, JsonSchema)]
#[schemars(crate = "::schema::schemars")]
pub(crate) struct BoardShown {
    /// From left to right.
    columns: Vec<Column>,
}

/// A column of a board.
#[derive(Serialize, JsonSchema)]
#[schemars(crate = "::schema::schemars")]
struct Column {
    /// What stands in it.
    status: TaskStatus,
    /// How many tasks stand in it.
    count: i64,
    /// The first fifty of them.
    cards: Vec<Packed>,
}
