//! Tickets for opening a socket.

use super::{Auth, tickets};
use crate::rooms;
use engine::{Context, Endpoint, Needs, Outcome, Result, Route, Scope};
use garde::Validate;
use schema::caller::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Answers `{ticket, expires_in}`: a ticket opens one socket, within 30 seconds.
#[derive(Serialize, Deserialize, Validate, Debug)]
#[serde(deny_unknown_fields)]
pub struct IssueTicket {}

impl Endpoint for IssueTicket {
    const ROUTE: Route = Route::post("/ws-ticket/");
    const NEEDS: Needs = Needs::Auth;

    /// It is kept where whoever shows it will be looked for.
    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        Outcome::ok(&json!({"ticket": auth.ticket_for(&cx.caller)?, "expires_in": tickets::SECONDS}))
    }
}
