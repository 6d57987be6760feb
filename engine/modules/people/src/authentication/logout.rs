//! Signing out: this sign-in ends, on every socket it has.

use super::{
    events,
    events::Ended,
    session,
    tables::{RevokeReason, Session},
};
use crate::rooms;
use engine::{Context, Empty, Endpoint, Needs, Outcome, Result, Route, Scope};
use schema::{caller::Caller, change::Change, operation, reply::Reply};
use serde_json::json;

/// Ends the sign-in that the call was made with. Its tokens are refused from now on.
#[operation]
pub(super) struct Logout {}

impl Endpoint for Logout {
    const ROUTE: Route = Route::post("/logout/").tells(&[events::SESSION_REVOKED]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let session: Session = cx.here(cx.caller.session.cast()).await?;
        if session.revoked_at.is_some() {
            return Ok(Outcome::Answer(left()));
        }
        let mut change = Change::new();
        let slot = change.update(&session, session.revoked(cx.now(), RevokeReason::Logout));
        events::tell_revoked(&mut change, slot, Ended::One(session.id), RevokeReason::Logout);
        change.reply(|_| left());
        Ok(Outcome::Commit(change))
    }
}

/// Nothing, and no cookie any more.
pub(super) fn left() -> Reply {
    Reply::of(204, json!({session::COOKIE: null}))
}
