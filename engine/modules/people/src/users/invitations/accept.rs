//! Accepting an invitation: whoever holds the link chooses a password and has an account.

use super::tables::Invitation;
use crate::{
    authentication::{
        Auth, Opaque, Secret,
        password::{self, Owner},
        tables::Credential,
    },
    users::{
        self,
        card::Card,
        departments, events,
        tables::{Language, Person, User},
    },
};
use engine::{Context, Created, Endpoint, Error, Needs, Outcome, Rate, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::{Change, Filled},
    code::Code,
    operation,
    reply::Reply,
    text::{Line, Text},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Accepts an invitation: makes the account that it promised, with the password that its person chooses.
#[operation]
pub(in crate::users) struct AcceptInvitation {
    /// What stands behind the # of the link.
    token: Secret,
    /// 10 to 128 characters, hard to guess.
    password: Secret,
    /// Given name, where the invitation has none or another.
    #[serde(default)]
    first_name: Option<Line<80>>,
    /// Family name, where the invitation has none or another.
    #[serde(default)]
    last_name: Option<Line<80>>,
    /// What they read, where the invitation says otherwise.
    #[serde(default)]
    language: Option<Language>,
}

impl Endpoint for AcceptInvitation {
    const ROUTE: Route = Route::post("/invitations/accept/")
        .tells(&[events::CREATED, events::INVITATION_ACCEPTED])
        .refuses(&[Code::Duplicate, Code::NotFound]);
    const NEEDS: Needs = Needs::Public;
    const RATE: Rate = Rate::Login;
    type Output = Created<Card>;

    fn scope(&self, _: &Caller) -> Scope {
        let token = Opaque::parse(self.token.reveal());
        token.map_or(Scope::Nowhere, |token| Scope::of(token.user.cast::<Invitation>()))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let token = Opaque::parse(self.token.reveal()).ok_or_else(unknown)?;
        let invitation: Invitation = cx.here(token.user.cast()).await.map_err(|_| unknown())?;
        let good = invitation.is_open() && invitation.token_hash == token.hash();
        if !good || invitation.expires_at <= cx.now() {
            return Err(unknown());
        }
        let user = self.account(cx, &invitation)?;
        let owner = Owner { email: &user.email, first_name: &user.first_name, last_name: &user.last_name };
        password::check(self.password.reveal(), owner)?;
        let auth: &Arc<Auth> = cx.part()?;
        let hash = auth.hash(self.password.reveal()).await?;
        let mut change = Change::new();
        let accepted =
            Invitation { accepted_at: Some(cx.now()), user_id: Some(user.id), ..invitation.clone() };
        let taken = change.update(&invitation, accepted);
        change.insert(Credential::of(&user, hash, false));
        let id = user.id;
        let name = user.name();
        let department_id = departments::joined(cx, &mut change, invitation.department_id).await?;
        let slot = change.insert(User { department_id, ..user });
        let card = move |filled: &Filled<'_>| filled.get(slot).map_or(Value::Null, User::card);
        let _ = change.tell(events::CREATED, slot).saying(card).notify([id]);
        let said = json!({"title": name, "user_id": id});
        let told = change.tell(events::INVITATION_ACCEPTED, taken).saying(move |_| said.clone());
        let _ = told.notify(invitation.created_by);
        change.reply(move |filled| {
            let location = Some(format!("{}/{id}/", users::MODULE.base));
            let version = filled.get(slot).map_or(0, |user| user.version);
            Reply { location, ..Reply::of(201, card(filled)).tagged(version) }
        });
        Ok(Outcome::Commit(change))
    }
}

impl AcceptInvitation {
    fn account(&self, cx: &Context, invitation: &Invitation) -> Result<User> {
        let said = |field: &str, mine: &Option<Line<80>>, theirs: &Option<String>| {
            let name = mine.as_ref().map(Text::owned).or_else(|| theirs.clone());
            name.ok_or_else(|| Error::field(field, "required", "this field is required"))
        };
        let person = Person {
            email: invitation.email.clone(),
            first_name: said("/first_name", &self.first_name, &invitation.first_name)?,
            last_name: said("/last_name", &self.last_name, &invitation.last_name)?,
            role: invitation.role,
            language: self.language.unwrap_or(invitation.language),
            job_title: invitation.job_title.clone(),
        };
        let user = User::open(cx.clock().new_id(), invitation.org_id, person);
        Ok(User {
            timezone: invitation.timezone.clone().unwrap_or(user.timezone),
            phone: invitation.phone.clone(),
            ..user
        })
    }
}

/// The one answer to a link that is not good, whatever is wrong with it.
fn unknown() -> Error {
    Error::new(Code::NotFound, "this invitation is used, taken back or too old: ask for another")
}
