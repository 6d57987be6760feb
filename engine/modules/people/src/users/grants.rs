//! Two people make a super administrator: one asks, and within a day another one confirms.

use super::{card::Profile, decide::Case, events, profile::reply_full, rules, tables::User};
use crate::authentication;
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    key::KeyWriter,
    operation,
    role::Role,
    row,
    time::Timestamp,
};
use serde_json::{Value, json};

/// How long a second person has.
const SECONDS: i64 = 86_400;
/// Super administrators who are asked: any of them may confirm.
const ASKED_MAX: usize = 16;

/// A super administrator wants somebody to become one.
#[row(
    name = "role_grants",
    id = 24,
    entity = "role_grant",
    home = "org",
    by = "org_id",
    topic = "users",
    key = "user_id",
    lean
)]
pub(crate) struct RoleGrant {
    /// Who shall become one.
    pub(crate) user_id: UserId,
    /// The organization.
    pub(crate) org_id: OrgId,
    /// Who wants it.
    pub(crate) asked_by: UserId,
    /// Until when somebody else may confirm it.
    pub(crate) expires_at: Timestamp,
    /// When it was asked for.
    pub(crate) created_at: Timestamp,
    /// When it was last asked for.
    pub(crate) updated_at: Timestamp,
}

/// Who may confirm what the caller wants for somebody: nobody where the caller is the only one, who then decides alone,
/// or there could never be a second.
pub(super) async fn seconds(cx: &Context, somebody: Option<UserId>) -> Result<Vec<UserId>> {
    if cx.caller.kind == ActorKind::System {
        return Ok(Vec::new());
    }
    let within = KeyWriter::new().with(&cx.caller.org);
    // Super administrators sort last: read backward, they come first.
    let entries = cx.index::<User>("administrators", within, ASKED_MAX, |range| range.backward()).await?;
    let is_super =
        |entry: &Value| entry.get("role").is_some_and(|role| *role == json!(Role::SuperAdministrator));
    let others = entries
        .iter()
        .filter(|entry| is_super(entry))
        .filter_map(|entry| entry.get("id").and_then(Value::as_str)?.parse().ok())
        .filter(|id| Some(*id) != cx.caller.actor_id() && Some(*id) != somebody);
    Ok(others.collect())
}

/// Refuses to make a super administrator at one stroke where two have to agree.
///
/// # Errors
/// `rule-violation`.
pub(super) async fn not_alone(cx: &Context, role: Role) -> Result<()> {
    if role != Role::SuperAdministrator || seconds(cx, None).await?.is_empty() {
        return Ok(());
    }
    Err(Error::rule("two super administrators make another one: give the role to an account that exists"))
}

/// Asks the others to confirm. Asked again, the day begins anew.
pub(super) async fn ask(cx: &Context, user: &User, others: Vec<UserId>) -> Result<Outcome> {
    let key = KeyWriter::new().with(&user.id);
    let known: Option<RoleGrant> = cx.get(cx.room()?, key).await?;
    let grant = RoleGrant {
        user_id: user.id,
        org_id: user.org_id,
        asked_by: cx.caller.user,
        expires_at: cx.now().plus_seconds(SECONDS),
        ..known.clone().unwrap_or_default()
    };
    let mut change = Change::new();
    match &known {
        Some(known) => drop(change.update(known, grant)),
        None => drop(change.insert(grant)),
    }
    let slot = change.update(user, user.clone());
    let said = json!({"title": user.name(), "to": Role::SuperAdministrator, "user_id": user.id});
    let _ = change.tell(events::ROLE_ASKED, slot).saying(move |_| said.clone()).notify(others);
    reply_full(&mut change, slot);
    Ok(Outcome::Commit(change))
}

/// Confirms that somebody becomes a super administrator, as another super administrator wanted within the last day.
/// Needs a step-up.
#[operation]
pub(super) struct ConfirmRole {
    /// Who.
    user_id: UserId,
}

impl Endpoint for ConfirmRole {
    const ROUTE: Route = Route::post("/{user_id}/role/confirm/")
        .tells(&[events::ROLE_CHANGED])
        .refuses(&[Code::RuleViolation, Code::StepUpRequired]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let case = Case::open(cx, self.user_id).await?;
        let changed = rules::with_role(&case.user, Role::SuperAdministrator, case.decision(cx))?;
        let key = KeyWriter::new().with(&case.user.id);
        let grant: Option<RoleGrant> = cx.get(cx.room()?, key).await?;
        let grant = grant.filter(|grant| grant.expires_at > cx.now());
        let grant = grant.ok_or_else(|| Error::not_found("role_grant"))?;
        if grant.asked_by == cx.caller.user {
            return Err(Error::rule("somebody else confirms what you asked for"));
        }
        // Whoever asked may have been put out since.
        let asker = super::active(cx, cx.caller.org, grant.asked_by).await?;
        if asker.role != Role::SuperAdministrator {
            return Err(Error::rule("whoever asked for it may not give this role any more"));
        }
        authentication::stepped_up(cx).await?;
        let mut change = Change::new();
        case.guard(&mut change);
        change.relies_on(&asker);
        super::role::changed(&mut change, &case.user, changed);
        change.remove(&grant);
        Ok(Outcome::Commit(change))
    }
}
