//! Proving once more who one is: what gives rights away wants a password that was said within the last minutes.

use super::{
    Auth, Secret,
    access::access_of,
    events, login,
    tables::{Credential, Session},
};
use crate::{rooms, server, users};
use actors::room::Author;
use engine::{Context, Endpoint, Error, Needs, Outcome, Rate, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    key::KeyWriter,
    operation,
    reply::Reply,
    time::Timestamp,
};
use std::sync::Arc;

/// How long a proof counts.
const SECONDS: i64 = 5 * 60;

/// Until when a proof counts.
#[answer]
pub(super) struct Elevation {
    /// The instant.
    elevated_until: Timestamp,
    /// How many seconds that is.
    expires_in: i64,
}

/// Proves with the password who is calling: for five minutes this sign-in may do what gives rights away. A wrong
/// password counts like a failure to sign in.
#[operation]
pub(super) struct StepUp {
    /// The password.
    password: Secret,
}

impl Endpoint for StepUp {
    const ROUTE: Route = Route::post("/step-up/")
        .tells(&[events::STEP_UP_REFUSED, events::LOCKED])
        .refuses(&[Code::NotAuthenticated, Code::AccountLocked]);
    const NEEDS: Needs = Needs::Auth;
    const RATE: Rate = Rate::Login;
    type Output = Whole<Elevation>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if let Some(refused) = proven(cx, &self.password).await? {
            return Ok(Outcome::Answer(refused));
        }
        let author = Author::of(&cx.caller, "StepUp", cx.request.id.clone());
        let until = cx.now().plus_seconds(SECONDS);
        // Committed here: an operation that is run again would hash the password again.
        server::settle(|| async {
            let session: Session = cx.here(cx.caller.session.cast()).await?;
            let mut change = Change::new();
            change.update(&session, Session { elevated_until: Some(until), ..session.clone() });
            server::commit(cx.engine(), cx.room()?, author.clone(), change).await
        })
        .await?;
        Outcome::ok(&Elevation { elevated_until: until, expires_in: SECONDS })
    }
}

/// Whether this is the caller's password; a wrong one is remembered, and answered by the reply that comes back. Runs
/// in the caller's own room.
///
/// # Errors
/// `account-locked`, or when the store fails.
pub(super) async fn proven(cx: &Context, password: &Secret) -> Result<Option<Reply>> {
    let auth: &Arc<Auth> = cx.part()?;
    login::still_open(&access_of(cx, cx.caller.user).await?, cx.now())?;
    let home = users::home(cx.caller.org);
    let user = users::find(cx, cx.caller.org, cx.caller.user).await?;
    let credential: Option<Credential> = cx.get(&home, KeyWriter::new().with(&user.id)).await?;
    let hash = credential.as_ref().map(|credential| credential.password_hash.as_str());
    if auth.is_password(login::bounded(password), hash).await? {
        return Ok(None);
    }
    login::refuse(cx, &user, Some(events::STEP_UP_REFUSED)).await.map(Some)
}

/// Refuses a sign-in that was not proven within the last minutes.
///
/// # Errors
/// `step-up-required`.
pub(crate) async fn stepped_up(cx: &Context) -> Result<()> {
    if cx.caller.kind == ActorKind::System {
        return Ok(());
    }
    let room = rooms::of_user(cx.caller.user);
    let session: Option<Session> = cx.by_id(&room, cx.caller.session.cast()).await?;
    let until = session.and_then(|session| session.elevated_until);
    if until.is_some_and(|until| until > cx.now()) {
        return Ok(());
    }
    Err(Error::new(Code::StepUpRequired, "prove who you are first: POST /api/v1/auth/step-up/"))
}
