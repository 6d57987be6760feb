//! Milestones: list, create, edit and reach, remove.

use super::missed;
use crate::projects::{
    backlog::rewriting,
    events,
    rooms::of_project,
    rules,
    tables::{
        ProjectId, Task,
        steering::{Milestone, MilestoneId},
    },
    team,
};
use actors::BoxFuture;
use engine::{
    Action, Cause, Context, Created, Empty, Endpoint, Engine, Listed, Listing, Needs, On, Outcome, Query,
    Reaction, Record, Result, Route, Scope,
};
use schema::{
    caller::Caller, change::Change, key::KeyWriter, operation, patch::Edit, room::RoomId, table::Table as _,
    text::Title, time::Date,
};
use serde_json::{Value, json};

/// The milestones of one project, the next one first.
static MILESTONES: Listing = Listing {
    spec: Milestone::SPEC,
    sorts: &[("due_date", "by_due")],
    filters: &["due_date", "completed_at", "title"],
};

/// Lists a project's milestones.
#[operation]
pub(crate) struct ListMilestones {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListMilestones {
    const ROUTE: Route = Route::get("/{project_id}/milestones/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&MILESTONES);
    type Output = Listed<Milestone>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        Outcome::ok(&MILESTONES.page(cx, within, &self.query).await?)
    }
}

/// Creates a milestone.
#[operation]
pub(crate) struct CreateMilestone {
    /// The project.
    project_id: ProjectId,
    /// What will be there then.
    title: Title,
    /// The day.
    due_date: Date,
}

impl Endpoint for CreateMilestone {
    const ROUTE: Route = Route::post("/{project_id}/milestones/").tells(&[events::MILESTONE_CREATED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Created<Milestone>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut change = Change::new();
        let milestone = Milestone {
            id: cx.clock().new_id(),
            org_id: cx.standing.org,
            project_id: self.project_id,
            title: self.title.owned(),
            due_date: self.due_date,
            ..Milestone::default()
        };
        missed::watch(cx, &mut change, &milestone).await?;
        let slot = change.insert(milestone);
        events::of_project(&mut change, events::MILESTONE_CREATED, slot, self.project_id);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Edits a milestone; `completed` says that it is reached, or that it is not after all.
#[operation]
pub(crate) struct EditMilestone {
    /// The milestone.
    milestone_id: MilestoneId,
    /// What will be there then.
    title: Edit<Title>,
    /// The day.
    due_date: Edit<Date>,
    /// Whether it is reached.
    completed: Edit<bool>,
}

impl Endpoint for EditMilestone {
    const ROUTE: Route = Route::patch("/milestones/{milestone_id}/")
        .tells(&[events::MILESTONE_UPDATED, events::MILESTONE_REACHED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Record<Milestone>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.milestone_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.milestone_id).await?;
        let mut new = old.clone();
        self.title.keep(&mut new.title);
        self.due_date.apply(&mut new.due_date);
        if let Some(completed) = self.completed.value() {
            new.completed_at = completed.then(|| old.completed_at.unwrap_or_else(|| cx.now()));
        }
        if new == old {
            return Outcome::record(&old, old.version);
        }
        let reached = old.completed_at.is_none() && new.completed_at.is_some();
        let mut change = Change::new();
        missed::watch(cx, &mut change, &new).await?;
        let slot = change.update(&old, new);
        if reached {
            let members = team::everybody(cx, old.project_id).await?;
            events::of_project(&mut change, events::MILESTONE_REACHED, slot, old.project_id).notify(members);
        } else {
            events::of_project(&mut change, events::MILESTONE_UPDATED, slot, old.project_id);
        }
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Tasks lead no longer to a milestone that was removed.
pub(crate) const UNMARK: Reaction = Reaction {
    name: "projects.unmark_tasks",
    on: On::Names(&[events::MILESTONE_DELETED]),
    acts_in: Cause::same_room,
    run: unmark,
};

fn unmark<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let milestone = json!(MilestoneId::new(cause.event.entity.id));
        let leads = |card: &Value| card.get("milestone_id") == Some(&milestone);
        let unmarked = |task: &Task| Task { milestone_id: None, ..task.clone() };
        rewriting::rewrite(engine, cause, leads, unmarked).await
    })
}

/// Removes a milestone, also from the tasks that lead to it.
#[operation]
pub(crate) struct DeleteMilestone {
    /// The milestone.
    milestone_id: MilestoneId,
}

impl Endpoint for DeleteMilestone {
    const ROUTE: Route = Route::delete("/milestones/{milestone_id}/").tells(&[events::MILESTONE_DELETED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.milestone_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.milestone_id).await?;
        let mut change = Change::new();
        let slot = change.remove(&old);
        events::of_project(&mut change, events::MILESTONE_DELETED, slot, old.project_id);
        Ok(Outcome::Commit(change))
    }
}
