//! What becomes of a project: edited, moved to another state, put aside, thrown away and taken back.

use crate::projects::{
    events, progress,
    project::ProjectShown,
    rooms::of_project,
    rules,
    tables::{Project, ProjectId},
    team,
    words::{Priority, ProjectStatus, Visibility},
};
use engine::{Action, Context, Empty, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    event::Hearing,
    money::Currency,
    operation,
    patch::{Edit, Patch},
    reply::Reply,
    text::{Color, Line, Markdown, Note, Title},
    time::Date,
};
use serde_json::json;

/// The largest amount, in minor units: 10^11 major ones of three decimals.
const AMOUNT_MAX: i64 = 100_000_000_000_000;

/// Edits a project's fields. Absent fields stay, `null` clears.
#[operation]
pub(crate) struct EditProject {
    /// The project.
    project_id: ProjectId,
    /// What it is called.
    title: Edit<Title>,
    /// What it is about, in Markdown.
    description: Patch<Markdown>,
    /// How much it matters.
    priority: Edit<Priority>,
    /// The first day.
    start_date: Patch<Date>,
    /// The last day; at most five years after the first.
    due_date: Edit<Date>,
    /// Up to 20 words.
    #[serde(default)]
    #[garde(length(max = 20), dive)]
    tags: Option<Vec<Line<40>>>,
    /// Its colour.
    color: Edit<Color>,
    /// Who may read it besides its members.
    visibility: Edit<Visibility>,
    /// Whether other projects are made from it.
    is_template: Edit<bool>,
    /// What may be spent, in minor units.
    #[garde(range(min = 0, max = AMOUNT_MAX))]
    budget_amount: Patch<i64>,
    /// What an hour is billed at, in minor units.
    #[garde(range(min = 0, max = AMOUNT_MAX))]
    billable_rate_amount: Patch<i64>,
    /// What both are counted in.
    #[garde(skip)]
    currency: Edit<Currency>,
}

impl Endpoint for EditProject {
    const ROUTE: Route = Route::patch("/{project_id}/").tells(&[events::PROJECT_UPDATED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.project_id).await?;
        let new = self.applied_to(&old);
        rules::check_span(new.start_date, new.due_date)?;
        let percent = progress::of(cx, cx.room()?, old.status).await?;
        if new == old {
            let shown = ProjectShown::to(cx, old.clone(), percent);
            return Outcome::record(&shown, old.version);
        }
        let mut change = Change::new();
        let closes = old.visibility != new.visibility;
        let slot = change.update(&old, new);
        let told = events::project(&mut change, events::PROJECT_UPDATED, slot);
        if closes {
            // Whoever heard it because everybody might hears no more of it.
            let _ = told.hearing(Hearing::Recheck);
        }
        reply(cx, &mut change, slot, percent);
        Ok(Outcome::Commit(change))
    }
}

impl EditProject {
    fn applied_to(&self, old: &Project) -> Project {
        let mut new = old.clone();
        self.title.keep(&mut new.title);
        self.description.keep(&mut new.description);
        self.priority.apply(&mut new.priority);
        self.start_date.apply(&mut new.start_date);
        self.due_date.apply(&mut new.due_date);
        if let Some(tags) = &self.tags {
            new.tags = tags.iter().map(Line::owned).collect();
        }
        self.color.keep(&mut new.color);
        self.visibility.apply(&mut new.visibility);
        self.is_template.apply(&mut new.is_template);
        self.budget_amount.apply(&mut new.budget_amount);
        self.billable_rate_amount.apply(&mut new.billable_rate_amount);
        self.currency.apply(&mut new.currency);
        new
    }
}

/// Answers the project as its caller may see it.
pub(crate) fn reply(cx: &Context, change: &mut Change, slot: Slot<Project>, progress: u8) {
    let shown = ProjectShown::to(cx, Project::default(), progress);
    let money = rules::Rights::of(cx).sees_money();
    change.reply(move |filled| {
        let Some(project) = filled.get(slot).cloned() else { return Reply::empty() };
        let version = project.version;
        let project = if money { project } else { project.without_money() };
        Reply::ok(json!(shown.clone().with(project))).tagged(version)
    });
}

/// Puts a project into another state. Completing one with open tasks takes `force` and a reason, and cancels them.
#[operation]
pub(crate) struct TransitionProject {
    /// The project.
    project_id: ProjectId,
    /// The state.
    to: ProjectStatus,
    /// Why; kept with the event.
    reason: Option<Note<500>>,
    /// Cancels what is still open.
    #[serde(default)]
    force: bool,
}

impl Endpoint for TransitionProject {
    const ROUTE: Route = Route::post("/{project_id}/transition/")
        .tells(&[events::PROJECT_STATUS_CHANGED])
        .refuses(&[Code::InvalidTransition, Code::RuleViolation]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.project_id).await?;
        let open = progress::open(cx, cx.room()?).await?;
        let new = rules::transit(&old, self.to, open, self.force, cx.now())?;
        let reason = self.reason.as_ref().map(|reason| reason.text().trim()).filter(|text| !text.is_empty());
        let cancels = self.to == ProjectStatus::Completed && open > 0;
        if cancels && reason.is_none() {
            return Err(Error::field("/reason", "required", "say why the open tasks are cancelled"));
        }
        let percent = progress::of(cx, cx.room()?, self.to).await?;
        let mut change = Change::new();
        let slot = change.update(&old, new);
        let said = json!({"from": old.status, "to": self.to, "reason": reason, "cancels": cancels});
        let told = events::project(&mut change, events::PROJECT_STATUS_CHANGED, slot);
        let told = told.with(move |_| said.clone());
        if self.to == ProjectStatus::Completed {
            told.notify(team::everybody(cx, old.id).await?);
        }
        reply(cx, &mut change, slot, percent);
        Ok(Outcome::Commit(change))
    }
}

/// Puts a project aside, or takes it up again: it leaves the lists that do not ask for it.
#[operation]
pub(crate) struct ArchiveProject {
    /// The project.
    project_id: ProjectId,
    /// False takes it up again.
    #[serde(default = "yes")]
    archived: bool,
}

const fn yes() -> bool {
    true
}

impl Endpoint for ArchiveProject {
    const ROUTE: Route = Route::post("/{project_id}/archive/").tells(&[events::PROJECT_ARCHIVED]);
    const NEEDS: Needs = rules::OWNER;
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.project_id).await?;
        let percent = progress::of(cx, cx.room()?, old.status).await?;
        if old.archived_at.is_some() == self.archived {
            let shown = ProjectShown::to(cx, old.clone(), percent);
            return Outcome::record(&shown, old.version);
        }
        let archived_at = self.archived.then(|| cx.now());
        let mut change = Change::new();
        let slot = change.update(&old, Project { archived_at, ..old.clone() });
        let members = team::everybody(cx, old.id).await?;
        events::project(&mut change, events::PROJECT_ARCHIVED, slot).notify(members);
        reply(cx, &mut change, slot, percent);
        Ok(Outcome::Commit(change))
    }
}

/// Puts a project into the trash. Nobody but who manages projects finds it there, for 30 days.
#[operation]
pub(crate) struct DeleteProject {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for DeleteProject {
    const ROUTE: Route = Route::delete("/{project_id}/").tells(&[events::PROJECT_DELETED]);
    const NEEDS: Needs = rules::OWNER;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.project_id).await?;
        if !old.is_kept() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        let slot = change.update(&old, Project { deleted_at: Some(cx.now()), ..old.clone() });
        let _ = events::project(&mut change, events::PROJECT_DELETED, slot).hearing(Hearing::Recheck);
        Ok(Outcome::Commit(change))
    }
}

/// Takes a project back from the trash.
#[operation]
pub(crate) struct RestoreProject {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for RestoreProject {
    const ROUTE: Route = Route::post("/{project_id}/restore/").tells(&[events::PROJECT_RESTORED]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.project_id).await?;
        let percent = progress::of(cx, cx.room()?, old.status).await?;
        if old.is_kept() {
            let shown = ProjectShown::to(cx, old.clone(), percent);
            return Outcome::record(&shown, old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, Project { deleted_at: None, ..old.clone() });
        events::project(&mut change, events::PROJECT_RESTORED, slot);
        reply(cx, &mut change, slot, percent);
        Ok(Outcome::Commit(change))
    }
}
