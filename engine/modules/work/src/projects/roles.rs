//! Who is what in a project: roles given to members, ownership handed over.

use super::{
    events, progress,
    project::ProjectShown,
    rooms::{membership, of_project},
    rules,
    tables::{Project, ProjectId, ProjectMember},
    team::check_leads,
    words::MemberRole,
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    event::Hearing,
    id::UserId,
    operation,
    patch::{Edit, Patch},
    text::Line,
};

/// The largest hourly rate, in minor units.
const RATE_MAX: i64 = 1_000_000_000;

/// Gives a member another role, function or rate.
#[operation]
pub(super) struct ChangeMember {
    /// The project.
    project_id: ProjectId,
    /// Who.
    user_id: UserId,
    /// What they may do; `owner` is only ever transferred.
    role: Edit<MemberRole>,
    /// What they do, such as `developer` or `designer`.
    function: Patch<Line<40>>,
    /// What an hour of theirs is billed at, in minor units.
    #[garde(range(min = 0, max = RATE_MAX))]
    billable_rate_amount: Patch<i64>,
}

impl Endpoint for ChangeMember {
    const ROUTE: Route = Route::patch("/{project_id}/team/{user_id}/")
        .tells(&[events::MEMBER_ROLE_CHANGED])
        .refuses(&[Code::RuleViolation, Code::CapacityReached]);
    const NEEDS: Needs = rules::LEAD_TEAM;
    type Output = Record<ProjectMember>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = active(cx, self.project_id, self.user_id).await?;
        let mut new = old.clone();
        self.role.apply(&mut new.role);
        self.function.owned().apply(&mut new.function);
        self.billable_rate_amount.apply(&mut new.billable_rate_amount);
        if new == old {
            return Outcome::record(&old, old.version);
        }
        if new.role != old.role && [new.role, old.role].contains(&MemberRole::Owner) {
            return Err(Error::rule("a project has one owner; transfer it instead"));
        }
        let mut change = Change::new();
        if new.role == MemberRole::Lead && old.role != MemberRole::Lead {
            check_leads(cx, &mut change, self.project_id).await?;
        }
        let project: Project = cx.here(self.project_id).await?;
        let slot = change.update(&old, new.clone());
        events::member_role_changed(&mut change, slot, &new, &project);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

async fn active(cx: &Context, project: ProjectId, user: UserId) -> Result<ProjectMember> {
    let member = membership(cx, project, user).await?.filter(ProjectMember::is_active);
    member.ok_or_else(|| Error::not_found("member"))
}

/// Hands a project over to another member, who owns it from now on; the former owner leads it.
#[operation]
pub(super) struct TransferProject {
    /// The project.
    project_id: ProjectId,
    /// To whom.
    user_id: UserId,
}

impl Endpoint for TransferProject {
    const ROUTE: Route = Route::post("/{project_id}/transfer/")
        .tells(&[events::PROJECT_UPDATED, events::MEMBER_ROLE_CHANGED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = rules::OWNER;
    type Output = Record<ProjectShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let project: Project = cx.here(self.project_id).await?;
        let percent = progress::of(cx, cx.room()?, project.status).await?;
        if project.owner_id == self.user_id {
            return Outcome::record(&ProjectShown::to(cx, project.clone(), percent), project.version);
        }
        let next = membership(cx, project.id, self.user_id).await?.filter(ProjectMember::is_active);
        let next = next.ok_or_else(|| {
            Error::field("/user_id", "not_a_member", "the new owner must be on the team already")
        })?;
        let mut change = Change::new();
        let slot = change.update(&project, Project { owner_id: self.user_id, ..project.clone() });
        let owner = ProjectMember { role: MemberRole::Owner, ..next.clone() };
        let raised = change.update(&next, owner.clone());
        if let Some(former) = membership(cx, project.id, project.owner_id).await? {
            let lead = ProjectMember { role: MemberRole::Lead, ..former.clone() };
            let lowered = change.update(&former, lead.clone());
            events::member_role_changed(&mut change, lowered, &lead, &project);
        }
        events::member_role_changed(&mut change, raised, &owner, &project);
        let _ = events::project(&mut change, events::PROJECT_UPDATED, slot).hearing(Hearing::Recheck);
        crate::projects::lifecycle::edit::reply(cx, &mut change, slot, percent);
        Ok(Outcome::Commit(change))
    }
}
