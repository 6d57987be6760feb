//! Exchanging a refresh token for the next. Each is good once; presented again at once it gives the same
//! successor, so that parallel tabs agree, and presented later it ends the sign-in: one of the two who
//! hold it stole it.

use super::{
    Auth, Secret,
    access::access_of,
    events,
    events::Ended,
    opaque::Opaque,
    session::{self, SignedIn},
    tables::{RefreshToken, RevokeReason, Session},
    token,
};
use crate::{rooms, server, users::tables::User};
use engine::{Context, Endpoint, Error, Needs, Outcome, Reader, Result, Route, Scope, Whole};
use schema::{caller::Caller, change::Change, code::Code, operation, reply::Reply, time::Timestamp};
use std::sync::Arc;

/// How long a used token still gives its successor.
const AGREE_MS: i64 = 10_000;

/// Exchanges a refresh token for a new access token and the next refresh token.
#[operation]
pub(super) struct RefreshSession {
    /// The token; a browser's comes from its cookie.
    #[serde(default)]
    refresh_token: Secret,
}

/// A token with everything that decides about it.
struct Held {
    user: User,
    session: Session,
    token: RefreshToken,
}

/// What becomes of a presented token.
#[derive(PartialEq, Eq, Debug)]
enum Fate {
    /// It is exchanged.
    Rotate,
    /// It was exchanged a moment ago: the same successor again.
    Agree,
    /// It was exchanged long ago.
    Reused,
}

impl Endpoint for RefreshSession {
    const ROUTE: Route = Route::post("/token/refresh/")
        .tells(&[events::TOKEN_REUSED, events::SESSION_REVOKED])
        .refuses(&[Code::NotAuthenticated, Code::TokenRevoked, Code::AccountNotActive]);
    const NEEDS: Needs = Needs::Public;
    type Output = Whole<SignedIn>;

    fn scope(&self, _: &Caller) -> Scope {
        let token = Opaque::parse(self.refresh_token.reveal());
        token.map_or(Scope::Nowhere, |token| Scope::Room(rooms::of_user(token.user)))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        let presented = Opaque::parse(self.refresh_token.reveal()).ok_or_else(token::unknown)?;
        let successor = auth.successor_of(&presented);
        let reply = server::settle(|| async {
            let held = held(cx, &presented).await?;
            match fate(&held.token, cx.now()) {
                Fate::Rotate => rotate(cx, auth, &held, &successor).await,
                Fate::Agree => {
                    session::answer(auth, &held.user, &held.session, &successor).map(Outcome::Answer)
                }
                Fate::Reused => Ok(Outcome::Commit(end_family(cx, &held))),
            }
        });
        reply.await
    }
}

fn fate(token: &RefreshToken, now: Timestamp) -> Fate {
    match token.used_at {
        None => Fate::Rotate,
        Some(used) if now.ms() - used.ms() <= AGREE_MS => Fate::Agree,
        Some(_) => Fate::Reused,
    }
}

async fn held(reader: &Reader, presented: &Opaque) -> Result<Held> {
    let room = rooms::of_user(presented.user);
    let token: Option<RefreshToken> = reader.by_id(&room, presented.id()).await?;
    let token = token.filter(|token| token.hash == presented.hash()).ok_or_else(token::unknown)?;
    let session: Option<Session> = reader.by_id(&room, token.session_id.cast()).await?;
    let session = session.ok_or_else(token::unknown)?;
    let user = session::person(reader, presented.user).await?.ok_or_else(token::unknown)?;
    if session.is_revoked(Some(&access_of(reader, user.id).await?)) {
        return Err(Error::new(Code::TokenRevoked, "the session was ended, sign in again"));
    }
    if session.expires_at <= reader.now() {
        return Err(Error::new(Code::TokenExpired, "the session was not used for too long, sign in again"));
    }
    session::let_in(&user)?;
    Ok(Held { user, session, token })
}

/// Commits by itself: the reply of a change is stored, and this one holds tokens.
async fn rotate(cx: &Context, auth: &Auth, held: &Held, successor: &Opaque) -> Result<Outcome> {
    let now = cx.now();
    let session = session::used(auth, &held.session, now);
    let mut change = Change::new();
    let used = RefreshToken { used_at: Some(now), successor_id: Some(successor.id()), ..held.token.clone() };
    change.update(&held.token, used);
    change.insert(session::kept(successor, &session));
    change.update(&held.session, session.clone());
    change.unaudited();
    let author = session::author(cx, &held.user, "RefreshSession");
    server::commit(cx.engine(), cx.room()?, author, change).await?;
    session::answer(auth, &held.user, &session, successor).map(Outcome::Answer)
}

/// Ends the sign-in, tells its person, and answers the thief and the robbed alike.
fn end_family(cx: &Context, held: &Held) -> Change {
    let mut change = Change::new();
    let reason = RevokeReason::RotationReuse;
    let slot = change.update(&held.session, held.session.revoked(cx.now(), reason));
    events::tell_revoked(&mut change, slot, Ended::One(held.session.id), reason);
    let said = events::said(&held.session, false);
    let _ = change.tell(events::TOKEN_REUSED, slot).saying(move |_| said.clone()).notify([held.user.id]);
    let refused = Error::new(Code::TokenRevoked, "this token was used before, so the session was ended");
    let reply: Reply = server::refusal(&refused, cx.request.french, cx.request.id.clone());
    change.reply(move |_| reply.clone());
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::id::{SessionId, UserId};

    #[test]
    fn a_used_token_is_forgiven_for_ten_seconds() {
        let at = Timestamp::from_ms;
        let fresh = RefreshToken {
            id: schema::id::Id::NIL,
            user_id: UserId::NIL,
            session_id: SessionId::NIL,
            hash: String::new(),
            used_at: None,
            successor_id: None,
            created_at: at(0),
            version: 1,
        };
        let used = RefreshToken { used_at: Some(at(1_000)), ..fresh.clone() };

        assert_eq!(fate(&fresh, at(1_000)), Fate::Rotate);
        assert_eq!(fate(&used, at(11_000)), Fate::Agree);
        assert_eq!(fate(&used, at(11_001)), Fate::Reused);
    }
}
