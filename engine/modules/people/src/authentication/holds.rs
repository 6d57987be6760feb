//! Whether a sign-in still holds: the account is active, its credential version is the token's, the
//! sign-in was not ended. Answers are remembered for a few seconds and forgotten with the commit that
//! changes them.

use super::{recent::Recent, tables::Session, token::in_time};
use crate::{rooms, users, users::tables::User};
use actors::Image;
use engine::{Error, Reader, Result};
use schema::{
    caller::{ActorKind, Caller},
    code::Code,
    id::{SessionId, UserId},
    time::Timestamp,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// How long an answer may be believed.
const BELIEVED_MS: i64 = 5_000;
/// Answers remembered of each kind: those asked for within the last seconds.
const REMEMBERED_MAX: usize = 65_536;

/// What was read of something, and when.
#[derive(Clone, Copy)]
struct Seen<T> {
    what: T,
    at: Timestamp,
}

/// An account, as far as a token depends on it.
#[derive(Clone, Copy)]
struct Account {
    active: bool,
    token_version: u64,
}

/// What was lately read of accounts and sign-ins.
pub(super) struct Holds {
    accounts: Recent<UserId, Seen<Account>>,
    /// Whether the sign-in goes on.
    sessions: Recent<SessionId, Seen<bool>>,
    /// Counts commits that changed either, so that an answer read before one is not kept after it.
    changes: AtomicU64,
}

impl Holds {
    pub(super) fn new() -> Self {
        Self {
            accounts: Recent::new(REMEMBERED_MAX),
            sessions: Recent::new(REMEMBERED_MAX),
            changes: AtomicU64::new(0),
        }
    }

    /// Refuses a caller whose sign-in holds no longer.
    pub(super) async fn check(&self, reader: &Reader, caller: &Caller) -> Result<()> {
        if caller.kind == ActorKind::System {
            return Ok(());
        }
        let now = reader.now();
        in_time(caller, now)?;
        let account = self.account(reader, caller, now).await?;
        if !account.active {
            return Err(Error::new(Code::AccountNotActive, "this account is not active"));
        }
        if account.token_version != caller.token_version || !self.goes_on(reader, caller, now).await? {
            return Err(Error::new(Code::TokenRevoked, "the session was ended, sign in again"));
        }
        Ok(())
    }

    /// The caller under the account's present role and version. The token itself stays refused: this is
    /// for sockets that are open already.
    pub(super) async fn renew(&self, reader: &Reader, caller: &Caller) -> Result<Caller> {
        let user: Option<User> = reader.by_id(&users::home(caller.org), caller.user.cast()).await?;
        let user = user.filter(User::is_active).ok_or_else(|| Error::not_found("user"))?;
        let renewed = Caller { role: user.role, token_version: user.token_version, ..*caller };
        self.check(reader, &renewed).await?;
        Ok(renewed)
    }

    async fn account(&self, reader: &Reader, caller: &Caller, now: Timestamp) -> Result<Account> {
        if let Some(seen) = self.accounts.get(&caller.user).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let user: Option<User> = reader.by_id(&users::home(caller.org), caller.user.cast()).await?;
        let account = user.map_or(Account { active: false, token_version: 0 }, |user| Account {
            active: user.is_active(),
            token_version: user.token_version,
        });
        if changes == self.changes.load(Ordering::Acquire) {
            self.accounts.put(caller.user, Seen { what: account, at: now });
        }
        Ok(account)
    }

    async fn goes_on(&self, reader: &Reader, caller: &Caller, now: Timestamp) -> Result<bool> {
        if let Some(seen) = self.sessions.get(&caller.session).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let session: Option<Session> =
            reader.by_id(&rooms::of_user(caller.user), caller.session.cast()).await?;
        let goes_on = session.is_some_and(|session| session.revoked_at.is_none());
        if changes == self.changes.load(Ordering::Acquire) {
            self.sessions.put(caller.session, Seen { what: goes_on, at: now });
        }
        Ok(goes_on)
    }

    /// Forgets what was read of somebody, because it has changed somewhere.
    pub(super) fn forget(&self, caller: &Caller) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.accounts.forget(&caller.user);
        self.sessions.forget(&caller.session);
    }

    /// Forgets what a commit changed.
    pub(super) fn committed(&self, rows: &[Image]) {
        for row in rows.iter().filter_map(|image| image.row.as_deref()) {
            if let Some(user) = row.as_any().downcast_ref::<User>() {
                self.changes.fetch_add(1, Ordering::AcqRel);
                self.accounts.forget(&user.id);
            } else if let Some(session) = row.as_any().downcast_ref::<Session>() {
                self.changes.fetch_add(1, Ordering::AcqRel);
                self.sessions.forget(&session.id);
            }
        }
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.ms() - at.ms() < BELIEVED_MS
}
