//! What becomes of a task's fields: edited, thrown away, taken back.

use super::{
    assignment::Assignment,
    belongings, reminding,
    tasks::{ESTIMATE_MAX, MAY_CHANGE, kept},
};
use crate::projects::{
    events, progress, rules,
    tables::{Task, TaskId, beside::LabelId, steering::MilestoneId},
    words::Priority,
};
use engine::{Context, Empty, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    id::UserId,
    operation,
    patch::{Edit, Patch},
    text::{Markdown, Title},
    time::{Date, Timestamp},
};

/// Edits a task's fields. Absent fields stay, `null` clears.
#[operation]
pub(crate) struct EditTask {
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
    /// The task it is a part of, which is itself no part of another.
    parent_id: Patch<TaskId>,
    /// The milestone it leads to.
    milestone_id: Patch<MilestoneId>,
    /// Labels of the project: all that it shall carry.
    #[garde(length(max = 20))]
    label_ids: Option<Vec<LabelId>>,
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
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = kept(cx, self.task_id).await?;
        rules::Rights::of(cx).cover(&old)?;
        let new = self.applied_to(&old);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        rules::check_times(new.start_date, new.due_at)?;
        let mut change = Change::new();
        belongings::check(cx, &mut change, Some(&old), &new).await?;
        let slot = change.update(&old, new.clone());
        progress::count(&mut change, Some(&old), Some(&new));
        reminding::watch(cx, &mut change, Some(&old), &new).await?;
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
        self.parent_id.apply(&mut new.parent_id);
        self.milestone_id.apply(&mut new.milestone_id);
        if let Some(labels) = &self.label_ids {
            new.label_ids.clone_from(labels);
        }
        new
    }
}

/// Throws a task away, with the parts that it has.
#[operation]
pub(crate) struct DeleteTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for DeleteTask {
    const ROUTE: Route = Route::delete("/tasks/{task_id}/").tells(&[events::TASK_DELETED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = kept(cx, self.task_id).await?;
        let mut change = Change::new();
        // The task first: it is the one that is believed to have a version, and that the audit names.
        throw_away(cx, &mut change, &task);
        for part in belongings::parts(cx, &task).await? {
            throw_away(cx, &mut change, &part);
        }
        Ok(Outcome::Commit(change))
    }
}

fn throw_away(cx: &Context, change: &mut Change, task: &Task) {
    let slot = change.update(task, Task { deleted_at: Some(cx.now()), ..task.clone() });
    progress::count(change, Some(task), None);
    events::task(change, events::TASK_DELETED, slot);
}

/// Takes a task back from the trash.
#[operation]
pub(crate) struct RestoreTask {
    /// The task.
    task_id: TaskId,
}

impl Endpoint for RestoreTask {
    const ROUTE: Route = Route::post("/tasks/{task_id}/restore/").tells(&[events::TASK_RESTORED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Record<Task>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.task_id).await?;
        if old.is_kept() {
            return Outcome::record(&old, old.version);
        }
        // What it was a part of, led to or was marked with may be gone meanwhile.
        let mut new = Task { deleted_at: None, ..old.clone() };
        belongings::let_go(cx, &mut new).await?;
        let mut change = Change::new();
        let slot = change.update(&old, new.clone());
        progress::count(&mut change, None, Some(&new));
        reminding::watch(cx, &mut change, Some(&old), &new).await?;
        events::task(&mut change, events::TASK_RESTORED, slot);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}
