//! A real engine on a real store in a directory of its own, with the first organization in it.

use actors::Node;
use engine::{Call, Called, Catalog, Engine, Identity, Parts, Request, Result};
use people::{
    FirstStart,
    authentication::{Auth, Config},
};
use schema::{
    caller::Caller,
    clock::Clock,
    code::Code,
    event::Envelope,
    id::{OrgId, UserId},
    log::Told,
    reply::Reply,
    room::RoomId,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use storage::Store;
use tempfile::TempDir;

pub(crate) const ADMIN: &str = "admin@example.sn";
pub(crate) const PASSWORD: &str = "le baobab danse au soleil";

pub(crate) struct Ground {
    pub(crate) engine: Engine,
    pub(crate) auth: Arc<Auth>,
    pub(crate) clock: Clock,
    pub(crate) org: OrgId,
    _dir: TempDir,
}

impl Ground {
    /// The clock stands still until it is moved.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::seeded(42, Timestamp::from_ms(1_760_000_000_000));
        let store = Store::open(&dir.path().join("data"), &storage::Config::default()).unwrap();
        let config = Config { master_key_file: Some(dir.path().join("master.key")), ..Config::default() };
        let auth = Auth::open(&store, clock.clone(), config).await.unwrap();
        let node = Node::start(store, clock.clone(), actors::Config::default()).await.unwrap();
        let mut parts = Parts::default();
        people::parts(&mut parts, Arc::clone(&auth));
        let identity: Arc<dyn Identity> = auth.clone();
        let engine = Engine::new(node, Catalog::new(people::modules()), identity, parts);
        let start = FirstStart {
            org_name: "Jokko Labs".into(),
            admin_email: ADMIN.into(),
            admin_password: Some(PASSWORD.into()),
        };
        people::first_start(&engine, start).await.unwrap().unwrap();
        let org = people::first_organization(engine.reader()).await.unwrap().unwrap();
        Self { engine, auth, clock, org, _dir: dir }
    }

    pub(crate) async fn call(&self, caller: Option<Caller>, operation: &str, input: Value) -> Result<Reply> {
        let request = Request { user_agent: Some("tests".into()), ..Request::default() };
        let operation = operation.to_owned();
        let call = Call { caller, operation, input, key: None, if_match: None, request };
        self.engine.call(call).await.map(Called::into_reply)
    }

    /// The code a refused call has, as an error or as a committed problem.
    pub(crate) async fn code(&self, caller: Option<Caller>, operation: &str, input: Value) -> Code {
        match self.call(caller, operation, input).await {
            Err(error) => error.code(),
            Ok(reply) => serde_json::from_value(reply.body["code"].clone()).unwrap(),
        }
    }

    /// Signs in as a program; answers the body.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Value {
        let input = json!({"email": email, "password": password, "client": "native"});
        self.call(None, "Login", input).await.unwrap().body
    }

    pub(crate) fn caller(&self, signed_in: &Value) -> Caller {
        self.auth.verify(signed_in["access_token"].as_str().unwrap()).unwrap()
    }

    /// The administrator, who has just proven who they are.
    pub(crate) async fn admin(&self) -> Caller {
        let admin = self.caller(&self.sign_in(ADMIN, PASSWORD).await);
        self.call(Some(admin), "StepUp", json!({"password": PASSWORD})).await.unwrap();
        admin
    }

    /// Makes somebody; they sign in with the same password as everybody here.
    pub(crate) async fn person(&self, admin: Caller, local: &str, role: &str) -> UserId {
        let input = json!({
            "email": format!("{local}@example.sn"), "first_name": "Awa", "last_name": "Sarr",
            "role": role, "password": PASSWORD, "language": "en",
        });
        let card = self.call(Some(admin), "CreateUser", input).await.unwrap().body;
        card["id"].as_str().unwrap().parse().unwrap()
    }

    /// Waits until a room has told an event of this name, and gives it.
    pub(crate) async fn told(&self, room: &RoomId, name: &str) -> (Told, Envelope) {
        for _ in 0..200 {
            let entries = actors::room::log_after(self.engine.node().store(), room, 0, 1_000).await.unwrap();
            if let Some(told) = entries.iter().flat_map(|entry| &entry.events).find(|told| told.name == name)
            {
                return (told.clone(), schema::codec::from_msgpack(&told.body).unwrap());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{room} never told {name}");
    }
}
