//! Suspending somebody, letting them in again, letting them go, and forgetting them.

use super::{
    card::Profile, decide::Case, departments, events, profile::reply_full, rules, skills, status::Status,
    tables::User,
};
use crate::authentication::{self, tables::Credential};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{caller::Caller, change::Change, code::Code, id::UserId, key::KeyWriter, operation, text::Line};
use serde_json::json;

/// Moves an account to another state. `suspended` and `deactivated` end every sign-in of its person within seconds;
/// `active` lets them in again; `anonymised`, which needs a step-up, forgets who they were and can't be undone.
#[operation]
pub(super) struct TransitionUser {
    /// Who.
    user_id: UserId,
    /// The state wished for.
    to: Status,
    /// Why; kept with the event.
    #[serde(default)]
    reason: Option<Line<500>>,
    /// Who goes on with what somebody leaves behind who is deactivated.
    #[serde(default)]
    reassign_to: Option<UserId>,
}

impl Endpoint for TransitionUser {
    const ROUTE: Route = Route::post("/{user_id}/transition/")
        .tells(&[
            events::ACTIVATED,
            events::SUSPENDED,
            events::DEACTIVATED,
            events::ANONYMISED,
            events::MEMBER_REMOVED,
        ])
        .refuses(&[Code::InvalidTransition, Code::RuleViolation, Code::StepUpRequired]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let case = Case::open(cx, self.user_id).await?;
        if !case.user.is_kept() {
            return Err(Error::not_found("user"));
        }
        let changed = rules::with_status(&case.user, self.to, case.decision(cx))?;
        let mut change = Change::new();
        case.guard(&mut change);
        self.successor(cx, &mut change).await?;
        let forgets = self.to == Status::Anonymised;
        if forgets {
            authentication::stepped_up(cx).await?;
        }
        let people = [(&case.user, changed)];
        let slots = departments::moved(cx, &mut change, &people).await?;
        if forgets {
            forget(cx, &mut change, &case.user).await?;
        }
        let (from, reassign_to) = (case.user.status, self.reassign_to);
        let reason = self.reason.as_ref().map(Line::owned);
        for slot in slots {
            let reason = reason.clone();
            let told = change.tell(name_of(self.to), slot).saying(move |filled| {
                let user = filled.get(slot);
                json!({
                    "title": user.map(User::name), "from": from, "to": user.map(|user| user.status),
                    "reason": reason, "reassign_to": reassign_to,
                })
            });
            // Somebody who is out has no inbox to look into: only a return is announced.
            let _ = told.notify((self.to == Status::Active).then_some(case.user.id));
            reply_full(&mut change, slot);
        }
        Ok(Outcome::Commit(change))
    }
}

impl TransitionUser {
    /// Whoever goes on must be there, and is named only where somebody leaves.
    async fn successor(&self, cx: &Context, change: &mut Change) -> Result<()> {
        let Some(successor) = self.reassign_to else { return Ok(()) };
        let refused = |code, message: &str| Err(Error::field("/reassign_to", code, message));
        if self.to != Status::Deactivated {
            return refused("invalid", "only who is deactivated leaves something behind");
        }
        if successor == self.user_id {
            return refused("invalid", "somebody else must go on");
        }
        match super::active(cx, cx.caller.org, successor).await {
            Ok(user) => change.relies_on(&user),
            Err(_) => return refused("unknown", "nobody active of this organization"),
        }
        Ok(())
    }
}

const fn name_of(to: Status) -> &'static str {
    match to {
        Status::Active => events::ACTIVATED,
        Status::Deactivated => events::DEACTIVATED,
        Status::Anonymised => events::ANONYMISED,
        _ => events::SUSPENDED,
    }
}

/// Removes what says who somebody was, besides their account.
async fn forget(cx: &Context, change: &mut Change, user: &User) -> Result<()> {
    let credential: Option<Credential> = cx.get(cx.room()?, KeyWriter::new().with(&user.id)).await?;
    if let Some(credential) = credential {
        change.remove(&credential);
    }
    for skill in skills::of_person(cx, user.id).await? {
        change.remove(&skill);
    }
    Ok(())
}
