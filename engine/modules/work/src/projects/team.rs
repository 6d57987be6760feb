//! A project's team: list, add, remove.

use super::{
    beside::watching,
    events,
    rooms::{membership, of_project},
    rules,
    tables::{Project, ProjectId, ProjectMember},
    words::MemberRole,
};
use crate::named::{self, Named};
use crate::projects::backlog::assignment;
use engine::{
    Action, Context, Created, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Reader, Result,
    Route, Scope,
};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    role::Role,
    table::Table as _,
    text::Line,
};
use serde::Deserialize;

/// The people in one project, in the order they came.
static TEAM: Listing = Listing {
    spec: ProjectMember::SPEC,
    sorts: &[("joined_at", "team")],
    filters: &["role", "function", "user_id", "joined_at"],
};

/// People told of what concerns a whole team.
const TOLD_MAX: usize = 500;

/// Lists the team, in the order people came.
#[operation]
pub(super) struct ListTeam {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListTeam {
    const ROUTE: Route = Route::get("/{project_id}/team/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&TEAM);
    type Output = Listed<ProjectMember, Named>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut page = TEAM.page(cx, KeyWriter::new().with(&self.project_id), &self.query).await?;
        named::people(cx, cx.standing.org, &mut page.data).await?;
        Outcome::ok(&page)
    }
}

/// Adds somebody to the team, or lets them back in.
#[operation]
pub(super) struct AddMember {
    /// The project.
    project_id: ProjectId,
    /// Who.
    user_id: UserId,
    /// What they may do; `owner` is only ever transferred.
    #[serde(default = "member")]
    role: MemberRole,
    /// What they do, such as `developer` or `designer`.
    function: Option<Line<40>>,
}

const fn member() -> MemberRole {
    MemberRole::Member
}

impl Endpoint for AddMember {
    const ROUTE: Route = Route::post("/{project_id}/team/")
        .tells(&[events::MEMBER_ADDED])
        .refuses(&[Code::Duplicate, Code::CapacityReached]);
    const NEEDS: Needs = rules::LEAD_TEAM;
    type Output = Created<ProjectMember>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if self.role == MemberRole::Owner {
            return Err(Error::field(
                "/role",
                "invalid",
                "a project has one owner; it can only be transferred",
            ));
        }
        let mut change = Change::new();
        if self.role == MemberRole::Lead {
            check_leads(cx, &mut change, self.project_id).await?;
        }
        let project: Project = cx.here(self.project_id).await?;
        let place =
            Place { user: self.user_id, role: self.role, function: self.function.as_ref().map(Line::owned) };
        let slot = enrol(cx, &mut change, &project, place).await?;
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// A project has five leads at most. Two who are added at once must not both be the fifth, so the
/// change holds only if nothing was committed here since they were counted.
pub(super) async fn check_leads(cx: &Context, change: &mut Change, project: ProjectId) -> Result<()> {
    let head = cx.engine().node().directory().head(cx.room()?).await?;
    change.alone(head.commit);
    let within = KeyWriter::new().with(&project);
    let leads = cx.index::<ProjectMember>("leads", within, rules::LEADS_MAX, |range| range).await?;
    if leads.len() < rules::LEADS_MAX {
        return Ok(());
    }
    Err(Error::new(Code::CapacityReached, "a project has five leads at most"))
}

/// Everybody who is on a team.
pub(super) async fn everybody(reader: &Reader, project: ProjectId) -> Result<Vec<UserId>> {
    reader.column::<ProjectMember, _>("team", KeyWriter::new().with(&project), "user_id", TOLD_MAX).await
}

/// Those of a team who have one of these roles.
///
/// # Errors
/// When the store fails.
pub(super) async fn of_roles(
    reader: &Reader,
    project: ProjectId,
    roles: &[MemberRole],
) -> Result<Vec<UserId>> {
    #[derive(Deserialize)]
    struct On {
        user_id: UserId,
        role: MemberRole,
    }
    let within = KeyWriter::new().with(&project);
    let team = reader.index::<ProjectMember>("team", within, TOLD_MAX, |range| range).await?;
    let team = team.into_iter().filter_map(|on| serde_json::from_value::<On>(on).ok());
    Ok(team.filter(|on| roles.contains(&on.role)).map(|on| on.user_id).collect())
}

/// Makes sure that somebody is on the team, and that the change holds only while they are.
///
/// # Errors
/// `validation` for somebody who is not.
pub(super) async fn rely_on(
    cx: &Context,
    change: &mut Change,
    project: ProjectId,
    user: Option<UserId>,
    pointer: &str,
) -> Result<()> {
    let Some(user) = user else { return Ok(()) };
    let member = membership(cx, project, user).await?.filter(ProjectMember::is_active);
    let member =
        member.ok_or_else(|| Error::field(pointer, "not_a_member", "must be somebody of the team"))?;
    change.relies_on(&member);
    Ok(())
}

/// A place in a team.
pub(super) struct Place {
    /// Whose.
    pub(super) user: UserId,
    /// What they may do.
    pub(super) role: MemberRole,
    /// What they do.
    pub(super) function: Option<String>,
}

/// Puts somebody on the team within a change.
pub(super) async fn enrol(
    cx: &Context,
    change: &mut Change,
    project: &Project,
    place: Place,
) -> Result<Slot<ProjectMember>> {
    let Place { user, role, function } = place;
    people::users::active(cx, project.org_id, user).await.map_err(|error| match error.code() {
        Code::NotFound => Error::field("/user_id", "unknown", "there is no such person"),
        _ => error,
    })?;
    let newcomer = rules::Newcomer { id: cx.clock().new_id(), user, role, at: cx.now() };
    let fresh = rules::join(project, &newcomer);
    let fresh = ProjectMember { function, ..fresh };
    let slot = match membership(cx, project.id, user).await? {
        None => change.insert(fresh.clone()),
        Some(former) if !former.is_active() => {
            let ProjectMember { id, created_at, created_by, version, .. } = former;
            change.update(&former, ProjectMember { id, created_at, created_by, version, ..fresh.clone() })
        }
        Some(_) => {
            let refused = Error::new(Code::Duplicate, "this person is on the team already");
            return Err(refused.and_field("/user_id", "duplicate", "already on the team"));
        }
    };
    events::member_added(change, slot, &fresh, project);
    Ok(slot)
}

/// Removes somebody from the team, or leaves it. Their open tasks are nobody's afterwards.
#[operation]
pub(super) struct RemoveMember {
    /// The project.
    project_id: ProjectId,
    /// Who.
    user_id: UserId,
}

impl Endpoint for RemoveMember {
    const ROUTE: Route = Route::delete("/{project_id}/team/{user_id}/")
        .tells(&[events::MEMBER_REMOVED, events::TASK_UPDATED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Member(rules::TEAM)]);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let leads = cx.standing.role.as_deref().is_some_and(|role| rules::LEADERS.contains(&role));
        let manages = cx.level.manage || cx.caller.role == Role::SuperAdministrator;
        if !(leads || manages || self.user_id == cx.caller.user) {
            return Err(Error::forbidden("only who leads the project removes others from it"));
        }
        let member = membership(cx, self.project_id, self.user_id).await?;
        let member = member.filter(ProjectMember::is_active).ok_or_else(|| Error::not_found("member"))?;
        if member.role == MemberRole::Owner {
            return Err(Error::rule("the owner can't be removed; transfer the project first"));
        }
        let project: Project = cx.here(self.project_id).await?;
        let mut change = Change::new();
        let slot = change.update(&member, ProjectMember { left_at: Some(cx.now()), ..member.clone() });
        watching::forget(cx, &mut change, self.project_id, self.user_id).await?;
        assignment::release(&mut change, assignment::open_tasks_of(cx, self.project_id, self.user_id).await?);
        // Last, because its listener hears nothing after it.
        events::member_removed(&mut change, slot, &member, &project);
        Ok(Outcome::Commit(change))
    }
}
