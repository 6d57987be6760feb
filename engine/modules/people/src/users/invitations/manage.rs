//! Invitations that were made: list, send again, take back.

use super::{
    Invited,
    tables::{Invitation, InvitationId},
    with_link,
};
use crate::{
    authentication, server, users,
    users::{events, rights::rules::runs_all, rules},
};
use actors::room::Author;
use engine::{
    Action, Context, Empty, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Result, Route, Scope,
    Whole,
};
use schema::{caller::Caller, change::Change, code::Code, key::KeyWriter, operation, table::Table as _};
use serde_json::json;

static INVITATIONS: Listing = Listing {
    spec: Invitation::SPEC,
    sorts: &[("created_at", "by_created")],
    filters: &["email", "role", "accepted_at", "revoked_at", "expires_at", "created_at"],
};

/// Lists the organization's invitations, the oldest first.
#[operation]
pub(in crate::users) struct ListInvitations {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListInvitations {
    const ROUTE: Route = Route::get("/invitations/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    const LISTING: Option<&'static Listing> = Some(&INVITATIONS);
    type Output = Listed<Invitation>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        Outcome::ok(&INVITATIONS.page(cx, within, &self.query).await?)
    }
}

async fn open(cx: &Context, id: InvitationId) -> Result<Invitation> {
    let found: Invitation = cx.here(id).await?;
    if found.is_open() {
        return Ok(found);
    }
    let what = if found.accepted_at.is_some() { "accepted" } else { "taken back" };
    Err(Error::rule(format!("this invitation was {what}")))
}

/// Makes a fresh link for an invitation, good for seven days from now; the former link is good no longer.
#[operation]
pub(in crate::users) struct ResendInvitation {
    /// Which.
    invitation_id: InvitationId,
}

impl Endpoint for ResendInvitation {
    const ROUTE: Route = Route::post("/invitations/{invitation_id}/")
        .tells(&[events::INVITATION_RESENT])
        .refuses(&[Code::RuleViolation, Code::StepUpRequired]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<Invited>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let author = Author::of(&cx.caller, "ResendInvitation", cx.request.id.clone());
        let sent = server::settle(|| async {
            let old = open(cx, self.invitation_id).await?;
            // Whoever has the link has what it promises.
            rules::may_give(cx.caller.role, old.role)?;
            if runs_all(old.role) {
                authentication::stepped_up(cx).await?;
            }
            let (new, link) = with_link(old.clone(), cx.clock());
            let sent = Invited::of(&new, link);
            let mut change = Change::new();
            let said = json!({"title": new.email, "role": new.role});
            let slot = change.update(&old, new);
            let _ = change.tell(events::INVITATION_RESENT, slot).saying(move |_| said.clone());
            server::commit(cx.engine(), cx.room()?, author.clone(), change).await?;
            Ok(sent)
        });
        Outcome::ok(&sent.await?)
    }
}

/// Takes an invitation back: its link is good no longer.
#[operation]
pub(in crate::users) struct RevokeInvitation {
    /// Which.
    invitation_id: InvitationId,
}

impl Endpoint for RevokeInvitation {
    const ROUTE: Route = Route::delete("/invitations/{invitation_id}/")
        .tells(&[events::INVITATION_REVOKED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = open(cx, self.invitation_id).await?;
        let said = json!({"title": old.email, "role": old.role});
        let mut change = Change::new();
        let slot = change.update(&old, Invitation { revoked_at: Some(cx.now()), ..old.clone() });
        let _ = change.tell(events::INVITATION_REVOKED, slot).saying(move |_| said.clone());
        Ok(Outcome::Commit(change))
    }
}
