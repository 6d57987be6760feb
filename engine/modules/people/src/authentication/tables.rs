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
    /// The person must choose another at the next sign-in.
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
            rights_changed_at: None,
            version: 0,
        }
    }
}

/// Why a sign-in was ended.
#[words]
pub enum RevokeReason {
    /// Its person left.
    Logout,
    /// A used refresh token came back: one of the two who hold it stole it.
    RotationReuse,
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
        let all = access.and_then(|access| access.sessions_ended_at);
        self.revoked_at.is_some() || all.is_some_and(|ended| self.created_at <= ended)
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
pub(super) const ALL: &[&Spec] = &[Credential::SPEC, Session::SPEC, RefreshToken::SPEC, Access::SPEC];
