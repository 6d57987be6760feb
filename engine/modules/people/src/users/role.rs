//! Changing what somebody is.

use super::{card::Profile, decide::Case, events, grants, profile::reply_full, rules, tables::User};
use crate::authentication;
use engine::{Action, Context, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, id::UserId, operation, role::Role};
use serde_json::json;

/// Gives a person another role, after a step-up. Their tokens end; their devices reload what the role lets them do. To
/// make a super administrator, a second one confirms within a day; until then nothing changes.
#[operation]
pub(super) struct ChangeRole {
    /// Who.
    user_id: UserId,
    /// The new role.
    role: Role,
}

impl Endpoint for ChangeRole {
    const ROUTE: Route = Route::post("/{user_id}/role/")
        .tells(&[events::ROLE_CHANGED, events::ROLE_ASKED])
        .refuses(&[Code::RuleViolation, Code::StepUpRequired]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let case = Case::open(cx, self.user_id).await?;
        let changed = rules::with_role(&case.user, self.role, case.decision(cx))?;
        authentication::stepped_up(cx).await?;
        if case.user.role == self.role {
            return Outcome::record(&case.user.full(), case.user.version);
        }
        if self.role == Role::SuperAdministrator {
            let others = grants::seconds(cx, Some(case.user.id)).await?;
            if !others.is_empty() {
                return grants::ask(cx, &case.user, others).await;
            }
        }
        let mut change = Change::new();
        case.guard(&mut change);
        self::changed(&mut change, &case.user, changed);
        Ok(Outcome::Commit(change))
    }
}

/// Somebody has another role: they and the room are told, and the caller is answered the whole profile.
pub(super) fn changed(change: &mut Change, user: &User, changed: User) {
    let (id, from) = (user.id, user.role);
    let slot = change.update(user, changed);
    let told = change.tell(events::ROLE_CHANGED, slot).saying(move |filled| {
        let to = filled.get(slot).map(|user| user.role);
        let name = filled.get(slot).map(User::name);
        json!({"title": name, "from": from, "to": to})
    });
    let _ = told.notify([id]);
    reply_full(change, slot);
}
