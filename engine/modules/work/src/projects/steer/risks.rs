//! The risk register: list, add, show, edit, move, throw away.

use crate::projects::{
    events,
    rooms::of_project,
    rules,
    tables::{
        ProjectId,
        steering::{Risk, RiskId},
    },
    team,
    words::{Grade, MemberRole, RiskStatus},
};
use engine::{
    Action, Context, Created, Empty, Endpoint, Listed, Listing, Moves, Needs, Outcome, Query, Record, Result,
    Route, Scope,
};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    patch::{Edit, Patch},
    table::Table as _,
    text::{Markdown, Note, Title},
    time::Date,
};

/// The risks of one project, the oldest first.
static REGISTER: Listing = Listing {
    spec: Risk::SPEC,
    sorts: &[("created_at", "register")],
    filters: &["status", "score", "likelihood", "impact", "owner_id", "due_date", "title", "created_at"],
};

/// Which state of a risk leads to which.
const MOVES: Moves<RiskStatus> = {
    use RiskStatus::{Accepted, Assessed, Closed, Identified, Mitigated};
    Moves(&[
        (Identified, &[Assessed, Accepted]),
        (Assessed, &[Mitigated, Accepted]),
        (Mitigated, &[Closed, Assessed]),
        (Closed, &[Assessed]),
        (Accepted, &[Assessed]),
    ])
};

/// Lists a project's risks.
#[operation]
pub(crate) struct ListRisks {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListRisks {
    const ROUTE: Route = Route::get("/{project_id}/risks/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&REGISTER);
    type Output = Listed<Risk>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        Outcome::ok(&REGISTER.page(cx, within, &self.query).await?)
    }
}

/// Adds a risk to the register.
#[operation]
pub(crate) struct CreateRisk {
    /// The project.
    project_id: ProjectId,
    /// What may go wrong.
    title: Title,
    /// How, in Markdown.
    #[serde(default)]
    description: Markdown,
    /// How likely it is.
    likelihood: Grade,
    /// How bad it would be.
    impact: Grade,
    /// What is done about it.
    #[serde(default)]
    mitigation_strategy: Note<5_000>,
    /// Who keeps an eye on it: somebody of the team.
    owner_id: Option<UserId>,
    /// When something shall have been done about it.
    due_date: Option<Date>,
}

impl Endpoint for CreateRisk {
    const ROUTE: Route =
        Route::post("/{project_id}/risks/").tells(&[events::RISK_CREATED, events::RISK_ESCALATED]);
    const NEEDS: Needs = rules::ADVISE;
    type Output = Created<Risk>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut change = Change::new();
        team::rely_on(cx, &mut change, self.project_id, self.owner_id, "/owner_id").await?;
        let risk = Risk {
            id: cx.clock().new_id(),
            org_id: cx.standing.org,
            project_id: self.project_id,
            title: self.title.owned(),
            description: self.description.owned(),
            likelihood: self.likelihood,
            impact: self.impact,
            score: self.likelihood.weight() * self.impact.weight(),
            mitigation_strategy: self.mitigation_strategy.owned(),
            owner_id: self.owner_id,
            due_date: self.due_date,
            ..Risk::default()
        };
        put(cx, &mut change, None, risk, events::RISK_CREATED).await?;
        Ok(Outcome::Commit(change))
    }
}

/// Writes a risk, tells what became of it and, where it is high only now, those who must know.
async fn put(
    cx: &Context,
    change: &mut Change,
    old: Option<&Risk>,
    new: Risk,
    name: &'static str,
) -> Result<()> {
    let high = |risk: &Risk| Grade::of_score(risk.score) == Grade::High && risk.status != RiskStatus::Closed;
    let escalates = high(&new) && !old.is_some_and(high);
    let (project, owner) = (new.project_id, new.owner_id);
    let slot = match old {
        Some(old) => change.update(old, new),
        None => change.insert(new),
    };
    events::of_project(change, name, slot, project);
    if escalates {
        let roles = [MemberRole::Owner, MemberRole::Lead, MemberRole::Advisor];
        let mut told = team::of_roles(cx, project, &roles).await?;
        told.extend(owner.filter(|owner| !told.contains(owner)));
        events::of_project(change, events::RISK_ESCALATED, slot, project).notify(told);
    }
    if old.is_some() {
        change.reply_row(slot)
    } else {
        change.reply_created(slot)
    }
    Ok(())
}

/// Shows a risk.
#[operation]
pub(crate) struct GetRisk {
    /// The risk.
    risk_id: RiskId,
}

impl Endpoint for GetRisk {
    const ROUTE: Route = Route::get("/risks/{risk_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<Risk>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.risk_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let risk = kept(cx, self.risk_id).await?;
        Outcome::record(&risk, risk.version)
    }
}

/// A risk that is not in the trash.
async fn kept(cx: &Context, id: RiskId) -> Result<Risk> {
    Some(cx.here(id).await?).filter(Risk::is_kept).ok_or_else(|| engine::Error::not_found("risk"))
}

/// Edits a risk, or moves it to another state. Absent fields stay, `null` clears.
#[operation]
pub(crate) struct EditRisk {
    /// The risk.
    risk_id: RiskId,
    /// What may go wrong.
    title: Edit<Title>,
    /// How, in Markdown.
    description: Patch<Markdown>,
    /// How likely it is.
    likelihood: Edit<Grade>,
    /// How bad it would be.
    impact: Edit<Grade>,
    /// What is done about it.
    mitigation_strategy: Patch<Note<5_000>>,
    /// Who keeps an eye on it: somebody of the team.
    owner_id: Patch<UserId>,
    /// When something shall have been done about it.
    due_date: Patch<Date>,
    /// Where it stands: assessed, then mitigated or accepted, then closed.
    status: Edit<RiskStatus>,
}

impl Endpoint for EditRisk {
    const ROUTE: Route = Route::patch("/risks/{risk_id}/")
        .tells(&[events::RISK_UPDATED, events::RISK_ESCALATED])
        .refuses(&[Code::InvalidTransition]);
    const NEEDS: Needs = rules::ADVISE;
    type Output = Record<Risk>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.risk_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = kept(cx, self.risk_id).await?;
        let mut new = old.clone();
        self.title.keep(&mut new.title);
        self.description.keep(&mut new.description);
        self.likelihood.apply(&mut new.likelihood);
        self.impact.apply(&mut new.impact);
        self.mitigation_strategy.keep(&mut new.mitigation_strategy);
        self.owner_id.apply(&mut new.owner_id);
        self.due_date.apply(&mut new.due_date);
        self.status.apply(&mut new.status);
        new.score = new.likelihood.weight() * new.impact.weight();
        if new == old {
            return Outcome::record(&old, old.version);
        }
        if new.status != old.status {
            MOVES.check(old.status, new.status)?;
        }
        let mut change = Change::new();
        if new.owner_id != old.owner_id {
            team::rely_on(cx, &mut change, old.project_id, new.owner_id, "/owner_id").await?;
        }
        put(cx, &mut change, Some(&old), new, events::RISK_UPDATED).await?;
        Ok(Outcome::Commit(change))
    }
}

/// Throws a risk away.
#[operation]
pub(crate) struct DeleteRisk {
    /// The risk.
    risk_id: RiskId,
}

impl Endpoint for DeleteRisk {
    const ROUTE: Route = Route::delete("/risks/{risk_id}/").tells(&[events::RISK_DELETED]);
    const NEEDS: Needs = rules::ADVISE;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.risk_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = kept(cx, self.risk_id).await?;
        let mut change = Change::new();
        let slot = change.update(&old, Risk { deleted_at: Some(cx.now()), ..old.clone() });
        events::of_project(&mut change, events::RISK_DELETED, slot, old.project_id);
        Ok(Outcome::Commit(change))
    }
}
