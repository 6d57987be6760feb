//! The timeline: bars, what waits for what, milestones, and the critical path.

use super::critical_path::{Durations, longest};
use crate::projects::{
    rooms::of_project,
    tables::{
        ProjectId, Task, TaskId,
        beside::Dependency,
        steering::{Milestone, MilestoneId},
    },
    words::{DependencyKind, TaskStatus},
};
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    id::UserId,
    key::KeyWriter,
    operation,
    time::{Date, Timestamp},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Rows of each kind that one timeline shows.
const ROWS_MAX: usize = 2_000;
/// How long a task takes that nobody has estimated and that has no dates: a day's work, in minutes.
const UNKNOWN_MINUTES: u64 = 480;
/// Minutes of work in a day between two dates.
const DAY_MINUTES: u64 = 480;

/// A task on the timeline.
#[answer]
pub(crate) struct Bar {
    /// The task.
    id: TaskId,
    /// Its number in the project.
    number: u64,
    /// What is to be done.
    title: String,
    /// The column.
    status: TaskStatus,
    /// Who does it.
    assignee_id: Option<UserId>,
    /// The task it is a part of.
    parent_id: Option<TaskId>,
    /// The milestone it leads to.
    milestone_id: Option<MilestoneId>,
    /// The first day.
    start_date: Option<Date>,
    /// When it must be done.
    due_at: Option<Timestamp>,
    /// How long it should take, in minutes.
    estimated_minutes: Option<u32>,
}

/// What waits for what.
#[answer]
pub(crate) struct Link {
    /// The task that waits.
    task_id: TaskId,
    /// The task it waits for.
    depends_on_id: TaskId,
    /// Whether it waits, or only has to do with it.
    kind: DependencyKind,
}

/// A day by which something shall be there.
#[answer]
pub(crate) struct Mark {
    /// The milestone.
    id: MilestoneId,
    /// What will be there then.
    title: String,
    /// The day.
    due_date: Date,
    /// When it was reached.
    completed_at: Option<Timestamp>,
}

/// A project's timeline.
#[answer]
pub(crate) struct Timeline {
    /// Tasks that are not cancelled.
    bars: Vec<Bar>,
    /// What waits for what.
    dependencies: Vec<Link>,
    /// Milestones, the next one first.
    milestones: Vec<Mark>,
    /// The open tasks, each waiting for the one before, that take longest together.
    critical_path: Vec<TaskId>,
    /// True when there is more than is shown.
    capped: bool,
}

/// Shows a project's timeline with its critical path.
#[operation]
pub(crate) struct GetTimeline {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for GetTimeline {
    const ROUTE: Route = Route::get("/{project_id}/timeline/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<Timeline>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = || KeyWriter::new().with(&self.project_id);
        let rows = cx.index::<Task>("board", within(), ROWS_MAX, |range| range).await?;
        let capped = rows.len() == ROWS_MAX;
        let bars: Vec<Bar> =
            read(rows).into_iter().filter(|bar: &Bar| bar.status != TaskStatus::Cancelled).collect();
        let dependencies: Vec<Link> =
            read(cx.index::<Dependency>("of_project", within(), ROWS_MAX, |range| range).await?);
        let milestones = read(cx.index::<Milestone>("by_due", within(), ROWS_MAX, |range| range).await?);
        let critical_path = critical(&bars, &dependencies);
        Outcome::ok(&Timeline { bars, dependencies, milestones, critical_path, capped })
    }
}

fn read<T: DeserializeOwned>(rows: Vec<Value>) -> Vec<T> {
    rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect()
}

fn critical(bars: &[Bar], links: &[Link]) -> Vec<TaskId> {
    let open = bars.iter().filter(|bar| bar.status.is_open());
    let durations: Durations<TaskId> = open.map(|bar| (bar.id, minutes(bar))).collect();
    let waits: Vec<(TaskId, TaskId)> = links
        .iter()
        .filter(|link| link.kind == DependencyKind::Blocks)
        .map(|link| (link.task_id, link.depends_on_id))
        .collect();
    if waits.is_empty() { Vec::new() } else { longest(&durations, &waits) }
}

/// How long a task takes: as estimated, else the days between its dates.
fn minutes(bar: &Bar) -> u64 {
    if let Some(minutes) = bar.estimated_minutes {
        return minutes.into();
    }
    let days = bar.start_date.zip(bar.due_at).map(|(start, due)| {
        let days = Date::at(due, "UTC").days().saturating_sub(start.days()).saturating_add(1);
        u64::try_from(days).unwrap_or(1)
    });
    days.map_or(UNKNOWN_MINUTES, |days| days * DAY_MINUTES)
}
