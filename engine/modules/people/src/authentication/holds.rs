//! Whether a sign-in still holds: the account is active, its credential version is the token's, the
//! sign-in was not ended. Answers are remembered for a few seconds and forgotten with the commit that
//! changes them.

use super::{
    access::access_of,
    api_keys,
    tables::{Access, Ends, Session},
    token::in_time,
};
use crate::{
    recent::Recent,
    rooms, users,
    users::{
        matrix,
        rights::{
            self, rules,
            tables::{Override, RoleLevels},
        },
        tables::{Organization, User},
    },
};
use actors::Image;
use engine::{Error, Level, Reader, Result};
use schema::{
    caller::{ActorKind, Caller},
    code::Code,
    id::{OrgId, SessionId, UserId},
    role::Role,
    time::Timestamp,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What is carried out for somebody who must choose another password: choosing it, seeing who they are, leaving.
const BEFORE_CHANGING: [&str; 4] = ["ChangePassword", "ShowMe", "Logout", "LogoutEverywhere"];
/// What a socket that stays open is there for, whatever is asked on it: to say who it is.
const STAYS: &str = "ShowMe";
/// How long an answer may be believed.
const BELIEVED_MS: i64 = 5_000;
/// Answers remembered of each kind: those asked for within the last seconds.
const REMEMBERED_MAX: usize = 65_536;

/// What was read of something, and when.
#[derive(Clone)]
struct Seen<T> {
    what: T,
    at: Timestamp,
}

/// An account, as far as a token and rights depend on it.
#[derive(Clone)]
struct Account {
    active: bool,
    must_change: bool,
    token_version: u64,
    /// What is said for this person alone; seldom anything.
    overrides: Option<Arc<BTreeMap<String, Override>>>,
}

/// What was lately read of accounts and sign-ins.
pub(super) struct Holds {
    accounts: Recent<UserId, Seen<Account>>,
    /// When sign-ins began; nothing for one that was ended.
    sessions: Recent<SessionId, Seen<Option<Timestamp>>>,
    /// Which of a person's sign-ins were ended together.
    ends: Recent<UserId, Seen<Ends>>,
    /// What organizations say of roles.
    roles: Recent<(OrgId, Role), Seen<Option<Arc<RoleLevels>>>>,
    /// Modules that organizations do not use; seldom any.
    off: Recent<OrgId, Seen<Arc<[String]>>>,
    /// Counts commits that changed either, so that an answer read before one is not kept after it.
    changes: AtomicU64,
}

impl Holds {
    pub(super) fn new() -> Self {
        Self {
            accounts: Recent::new(REMEMBERED_MAX),
            sessions: Recent::new(REMEMBERED_MAX),
            ends: Recent::new(REMEMBERED_MAX),
            roles: Recent::new(REMEMBERED_MAX),
            off: Recent::new(REMEMBERED_MAX),
            changes: AtomicU64::new(0),
        }
    }

    /// Refuses a caller whose sign-in holds no longer.
    pub(super) async fn check(
        &self,
        reader: &Reader,
        caller: &Caller,
        operation: Option<&str>,
    ) -> Result<()> {
        if caller.kind == ActorKind::System {
            return Ok(());
        }
        if caller.kind == ActorKind::ApiKey && caller.token_version == 0 {
            return Err(Error::new(Code::NotAuthenticated, "a key opens no socket: sign in for that"));
        }
        let now = reader.now();
        in_time(caller, now)?;
        let account = self.account(reader, caller, now).await?;
        if !account.active {
            return Err(Error::new(Code::AccountNotActive, "this account is not active"));
        }
        if caller.kind == ActorKind::ApiKey && account.token_version == caller.token_version {
            // Looked up when it came in: it listens as its person, while its key is good.
            return api_keys::good(reader, caller).await.map(drop);
        }
        if account.token_version != caller.token_version || !self.goes_on(reader, caller, now).await? {
            return Err(Error::new(Code::TokenRevoked, "the session was ended, sign in again"));
        }
        if account.must_change && !operation.is_some_and(|operation| BEFORE_CHANGING.contains(&operation)) {
            return Err(change_first());
        }
        Ok(())
    }

    /// The caller under the account's present role and version. The token itself stays refused: this is
    /// for sockets that are open already.
    pub(super) async fn renew(&self, reader: &Reader, caller: &Caller) -> Result<Caller> {
        let user: Option<User> = reader.by_id(&users::home(caller.org), caller.user.cast()).await?;
        let inactive = || Error::new(Code::AccountNotActive, "this account is not active");
        let user = user.filter(User::is_active).ok_or_else(inactive)?;
        if caller.kind == ActorKind::ApiKey {
            api_keys::good(reader, caller).await?;
            if user.must_change_password {
                return Err(change_first());
            }
            // Whoever may do everything everywhere does it in person.
            let role = if user.role == Role::SuperAdministrator { Role::Administrator } else { user.role };
            return Ok(Caller { role, token_version: user.token_version, ..*caller });
        }
        let renewed = Caller { role: user.role, token_version: user.token_version, ..*caller };
        self.check(reader, &renewed, Some(STAYS)).await?;
        Ok(renewed)
    }

    async fn account(&self, reader: &Reader, caller: &Caller, now: Timestamp) -> Result<Account> {
        if let Some(seen) = self.accounts.get(&caller.user).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let user: Option<User> = reader.by_id(&users::home(caller.org), caller.user.cast()).await?;
        let nobody = Account { active: false, must_change: false, token_version: 0, overrides: None };
        let account = user.map_or(nobody, |user| Account {
            active: user.is_active(),
            must_change: user.must_change_password,
            token_version: user.token_version,
            overrides: (!user.overrides.is_empty()).then(|| Arc::new(user.overrides)),
        });
        if changes == self.changes.load(Ordering::Acquire) {
            self.accounts.put(caller.user, Seen { what: account.clone(), at: now });
        }
        Ok(account)
    }

    /// The caller's level in a module; a program's within its key's scopes. `module-disabled` where the caller's
    /// organization does not use it.
    pub(super) async fn level(&self, reader: &Reader, caller: &Caller, module: &str) -> Result<Level> {
        // What the server itself does, it does also for modules that wait to be switched on again.
        if caller.kind != ActorKind::System
            && self.off(reader, caller.org).await?.iter().any(|off| off == module)
        {
            return Err(Error::new(Code::ModuleDisabled, "your organization does not use this module"));
        }
        let level = self.level_of_person(reader, caller, module).await?;
        if caller.kind != ActorKind::ApiKey {
            return Ok(level);
        }
        Ok(api_keys::within(&api_keys::good(reader, caller).await?.scopes, module, level))
    }

    async fn level_of_person(&self, reader: &Reader, caller: &Caller, module: &str) -> Result<Level> {
        // Nothing that anybody says changes these, so nothing has to be read.
        if rules::runs_all(caller.role) {
            return Ok(matrix::level(caller.role, module));
        }
        let now = reader.now();
        let account = self.account(reader, caller, now).await?;
        let of_role = self.role(reader, caller, now).await?;
        let nothing = BTreeMap::new();
        let of_person = account.overrides.as_deref().unwrap_or(&nothing);
        Ok(rules::level_of(caller.role, of_role.as_deref(), of_person, module, now).0)
    }

    async fn role(
        &self,
        reader: &Reader,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<Arc<RoleLevels>>> {
        let key = (caller.org, caller.role);
        if let Some(seen) = self.roles.get(&key).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let said = rights::of_role(reader, caller.org, caller.role).await?.map(Arc::new);
        if changes == self.changes.load(Ordering::Acquire) {
            self.roles.put(key, Seen { what: said.clone(), at: now });
        }
        Ok(said)
    }

    async fn off(&self, reader: &Reader, org: OrgId) -> Result<Arc<[String]>> {
        let now = reader.now();
        if let Some(seen) = self.off.get(&org).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let organization: Option<Organization> = reader.by_id(&users::home(org), org.cast()).await?;
        let off: Arc<[String]> = organization.map(|row| row.modules_off).unwrap_or_default().into();
        if changes == self.changes.load(Ordering::Acquire) {
            self.off.put(org, Seen { what: Arc::clone(&off), at: now });
        }
        Ok(off)
    }

    async fn goes_on(&self, reader: &Reader, caller: &Caller, now: Timestamp) -> Result<bool> {
        let Some(began) = self.began(reader, caller, now).await? else { return Ok(false) };
        Ok(!self.ends(reader, caller.user, now).await?.covers(caller.session, began))
    }

    async fn began(&self, reader: &Reader, caller: &Caller, now: Timestamp) -> Result<Option<Timestamp>> {
        if let Some(seen) = self.sessions.get(&caller.session).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let session: Option<Session> =
            reader.by_id(&rooms::of_user(caller.user), caller.session.cast()).await?;
        let began = session.filter(|session| session.revoked_at.is_none()).map(|session| session.created_at);
        if changes == self.changes.load(Ordering::Acquire) {
            self.sessions.put(caller.session, Seen { what: began, at: now });
        }
        Ok(began)
    }

    async fn ends(&self, reader: &Reader, person: UserId, now: Timestamp) -> Result<Ends> {
        if let Some(seen) = self.ends.get(&person).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let ends = access_of(reader, person).await?.ends();
        if changes == self.changes.load(Ordering::Acquire) {
            self.ends.put(person, Seen { what: ends, at: now });
        }
        Ok(ends)
    }

    /// Forgets what was read of somebody, because it has changed somewhere.
    pub(super) fn forget(&self, caller: &Caller) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.accounts.forget(&caller.user);
        self.sessions.forget(&caller.session);
        self.ends.forget(&caller.user);
        self.roles.forget(&(caller.org, caller.role));
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
            } else if let Some(said) = row.as_any().downcast_ref::<RoleLevels>() {
                self.changes.fetch_add(1, Ordering::AcqRel);
                self.roles.forget(&(said.org_id, said.role));
            } else if let Some(organization) = row.as_any().downcast_ref::<Organization>() {
                self.changes.fetch_add(1, Ordering::AcqRel);
                self.off.forget(&organization.id);
            } else if let Some(access) = row.as_any().downcast_ref::<Access>() {
                self.changes.fetch_add(1, Ordering::AcqRel);
                self.ends.forget(&access.user_id);
            }
        }
    }
}

fn change_first() -> Error {
    let detail = "choose another password first: POST /api/v1/auth/password/change/";
    Error::new(Code::PasswordChangeRequired, detail)
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.ms() - at.ms() < BELIEVED_MS
}
