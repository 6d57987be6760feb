//! The devices somebody is signed in on: list them, end one, end all.

use super::{
    access::{access_of, put},
    events,
    events::Ended,
    logout, of_somebody,
    tables::{Access, RevokeReason, Session},
};
use crate::{rooms, users};
use engine::{Context, Empty, Endpoint, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    id::SessionId,
    operation,
    reply::Reply,
    table::{Slot, Spec, Table as _},
    time::Timestamp,
};
use serde_json::json;
use storage::Range;

/// Sign-ins looked at, the newest first: nobody keeps more of them going.
const LOOKED_AT: usize = 500;

/// A device that somebody is signed in on.
#[answer]
pub(super) struct Device {
    /// The sign-in.
    id: SessionId,
    /// What its person calls the device.
    device_label: Option<String>,
    /// Where it was begun.
    ip: Option<String>,
    /// The client's own words.
    user_agent: Option<String>,
    /// When it was begun.
    created_at: Timestamp,
    /// When its token was last refreshed.
    last_used_at: Timestamp,
    /// When it ends unless used.
    expires_at: Timestamp,
    /// It is the one that asks.
    current: bool,
}

/// The devices of somebody.
#[answer]
pub(super) struct Devices {
    /// The latest sign-in first.
    data: Vec<Device>,
}

/// Lists the devices that somebody is signed in on, the latest first: the caller, or somebody whose sign-ins the caller
/// manages, then named by `user_id`.
#[operation]
pub(super) struct ListSessions {
    /// `user_id`.
    query: Query,
}

impl Endpoint for ListSessions {
    const ROUTE: Route = Route::get("/sessions/");
    const NEEDS: Needs = of_somebody::NEEDS;
    const ASKS: &'static [Param] = of_somebody::ASKS;
    type Output = Whole<Devices>;

    fn scope(&self, caller: &Caller) -> Scope {
        of_somebody::place(&self.query, caller)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let person = of_somebody::person(&self.query, cx).await?;
        let access = access_of(cx, person).await?;
        let rows = Slot::Rows.number(Session::SPEC.id);
        let newest = Range::partition(rows, Spec::partition(&rooms::of_user(person)), LOOKED_AT).backward();
        let sessions: Vec<Session> = cx.range(&newest).await?;
        let going =
            sessions.into_iter().filter(|one| !one.is_revoked(Some(&access)) && one.expires_at > cx.now());
        let device = |one: Session| Device {
            id: one.id,
            current: one.id == cx.caller.session,
            device_label: one.device_label,
            ip: one.ip,
            user_agent: one.user_agent,
            created_at: one.created_at,
            last_used_at: one.last_used_at,
            expires_at: one.expires_at,
        };
        Outcome::ok(&Devices { data: going.map(device).collect() })
    }
}

/// Ends a sign-in: one's own, or somebody's whom one manages, then named by `user_id`.
#[operation]
pub(super) struct EndSession {
    /// The sign-in.
    session_id: SessionId,
    /// `user_id`.
    query: Query,
}

impl Endpoint for EndSession {
    const ROUTE: Route =
        Route::delete("/sessions/{session_id}/").tells(&[events::SESSION_REVOKED, events::SESSION_ENDED]);
    const NEEDS: Needs = of_somebody::NEEDS;
    const ASKS: &'static [Param] = of_somebody::ASKS;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        of_somebody::place(&self.query, caller)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let person = of_somebody::person(&self.query, cx).await?;
        let mut change = Change::new();
        if person != cx.caller.user {
            let user = users::find(cx, cx.caller.org, person).await?;
            // It is kept in the person's own room, so a reaction there ends it.
            let slot = change.update(&user, user.clone());
            let data = json!({"session_id": self.session_id});
            let _ = change.tell(events::SESSION_ENDED, slot).saying(move |_| data.clone());
            return Ok(Outcome::Commit(change));
        }
        let session: Session = cx.here(self.session_id.cast()).await?;
        if session.revoked_at.is_none() {
            let slot = change.update(&session, session.revoked(cx.now(), RevokeReason::Logout));
            events::tell_revoked(&mut change, slot, Ended::One(session.id), RevokeReason::Logout);
            return Ok(Outcome::Commit(change));
        }
        Ok(Outcome::Answer(Reply::empty()))
    }
}

/// Ends every sign-in of the caller, this one too.
#[operation]
pub(super) struct LogoutEverywhere {}

impl Endpoint for LogoutEverywhere {
    const ROUTE: Route = Route::post("/logout-all/").tells(&[events::SESSION_REVOKED]);
    const NEEDS: Needs = Needs::Auth;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let access = access_of(cx, cx.caller.user).await?;
        let mut change = Change::new();
        let ended = Access { sessions_ended_at: Some(cx.now()), session_kept: None, ..access.clone() };
        let slot = put(&mut change, &access, ended);
        events::tell_revoked(&mut change, slot, Ended::All, RevokeReason::Logout);
        change.reply(|_| logout::left());
        Ok(Outcome::Commit(change))
    }
}
