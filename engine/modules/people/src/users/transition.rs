//! Suspending somebody, and letting them in again.

use super::{card::Profile, decide::Case, events, rules, status::Status, tables::User};
use engine::{Action, Context, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, id::UserId, operation, reply::Reply};
use serde_json::{Value, json};

/// Moves an account to another state: `suspended`, which ends every sign-in of its person within
/// seconds, or `active` again.
#[operation]
pub(super) struct TransitionUser {
    /// Who.
    user_id: UserId,
    /// The state wished for.
    to: Status,
    /// Why; kept with the event.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 500)))]
    reason: Option<String>,
}

impl Endpoint for TransitionUser {
    const ROUTE: Route = Route::post("/{user_id}/transition/")
        .tells(&[events::ACTIVATED, events::SUSPENDED])
        .refuses(&[Code::InvalidTransition, Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let case = Case::open(cx, self.user_id).await?;
        let changed = rules::with_status(&case.user, self.to, case.decision(cx))?;
        let (from, reason) = (case.user.status, self.reason.clone());
        let mut change = Change::new();
        case.guard(&mut change);
        let slot = change.update(&case.user, changed);
        let data = move |user: Option<&User>| json!({"title": user.map(User::name), "from": from, "to": user.map(|user| user.status), "reason": reason});
        let name = if self.to == Status::Active { events::ACTIVATED } else { events::SUSPENDED };
        // Somebody suspended has no inbox to look into: only a return is announced.
        let told = (self.to == Status::Active).then_some(case.user.id);
        let _ = change.tell(name, slot).saying(move |filled| data(filled.get(slot))).notify(told);
        change.reply(move |filled| {
            let user = filled.get(slot);
            Reply::ok(user.map_or(Value::Null, User::full)).tagged(user.map_or(0, |user| user.version))
        });
        Ok(Outcome::Commit(change))
    }
}
