//! What signing in remembers. The password hash lives with the account; everything about sign-ins lives
//! in the person's own room. Tokens are kept as hashes only.

use crate::users::tables::{User, fold_email};
use schema::{
    id::{Id, OrgId, SessionId, UserId},
    key::KeyWriter,
    row,
    table::{Spec, Table},
    time::Timestamp,
    words,
};

/// A person's password, hashed.
#[row(
    name = "credentials",
    id = 12,
    entity = "credential",
    home = "org",
    by = "org_id",
    topic = "users",
    key = "user_id",
    private,
    lean
)]
pub struct Credential {
    /// Whose.
    pub user_id: UserId,
    /// The organization.
    pub org_id: OrgId,
    /// Argon2id in PHC form, salt and costs included.
    pub password_hash: String,
    /// The hashes before it, the latest first: four, so that with it the last five are known.
    pub former: Vec<String>,
    /// When it was chosen.
    pub changed_at: Timestamp,
    /// The person must choose another before anything else.
    pub must_change: bool,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Credential {
    /// The first credential of an account.
    #[must_use]
    pub fn of(user: &User, password_hash: String, must_change: bool) -> Self {
        Self { user_id: user.id, org_id: user.org_id, password_hash, must_change, ..Self::default() }
    }
}

impl Credential {
    /// Hashes of former passwords that are kept.
    const FORMER_MAX: usize = 4;

    /// The same, chosen at this instant.
    #[must_use]
    pub fn set_at(self, changed_at: Timestamp) -> Self {
        Self { changed_at, ..self }
    }

    /// The row after another password was chosen.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        let hashes = [&self.password_hash].into_iter().chain(&self.former);
        let former = hashes.take(Self::FORMER_MAX).cloned().collect();
        Self {
            password_hash: next.password_hash.clone(),
            must_change: next.must_change,
            changed_at: next.changed_at,
            former,
            ..self.clone()
        }
    }
}

/// A link that lets its holder choose a password, once.
#[row(
    name = "one_time_tokens",
    id = 17,
    entity = "one_time_token",
    home = "org",
    by = "org_id",
    topic = "users",
    private,
    lean
)]
pub struct OneTimeToken {
    /// The first half of its hash: what it is found by.
    pub id: Id<OneTimeToken>,
    /// The organization.
    pub org_id: OrgId,
    /// Whose password it is about.
    pub user_id: UserId,
    /// SHA-256 of the secret, in hexadecimal.
    pub hash: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A key with which a program acts for somebody. What its text proves is not kept.
#[row(name = "api_keys", id = 22, entity = "api_key", home = "user", by = "user_id", lean)]
pub struct ApiKey {
    /// The key.
    pub id: Id<ApiKey>,
    /// The organization.
    pub org_id: OrgId,
    /// For whom it acts.
    pub user_id: UserId,
    /// What its person calls it.
    pub name: String,
    /// What it is for: a module and `read` or `write`.
    pub scopes: Vec<String>,
    /// Its last four characters.
    pub ends_with: String,
    /// Until when it is good.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When a program last used it, to an hour.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a person's own room keeps about getting in.
#[row(name = "access", id = 15, entity = "access", home = "user", by = "user_id", key = "user_id", lean)]
pub struct Access {
    /// Whose.
    pub user_id: UserId,
    /// Recent failures to sign in, oldest first.
    pub failed_at: Vec<Timestamp>,
    /// Locks since the last success.
    pub lockouts: u32,
    /// No sign-in before this instant.
    pub locked_until: Option<Timestamp>,
    /// Every sign-in up to this instant was ended, however many there were.
    pub sessions_ended_at: Option<Timestamp>,
    /// But this one, which its person went on with.
    pub session_kept: Option<SessionId>,
    /// When somebody last said that the password was forgotten.
    pub reset_asked_at: Option<Timestamp>,
    /// When the person's role or rights last changed.
    pub rights_changed_at: Option<Timestamp>,
}

impl Access {
    /// Of somebody who never failed and was never put out.
    #[must_use]
    pub const fn of(user_id: UserId) -> Self {
        Self {
            user_id,
            failed_at: Vec::new(),
            lockouts: 0,
            locked_until: None,
            sessions_ended_at: None,
            session_kept: None,
            reset_asked_at: None,
            rights_changed_at: None,
            version: 0,
        }
    }
}

/// Which sign-ins were ended together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Ends {
    /// Every one up to this instant.
    at: Option<Timestamp>,
    /// But this one.
    kept: Option<SessionId>,
}

impl Ends {
    /// Whether a sign-in that began then is one of them.
    pub(super) fn covers(&self, session: SessionId, created_at: Timestamp) -> bool {
        self.kept != Some(session) && self.at.is_some_and(|ended| created_at <= ended)
    }
}

impl Access {
    /// Which sign-ins were ended together.
    pub(super) const fn ends(&self) -> Ends {
        Ends { at: self.sessions_ended_at, kept: self.session_kept }
    }
}

/// Why a sign-in was ended.
#[words]
pub enum RevokeReason {
    /// Its person left.
    Logout,
    /// A used refresh token came back: one of the two who hold it stole it.
    RotationReuse,
    /// The password is another one.
    PasswordChange,
    /// An administrator ended it.
    Admin,
}

/// One sign-in on one device: the family of all refresh tokens that descend from it.
#[row(name = "sessions", id = 13, entity = "session", home = "user", by = "user_id", lean)]
pub struct Session {
    /// The sign-in.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What its person calls the device.
    pub device_label: Option<String>,
    /// Where it was begun.
    pub ip: Option<String>,
    /// The client's own words, up to 400 characters.
    pub user_agent: Option<String>,
    /// Refresh tokens travel in the body, not in a cookie.
    pub native: bool,
    /// When a token was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless used.
    pub expires_at: Timestamp,
    /// When it ends in any case, where its person asked to be remembered.
    pub absolute_expires_at: Option<Timestamp>,
    /// Until when its person counts as having just proven who they are.
    pub elevated_until: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoke_reason: Option<RevokeReason>,
    /// When it was begun.
    pub created_at: Timestamp,
}

impl Session {
    /// The same, ended.
    #[must_use]
    pub fn revoked(&self, at: Timestamp, reason: RevokeReason) -> Self {
        Self { revoked_at: Some(at), revoke_reason: Some(reason), ..self.clone() }
    }

    /// True when it was ended, alone or with all others.
    #[must_use]
    pub fn is_revoked(&self, access: Option<&Access>) -> bool {
        self.revoked_at.is_some()
            || access.is_some_and(|access| access.ends().covers(self.id, self.created_at))
    }
}

/// A refresh token, as far as the server knows it.
#[row(
    name = "refresh_tokens",
    id = 14,
    entity = "refresh_token",
    home = "user",
    by = "user_id",
    private,
    lean
)]
pub struct RefreshToken {
    /// The first half of its hash: what it is found by.
    pub id: Id<RefreshToken>,
    /// Whose.
    pub user_id: UserId,
    /// The sign-in.
    pub session_id: SessionId,
    /// SHA-256 of the token, in hexadecimal.
    pub hash: String,
    /// When it was exchanged for its successor.
    pub used_at: Option<Timestamp>,
    /// What it was exchanged for.
    pub successor_id: Option<Id<RefreshToken>>,
    /// When it was issued.
    pub created_at: Timestamp,
}

/// What a sign-in is found by: the address, through its claim.
#[must_use]
pub(crate) fn address(email: &str) -> KeyWriter {
    KeyWriter::new().with(&fold_email(email))
}

/// The name of the claim on addresses.
pub(crate) const ADDRESS: &str = "email";

/// The tables that a sign-in reads, for the catalogue.
pub(super) const ALL: &[&Spec] =
    &[Credential::SPEC, OneTimeToken::SPEC, Session::SPEC, RefreshToken::SPEC, Access::SPEC, ApiKey::SPEC];
