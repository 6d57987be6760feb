//! Making an account with a password.

use super::{
    card::Card,
    events, grants,
    invitations::{Invited, Wish, invite, tables::Invitation},
    rights::rules::runs_all,
    rules,
    tables::{Language, Person, User},
};
use crate::authentication::{
    self, Auth, Secret,
    password::{self, Owner},
    tables::Credential,
};
use engine::{Action, Context, Created, Endpoint, Needs, Outcome, Result, Route, Scope};
use schema::{
    answer,
    caller::Caller,
    change::{Change, Filled},
    code::Code,
    operation,
    patch::Edit,
    reply::Reply,
    role::Role,
    text::{Line, Text, Zone},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// An account, or the invitation to one.
#[answer]
pub(super) struct Made {
    /// The account.
    #[serde(flatten)]
    card: Option<Card>,
    /// The invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invited>,
}

/// Makes an active account, or without a password an invitation whose link is to be handed on. The address must be
/// new in the whole product; making administrators needs a step-up.
#[operation]
pub(super) struct CreateUser {
    /// The address to sign in with.
    #[garde(length(bytes, max = 254))]
    email: String,
    /// Given name.
    first_name: Line<80>,
    /// Family name.
    last_name: Line<80>,
    /// The global role; only a super administrator makes administrators.
    role: Role,
    /// 10 to 128 characters, hard to guess; without one its person chooses it, through the invitation's link.
    password: Edit<Secret>,
    /// The person must choose another password before anything else.
    #[serde(default)]
    must_change: bool,
    /// `fr` unless said.
    #[serde(default)]
    language: Language,
    /// An IANA zone; `Africa/Dakar` unless said.
    #[serde(default)]
    timezone: Option<Zone>,
    /// A telephone number.
    #[serde(default)]
    #[garde(inner(length(bytes, max = 32)))]
    phone: Option<String>,
    /// What the person does.
    #[serde(default)]
    job_title: Option<Line<100>>,
}

impl Endpoint for CreateUser {
    const ROUTE: Route = Route::post("/").tells(&[events::CREATED, events::INVITED]).refuses(&[
        Code::Duplicate,
        Code::StepUpRequired,
        Code::RuleViolation,
    ]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Created<Made>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        rules::may_give(cx.caller.role, self.role)?;
        grants::not_alone(cx, self.role).await?;
        let Some(password) = self.password.value() else { return self.invite(cx).await };
        if runs_all(self.role) {
            authentication::stepped_up(cx).await?;
        }
        let user = self.row(cx)?;
        let owner = Owner { email: &user.email, first_name: &user.first_name, last_name: &user.last_name };
        password::check(password.reveal(), owner)?;
        let auth: &Arc<Auth> = cx.part()?;
        let hash = auth.hash(password.reveal()).await?;
        let credential = Credential::of(&user, hash, self.must_change);
        let id = user.id;
        let mut change = Change::new();
        let slot = change.insert(user);
        change.insert(credential);
        // The card, never the row: what is told lies in a log for a week.
        let card = move |filled: &Filled<'_>| filled.get(slot).map_or(Value::Null, User::card);
        let _ = change.tell(events::CREATED, slot).saying(card).notify([id]);
        change.reply(move |filled| {
            let version = filled.get(slot).map_or(0, |user| user.version);
            let location = Some(format!("{}/{id}/", super::MODULE.base));
            Reply { location, ..Reply::of(201, card(filled)).tagged(version) }
        });
        Ok(Outcome::Commit(change))
    }
}

impl CreateUser {
    /// The account that will be, once its person has chosen a password.
    async fn invite(&self, cx: &Context) -> Result<Outcome> {
        let invitation = Invitation {
            email: self.email.clone(),
            role: self.role,
            first_name: Some(self.first_name.owned()),
            last_name: Some(self.last_name.owned()),
            language: self.language,
            timezone: self.timezone.as_ref().map(Text::owned),
            phone: self.phone.as_deref().map(rules::phone).transpose()?,
            job_title: self.job_title.as_ref().map(Text::owned),
            ..Invitation::default()
        };
        let wish = Wish { pointer: String::new(), invitation };
        let invitation = invite(cx, vec![wish]).await?.pop();
        Ok(Outcome::Answer(Reply::of(201, json!(Made { card: None, invitation }))))
    }

    fn row(&self, cx: &Context) -> Result<User> {
        let person = Person {
            email: rules::address(&self.email)?,
            first_name: self.first_name.owned(),
            last_name: self.last_name.owned(),
            role: self.role,
            language: self.language,
            job_title: self.job_title.as_ref().map(Text::owned),
        };
        let user = User::open(cx.clock().new_id(), cx.caller.org, person);
        Ok(User {
            timezone: self.timezone.as_ref().map_or(user.timezone, Text::owned),
            phone: self.phone.as_deref().map(rules::phone).transpose()?,
            must_change_password: self.must_change,
            ..user
        })
    }
}
