//! The one path. Decode, validate, find the home, look for a twin, permit, run, commit, reply: from
//! REST, from a socket and from the server itself, every call takes these steps in this order.

use crate::{
    Context, Engine, Error, Level, Outcome, Reader, Result, Scope, Standing, catalog::Entry,
    endpoint::Erased, permission::permit, shaping::Shape, travel::Passport,
};
use actors::{Sought, own::Command, room::Unseen};
use bytes::Bytes;
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    reply::{Reply, version_of_etag},
    room::RoomId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{cell::LazyCell, sync::Arc, time::Duration};
use tokio::{sync::OwnedMutexGuard, time::timeout};

/// How long a twin of a running command waits for its reply.
const TWIN_WAIT: Duration = Duration::from_secs(2);
/// How often a call whose facts changed under it is run again.
pub(crate) const RUNS_MAX: u32 = 3;
/// How often a call chooses again when a value it chose was taken. Each time somebody else got theirs.
const CHOICES_MAX: u32 = 16;

/// Where a call came from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Quoted in problems, logs, events and audit lines.
    pub id: Option<String>,
    /// The client's address.
    pub ip: Option<std::net::IpAddr>,
    /// The client's own words about itself.
    pub user_agent: Option<String>,
    /// The reader's language is French.
    pub french: bool,
}

/// A call to carry out.
#[derive(Debug)]
pub struct Call {
    /// Who calls, if anybody signed in.
    pub caller: Option<Caller>,
    /// The operation's name.
    pub operation: String,
    /// Its fields: path values, body and `query` in one object.
    pub input: Value,
    /// What the caller calls this command.
    pub key: Option<String>,
    /// The version the caller believes the record to be at.
    pub if_match: Option<u64>,
    /// Where it came from.
    pub request: Request,
}

/// What a call came to.
#[derive(Debug)]
pub struct Called {
    /// The reply.
    pub reply: Reply,
    /// Its body as JSON text, where the reply itself has none.
    pub text: Option<Bytes>,
    /// It is the stored reply of an earlier twin.
    pub replayed: bool,
}

impl Called {
    /// The reply with its body as a value.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        match self.text.and_then(|text| serde_json::from_slice(&text).ok()) {
            Some(body) => Reply { body, ..self.reply },
            None => self.reply,
        }
    }
}

impl From<Reply> for Called {
    fn from(reply: Reply) -> Self {
        Self { reply, text: None, replayed: false }
    }
}

impl Engine {
    /// Carries a call out.
    ///
    /// # Errors
    /// Every refusal, with its code.
    pub async fn call(&self, call: Call) -> Result<Called> {
        let entry = self.entry(&call.operation)?;
        let caller = self.admit(&entry, call.caller).await?;
        self.acted(&caller);
        let shape = Shape::of(&entry, &call.input);
        let asked = shape.is_some().then(|| (caller, call.request.clone()));
        let mut called = Box::pin(self.call_admitted(entry, caller, call)).await?;
        if let (Some(shape), Some((caller, request))) = (shape, asked) {
            let ask = Ask { entry, caller, key: None, named: false, if_match: None, request };
            let cx = self.context(&ask, None, false).await?;
            shape.apply(&cx, &entry, &mut called.reply.body).await?;
        }
        Ok(called)
    }

    /// Carries out what somebody asked for earlier, in their name and with the rights that they have now.
    ///
    /// # Errors
    /// As [`Engine::call`], and `account-not-active`.
    pub async fn call_for(&self, org: OrgId, user: UserId, call: Call) -> Result<Called> {
        let entry = self.entry(&call.operation)?;
        let caller = self.identity().acting(self.reader(), org, user).await?;
        Box::pin(self.call_admitted(entry, caller, Call { caller: Some(caller), ..call })).await
    }

    /// The operation of this name, while calls are taken.
    fn entry(&self, name: &str) -> Result<Entry> {
        if self.is_draining() {
            return Err(Error::new(Code::Draining, "the server is restarting, try again in a moment"));
        }
        let entry = self.catalog().operation(name).copied();
        entry
            .ok_or_else(|| Error::new(Code::UnknownOperation, format!("there is no operation called {name}")))
    }

    /// Carries out a call of somebody who was let in.
    async fn call_admitted(&self, entry: Entry, caller: Caller, call: Call) -> Result<Called> {
        // Chat's `client_id` is another spelling of the idempotency key.
        let client_id = call.input.get("client_id").and_then(Value::as_str).map(str::to_owned);
        // Without a caller there is nobody to name a command after.
        let key = checked_key(call.key.or(client_id))?.filter(|_| call.caller.is_some());
        // Where there are other nodes, it may have to be said once more.
        let input = self.node().is_clustered().then(|| call.input.clone());
        let operation = entry.operation.decode(call.input)?;
        let named = key.is_some();
        if entry.operation.route.keyed && !named {
            let why = "send an Idempotency-Key, so that this can be said again without being done twice";
            return Err(Error::new(Code::PreconditionRequired, why));
        }
        let mut ask = Ask { entry, caller, key, named, if_match: call.if_match, request: call.request };
        let home = self.home(&*operation, &ask).await?;
        let reads = entry.operation.route.is_read();
        let away = home.as_ref().filter(|home| !reads && !self.node().homes(home)).cloned();
        if !reads && input.is_some() && ask.key.is_none() {
            // Wherever it is carried out in the end, and however often it is sent there, it is one command.
            ask.key = Some(Command::fresh_key(self.node().clock()));
        }
        let signed_in = call.caller.map(|_| ask.caller);
        let passport = input.map(|input| ask.passport(signed_in, input, home.clone()));
        let refused = match away {
            Some(away) => Error::elsewhere(away),
            None => match Box::pin(self.carry_out(&*operation, ask, home)).await {
                Err(error) if error.place().is_some() => error,
                outcome => return outcome,
            },
        };
        match (passport, refused.place()) {
            (Some(passport), Some(place)) => self.travel(passport, place.clone(), reads).await,
            _ => Err(refused),
        }
    }

    /// Carries out a call that came from another node, where it was admitted.
    pub(crate) async fn receive(&self, passport: Passport) -> Result<Called> {
        let Some(entry) = self.catalog().operation(&passport.operation).copied() else {
            return Err(Error::new(
                Code::UnknownOperation,
                "this server is older and knows no such operation",
            ));
        };
        let operation = entry.operation.decode(passport.input)?;
        let caller = passport.caller.unwrap_or_else(|| Caller::system(OrgId::NIL));
        let Passport { key, if_match, request, home, .. } = passport;
        let ask = Ask { entry, caller, named: key.is_some(), key, if_match, request };
        Box::pin(self.carry_out(&*operation, ask, home)).await
    }

    async fn admit(&self, entry: &Entry, caller: Option<Caller>) -> Result<Caller> {
        match caller {
            // No token makes this caller: timers and hooks of the server itself do.
            Some(caller) if caller.kind == ActorKind::System => Ok(caller),
            // What a program carries says who it acts for; what they may is read now.
            Some(caller) if caller.kind == ActorKind::ApiKey => {
                self.identity().renewed(self.reader(), &caller).await
            }
            Some(caller) => {
                self.identity().current(self.reader(), &caller, Some(entry.operation.name())).await?;
                Ok(caller)
            }
            None if entry.operation.needs.is_public() => Ok(Caller::system(OrgId::NIL)),
            None => Err(Error::new(Code::NotAuthenticated, "sign in first")),
        }
    }

    async fn carry_out(&self, operation: &dyn Erased, ask: Ask, room: Option<RoomId>) -> Result<Called> {
        let reads = ask.entry.operation.route.is_read();
        let named = ask.key.clone().filter(|_| ask.named && !reads);
        let born = matches!(operation.scope(&ask.caller), Scope::Birth(_));
        // Who only reads leaves no command behind, and spells none.
        let command = LazyCell::new(|| self.command(operation, &ask));
        let (_turn, unseen) = match (&named, &room) {
            (Some(key), Some(room)) => {
                let turn = self.wait_for_twin(&ask.caller, key).await?;
                match self.node().directory().seek(room, &command).await? {
                    Sought::Done(reply) => return Ok(Called { replayed: true, ..reply.into() }),
                    Sought::New(unseen) => (Some(turn), unseen),
                }
            }
            (Some(_), None) => (None, Unseen::UNKNOWN),
            // It was given a name of its own.
            (None, _) => (None, Unseen::EVER),
        };
        let (mut runs, mut choices) = (RUNS_MAX, CHOICES_MAX);
        while runs > 0 && choices > 0 {
            let cx = self.context(&ask, room.clone(), born).await?;
            ask.permitted(&cx)?;
            let mut change = match operation.run(&cx).await? {
                Outcome::Answer(reply) => {
                    check_answered(&reply, ask.if_match.filter(|_| !reads))?;
                    return Ok(reply.into());
                }
                Outcome::Text(text) => {
                    return Ok(Called { text: Some(text), ..Reply::ok(Value::Null).into() });
                }
                Outcome::Done(reply, replayed) => return Ok(Called { replayed, ..reply.into() }),
                Outcome::Commit(change) => change,
            };
            check_version(&change, ask.if_match)?;
            change.guards.extend(cx.standing.guards.iter().cloned());
            let author = cx.author();
            let (home, chosen) = (cx.room()?, change.chosen);
            match self.node().directory().commit_unseen(home, command.clone(), author, change, unseen).await {
                Err(actors::Error::Conflict) => runs -= 1,
                // It moved. What may have been done of it meets its twin there.
                Err(actors::Error::Elsewhere | actors::Error::OutcomeUnknown) if !self.node().homes(home) => {
                    return Err(Error::elsewhere(home.clone()));
                }
                Err(actors::Error::Duplicate(_)) if chosen => choices -= 1,
                Ok(receipt) => return Ok(Called { replayed: receipt.replayed, ..receipt.reply.into() }),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::new(Code::Conflict, "others keep changing this, try again"))
    }

    /// The name of a command. One that its caller did not name gets a name of its own, so that the
    /// room can always tell a change sent again from a new one.
    fn command(&self, operation: &dyn Erased, ask: &Ask) -> Command {
        let mut hasher = blake3::Hasher::new();
        hasher.update(ask.entry.operation.name().as_bytes());
        hasher.update(&operation.canonical());
        let key = ask.key.clone().unwrap_or_else(|| Command::fresh_key(self.node().clock()));
        Command { caller: ask.caller.user, key, hash: *hasher.finalize().as_bytes() }
    }

    async fn wait_for_twin(&self, caller: &Caller, key: &str) -> Result<Turn> {
        let name = (caller.user, key.to_owned());
        let lock = Arc::clone(&self.running().entry(name.clone()).or_default());
        let guard = timeout(TWIN_WAIT, lock.lock_owned()).await.map_err(|_| {
            Error::new(Code::IdempotencyInProgress, "the same request is still running, try again")
        })?;
        Ok(Turn { engine: self.clone(), name, guard: Some(guard) })
    }

    pub(crate) async fn context(&self, ask: &Ask, room: Option<RoomId>, born: bool) -> Result<Context> {
        let level = self.identity().level(self.reader(), &ask.caller, ask.entry.module).await?;
        let reader = self.reader().noting();
        let standing = self.standing(&reader, &ask.caller, room.as_ref(), born).await?;
        Ok(Context {
            reader: reader.recalling(),
            caller: ask.caller,
            level,
            standing,
            request: ask.request.clone(),
            operation: ask.entry.operation.name(),
            key: ask.key.clone().filter(|_| ask.named),
            room,
            engine: self.clone(),
        })
    }

    /// The caller's relation to a room; to the organization where there is none, or none yet.
    async fn standing(
        &self,
        reader: &Reader,
        caller: &Caller,
        room: Option<&RoomId>,
        born: bool,
    ) -> Result<Standing> {
        let Some(room) = room else { return Ok(Standing::in_org(caller.org)) };
        let Some((kind, _)) = self.catalog().room(room.kind()) else {
            return Err(Error::not_found("room"));
        };
        match (kind.standing)(reader, caller, room).await? {
            Some(standing) => Ok(standing),
            None if born => Ok(Standing::in_org(caller.org)),
            None => Err(Error::not_found("record")),
        }
    }

    /// The caller's level in the module a room belongs to.
    pub(crate) async fn level_in(&self, caller: &Caller, room: &RoomId) -> Result<Level> {
        let module = self.catalog().room(room.kind()).map_or("", |(_, module)| module);
        self.identity().level(self.reader(), caller, module).await
    }
}

/// A key is 1 to 64 printable ASCII characters.
fn checked_key(key: Option<String>) -> Result<Option<String>> {
    match key {
        Some(key) if key.is_empty() || key.len() > 64 || !key.bytes().all(|b| (b' '..=b'}').contains(&b)) => {
            Err(Error::field("/idempotency_key", "invalid", "1 to 64 printable ASCII characters, without ~"))
        }
        key => Ok(key),
    }
}

/// What is asked, without the operation itself.
pub(crate) struct Ask {
    pub(crate) entry: Entry,
    pub(crate) caller: Caller,
    pub(crate) key: Option<String>,
    /// The key was given with the call: somebody may have used it before.
    named: bool,
    if_match: Option<u64>,
    request: Request,
}

impl Ask {
    /// Something that is asked for inside another call.
    pub(crate) fn inside(cx: &Context, entry: Entry, if_match: Option<u64>) -> Self {
        Self { entry, caller: cx.caller, key: None, named: false, if_match, request: cx.request.clone() }
    }

    /// Whether the caller may, as they stand towards the record.
    pub(crate) fn permitted(&self, cx: &Context) -> Result<()> {
        let operation = &self.entry.operation;
        permit(&operation.needs, operation.route.does(), &self.caller, cx.level, &cx.standing)
    }

    /// Holds a change to the version that its record is believed to have.
    pub(crate) fn check_version(&self, change: &Change) -> Result<()> {
        check_version(change, self.if_match)
    }

    /// The same for another node.
    fn passport(&self, caller: Option<Caller>, input: Value, home: Option<RoomId>) -> Passport {
        Passport {
            caller,
            operation: self.entry.operation.name().to_owned(),
            input,
            key: self.key.clone(),
            if_match: self.if_match,
            request: self.request.clone(),
            home,
        }
    }
}

/// A command's turn; twins wait until it is over.
struct Turn {
    engine: Engine,
    name: (schema::id::UserId, String),
    guard: Option<OwnedMutexGuard<()>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        // Nobody else waits when only the map holds the lock.
        self.engine.running().remove_if(&self.name, |_, lock| Arc::strong_count(lock) == 1);
    }
}

/// `If-Match` is compared with the first record the change replaces or removes.
fn check_version(change: &Change, if_match: Option<u64>) -> Result<()> {
    match (if_match, change.rows.iter().find_map(|row| row.old.as_ref())) {
        (Some(wanted), Some(old)) if old.version() != wanted => Err(out_of_date(old.version(), old.json())),
        _ => Ok(()),
    }
}

/// A write that found nothing to change answers the record as it is, which is what `If-Match` is compared with.
fn check_answered(reply: &Reply, if_match: Option<u64>) -> Result<()> {
    match (if_match, reply.etag.as_deref().and_then(version_of_etag)) {
        (Some(wanted), Some(version)) if version != wanted => Err(out_of_date(version, reply.body.clone())),
        _ => Ok(()),
    }
}

fn out_of_date(version: u64, current: Value) -> Error {
    Error::new(Code::VersionConflict, "your copy is out of date, load it again")
        .with("current_version", version)
        .with("current", current)
}
