//! Tickets for opening a socket.

use super::{Auth, tickets};
use crate::rooms;
use engine::{Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, operation};
use std::sync::Arc;

/// A ticket for a socket.
#[answer]
pub(super) struct Ticket {
    /// What stands in the socket's address.
    ticket: String,
    /// How many seconds it is good for.
    expires_in: i64,
}

/// Makes a ticket for the socket: it opens one socket, within 30 seconds.
#[operation]
pub(super) struct IssueTicket {}

impl Endpoint for IssueTicket {
    const ROUTE: Route =
        Route::post("/ws-ticket/").tells_nobody("a ticket is held in memory and stored nowhere");
    const NEEDS: Needs = Needs::Auth;
    type Output = Whole<Ticket>;

    /// It is kept where whoever shows it will be looked for.
    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        Outcome::ok(&Ticket { ticket: auth.ticket_for(&cx.caller)?, expires_in: tickets::SECONDS })
    }
}
