//! What administrators learn of: in their rooms, under the event id that others heard too, until one of them handled it.

use crate::{
    harness::{PASSWORD, Person, World, config, event, quiet_for, within},
    rest::ask::{ask, expect, get, post, refusal, send},
};
use gateway::client::{Client, Options, Socket};
use parking_lot::Mutex;
use schema::{
    frame::{Kind, Request, Response},
    role::Role,
    room::RoomId,
};
use serde_json::{Value, json};
use std::{sync::OnceLock, time::Duration};

const LOGIN: &str = "/api/v1/auth/login/";

/// A server for these tests: whoever forgot their password is helped by the first few administrators there are, so the
/// shared one gets no more of them.
fn house() -> World {
    static HOUSE: OnceLock<Mutex<World>> = OnceLock::new();
    HOUSE.get_or_init(|| Mutex::new(World::start(config))).lock().clone()
}

/// A socket on the operators' path.
async fn operators(person: &Person) -> Socket {
    person.socket_with(Options { path: "/ws/system/".into(), ..Options::default() }).await
}

/// The rooms that the path joined by itself.
async fn rooms(socket: &mut Socket, count: usize) -> Vec<RoomId> {
    within(async {
        let mut joined = Vec::new();
        while joined.len() < count {
            let response = socket.next().await.expect("the socket is open");
            if response.t == Kind::Reply && response.reference.as_deref() == Some("auto") {
                joined.extend(response.room);
            }
        }
        joined
    })
    .await
}

/// The next alert of this name about this person.
async fn alert(socket: &mut Socket, name: &str, about: &Person) -> Response {
    loop {
        let heard = event(socket, name).await;
        if heard.d["data"]["subject_id"] == json!(about.id) {
            return heard;
        }
    }
}

async fn alerts(client: &Client, query: &str) -> Vec<Value> {
    let listed = expect(get(client, &format!("/api/v1/core/alerts/?{query}")).await, 200);
    listed["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_locked_account_is_told_to_all_administrators_until_one_of_them_handles_it() {
    let world = house();
    let (chief, other) =
        (world.person("Régie", Role::Administrator).await, world.person("Garde", Role::Administrator).await);
    let victim = world.person("Visée", Role::Student).await;
    let (mut ear, mut second) = (operators(&chief).await, operators(&other).await);
    let joined = rooms(&mut ear, 4).await;
    rooms(&mut second, 4).await;
    let mut own = victim.socket().await;
    own.join(&victim.inbox(), None).await.unwrap();

    for _ in 0..5 {
        let body = json!({"email": victim.email, "password": "ce n'est pas lui", "client": "native"});
        post(&world.anonymous(), LOGIN, &body).await;
    }

    let locked = event(&mut own, "auth.login.locked").await;
    let told = alert(&mut ear, "auth.login.locked", &victim).await;
    alert(&mut second, "auth.login.locked", &victim).await;
    assert_eq!(told.d["id"], locked.d["id"], "one event, wherever it is heard");
    let room = told.room.clone().unwrap();
    assert!(joined.contains(&room) && room.as_str().ends_with(":security"), "{joined:?}");
    let ack = Request {
        op: "ack".into(),
        reference: Some("a".into()),
        room: Some(room.clone()),
        d: json!({"event_id": told.d["id"]}),
        ..Request::default()
    };
    ear.send(&ack).await.unwrap();
    let acked = event(&mut second, "core.alert.acked").await;
    assert_eq!(
        (&acked.d["data"]["event_id"], &acked.d["data"]["acked_by"]),
        (&told.d["id"], &json!(chief.id))
    );
    let listed = alerts(&other.client(), "topic=security").await;
    let row = listed.iter().find(|alert| alert["id"] == told.d["id"]).expect("it is kept");
    assert_eq!(row["acked_by"], json!(chief.id));
    let path = format!("/api/v1/core/alerts/{}/ack/", told.d["id"].as_str().unwrap());
    let again = expect(post(&other.client(), &path, &json!({})).await, 200);
    assert_eq!(again["acked_by"], json!(chief.id), "handled once, it stays as it is");
    assert_eq!(refusal(&post(&victim.client(), &path, &json!({})).await), "403 forbidden");
}

#[tokio::test]
async fn new_accounts_new_keys_given_rights_and_wrong_proofs_are_told_and_to_nobody_else() {
    let world = house();
    let chief = world.person("Régie", Role::Administrator).await;
    let mut ear = operators(&chief).await;
    rooms(&mut ear, 4).await;

    let person = world.person("Nouvelle", Role::Entrepreneur).await;
    let created = alert(&mut ear, "users.user.created", &person).await;
    assert!(created.room.unwrap().as_str().ends_with(":signups"));
    let wrong = post(&person.client(), "/api/v1/auth/step-up/", &json!({"password": "pas celui-ci"})).await;
    assert_eq!(refusal(&wrong), "401 not-authenticated");
    alert(&mut ear, "auth.step_up.refused", &person).await;
    person.step_up().await;
    let key = json!({"name": "Tableur", "scopes": ["projects:read"]});
    expect(post(&person.client(), "/api/v1/auth/api-keys/", &key).await, 200);
    let made = alert(&mut ear, "auth.api_key.created", &person).await;
    assert_eq!(made.d["data"]["title"], "Tableur");
    let role = json!({"role": "mentor"});
    let path = format!("/api/v1/users/{}/role/", person.id);
    expect(post(&world.elevated().await, &path, &role).await, 200);
    let changed = alert(&mut ear, "users.user.role_changed", &person).await;
    assert_eq!(changed.d["data"]["about"]["to"], "mentor");

    let kofi = world.person("Kofi", Role::Student).await;
    let mut socket = kofi.socket().await;
    let room = changed.room.unwrap();
    let refused = socket.join(&room, None).await;
    assert!(format!("{refused:?}").contains("orbidden"), "{refused:?}");
    let platform = RoomId::with_topic("system", uuid::Uuid::nil(), "health");
    let hidden = socket.join(&platform, None).await;
    assert!(format!("{hidden:?}").contains("NotFound"), "{hidden:?}");
    let mut deaf = operators(&kofi).await;
    let (_, closed) = quiet_for(&mut deaf, 5_000).await;
    assert!(format!("{closed:?}").contains("4004"), "{closed:?}");
    let listed = get(&kofi.client(), "/api/v1/core/alerts/?topic=security").await;
    assert_eq!(refusal(&listed), "403 forbidden");
    let unknown = get(&chief.client(), "/api/v1/core/alerts/?topic=weather").await;
    assert_eq!(refusal(&unknown), "400 invalid-filter /query/topic");
}

#[tokio::test]
async fn a_sign_in_on_a_device_never_seen_warns_its_person_and_the_administrators() {
    let world = house();
    let chief = world.person("Régie", Role::Administrator).await;
    let person = world.person("Voyageuse", Role::Student).await;
    let mut ear = operators(&chief).await;
    rooms(&mut ear, 4).await;
    let sign_in = async |agent: &str| {
        let body = json!({"email": person.email, "password": PASSWORD, "client": "native"});
        let asked = ask("POST", LOGIN).json(&body).header("user-agent", agent);
        expect(send(&world.anonymous(), asked).await, 200);
    };

    let mute = json!({"muted": [{"entity_type": "access", "entity_id": person.id}]});
    person.client().patch("/api/v1/notifications/preferences/", &mute).await.unwrap();

    sign_in("Navigateur/1.0 (Inconnu)").await;
    sign_in("Navigateur/2.0 (Inconnu)").await;

    alert(&mut ear, "auth.login.new_device", &person).await;
    let warned = async || {
        let inbox = expect(get(&person.client(), "/api/v1/notifications/").await, 200);
        let warnings = inbox["data"].as_array().unwrap().clone();
        warnings.into_iter().filter(|one| one["template_code"] == "auth.login.warned").collect::<Vec<_>>()
    };
    within(async {
        while warned().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let warnings = warned().await;
    assert_eq!(warnings.len(), 1, "an update of what is known is not new: {warnings:?}");
    assert!(warnings[0]["body"].as_str().unwrap().contains("Navigateur/1.0"), "{warnings:?}");
    let about = json!(["access", person.id]);
    assert_eq!(json!([warnings[0]["entity"]["type"], warnings[0]["entity"]["id"]]), about, "what was muted");
    assert_eq!((&warnings[0]["category"], &warnings[0]["count"]), (&json!("security"), &json!(1)));
}

#[test]
fn a_server_that_answers_late_three_times_in_a_row_says_so_to_super_administrators() {
    // Whatever is due is done a moment later than that.
    let world = World::start(|data| {
        let mut config = config(data);
        (config.health_probe_ms, config.socket.late_max_ms) = (50, 0);
        config
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listed = within(async {
            loop {
                let listed = alerts(&world.admin(), "topic=health&platform=true").await;
                if !listed.is_empty() {
                    return listed;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;

        let first = listed.last().unwrap();
        assert_eq!(
            (&first["name"], &first["title"]),
            (&json!("core.health.degraded"), &json!("response_times"))
        );
        let chief = world.person("Régie", Role::Administrator).await;
        let of_platform = get(&chief.client(), "/api/v1/core/alerts/?topic=health&platform=true").await;
        assert_eq!(refusal(&of_platform), "404 not-found", "the platform is nobody's organization");
    });
}
