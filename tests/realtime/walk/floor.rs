//! What the walk stands on: a server of its own, sockets in the rooms, and what was heard there for each request.
//! Homes of people, projects and meetings are heard on sockets; an organization's rooms can't be joined, so what is
//! told there is read in their logs.

use crate::{harness::Person, rest::apart::Apart};
use engine::{Catalog, Tells};
use gateway::{
    Config,
    client::{Answer, Ask, Client},
};
use parking_lot::Mutex;
use schema::{
    caller::ActorKind,
    codec,
    event::Envelope,
    frame::Kind,
    log::Entry,
    room::RoomId,
    table::{LOG, Spec},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use storage::Range;
use tokio::sync::watch;

/// How long an event may take from the answer to the ear, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(10);
/// Entries of a log that are looked at, the latest: what one request told is among them.
const LATEST: usize = 200;
/// Operations that tell nobody and leave nothing behind either when they are answered: three only read, one finds no line
/// old enough to chain, one holds a ticket in memory, one a marker for a moment, one how somebody is.
const LEAVE_NOTHING: [&str; 7] =
    ["AskAvailability", "ChainAudit", "CheckImport", "FindSlots", "IssueTicket", "ReadChat", "SetPresence"];

/// An event as it reached a socket.
struct Heard {
    room: RoomId,
    name: String,
    request: String,
}

/// One walk through the catalogue.
pub(super) struct Walk {
    pub(super) apart: Apart,
    pub(super) catalog: Catalog,
    heard: watch::Sender<Vec<Heard>>,
    /// Of each operation that was carried out, the events that were heard.
    pub(super) done: Mutex<BTreeMap<&'static str, BTreeSet<String>>>,
    /// What does not hold.
    pub(super) wrong: Mutex<Vec<String>>,
}

/// A request that was answered.
struct Asked {
    operation: &'static str,
    tells: Tells,
    request: String,
    answer: Answer,
}

impl Walk {
    /// On a server with these settings whose clock goes on with each request only, so that hours can pass at the end.
    pub(super) async fn start(settings: impl FnOnce(&mut Config)) -> Arc<Self> {
        Arc::new(Self {
            apart: Apart::in_slow_motion_with(settings).await,
            catalog: Catalog::new([people::modules(), work::modules()].concat()),
            heard: watch::Sender::new(Vec::new()),
            done: Mutex::default(),
            wrong: Mutex::default(),
        })
    }

    /// Has somebody listen to a room until the walk ends, from its first event on.
    pub(super) async fn listen(self: &Arc<Self>, person: &Person, room: &RoomId) {
        let mut socket = person.socket().await;
        socket.join_after(room, 0).await.unwrap();
        let walk = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok(response) = socket.next().await {
                let (Kind::Event, Some(room)) = (response.t, response.room) else { continue };
                let text = |name: &str| response.d[name].as_str().unwrap_or_default().to_owned();
                let heard = Heard { room, name: text("name"), request: text("request_id") };
                walk.heard.send_modify(|all| all.push(heard));
            }
        });
    }

    /// Carries an operation out in its home, and hears there all that it tells this time.
    pub(super) async fn run(
        &self,
        name: &str,
        by: &Client,
        home: &RoomId,
        input: Value,
        hears: &[&str],
    ) -> Value {
        let commits = self.end_of(home).await;
        let asked = self.ask(name, by, input).await;
        let Answer { status, body, .. } = &asked.answer;
        assert!(status.is_success(), "{name}: {status} {body}");
        let grew = self.end_of(home).await > commits;
        if matches!(asked.tells, Tells::Nobody(_)) && grew == LEAVE_NOTHING.contains(&name) {
            self.differs(format!("{name} wrote in {home}: {grew}; the other was expected"));
        }
        self.hear(&asked, home, hears).await;
        asked.answer.body
    }

    /// The same for one that begins a room of this kind, which somebody listens to from then on.
    pub(super) async fn begin(
        self: &Arc<Self>,
        name: &str,
        by: &Person,
        (kind, ear): (&'static str, &Person),
        input: Value,
        hears: &[&str],
    ) -> RoomId {
        let asked = self.ask(name, &by.client(), input).await;
        let Answer { status, body, .. } = &asked.answer;
        assert!(status.is_success(), "{name}: {status} {body}");
        let room = RoomId::new(kind, body["id"].as_str().unwrap().parse().unwrap());
        self.listen(ear, &room).await;
        self.hear(&asked, &room, hears).await;
        room
    }

    /// The same for one that is refused, and tells something by it.
    pub(super) async fn run_refused(
        &self,
        status: u16,
        name: &str,
        by: &Client,
        home: &RoomId,
        input: Value,
        hears: &[&str],
    ) {
        let asked = self.ask(name, by, input).await;
        assert_eq!(asked.answer.status.as_u16(), status, "{name}: {}", asked.answer.body);
        self.hear(&asked, home, hears).await;
    }

    /// Sends a request whose path and body are both in `input`; `query` is what stands behind the question mark,
    /// `agent` what the client says of itself.
    async fn ask(&self, name: &str, by: &Client, mut input: Value) -> Asked {
        self.apart.clock.advance_ms(1);
        let entry = self.catalog.operation(name).unwrap_or_else(|| panic!("there is no {name}"));
        let route = entry.operation.route;
        let members = input.as_object_mut().unwrap();
        let (query, agent) = (members.remove("query"), members.remove("agent"));
        let mut path = String::from(entry.base);
        for part in route.path.split_inclusive('/') {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix("}/")) {
                Some(field) => {
                    let value = members.remove(field).unwrap_or_else(|| panic!("{name} needs {field}"));
                    path.push_str(value.as_str().unwrap());
                    path.push('/');
                }
                None => path.push_str(part),
            }
        }
        if let Some(query) = query {
            path = format!("{path}?{}", query.as_str().unwrap());
        }
        let request = self.apart.clock.new_id::<()>().uuid().to_string();
        let mut ask = Ask::new(route.method.word().parse().unwrap(), &path).header("x-request-id", &request);
        if route.method != engine::Method::Delete {
            ask = ask.json(&input);
        }
        if let Some(agent) = agent {
            ask = ask.header("user-agent", agent.as_str().unwrap());
        }
        if route.keyed {
            ask = ask.header("idempotency-key", &request);
        }
        let answer = by.send(ask).await.unwrap();
        Asked { operation: entry.operation.name(), tells: route.tells, request, answer }
    }

    /// What one request was to tell was told, and nothing besides that its route does not name.
    async fn hear(&self, asked: &Asked, home: &RoomId, hears: &[&str]) {
        let named: &[&str] = if let Tells::Events(names) = asked.tells { names } else { &[] };
        let logged = self.told(home, &asked.request).await;
        // What a reaction tells in the same room is the server's own, and its cause's route need not name it.
        let own = logged.iter().filter(|event| event.actor_kind != ActorKind::System);
        for event in own.filter(|event| !named.contains(&event.name.as_str())) {
            self.differs(format!(
                "{} told {} in {home}, which it does not name",
                asked.operation, event.name
            ));
        }
        for name in hears {
            let came = if home.kind() == "org" {
                logged.iter().any(|event| event.name == *name)
            } else {
                self.comes(home, name, &asked.request).await
            };
            if !came {
                self.differs(format!("{}: {name} was not told in {home}", asked.operation));
            }
        }
        let mut done = self.done.lock();
        done.entry(asked.operation).or_default().extend(hears.iter().map(|name| (*name).to_owned()));
    }

    async fn comes(&self, home: &RoomId, name: &str, request: &str) -> bool {
        let mut heard = self.heard.subscribe();
        let it = |heard: &Heard| heard.room == *home && heard.name == name && heard.request == request;
        let came = heard.wait_for(|all| all.iter().rev().any(it));
        tokio::time::timeout(PATIENCE, came).await.is_ok()
    }

    pub(super) fn differs(&self, what: String) {
        self.wrong.lock().push(what);
    }

    /// The latest entries of a room's log, the last first.
    async fn log(&self, room: &RoomId) -> Vec<Entry> {
        let range = Range::partition(LOG, Spec::partition(room), LATEST).backward();
        let rows = self.apart.server.engine().node().store().scan(&range).await.unwrap();
        rows.iter().map(|row| codec::from_msgpack(&row.value).unwrap()).collect()
    }

    /// How many commits a room has seen.
    async fn end_of(&self, room: &RoomId) -> u64 {
        self.log(room).await.first().map_or(0, |entry| entry.commit)
    }

    /// What a request made a room tell.
    async fn told(&self, room: &RoomId, request: &str) -> Vec<Envelope> {
        let events = self.log(room).await.into_iter().flat_map(|entry| entry.events);
        let envelopes = events.map(|told| codec::from_msgpack::<Envelope>(&told.body).unwrap());
        envelopes.filter(|event| event.request_id.as_deref() == Some(request)).collect()
    }
}

/// The same with more members.
pub(super) fn with(fixed: &Value, more: Value) -> Value {
    let mut input = fixed.clone();
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// The id of what was made.
pub(super) fn id(made: &Value) -> Value {
    assert!(made["id"].is_string(), "{made}");
    made["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_notices_what_is_not_told_and_what_is_not_named() {
    let walk = Walk::start(|_| {}).await;
    let (admin, people) = (walk.apart.world.admin(), super::accounts::among_people(&walk).await);
    let input = serde_json::json!({"name": "Soudure"});

    let honest = walk.ask("CreateSkill", &admin, input).await;
    walk.hear(&honest, &people, &["users.skill.created"]).await;
    let sincere = walk.wrong.lock().clone();
    walk.hear(&honest, &people, &["users.skill.removed"]).await;
    walk.hear(&Asked { tells: Tells::Nobody("a secret"), ..honest }, &people, &[]).await;

    assert_eq!(sincere, Vec::<String>::new());
    let wrong = walk.wrong.lock().clone();
    assert!(wrong[0].contains("users.skill.removed was not told"), "{wrong:?}");
    assert!(wrong[1].contains("told users.skill.created"), "{wrong:?}");
    assert_eq!(wrong.len(), 2);
}
