//! Keys for programs that act for somebody: list, make, take back. A key is a name and a code (HMAC) over it that only
//! the server can make; so nothing secret is kept, and whether the name is still good is read with every call.

use super::{Auth, events, of_somebody, stepped_up, tables::ApiKey};
use crate::{
    rooms, server,
    users::{self, matrix},
};
use actors::room::Author;
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engine::{
    Context, Empty, Endpoint, Error, Extent, Level, Needs, Outcome, Param, Query, Reader, Remit, Result,
    Route, Scope, Whole,
};
use schema::{
    answer,
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    event::Hearing,
    id::{Id, OrgId, SessionId, UserId},
    operation,
    reply::Reply,
    role::Role,
    table::{Slot, Spec, Table as _},
    text::Line,
    time::Timestamp,
};
use serde_json::json;
use std::sync::Arc;
use storage::Range;
use uuid::Uuid;

/// What every key begins with, so that one is recognised where it does not belong.
pub(super) const BEGIN: &str = "eco_";
/// Keys of one person that are good at once.
const KEYS_MAX: usize = 20;
/// Rows looked at: good ones and those taken back.
const LOOKED_AT: usize = 500;
/// What a key does not reach: who signs in how is no business of a program.
const CLOSED: &str = "auth";
/// The bytes of a key: three ids and a code.
const IDS_LEN: usize = 48;

/// The text of a key.
pub(super) fn text(key: &hmac::Key, row: &ApiKey) -> String {
    let mut bytes = name(row.org_id, row.user_id, row.id);
    let code = hmac::sign(key, &bytes);
    bytes.extend_from_slice(code.as_ref());
    format!("{BEGIN}{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn name(org: OrgId, user: UserId, id: Id<ApiKey>) -> Vec<u8> {
    [org.uuid(), user.uuid(), id.uuid()].iter().flat_map(|id| *id.as_bytes()).collect()
}

/// Whom a key names, before anything of them was read: without a role, and good for nothing yet.
///
/// # Errors
/// `not-authenticated` for what is no key of ours.
pub(super) fn verify(key: &hmac::Key, text: &str) -> Result<Caller> {
    let unknown = || Error::new(Code::NotAuthenticated, "this key is not valid");
    let text = text.strip_prefix(BEGIN).filter(|text| text.len() <= 128).ok_or_else(unknown)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unknown())?;
    let (ids, code) = bytes.split_at_checked(IDS_LEN).ok_or_else(unknown)?;
    hmac::verify(key, ids, code).map_err(|_| unknown())?;
    let mut named = ids.chunks_exact(16).filter_map(|id| Uuid::from_slice(id).ok());
    let (Some(org), Some(user), Some(id)) = (named.next(), named.next(), named.next()) else {
        return Err(unknown());
    };
    Ok(Caller {
        user: UserId::new(user),
        org: OrgId::new(org),
        role: Role::Alumni,
        session: SessionId::new(id),
        token_version: 0,
        expires_at: Timestamp::from_ms(i64::MAX),
        kind: ActorKind::ApiKey,
    })
}

/// The row of the key that a caller came with, while it is good.
///
/// # Errors
/// `token-revoked`, `token-expired`.
pub(super) async fn good(reader: &Reader, caller: &Caller) -> Result<ApiKey> {
    let row: Option<ApiKey> = reader.by_id(&rooms::of_user(caller.user), caller.session.cast()).await?;
    let taken_back = || Error::new(Code::TokenRevoked, "this key was taken back");
    let row = row.filter(|row| row.revoked_at.is_none()).ok_or_else(taken_back)?;
    if row.expires_at.is_some_and(|end| end <= reader.now()) {
        return Err(Error::new(Code::TokenExpired, "this key has ended"));
    }
    Ok(row)
}

/// What a key lets its program do of what its person may: never manage, and nothing in modules it was not made for, by
/// whatever right.
pub(super) fn within(scopes: &[String], module: &str, level: Level) -> Level {
    let has = |what: &str| scopes.iter().any(|scope| scope.split_once(':') == Some((module, what)));
    if has("write") {
        Level { manage: false, ..level }
    } else if has("read") {
        Level { write: Extent::None, manage: false, remit: Remit::Reading, ..level }
    } else {
        Level { remit: Remit::Nothing, ..Level::NONE }
    }
}

/// A key, as far as it is shown.
#[answer]
pub(super) struct KeyCard {
    /// The key.
    id: Id<ApiKey>,
    /// What its person calls it.
    name: String,
    /// What it is for: `projects:read`, `projects:write`.
    scopes: Vec<String>,
    /// Its last four characters.
    ends_with: String,
    /// Until when it is good.
    expires_at: Option<Timestamp>,
    /// When a program last used it, to an hour.
    last_used_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// What a program signs in with, as `Authorization: Bearer`: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl KeyCard {
    fn of(row: &ApiKey, secret: Option<String>) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            scopes: row.scopes.clone(),
            ends_with: row.ends_with.clone(),
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            created_at: row.created_at,
            secret,
        }
    }
}

/// The keys of somebody.
#[answer]
pub(super) struct Keys {
    /// The oldest first.
    data: Vec<KeyCard>,
}

/// Lists the keys of somebody that are good: the caller's own, or those of somebody whose sign-ins the caller manages,
/// then named by `user_id`.
#[operation]
pub(super) struct ListApiKeys {
    /// `user_id`.
    query: Query,
}

impl Endpoint for ListApiKeys {
    const ROUTE: Route = Route::get("/api-keys/");
    const NEEDS: Needs = of_somebody::NEEDS;
    const ASKS: &'static [Param] = of_somebody::ASKS;
    type Output = Whole<Keys>;

    fn scope(&self, caller: &Caller) -> Scope {
        of_somebody::place(&self.query, caller)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let person = of_somebody::person(&self.query, cx).await?;
        let keys = present(cx, person).await?;
        Outcome::ok(&Keys { data: keys.iter().map(|row| KeyCard::of(row, None)).collect() })
    }
}

async fn present(cx: &Context, person: UserId) -> Result<Vec<ApiKey>> {
    let table = Slot::Rows.number(ApiKey::SPEC.id);
    // The newest: who changes keys often has many that were taken back.
    let range = Range::partition(table, Spec::partition(&rooms::of_user(person)), LOOKED_AT).backward();
    let mut rows: Vec<ApiKey> = cx.range(&range).await?;
    rows.reverse();
    rows.retain(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > cx.now()));
    Ok(rows)
}

/// Makes a key with which a program acts for the caller, within its scopes and never beyond what the caller may; it
/// manages nothing, opens no socket and reaches nothing of signing in. Needs a step-up.
#[operation]
pub(super) struct CreateApiKey {
    /// What it is for, in the caller's words.
    name: Line<80>,
    /// What it is for: a module and `read` or `write`, such as `projects:read`.
    #[garde(length(min = 1, max = 30))]
    scopes: Vec<String>,
    /// Until when it is good; without an end unless said.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

impl Endpoint for CreateApiKey {
    const ROUTE: Route = Route::post("/api-keys/")
        .tells(&[events::KEY_CREATED])
        .refuses(&[Code::StepUpRequired, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<KeyCard>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        for (at, scope) in self.scopes.iter().enumerate() {
            let known = scope.split_once(':').is_some_and(|(module, what)| {
                module != CLOSED && matrix::MODULES.contains(&module) && matches!(what, "read" | "write")
            });
            if !known {
                let message = "a module and read or write, such as projects:read";
                return Err(Error::field(&format!("/scopes/{at}"), "unknown", message));
            }
        }
        if self.expires_at.is_some_and(|end| end <= cx.now()) {
            return Err(Error::field("/expires_at", "invalid", "this is over already"));
        }
        stepped_up(cx).await?;
        if present(cx, cx.caller.user).await?.len() >= KEYS_MAX {
            return Err(Error::new(Code::CapacityReached, format!("{KEYS_MAX} keys at most: take one back")));
        }
        let auth: &Arc<Auth> = cx.part()?;
        let row = ApiKey {
            id: cx.clock().new_id(),
            org_id: cx.caller.org,
            user_id: cx.caller.user,
            name: self.name.owned(),
            scopes: self.scopes.clone(),
            expires_at: self.expires_at,
            created_at: cx.now(),
            ..ApiKey::default()
        };
        let secret = auth.text_of(&row);
        let tail = secret.get(secret.len().saturating_sub(4)..).unwrap_or_default().to_owned();
        let row = ApiKey { ends_with: tail, ..row };
        let mut change = Change::new();
        let slot = change.insert(row.clone());
        let said = json!({"title": row.name, "scopes": row.scopes});
        let _ = change.tell(events::KEY_CREATED, slot).saying(move |_| said.clone());
        let author = Author::of(&cx.caller, "CreateApiKey", cx.request.id.clone());
        server::commit(cx.engine(), cx.room()?, author, change).await?;
        Outcome::ok(&KeyCard::of(&row, Some(secret)))
    }
}

/// Takes a key back: the next call with it is refused. One's own, or of somebody whose sign-ins the caller manages, then
/// named by `user_id`; that person is told.
#[operation]
pub(super) struct RevokeApiKey {
    /// The key.
    key_id: Id<ApiKey>,
    /// `user_id`.
    query: Query,
}

impl Endpoint for RevokeApiKey {
    const ROUTE: Route =
        Route::delete("/api-keys/{key_id}/").tells(&[events::KEY_REVOKED, events::KEY_ENDED]);
    const NEEDS: Needs = of_somebody::NEEDS;
    const ASKS: &'static [Param] = of_somebody::ASKS;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        of_somebody::place(&self.query, caller)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let person = of_somebody::person(&self.query, cx).await?;
        let row: Option<ApiKey> = cx.by_id(&rooms::of_user(person), self.key_id).await?;
        let row = row.ok_or_else(|| Error::not_found("api_key"))?;
        if row.revoked_at.is_some() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        if person == cx.caller.user {
            revoked(&mut change, &row, cx.now());
        } else {
            // It is kept in the person's own room, so a reaction there takes it back.
            let user = users::find(cx, cx.caller.org, person).await?;
            let slot = change.about(&user);
            let data = json!({"key_id": row.id, "title": row.name});
            let _ = change.tell(events::KEY_ENDED, slot).saying(move |_| data.clone());
        }
        Ok(Outcome::Commit(change))
    }
}

/// Takes a key back. Its person is told unless they did it themselves.
pub(super) fn revoked(change: &mut Change, row: &ApiKey, at: Timestamp) {
    let said = json!({"title": row.name});
    let slot = change.update(row, ApiKey { revoked_at: Some(at), ..row.clone() });
    let told = change.tell(events::KEY_REVOKED, slot).saying(move |_| said.clone()).notify([row.user_id]);
    // Whatever listens with it is cut off.
    let _ = told.hearing(Hearing::Control);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(secret: &[u8]) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, secret)
    }

    #[test]
    fn a_scope_never_gives_more_than_its_person_has() {
        let scopes = ["crm:read".to_owned(), "projects:write".to_owned()];

        assert_eq!(within(&scopes, "projects", Level::M), Level { manage: false, ..Level::M });
        assert_eq!(within(&scopes, "projects", Level::RO), Level::RO);
        let reading = |level| Level { remit: Remit::Reading, ..level };
        assert_eq!(within(&scopes, "crm", Level::M), reading(Level::R));
        assert_eq!(within(&scopes, "crm", Level::WO), reading(Level::RO));
        assert_eq!(within(&scopes, "users", Level::M), Level { remit: Remit::Nothing, ..Level::NONE });
    }

    proptest! {
        #[test]
        fn a_key_names_its_person_and_only_the_server_makes_one(org: u128, user: u128, id: u128, at in 4_usize..111) {
            let row = ApiKey {
                id: Id::new(Uuid::from_u128(id)),
                org_id: OrgId::new(Uuid::from_u128(org)),
                user_id: UserId::new(Uuid::from_u128(user)),
                ..ApiKey::default()
            };
            let said = text(&key(b"ours"), &row);

            let caller = verify(&key(b"ours"), &said).unwrap();
            prop_assert_eq!((caller.org, caller.user), (row.org_id, row.user_id));
            prop_assert!(verify(&key(b"theirs"), &said).is_err());
            let mut forged: Vec<char> = said.chars().collect();
            let other = if forged[at] == 'A' { 'B' } else { 'A' };
            forged[at] = other;
            let forged: String = forged.into_iter().collect();
            // The last character holds bits that are not looked at.
            prop_assert!(verify(&key(b"ours"), &forged).is_err() || at == said.len() - 1);
        }

        #[test]
        fn no_text_makes_the_reader_panic(said in ".{0,200}") {
            prop_assert!(verify(&key(b"ours"), &said).is_err());
            let dressed_up = format!("{BEGIN}{said}");
            prop_assert!(verify(&key(b"ours"), &dressed_up).is_err());
        }
    }
}
