//! Putting an account into the trash, and taking it out again.

use super::{card::Profile, decide::Case, events, profile::reply_full, rules, tables::User};
use engine::{Action, Context, Empty, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::{Change, Slot, Telling},
    code::Code,
    id::UserId,
    operation,
};
use serde_json::Value;

/// Puts an account into the trash: its person is out within seconds, and what they did stays. It can be restored for
/// 30 days.
#[operation]
pub(super) struct DeleteUser {
    /// Who.
    user_id: UserId,
}

impl Endpoint for DeleteUser {
    const ROUTE: Route =
        Route::delete("/{user_id}/").tells(&[events::DELETED]).refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let case = Case::open(cx, self.user_id).await?;
        let mut change = Change::new();
        case.guard(&mut change);
        let slot = change.update(&case.user, rules::trashed(&case.user, cx.now(), case.decision(cx))?);
        let _ = tell(&mut change, events::DELETED, slot);
        Ok(Outcome::Commit(change))
    }
}

/// Takes an account out of the trash, in the state it was in.
#[operation]
pub(super) struct RestoreUser {
    /// Who.
    user_id: UserId,
}

impl Endpoint for RestoreUser {
    const ROUTE: Route =
        Route::post("/{user_id}/restore/").tells(&[events::RESTORED]).refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = super::find(cx, cx.caller.org, self.user_id).await?;
        let back = rules::restored(&old, cx.now())?;
        if back == old {
            return Outcome::record(&old.full(), old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, back);
        tell(&mut change, events::RESTORED, slot).notify([old.id]);
        reply_full(&mut change, slot);
        Ok(Outcome::Commit(change))
    }
}

fn tell<'a>(change: &'a mut Change, name: &'static str, slot: Slot<User>) -> Telling<'a> {
    change.tell(name, slot).saying(move |filled| filled.get(slot).map_or(Value::Null, User::card))
}
