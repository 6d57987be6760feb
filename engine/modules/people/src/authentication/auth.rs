//! Who a token names, whether that still holds, and what the role may do: the identity that the engine
//! asks. One a server; operations reach it as a part of the engine.

use super::{
    Config, Error, api_keys, events,
    hashing::Hashing,
    holds::Holds,
    key_use::KeyUses,
    keys::{MasterKey, SigningKey},
    opaque::Opaque,
    tables::ApiKey,
    tickets::Tickets,
    token::Tokens,
};
use crate::{
    rooms,
    users::{self, presence::Presences, tables::User},
};
use actors::{BoxFuture, Image, Verdict};
use aws_lc_rs::hmac;
use engine::{Engine, Identity, Level, Reader, Result};
use schema::{
    caller::{ActorKind, Caller},
    clock::Clock,
    id::{OrgId, SessionId, UserId},
    log::Told,
    room::RoomId,
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use storage::Store;

/// Signs people in: keys, tokens, tickets, the hashing pool. Shared as `Arc<Auth>`.
pub struct Auth {
    clock: Clock,
    config: Config,
    tokens: Tokens,
    tickets: Tickets,
    hashing: Hashing,
    holds: Holds,
    presences: Presences,
    key_uses: KeyUses,
    succession: hmac::Key,
    programs: hmac::Key,
    cursors: [u8; 32],
    audit: [u8; 32],
}

impl Auth {
    /// Opens with the stored signing key, or makes one in an empty store.
    ///
    /// # Errors
    /// When there is no master key, it is not the one the store's key was wrapped with, or the store
    /// doesn't answer.
    pub async fn open(store: &Store, clock: Clock, config: Config) -> Result<Arc<Self>, Error> {
        let master = MasterKey::find(&config, &clock)?;
        let signing = SigningKey::load(store, &master, &clock).await?;
        Ok(Arc::new(Self {
            tokens: Tokens::new(&signing, config.tokens_cached_max)?,
            tickets: Tickets::new(config.tickets_max),
            hashing: Hashing::new(&config, clock.clone())?,
            holds: Holds::new(),
            presences: Presences::new(),
            key_uses: KeyUses::new(),
            succession: master.derive("ecosystia refresh token succession v1"),
            programs: master.derive("ecosystia api key v1"),
            cursors: master.derive_bytes("ecosystia list cursor v1"),
            audit: master.derive_bytes("ecosystia audit chain v1"),
            config,
            clock,
        }))
    }

    /// A signed access token of a person's sign-in.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn token_for(&self, user: &User, session: SessionId, lifetime: Duration) -> Result<String> {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self.tokens.sign(user, session, seconds, &self.clock)
    }

    /// The hash of a password that was found acceptable, in PHC form.
    ///
    /// # Errors
    /// `overloaded` when too many wait for the pool.
    pub async fn hash(&self, password: &str) -> Result<String> {
        self.hashing.hash(password).await
    }

    /// Whether a password has this hash; takes as long when there is none.
    pub(super) async fn is_password(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        self.hashing.verify(password, hash).await
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn fresh_refresh_token(&self, user: &User) -> Opaque {
        Opaque::fresh(user.id, &self.clock)
    }

    /// The one refresh token that may follow this one.
    pub(super) fn successor_of(&self, token: &Opaque) -> Opaque {
        token.successor(&self.succession)
    }

    /// The text of a program's key: nobody else can make it.
    pub(super) fn text_of(&self, row: &ApiKey) -> String {
        api_keys::text(&self.programs, row)
    }

    pub(crate) const fn presences(&self) -> &Presences {
        &self.presences
    }

    pub(super) fn ticket_for(&self, caller: &Caller) -> Result<String> {
        self.tickets.issue(*caller, &self.clock)
    }

    /// What the audit chain is keyed with: nobody who can only write the store can make a chain.
    pub(crate) const fn audit_key(&self) -> &[u8; 32] {
        &self.audit
    }

    pub(super) fn key_set(&self) -> Value {
        self.tokens.key_set()
    }
}

impl Identity for Auth {
    fn verify(&self, token: &str) -> Result<Caller> {
        if token.starts_with(api_keys::BEGIN) {
            return api_keys::verify(&self.programs, token);
        }
        self.tokens.verify(token, self.clock.now())
    }

    fn redeem(&self, ticket: &str) -> Result<Caller> {
        self.tickets.redeem(ticket, self.clock.now())
    }

    fn ticket_room(&self, ticket: &str) -> Option<RoomId> {
        Tickets::holder(ticket).map(rooms::of_user)
    }

    fn current<'a>(
        &'a self,
        reader: &'a Reader,
        caller: &'a Caller,
        operation: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.holds.check(reader, caller, operation))
    }

    fn renewed<'a>(&'a self, reader: &'a Reader, caller: &'a Caller) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(self.holds.renew(reader, caller))
    }

    fn acting<'a>(&'a self, reader: &'a Reader, org: OrgId, user: UserId) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let user = users::active(reader, org, user).await?;
            let (role, token_version) = (user.role, user.token_version);
            Ok(Caller { user: user.id, role, token_version, kind: ActorKind::User, ..Caller::system(org) })
        })
    }

    fn cursor_key(&self) -> &[u8; 32] {
        &self.cursors
    }

    fn level<'a>(
        &'a self,
        reader: &'a Reader,
        caller: &'a Caller,
        module: &'a str,
    ) -> BoxFuture<'a, Result<Level>> {
        Box::pin(self.holds.level(reader, caller, module))
    }

    fn committed(&self, _: &RoomId, rows: &[Image]) {
        self.holds.committed(rows);
    }

    fn stirred(&self, engine: &Engine, user: UserId) {
        self.presences.stirred(engine, user);
    }

    fn acted(&self, engine: &Engine, caller: &Caller) {
        match caller.kind {
            ActorKind::User => self.presences.acted(engine, caller),
            ActorKind::ApiKey => self.key_uses.note(engine, caller),
            ActorKind::System => {}
        }
    }

    fn control(&self, caller: &Caller, told: &Told) -> Verdict {
        let verdict = events::verdict(caller, told);
        if verdict != Verdict::Stay {
            // The rows were committed wherever they live; what was read of them before is not true any more.
            self.holds.forget(caller);
        }
        verdict
    }
}
