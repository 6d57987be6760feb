//! Tasks: list, create, show, edit. Where a task stands is changed elsewhere.

use super::{
    assignment::Assignment,
    events, placing, progress,
    rooms::of_project,
    rules,
    tables::{ProjectId, Task, TaskId},
    words::{Priority, TaskStatus},
};
use engine::{
    Action, Context, Created, Endpoint, Listed, Listing, Needs, Outcome, Query, Record, Result, Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    id::UserId,
    key::KeyWriter,
    operation,
    patch::{Edit, Patch},
    reply::Reply,
    table::Table as _,
    text::{Markdown, Title},
    time::{Date, Timestamp},
};

/// The longest estimate, in minutes: a thousand hours.
const ESTIMATE_MAX: u32 = 60_000;

/// Who may change a task at all; which one is decided in each operation.
pub(super) const MAY_CHANGE: Needs =
    Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(rules::WRITERS)]);

/// The tasks of one project in board order; other orders come from the project's sheet.
static TASKS: Listing = Listing {
    spec: Task::SPEC,
    sorts: &[("rank", "board")],
    filters: &[
        "status",
        "priority",
        "assignee_id",
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
pub(super) struct ListTasks {
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
        let in_board_order = self.query.get("sort").is_none_or(|sort| matches!(sort, "rank" | "-rank"));
        let page = if in_board_order {
            TASKS.page(cx, KeyWriter::new().with(&self.project_id), &self.query).await?
        } else {
            TASKS.page_of_sheet::<Task>(cx, cx.room()?, "board", &self.query).await?
        };
        Outcome::ok(&page)
    }
}

/// Creates a task at the end of a column.
#[operation]
pub(super) struct CreateTask {
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
            ..rules::put(&rules::open(&cx.caller, opening), arrival)?
        };
        let mut change = Change::new();
        if let Some(assignee) = self.assignee_id {
            let assignment = Assignment { project, user: assignee, add_to_team: self.add_to_team };
            assignment.check(cx, &mut change).await?;
        }
        progress::count(&mut change, None, Some(&task));
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
pub(super) struct GetTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for GetTask {
    const ROUTE: Route = Route::get("/tasks/{task_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Find(Task::SPEC, self.task_id.uuid())
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = cx.here(self.task_id).await?;
        Outcome::record(&task, task.version)
    }
}

/// Edits a task's fields. Absent fields stay, `null` clears.
#[operation]
pub(super) struct EditTask {
    /// The task.
    task_id: TaskId,
    /// What is to be done.
    title: Edit<Title>,
    /// How, in Markdown.
    description: Patch<Markdown>,
    /// How much it matters.
    priority: Edit<Priority>,
    /// Who does it.
    assignee_id: Patch<UserId>,
    /// The first day.
    start_date: Patch<Date>,
    /// When it must be done.
    due_at: Patch<Timestamp>,
    /// 1 to 60,000.
    #[garde(range(min = 1, max = ESTIMATE_MAX))]
    estimated_minutes: Patch<u32>,
    /// Whether who leads the project puts the assignee on the team with it.
    #[serde(default)]
    add_to_team: bool,
}

impl Endpoint for EditTask {
    const ROUTE: Route =
        Route::patch("/tasks/{task_id}/").tells(&[events::TASK_UPDATED, events::TASK_ASSIGNED]);
    const NEEDS: Needs = MAY_CHANGE;
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Find(Task::SPEC, self.task_id.uuid())
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.task_id).await?;
        rules::Rights::of(cx).cover(&old)?;
        let new = self.applied_to(&old);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        rules::check_times(new.start_date, new.due_at)?;
        let mut change = Change::new();
        let slot = change.update(&old, new.clone());
        progress::count(&mut change, Some(&old), Some(&new));
        events::task(&mut change, events::TASK_UPDATED, slot);
        if new.assignee_id != old.assignee_id {
            if let Some(assignee) = new.assignee_id {
                let (project, add_to_team) = (new.project_id, self.add_to_team);
                Assignment { project, user: assignee, add_to_team }.check(cx, &mut change).await?;
            }
            events::task_assigned(&mut change, slot, Some(&old), &new);
        }
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

impl EditTask {
    fn applied_to(&self, old: &Task) -> Task {
        let mut new = old.clone();
        self.title.keep(&mut new.title);
        self.description.keep(&mut new.description);
        self.priority.apply(&mut new.priority);
        self.assignee_id.apply(&mut new.assignee_id);
        self.start_date.apply(&mut new.start_date);
        self.due_at.apply(&mut new.due_at);
        self.estimated_minutes.apply(&mut new.estimated_minutes);
        new
    }
}
