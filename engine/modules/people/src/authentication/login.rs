//! Signing in with an address and a password. Nobody is a caller yet and the account is found by its
//! address only, so this operation is nobody's: it goes where the person lives and commits in the person's own
//! room by itself.

use super::{
    Auth, Secret,
    access::{access_of, put},
    events, familiar, lock,
    session::{self, SignedIn, Wish},
    tables::{ADDRESS, Access, Credential, address},
};
use crate::{rooms, server, users, users::tables::User};
use actors::room::Author;
use engine::{Context, Endpoint, Error, Needs, Outcome, Rate, Result, Route, Scope, Whole};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::{Id, OrgId},
    key::KeyWriter,
    operation,
    reply::Reply,
    time::Timestamp,
    words,
};
use serde_json::json;
use std::sync::Arc;

/// The longest password, in characters.
const PASSWORD_MAX: usize = 128;

/// What kind of program signs in.
#[words]
pub(super) enum Client {
    /// A browser: its refresh token is a cookie that no script can read.
    #[default]
    Browser,
    /// Any other program: its refresh token comes in the body.
    Native,
}

/// Signs in. Answers `{access_token, token_type, expires_in, user}`, and `refresh_token` for a native
/// client. Five failures within 15 minutes lock the account for 15 minutes, then for twice as long.
#[operation]
pub(super) struct Login {
    /// The address, in any case.
    #[garde(length(chars, min = 3, max = 254))]
    email: String,
    /// The password.
    password: Secret,
    /// `native` or `browser`.
    #[serde(default)]
    client: Client,
    /// Stay signed in for 30 days instead of 7 days after the last use.
    #[serde(default)]
    remember: bool,
    /// What the person calls this device.
    #[serde(default)]
    #[garde(inner(length(chars, max = 120)))]
    device_label: Option<String>,
}

impl Endpoint for Login {
    const ROUTE: Route = Route::post("/login/")
        .tells(&[events::SIGNED_IN, events::NEW_DEVICE, events::LOCKED])
        .refuses(&[Code::NotAuthenticated, Code::AccountLocked, Code::AccountNotActive]);
    const NEEDS: Needs = Needs::Public;
    const RATE: Rate = Rate::Login;
    type Output = Whole<SignedIn>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        let found = self.find(cx).await?;
        if let Some((user, _)) = &found {
            cx.at_home(&rooms::of_user(user.id))?;
            still_open(&access_of(cx, user.id).await?, cx.now())?;
        }
        let hash = found.as_ref().map(|(_, credential)| credential.password_hash.as_str());
        let right = auth.is_password(self.password.reveal(), hash).await?;
        let reply = match found {
            Some((user, credential)) if right => self.admit(cx, auth, &user, &credential).await?,
            Some((user, _)) => refuse(cx, &user, None).await?,
            None => {
                // A failure of a known account is committed, so this one pays for a commit too.
                cx.store().probe().await?;
                return Err(wrong());
            }
        };
        Ok(Outcome::Answer(reply))
    }
}

impl Login {
    async fn find(&self, cx: &Context) -> Result<Option<(User, Credential)>> {
        // No password is longer: more bytes would only keep the pool busy.
        if bounded(&self.password).is_empty() {
            return Ok(None);
        }
        let Some(user) = holder(cx, &self.email).await? else { return Ok(None) };
        let credential = credential_of(cx, &user).await?;
        Ok(Some(user).zip(credential))
    }

    /// Only now is said whether the account may be used: whoever has no password learns nothing.
    async fn admit(&self, cx: &Context, auth: &Auth, user: &User, credential: &Credential) -> Result<Reply> {
        session::let_in(user)?;
        let wish = Wish {
            native: self.client == Client::Native,
            remember: self.remember,
            device_label: self.device_label.clone(),
        };
        let session = session::begin(cx, auth, user, wish);
        let is_new = familiar::is_new(cx, &session).await?;
        let refresh = auth.fresh_refresh_token(user);
        let token = session::kept(&refresh, &session);
        let author = session::author(cx, user, "Login");
        server::settle(|| async {
            let mut change = Change::new();
            let slot = change.insert(session.clone());
            change.insert(token.clone());
            // Others may have failed meanwhile: being right does not get around a lock.
            let access = access_of(cx, user.id).await?;
            still_open(&access, cx.now())?;
            if access != lock::succeeded(&access) {
                change.update(&access, lock::succeeded(&access));
            } else if access.version > 0 {
                // What ends sessions is noted there: it comes before this one, or is met by it.
                change.relies_on(&access);
            }
            // Proving a password takes a while, and it may be another one by now.
            let now = credential_of(cx, user).await?;
            if now.is_none_or(|now| now.password_hash != credential.password_hash) {
                return Err(wrong());
            }
            let said = events::said(&session, is_new);
            let _ = change.tell(events::SIGNED_IN, slot).saying(move |_| said.clone());
            if is_new {
                let said = familiar::said(&session);
                let _ = change.tell(events::NEW_DEVICE, slot).saying(move |_| said.clone());
            }
            server::commit(cx.engine(), &rooms::of_user(user.id), author.clone(), change).await
        })
        .await?;
        let mut reply = session::answer(auth, user, &session, &refresh)?;
        if let Some(members) = reply.body.as_object_mut() {
            members.insert("must_change_password".to_owned(), credential.must_change.into());
        }
        Ok(reply)
    }
}

async fn credential_of(cx: &Context, user: &User) -> Result<Option<Credential>> {
    cx.get(&users::home(user.org_id), KeyWriter::new().with(&user.id)).await
}

/// Remembers a failure and answers it; the last one allowed locks the account. What else it is, is told too.
pub(super) async fn refuse(cx: &Context, user: &User, told: Option<&'static str>) -> Result<Reply> {
    let author = Author { request_id: cx.request.id.clone(), ..Author::system(user.org_id, "Login") };
    let receipt = server::settle(|| async {
        let access = access_of(cx, user.id).await?;
        let now = cx.now();
        still_open(&access, now)?;
        let after = lock::failed(&access, now);
        let locks = after.lockouts > access.lockouts;
        let refusal = match after.locked_until {
            Some(until) if locks => locked(until, now),
            _ => wrong(),
        };
        let mut change = Change::new();
        let slot = put(&mut change, &access, after);
        if let Some(event) = told {
            let data = json!({"ip": cx.request.ip});
            let _ = change.tell(event, slot).saying(move |_| data.clone());
        }
        if locks {
            let data = json!({"attempts": lock::FAILURES_MAX});
            let _ = change.tell(events::LOCKED, slot).saying(move |_| data.clone()).notify([user.id]);
        }
        let reply = server::refusal(&refusal, cx.request.french, cx.request.id.clone());
        change.reply(move |_| reply.clone());
        server::commit(cx.engine(), &rooms::of_user(user.id), author.clone(), change).await
    })
    .await?;
    Ok(receipt.reply)
}

/// Whoever has this address.
pub(super) async fn holder(cx: &Context, email: &str) -> Result<Option<User>> {
    let Some(held) = cx.holder::<User>(ADDRESS, address(email)).await? else { return Ok(None) };
    cx.by_id(&users::home(OrgId::new(held.home.id())), Id::new(held.holder)).await
}

/// A password as far as it can be one: nothing where it is too long to be worth a hash.
pub(super) fn bounded(password: &Secret) -> &str {
    let text = password.reveal();
    if text.chars().count() > PASSWORD_MAX { "" } else { text }
}

pub(super) fn still_open(access: &Access, now: Timestamp) -> Result<()> {
    lock::locked_until(access, now).map_or(Ok(()), |until| Err(locked(until, now)))
}

pub(super) fn wrong() -> Error {
    Error::new(Code::NotAuthenticated, "the address or the password is wrong")
}

fn locked(until: Timestamp, now: Timestamp) -> Error {
    let seconds = (until.ms() - now.ms()).max(0) / 1_000;
    Error::new(Code::AccountLocked, "too many failed attempts: the account is locked for a while")
        .with("locked_until", until.to_string())
        .with("retry_after", seconds)
}
