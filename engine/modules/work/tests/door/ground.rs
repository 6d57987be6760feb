//! A real engine on a real store in a directory of its own, with an organization and some people in it.

use actors::{Host, Node};
use engine::{Call, Called, Catalog, Engine, Identity, Parts, Request, Result};
use people::{
    FirstStart,
    authentication::{Auth, Config},
};
use schema::{
    caller::Caller, clock::Clock, code::Code, event::Envelope, id::OrgId, log::Told, reply::Reply,
    room::RoomId, time::Timestamp,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use storage::Store;
use tempfile::TempDir;

const ADMIN: &str = "admin@example.sn";
const PASSWORD: &str = "le baobab danse au soleil";

pub(crate) struct Ground {
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) org: OrgId,
    auth: Arc<Auth>,
    admin: Option<Caller>,
    _dir: TempDir,
}

impl Ground {
    /// The clock stands still until it is moved.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::seeded(7, "2025-06-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let store = Store::open(&dir.path().join("data"), &storage::Config::default()).unwrap();
        let config = Config { master_key_file: Some(dir.path().join("master.key")), ..Config::default() };
        let auth = Auth::open(&store, clock.clone(), config).await.unwrap();
        let node = Node::start(store, clock.clone(), actors::Config::default()).await.unwrap();
        let mut parts = Parts::default();
        people::parts(&mut parts, Arc::clone(&auth));
        work::equip(&mut parts);
        let identity: Arc<dyn Identity> = auth.clone();
        let modules = people::modules().into_iter().chain(work::modules()).collect();
        let engine = Engine::new(node, Catalog::new(modules), identity, parts);
        let start = FirstStart {
            org_name: "Jokko Labs".into(),
            admin_email: ADMIN.into(),
            admin_password: Some(PASSWORD.into()),
        };
        people::first_start(&engine, start).await.unwrap().unwrap();
        let org = people::first_organization(engine.reader()).await.unwrap().unwrap();
        let mut ground = Self { engine, clock, org, auth, admin: None, _dir: dir };
        ground.admin = Some(ground.sign_in(ADMIN).await);
        ground
    }

    pub(crate) fn admin(&self) -> Caller {
        self.admin.unwrap()
    }

    /// Signs in. The caller outlives every token, because tests move the clock.
    async fn sign_in(&self, email: &str) -> Caller {
        let input = json!({"email": email, "password": PASSWORD, "client": "native"});
        let reply = self.call_as(None, "Login", input).await.unwrap();
        let caller = self.auth.verify(reply.body["access_token"].as_str().unwrap()).unwrap();
        Caller { expires_at: Timestamp::from_ms(i64::MAX), ..caller }
    }

    /// Makes somebody with this role and signs them in.
    pub(crate) async fn person(&self, name: &str, role: &str) -> Caller {
        let email = format!("{name}@example.sn");
        let input = json!({
            "email": email, "first_name": name, "last_name": "Sarr", "role": role, "password": PASSWORD,
            "language": "en",
        });
        self.call(self.admin(), "CreateUser", input).await.unwrap();
        self.sign_in(&email).await
    }

    async fn call_as(&self, caller: Option<Caller>, operation: &str, input: Value) -> Result<Reply> {
        let request = Request { user_agent: Some("tests".into()), ..Request::default() };
        let call =
            Call { caller, operation: operation.to_owned(), input, key: None, if_match: None, request };
        self.engine.call(call).await.map(Called::into_reply)
    }

    pub(crate) async fn call(&self, caller: Caller, operation: &str, input: Value) -> Result<Reply> {
        self.call_as(Some(caller), operation, input).await
    }

    /// The body of a call that succeeds.
    pub(crate) async fn body(&self, caller: Caller, operation: &str, input: Value) -> Value {
        match self.call(caller, operation, input).await {
            Ok(reply) => reply.body,
            Err(error) => panic!("{operation} was refused: {error}"),
        }
    }

    /// The code of a call that is refused.
    pub(crate) async fn code(&self, caller: Caller, operation: &str, input: Value) -> Code {
        match self.call(caller, operation, input).await {
            Ok(reply) => panic!("{operation} was answered: {reply:?}"),
            Err(error) => error.code(),
        }
    }

    /// Whether somebody may hear a room.
    pub(crate) async fn hears(&self, caller: Caller, room: &RoomId) -> bool {
        self.engine.may_hear(&caller, room).await.is_ok()
    }

    /// Everything a room has told, oldest first.
    pub(crate) async fn log(&self, room: &RoomId) -> Vec<(u64, Told, Envelope)> {
        let entries = actors::room::log_after(self.engine.node().store(), room, 0, 10_000).await.unwrap();
        let numbered = entries.into_iter().flat_map(|entry| (entry.first_seq..).zip(entry.events));
        numbered
            .map(|(seq, told)| {
                let envelope = schema::codec::from_msgpack(&told.body).unwrap();
                (seq, told, envelope)
            })
            .collect()
    }

    /// Waits until a room has told an event of this name, and gives the last one.
    pub(crate) async fn told(&self, room: &RoomId, name: &str) -> (u64, Told, Envelope) {
        self.told_with(room, name, |_| true).await
    }

    /// The same, of those whose data are as wanted.
    pub(crate) async fn told_with(
        &self,
        room: &RoomId,
        name: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> (u64, Told, Envelope) {
        for _ in 0..200 {
            let log = self.log(room).await;
            let mut newest_first = log.into_iter().rev();
            if let Some(found) =
                newest_first.find(|(_, told, event)| told.name == name && wanted(&event.data))
            {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{room} never told {name}");
    }
}

/// The uuid of a body's member.
pub(crate) fn id(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_else(|| panic!("{member} is missing in {body}")).to_owned()
}
