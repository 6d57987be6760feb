//! What a task waits for: list, add, remove. No chain of waiting closes into a circle.

use crate::projects::{
    events, rules,
    tables::{
        Task, TaskId,
        beside::{Dependency, DependencyId},
    },
    words::DependencyKind,
};
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Reader, Result,
    Route, Scope,
};
use schema::{caller::Caller, change::Change, code::Code, key::KeyWriter, operation, table::Table as _};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Tasks that one chain of waiting is followed through; what would need more is refused.
const CHAIN_MAX: usize = 500;
/// Tasks that one task may wait for.
const EACH_MAX: usize = 50;

/// What one task waits for, in the order it was said.
static DEPENDENCIES: Listing = Listing {
    spec: Dependency::SPEC,
    sorts: &[("created_at", "of_task")],
    filters: &["kind", "depends_on_id", "created_at"],
};

/// Lists what a task waits for.
#[operation]
pub(crate) struct ListDependencies {
    /// The task.
    task_id: TaskId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListDependencies {
    const ROUTE: Route = Route::get("/tasks/{task_id}/dependencies/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&DEPENDENCIES);
    type Output = Listed<Dependency>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.task_id);
        Outcome::ok(&DEPENDENCIES.page(cx, within, &self.query).await?)
    }
}

/// Makes a task wait for another, or relates the two.
#[operation]
pub(crate) struct AddDependency {
    /// The task that waits.
    task_id: TaskId,
    /// The task it waits for, of any project that the caller may read.
    depends_on_id: TaskId,
    /// `blocks` unless said.
    #[serde(default)]
    kind: DependencyKind,
}

impl Endpoint for AddDependency {
    const ROUTE: Route = Route::post("/tasks/{task_id}/dependencies/")
        .tells(&[events::DEPENDENCY_ADDED])
        .refuses(&[Code::Duplicate, Code::RuleViolation, Code::CapacityReached]);
    const NEEDS: Needs = rules::WRITE;
    type Output = Created<Dependency>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let task = cx.here(self.task_id).await?;
        self.check_other(cx, &task).await?;
        let mut change = Change::new();
        // Two that are added at once must not close a circle together.
        change.alone(cx.engine().node().directory().head(cx.room()?).await?.commit);
        let known = waits_for(cx, task.id).await?;
        if known.contains(&self.depends_on_id) {
            return Err(Error::new(Code::Duplicate, "the task depends on that one already"));
        }
        if known.len() >= EACH_MAX {
            return Err(Error::new(Code::CapacityReached, "a task depends on fifty others at most"));
        }
        if self.kind == DependencyKind::Blocks && leads_to(cx, self.depends_on_id, task.id).await? {
            return Err(Error::rule("each of the two would wait for the other").and_field(
                "/depends_on_id",
                "cycle",
                "it waits for this task, perhaps through others",
            ));
        }
        let slot = change.insert(Dependency {
            id: cx.clock().new_id(),
            org_id: task.org_id,
            project_id: task.project_id,
            task_id: task.id,
            depends_on_id: self.depends_on_id,
            kind: self.kind,
            ..Dependency::default()
        });
        events::of_project(&mut change, events::DEPENDENCY_ADDED, slot, task.project_id);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

impl AddDependency {
    /// The other task is one that the caller may read.
    async fn check_other(&self, cx: &Context, task: &Task) -> Result<()> {
        let unknown = || Error::field("/depends_on_id", "unknown", "there is no such task");
        if self.depends_on_id == task.id {
            return Err(Error::field("/depends_on_id", "invalid", "a task can't wait for itself"));
        }
        let other: Option<Task> = cx.find(self.depends_on_id).await?;
        let other = other.filter(Task::is_kept).ok_or_else(unknown)?;
        if other.project_id != task.project_id {
            crate::projects::readable(cx, other.project_id).await.map_err(|_| unknown())?;
        }
        Ok(())
    }
}

/// What a task depends on, of whatever kind.
async fn waits_for(reader: &Reader, task: TaskId) -> Result<Vec<TaskId>> {
    reader.column::<Dependency, _>("of_task", KeyWriter::new().with(&task), "depends_on_id", EACH_MAX).await
}

/// Whether a chain of waiting leads from one task to another.
async fn leads_to(reader: &Reader, from: TaskId, to: TaskId) -> Result<bool> {
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(task) = open.pop() {
        if task == to {
            return Ok(true);
        }
        for next in blockers(reader, task).await? {
            if seen.insert(next) {
                open.push(next);
            }
        }
        if seen.len() > CHAIN_MAX {
            return Err(Error::rule("too many tasks wait for one another here"));
        }
    }
    Ok(false)
}

/// The tasks that one waits for.
async fn blockers(reader: &Reader, task: TaskId) -> Result<Vec<TaskId>> {
    #[derive(Deserialize)]
    struct Found {
        depends_on_id: TaskId,
        kind: DependencyKind,
    }
    let within = KeyWriter::new().with(&task);
    let rows = reader.index::<Dependency>("of_task", within, EACH_MAX, |range| range).await?;
    let found = rows.into_iter().filter_map(|row| serde_json::from_value::<Found>(row).ok());
    Ok(found.filter(|found| found.kind == DependencyKind::Blocks).map(|found| found.depends_on_id).collect())
}

/// The tasks that one waits for and that are not finished yet.
///
/// # Errors
/// When the store fails.
pub(crate) async fn unfinished(reader: &Reader, task: TaskId) -> Result<Vec<TaskId>> {
    let mut waiting = Vec::new();
    for first in blockers(reader, task).await? {
        let found: Option<Task> = reader.find(first).await?;
        if found.is_some_and(|first| first.status.is_open() && first.is_kept()) {
            waiting.push(first);
        }
    }
    Ok(waiting)
}

/// Lets a task wait for another no longer.
#[operation]
pub(crate) struct RemoveDependency {
    /// The task that waits.
    task_id: TaskId,
    /// The dependency.
    dependency_id: DependencyId,
}

impl Endpoint for RemoveDependency {
    const ROUTE: Route =
        Route::delete("/tasks/{task_id}/dependencies/{dependency_id}/").tells(&[events::DEPENDENCY_REMOVED]);
    const NEEDS: Needs = rules::WRITE;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.task_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.dependency_id).await?;
        if old.task_id != self.task_id {
            return Err(Error::not_found("dependency"));
        }
        let mut change = Change::new();
        let slot = change.remove(&old);
        let said = serde_json::json!({"task_id": old.task_id, "depends_on_id": old.depends_on_id});
        let told = events::of_project(&mut change, events::DEPENDENCY_REMOVED, slot, old.project_id);
        let _ = told.with(move |_| said.clone());
        Ok(Outcome::Commit(change))
    }
}
