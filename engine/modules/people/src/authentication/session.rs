//! How a sign-in begins and what its person is handed. A token is never part of a committed reply,
//! because replies are stored: the rows are committed first, and the tokens put into the answer after.

use super::{
    Auth,
    opaque::Opaque,
    tables::{RefreshToken, Session},
};
use crate::users::{self, card::Card, tables::User};
use actors::room::Author;
use engine::{Context, Error, Reader, Result};
use schema::{
    answer,
    caller::ActorKind,
    code::Code,
    id::{Id, OrgId, UserId},
    reply::Reply,
    table::Table as _,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::time::Duration;

/// The member of an answer that is not for the client but for the door: it becomes a cookie that no
/// script can read, or takes it away when null.
pub(super) const COOKIE: &str = "set_refresh_cookie";

/// The longest stretch of a client's own words that is kept.
const USER_AGENT_CHARS_MAX: usize = 400;

/// How somebody wishes to be signed in.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) native: bool,
    pub(super) remember: bool,
    pub(super) device_label: Option<String>,
}

/// A sign-in about to begin, from the call that asks for it.
pub(super) fn begin(cx: &Context, auth: &Auth, user: &User, wish: Wish) -> Session {
    let now = cx.now();
    let agent = cx.request.user_agent.as_ref();
    let absolute = wish.remember.then(|| now.plus_seconds(auth.config().remember_seconds));
    Session {
        id: cx.clock().new_id(),
        user_id: user.id,
        device_label: wish.device_label,
        ip: cx.request.ip.map(|ip| ip.to_string()),
        user_agent: agent.map(|agent| agent.chars().take(USER_AGENT_CHARS_MAX).collect()),
        native: wish.native,
        last_used_at: now,
        expires_at: absolute.unwrap_or_else(|| now.plus_seconds(auth.config().refresh_seconds)),
        absolute_expires_at: absolute,
        ..Session::default()
    }
}

/// The same sign-in, used now.
pub(super) fn used(auth: &Auth, session: &Session, now: Timestamp) -> Session {
    // Remembered: until its fixed end. Else: so long after the last use.
    let slid = now.plus_seconds(auth.config().refresh_seconds);
    let expires_at = session.absolute_expires_at.unwrap_or(slid);
    Session { last_used_at: now, expires_at, ..session.clone() }
}

/// The row that keeps a refresh token's hash.
pub(super) fn kept(token: &Opaque, session: &Session) -> RefreshToken {
    RefreshToken {
        id: token.id(),
        user_id: token.user,
        session_id: session.id,
        hash: token.hash(),
        ..RefreshToken::default()
    }
}

/// What a sign-in or a refresh is answered with.
#[answer]
pub(super) struct SignedIn {
    /// A JSON Web Token, good for a few minutes.
    access_token: String,
    /// `Bearer`.
    token_type: String,
    /// How many seconds the access token is good for.
    expires_in: i64,
    /// Exchanged for the next two; in the body for native clients, a browser gets it as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// A sign-in says whether its person should choose another password now.
    #[serde(skip_serializing_if = "Option::is_none")]
    must_change_password: Option<bool>,
    /// Who signed in.
    user: Card,
}

/// The answer to a sign-in or a refresh. A browser's refresh token is under [`COOKIE`].
pub(super) fn answer(auth: &Auth, user: &User, session: &Session, refresh: &Opaque) -> Result<Reply> {
    let seconds = auth.config().access_seconds;
    let lifetime = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let mut body = json!(SignedIn {
        access_token: auth.token_for(user, session.id, lifetime)?,
        token_type: "Bearer".into(),
        expires_in: seconds,
        refresh_token: session.native.then(|| refresh.text()),
        must_change_password: None,
        user: Card::of(user),
    });
    if let Value::Object(members) = &mut body
        && !session.native
    {
        let left = (session.expires_at.ms() - session.last_used_at.ms()) / 1_000;
        members.insert(COOKIE.to_owned(), json!({"token": refresh.text(), "max_age": left}));
    }
    Ok(Reply::ok(body))
}

/// The person as author of what only begins to make a caller of them.
pub(super) fn author(cx: &Context, user: &User, action: &'static str) -> Author {
    Author {
        org: user.org_id,
        user: Some(user.id),
        kind: ActorKind::User,
        role: user.role,
        action,
        request_id: cx.request.id.clone(),
        ip: cx.request.ip,
        user_agent: cx.request.user_agent.clone(),
    }
}

/// The person of this id, in whatever organization.
pub(super) async fn person(reader: &Reader, id: UserId) -> Result<Option<User>> {
    match reader.home_of(User::SPEC, id.uuid()).await? {
        Some(home) => reader.by_id(&users::home(OrgId::new(home.id())), Id::new(id.uuid())).await,
        None => Ok(None),
    }
}

/// Refuses to hand tokens to somebody whose account is not active.
pub(super) fn let_in(user: &User) -> Result<()> {
    if user.is_active() {
        Ok(())
    } else {
        Err(Error::new(Code::AccountNotActive, format!("this account is {}", user.status.word())))
    }
}
