//! Making invitations. Their links are put into the answer after the commit: the reply of a commit is stored.

use super::{tables::Invitation, with_link};
use crate::{
    authentication,
    authentication::tables::{ADDRESS, address},
    server,
    users::{
        self,
        departments::{self, tables::DepartmentId},
        events, grants,
        rights::rules::runs_all,
        rules,
        tables::{Language, User, fold_email},
    },
};
use actors::room::Author;
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    operation, part,
    role::Role,
    text::{Line, Text},
    time::Timestamp,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Whom to invite.
#[part]
pub(in crate::users) struct Guest {
    /// The address they will sign in with.
    #[garde(length(chars, min = 3, max = 254))]
    email: String,
    /// What they will be.
    role: Role,
    /// Given name; they say it themselves unless it is known.
    #[serde(default)]
    first_name: Option<Line<80>>,
    /// Family name; they say it themselves unless it is known.
    #[serde(default)]
    last_name: Option<Line<80>>,
    /// What they will read.
    #[serde(default)]
    language: Language,
    /// The department they will belong to.
    #[serde(default)]
    department_id: Option<DepartmentId>,
}

/// An invitation with its link.
#[answer]
pub(in crate::users) struct Invited {
    /// Which.
    id: super::tables::InvitationId,
    /// Where it goes.
    email: String,
    /// What they will be.
    role: Role,
    /// Where to accept it, in the web client: shown this once, and kept nowhere.
    link: String,
    /// Until when the link is good.
    expires_at: Timestamp,
}

impl Invited {
    pub(super) fn of(invitation: &Invitation, link: String) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email.clone(),
            role: invitation.role,
            link,
            expires_at: invitation.expires_at,
        }
    }
}

/// Invitations with their links.
#[answer]
pub(in crate::users) struct AllInvited {
    /// In the order in which they were asked for.
    data: Vec<Invited>,
}

/// Invites up to 50 people, all or none. Answers a link for each, to be handed on: it is good for seven days. Making
/// administrators needs a step-up.
#[operation]
pub(in crate::users) struct InviteUsers {
    /// Whom.
    #[garde(dive, length(min = 1, max = 50))]
    invitations: Vec<Guest>,
}

impl Endpoint for InviteUsers {
    const ROUTE: Route = Route::post("/invitations/").tells(&[events::INVITED]).refuses(&[
        Code::Duplicate,
        Code::StepUpRequired,
        Code::RuleViolation,
    ]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<AllInvited>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let wishes = self.invitations.iter().enumerate().map(|(at, guest)| Wish {
            pointer: format!("/invitations/{at}"),
            invitation: guest.invitation(),
        });
        Outcome::ok(&AllInvited { data: invite(cx, wishes.collect()).await? })
    }
}

impl Guest {
    fn invitation(&self) -> Invitation {
        Invitation {
            email: self.email.clone(),
            role: self.role,
            first_name: self.first_name.as_ref().map(Text::owned),
            last_name: self.last_name.as_ref().map(Text::owned),
            language: self.language,
            department_id: self.department_id,
            ..Invitation::default()
        }
    }
}

/// An invitation that is wished for, and where in the input it stands.
pub(in crate::users) struct Wish {
    /// A JSON Pointer.
    pub(in crate::users) pointer: String,
    /// What is known of the person.
    pub(in crate::users) invitation: Invitation,
}

/// Makes invitations and answers their links.
///
/// # Errors
/// `forbidden` for a role that the caller may not give, `duplicate` for an address that is somebody's or invited
/// already, `step-up-required` for administrators.
pub(in crate::users) async fn invite(cx: &Context, wishes: Vec<Wish>) -> Result<Vec<Invited>> {
    let mut change = Change::new();
    let (mut invited, mut addresses) = (Vec::with_capacity(wishes.len()), BTreeSet::new());
    for Wish { pointer, invitation } in wishes {
        rules::may_give(cx.caller.role, invitation.role)?;
        grants::not_alone(cx, invitation.role).await?;
        if runs_all(invitation.role) {
            authentication::stepped_up(cx).await?;
        }
        let at = format!("{pointer}/email");
        let email = rules::address(&invitation.email)
            .map_err(|_| Error::field(&at, "invalid", "this is not an e-mail address"))?;
        let is_taken = cx.holder::<User>(ADDRESS, address(&email)).await?.is_some();
        if is_taken || !addresses.insert(fold_email(&email)) {
            let refused = Error::new(Code::Duplicate, format!("{email} has an account, or is named twice"));
            return Err(refused.and_field(&at, "duplicate", "already taken"));
        }
        if let Some(department) = invitation.department_id {
            departments::leaned_on(cx, &mut change, &format!("{pointer}/department_id"), department).await?;
        }
        let row = Invitation {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            email_folded: fold_email(&email),
            email,
            ..invitation
        };
        let (row, link) = with_link(row, cx.clock());
        invited.push(Invited::of(&row, link));
        let said = json!({"title": row.email, "role": row.role});
        let slot = change.insert(row);
        let _ = change.tell(events::INVITED, slot).saying(move |_| said.clone());
    }
    let author = Author::of(&cx.caller, "InviteUsers", cx.request.id.clone());
    server::commit(cx.engine(), cx.room()?, author, change).await?;
    Ok(invited)
}
