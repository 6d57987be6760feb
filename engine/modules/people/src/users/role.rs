//! Changing what somebody is.

use super::{card::Profile, decide::Case, events, rules};
use crate::authentication;
use engine::{Action, Context, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, id::UserId, operation, reply::Reply, role::Role};
use serde_json::{Value, json};

/// Gives a person another role, after a step-up. Their tokens end; their devices reload what the role lets them do.
#[operation]
pub(super) struct ChangeRole {
    /// Who.
    user_id: UserId,
    /// The new role.
    role: Role,
}

impl Endpoint for ChangeRole {
    const ROUTE: Route = Route::post("/{user_id}/role/")
        .tells(&[events::ROLE_CHANGED])
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
        let from = case.user.role;
        let mut change = Change::new();
        case.guard(&mut change);
        let slot = change.update(&case.user, changed);
        let _ = change
            .tell(events::ROLE_CHANGED, slot)
            .saying(move |filled| {
                let to = filled.get(slot).map(|user| user.role);
                let name = filled.get(slot).map(super::tables::User::name);
                json!({"title": name, "from": from, "to": to})
            })
            .notify([case.user.id]);
        change.reply(move |filled| {
            let user = filled.get(slot);
            let full = user.map_or(Value::Null, super::tables::User::full);
            Reply::ok(full).tagged(user.map_or(0, |user| user.version))
        });
        Ok(Outcome::Commit(change))
    }
}
