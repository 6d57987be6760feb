//! Another password: chosen by its person, or through a link that an administrator hands on. Whoever gets one, the
//! tokens of before end, and so do the other sign-ins: a reaction in the person's own room ends them.

use super::{
    Auth, Opaque, Secret,
    access::access_of,
    events, login,
    password::{self, Owner},
    tables::{Credential, OneTimeToken},
};
use crate::{
    server, users,
    users::{rules::may_give, tables::User},
};
use actors::room::Author;
use engine::{Action, Context, Empty, Endpoint, Error, Needs, Outcome, Rate, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    id::{SessionId, UserId},
    key::KeyWriter,
    operation,
    reply::Reply,
    table::Table as _,
    time::Timestamp,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// How long the link of a new password is good.
const LINK_SECONDS: i64 = 3_600;

/// A token in place of the one that has ended.
#[answer]
pub(super) struct Renewed {
    /// A JSON Web Token, good for a few minutes.
    access_token: String,
    /// `Bearer`.
    token_type: String,
    /// How many seconds the access token is good for.
    expires_in: i64,
}

/// Changes the caller's password. Their other sign-ins end; this one goes on with the token that is answered, and its
/// refresh token stays good. None of the last five passwords is taken again.
#[operation]
pub(super) struct ChangePassword {
    /// The present password.
    old_password: Secret,
    /// The new one: 10 to 128 characters, hard to guess.
    password: Secret,
}

impl Endpoint for ChangePassword {
    const ROUTE: Route = Route::post("/password/change/")
        .tells(&[events::PASSWORD_CHANGED, events::PASSWORD_REFUSED])
        .refuses(&[Code::NotAuthenticated, Code::AccountLocked]);
    const NEEDS: Needs = Needs::Auth;
    const RATE: Rate = Rate::Login;
    type Output = Whole<Renewed>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        let user = users::find(cx, cx.caller.org, cx.caller.user).await?;
        login::still_open(&access_of(cx, user.id).await?, cx.now())?;
        let held = credential(cx, &user).await?.ok_or_else(login::wrong)?;
        if !auth.is_password(login::bounded(&self.old_password), Some(&held.password_hash)).await? {
            return Ok(Outcome::Commit(refused(cx, &held)));
        }
        let hash = accepted(auth, &self.password, &user, Some(&held)).await?;
        let author = Author::of(&cx.caller, "ChangePassword", cx.request.id.clone());
        let changed = Changed { author, hash, kept: Some(cx.caller.session), by_link: None };
        let user = changed.commit(cx, user.id).await?;
        let seconds = auth.config().access_seconds;
        let lifetime = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let access_token = auth.token_for(&user, cx.caller.session, lifetime)?;
        Outcome::ok(&Renewed { access_token, token_type: "Bearer".into(), expires_in: seconds })
    }
}

async fn credential(cx: &Context, user: &User) -> Result<Option<Credential>> {
    cx.get(&users::home(user.org_id), KeyWriter::new().with(&user.id)).await
}

/// Tells that somebody did not know the password; a reaction counts it where sign-ins are counted.
fn refused(cx: &Context, held: &Credential) -> Change {
    let mut change = Change::new();
    change.unaudited();
    let slot = change.update(held, held.clone());
    let _ = change.tell(events::PASSWORD_REFUSED, slot).saying(|_| json!({}));
    let reply = server::refusal(&login::wrong(), cx.request.french, cx.request.id.clone());
    change.reply(move |_| reply.clone());
    change
}

/// The hash of a new password, once it is acceptable and none of the last five.
async fn accepted(auth: &Auth, new: &Secret, user: &User, held: Option<&Credential>) -> Result<String> {
    let owner = Owner { email: &user.email, first_name: &user.first_name, last_name: &user.last_name };
    password::check(new.reveal(), owner)?;
    let former = held.map(|held| held.former.as_slice()).unwrap_or_default();
    for hash in held.map(|held| &held.password_hash).into_iter().chain(former) {
        if auth.is_password(new.reveal(), Some(hash)).await? {
            return Err(Error::field("/password", "reused", "this was one of your last five passwords"));
        }
    }
    auth.hash(new.reveal()).await
}

/// A password about to be another one.
struct Changed {
    author: Author,
    hash: String,
    /// The sign-in that goes on.
    kept: Option<SessionId>,
    /// The link that was used.
    by_link: Option<Opaque>,
}

impl Changed {
    /// Commits by itself: what is answered holds a token, and a committed reply is stored.
    async fn commit(&self, cx: &Context, person: UserId) -> Result<User> {
        server::settle(|| async {
            let user = users::find(cx, self.author.org, person).await?;
            let held = credential(cx, &user).await?;
            let mut change = Change::new();
            let after =
                User { token_version: user.token_version + 1, must_change_password: false, ..user.clone() };
            let slot = change.update(&user, after.clone());
            let fresh = Credential::of(&user, self.hash.clone(), false).set_at(cx.now());
            match &held {
                Some(held) => change.update(held, held.followed_by(&fresh)),
                None => change.insert(fresh),
            };
            if let Some(link) = &self.by_link {
                let token = good(cx, link, held.as_ref()).await?;
                change.update(&token, OneTimeToken { used_at: Some(cx.now()), ..token.clone() });
            }
            let data = json!({"kept": self.kept});
            let told = change.tell(events::PASSWORD_CHANGED, slot).saying(move |_| data.clone());
            let _ = told.notify([person]);
            server::commit(cx.engine(), cx.room()?, self.author.clone(), change).await?;
            Ok(after)
        })
        .await
    }
}

/// A link for choosing a new password.
#[answer]
pub(super) struct PasswordLink {
    /// Where to choose it, in the web client: shown this once, and kept nowhere.
    link: String,
    /// Until when the link is good.
    expires_at: Timestamp,
}

/// Makes a link with which somebody chooses a new password, to be handed on to them: it is good once, for an hour.
/// Needs a step-up.
#[operation]
pub(super) struct MakePasswordLink {
    /// Who.
    user_id: UserId,
}

impl Endpoint for MakePasswordLink {
    const ROUTE: Route = Route::post("/users/{user_id}/reset-password/")
        .tells(&[events::PASSWORD_LINK_MADE])
        .refuses(&[Code::StepUpRequired, Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<PasswordLink>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::active(cx, cx.caller.org, self.user_id).await?;
        may_give(cx.caller.role, user.role)?;
        super::stepped_up(cx).await?;
        let secret = Opaque::fresh(user.id, cx.clock());
        let expires_at = cx.now().plus_seconds(LINK_SECONDS);
        let mut change = Change::new();
        let slot = change.insert(OneTimeToken {
            id: secret.id(),
            org_id: user.org_id,
            user_id: user.id,
            hash: secret.hash(),
            expires_at,
            ..OneTimeToken::default()
        });
        let said = json!({"title": user.name(), "user_id": user.id});
        let _ = change.tell(events::PASSWORD_LINK_MADE, slot).saying(move |_| said.clone()).notify([user.id]);
        let author = Author::of(&cx.caller, "MakePasswordLink", cx.request.id.clone());
        server::commit(cx.engine(), cx.room()?, author, change).await?;
        Outcome::ok(&PasswordLink { link: format!("/new-password#{}", secret.text()), expires_at })
    }
}

/// The row of a link that is good: not used, in time, and made after the present password.
async fn good(cx: &Context, link: &Opaque, held: Option<&Credential>) -> Result<OneTimeToken> {
    let unknown = || Error::not_found("link: it is used or too old, ask for another");
    let token: OneTimeToken = cx.here(link.id()).await.map_err(|_| unknown())?;
    let is_newer = held.is_none_or(|held| held.changed_at < token.created_at);
    let in_time = token.used_at.is_none() && token.expires_at > cx.now();
    if token.hash == link.hash() && is_newer && in_time { Ok(token) } else { Err(unknown()) }
}

/// Sets the password through a link. All sign-ins of its person end, and a lock is lifted.
#[operation]
pub(super) struct ConfirmPassword {
    /// What stands behind the # of the link.
    token: Secret,
    /// The new password: 10 to 128 characters, hard to guess.
    password: Secret,
}

impl Endpoint for ConfirmPassword {
    const ROUTE: Route =
        Route::post("/password/reset/confirm/").tells(&[events::PASSWORD_CHANGED]).refuses(&[Code::NotFound]);
    const NEEDS: Needs = Needs::Public;
    const RATE: Rate = Rate::Login;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        let token = Opaque::parse(self.token.reveal());
        token.map_or(Scope::Nowhere, |token| Scope::Find(User::SPEC, token.user.uuid()))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let unknown = || Error::not_found("link: it is used or too old, ask for another");
        let link = Opaque::parse(self.token.reveal()).ok_or_else(unknown)?;
        let user = users::active(cx, cx.standing.org, link.user).await.map_err(|_| unknown())?;
        let held = credential(cx, &user).await?;
        good(cx, &link, held.as_ref()).await?;
        let auth: &Arc<Auth> = cx.part()?;
        let hash = accepted(auth, &self.password, &user, held.as_ref()).await?;
        let author =
            Author { request_id: cx.request.id.clone(), ..Author::system(user.org_id, "ConfirmPassword") };
        let changed = Changed { author, hash, kept: None, by_link: Some(link) };
        changed.commit(cx, user.id).await?;
        Ok(Outcome::Answer(Reply::empty()))
    }
}
