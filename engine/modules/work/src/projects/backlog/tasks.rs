//! Tasks: list, create, show, and what one has to do oneself. Where a task stands is changed elsewhere.

use super::{assignment::Assignment, belongings, reminding};
use crate::projects::{
    events,
    kanban::placing,
    progress,
    rooms::of_project,
    rules,
    tables::{ProjectId, Task, TaskId, beside::LabelId, steering::MilestoneId},
    words::{Priority, TaskStatus},
};
use engine::{
    Action, Context, Created, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Record, Result, Route,
    Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    id::UserId,
    key::KeyWriter,
    operation,
    reply::Reply,
    table::Table as _,
    text::{Markdown, Title},
    time::{Date, Timestamp},
};

/// The longest estimate, in minutes: a thousand hours.
pub(crate) const ESTIMATE_MAX: u32 = 60_000;

/// Who may change a task at all; which one is decided in each operation.
pub(crate) const MAY_CHANGE: Needs =
    Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(rules::WRITERS)]);

/// The tasks of one project in board order; other orders come from the project's sheet.
static TASKS: Listing = Listing {
    spec: Task::SPEC,
    sorts: &[("rank", "board")],
    filters: &[
        "status",
        "priority",
        "assignee_id",
        "parent_id",
        "milestone_id",
        "label_ids",
        "reporter_id",
        "number",
        "title",
        "start_date",
        "due_at",
        "estimated_minutes",
        "completed_at",
        "created_at",
        "updated_at",
    ],
};

/// Lists tasks in board order, or in the order of up to three columns.
#[operation]
pub(crate) struct ListTasks {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListTasks {
    const ROUTE: Route = Route::get("/{project_id}/tasks/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&TASKS);
    type Output = Listed<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        let page = TASKS.page_with_sheet::<Task>(cx, cx.room()?, "board", within, &self.query);
        Outcome::ok(&page.await?)
    }
}

/// Creates a task at the end of a column.
#[operation]
pub(crate) struct CreateTask {
    /// The project.
    project_id: ProjectId,
    /// What is to be done.
    title: Title,
    /// How, in Markdown.
    #[serde(default)]
    description: Markdown,
    /// The column: any but `blocked`, which takes a reason and so a transition.
    #[serde(default)]
    #[garde(custom(startable))]
    status: TaskStatus,
    /// How much it matters.
    #[serde(default)]
    priority: Priority,
    /// Who does it.
    assignee_id: Option<UserId>,
    /// The first day.
    start_date: Option<Date>,
    /// When it must be done.
    due_at: Option<Timestamp>,
    /// 1 to 60,000.
    #[garde(range(min = 1, max = ESTIMATE_MAX))]
    estimated_minutes: Option<u32>,
    /// The task it is a part of, which is itself no part of another.
    parent_id: Option<TaskId>,
    /// The milestone it leads to.
    milestone_id: Option<MilestoneId>,
    /// Labels of the project.
    #[serde(default)]
    #[garde(length(max = 20))]
    label_ids: Vec<LabelId>,
    /// Whether who leads the project puts the assignee on the team with it.
    #[serde(default)]
    add_to_team: bool,
}

fn startable(status: &TaskStatus, _: &()) -> garde::Result {
    if *status == TaskStatus::Blocked {
        return Err(garde::Error::new("a task is blocked by a transition, with its reason"));
    }
    Ok(())
}

impl Endpoint for CreateTask {
    const ROUTE: Route =
        Route::post("/{project_id}/tasks/").tells(&[events::TASK_CREATED, events::TASK_ASSIGNED]);
    const NEEDS: Needs = MAY_CHANGE;
    type Output = Created<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        rules::check_times(self.start_date, self.due_at)?;
        let rank = placing::at_the_end(cx, self.project_id, self.status, None).await?;
        let (id, project) = (cx.clock().new_id(), self.project_id);
        let opening = rules::Opening { id, project, title: self.title.text(), rank: rank.clone() };
        let arrival = rules::Arrival { column: self.status, rank, reason: None, at: cx.now() };
        let task = Task {
            org_id: cx.standing.org,
            description: self.description.owned(),
            priority: self.priority,
            assignee_id: self.assignee_id,
            start_date: self.start_date,
            due_at: self.due_at,
            estimated_minutes: self.estimated_minutes,
            parent_id: self.parent_id,
            milestone_id: self.milestone_id,
            label_ids: self.label_ids.clone(),
            ..rules::put(&rules::open(&cx.caller, opening), arrival)?
        };
        let mut change = Change::new();
        belongings::check(cx, &mut change, None, &task).await?;
        if let Some(assignee) = self.assignee_id {
            let assignment = Assignment { project, user: assignee, add_to_team: self.add_to_team };
            assignment.check(cx, &mut change).await?;
        }
        progress::count(&mut change, None, Some(&task));
        reminding::watch(cx, &mut change, None, &task).await?;
        let slot = change.insert(task.clone());
        events::task(&mut change, events::TASK_CREATED, slot);
        if task.assignee_id.is_some() {
            events::task_assigned(&mut change, slot, None, &task);
        }
        change.reply(move |filled| {
            let location = filled.get(slot).map(|task| format!("/api/v1/projects/tasks/{}/", task.id));
            Reply { location, ..filled.reply(slot, 201) }
        });
        Ok(Outcome::Commit(change))
    }
}

/// Shows a task.
#[operation]
pub(crate) struct GetTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for GetTask {
    const ROUTE: Route = Route::get("/tasks/{task_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = kept(cx, self.task_id).await?;
        Outcome::record(&task, task.version)
    }
}

/// A task that is not in the trash.
///
/// # Errors
/// `not-found`.
pub(crate) async fn kept(cx: &Context, id: TaskId) -> Result<Task> {
    Some(cx.here(id).await?).filter(Task::is_kept).ok_or_else(|| Error::not_found("task"))
}

/// The caller's own open tasks, by when they are due.
static MINE: Listing = Listing {
    spec: Task::SPEC,
    sorts: &[("due_at", "mine")],
    filters: &["status", "priority", "project_id", "due_at", "title", "milestone_id"],
};

/// Lists the caller's open tasks in all projects, those that are due first first.
#[operation]
pub(crate) struct ListMyTasks {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListMyTasks {
    const ROUTE: Route = Route::get("/tasks/my/");
    const NEEDS: Needs = Needs::Auth;
    const LISTING: Option<&'static Listing> = Some(&MINE);
    type Output = Listed<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&Some(cx.caller.user));
        Outcome::ok(&MINE.page(cx, within, &self.query).await?)
    }
}
