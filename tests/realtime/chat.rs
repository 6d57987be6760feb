//! Talking in a meeting: everybody hears it once, in order, over both sub-protocols, and the history says
//! the same.

use crate::harness::{event, events_until, within, world};
use gateway::client::Options;
use schema::{
    codec::Codec,
    frame::{Kind, Request},
    role::Role,
    room::RoomId,
};
use serde_json::json;
use uuid::Uuid;

fn chat(op: &str, meeting: Uuid, d: serde_json::Value) -> Request {
    Request { op: op.into(), room: Some(RoomId::new("meeting", meeting)), d, ..Request::default() }
}

#[tokio::test]
async fn what_one_says_the_others_hear_at_once_and_in_order() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Point d'équipe", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut hers = awa.socket().await;
    let mut his = moussa.socket_with(Options { codec: Codec::Json, ..Options::default() }).await;
    hers.join(&room, None).await.unwrap();
    let joined = his.join(&room, None).await.unwrap();

    let mut last = 0;
    for n in 0..20 {
        let d = json!({"client_id": Uuid::from_u128(n + 1), "body": format!("bonjour {n} 🌿")});
        let said = within(hers.ask(chat("chat.send", meeting, d))).await.unwrap();
        assert_eq!(said.d["status"], 201);
        last = said.d["body"]["seq"].as_u64().unwrap();
    }

    let start = joined["seq"].as_u64().unwrap();
    let heard = events_until(&mut his, last).await;
    let numbers: Vec<u64> = heard.iter().map(|event| event.seq.unwrap()).collect();
    assert_eq!(numbers, (start + 1..=last).collect::<Vec<_>>());
    let bodies: Vec<&str> = heard.iter().filter_map(|event| event.d["data"]["body"].as_str()).collect();
    assert_eq!(bodies, (0..20).map(|n| format!("bonjour {n} 🌿")).collect::<Vec<_>>());
    let (status, history) =
        moussa.get(&format!("/api/v1/meetings/{meeting}/messages/?after_seq={start}&limit=100")).await;
    assert_eq!(status, 200, "{history}");
    let stored: Vec<&str> =
        history["data"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap()).collect();
    assert_eq!(stored, bodies);
}

#[tokio::test]
async fn a_message_is_edited_reacted_to_and_deleted_in_front_of_everybody() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Relecture", &[&moussa]).await;
    let mut his = moussa.socket().await;
    his.join(&RoomId::new("meeting", meeting), None).await.unwrap();
    let said = awa.say(meeting, "la réunion est à 9h").await;
    let id = said["id"].as_str().unwrap().to_owned();

    let path = format!("/api/v1/meetings/{meeting}/messages/{id}/");
    awa.client().patch(&path, &json!({"body": "la réunion est à 10h"})).await.unwrap();
    within(his.ask(chat("chat.react", meeting, json!({"id": id, "emoji": "👍", "on": true})))).await.unwrap();
    awa.client().delete(&path).await.unwrap();

    let edited = event(&mut his, "meetings.chat.message_edited").await;
    assert_eq!(edited.d["data"]["body"], "la réunion est à 10h");
    let reacted = event(&mut his, "meetings.chat.reaction_changed").await;
    assert_eq!((&reacted.d["data"]["emoji"], &reacted.d["data"]["count"]), (&json!("👍"), &json!(1)));
    let deleted = event(&mut his, "meetings.chat.message_deleted").await;
    assert_eq!(deleted.d["entity"]["id"], id.as_str());
    let (_, history) = moussa.get(&format!("/api/v1/meetings/{meeting}/messages/?after_seq=0")).await;
    assert!(!history.to_string().contains("10h"), "a deleted message leaves a tombstone: {history}");
}

#[tokio::test]
async fn a_product_path_joins_its_room_by_itself() {
    let world = world();
    let awa = world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Direct", &[]).await;

    let path = format!("/ws/meetings/{meeting}/chat/");
    let mut socket = awa.socket_with(Options { path, ..Options::default() }).await;

    let joined = within(async {
        loop {
            let response = socket.next().await.unwrap();
            if response.t == Kind::Reply {
                return response;
            }
        }
    })
    .await;
    assert_eq!(joined.reference.as_deref(), Some("auto"));
    awa.say(meeting, "vous m'entendez ?").await;
    event(&mut socket, "meetings.chat.message_posted").await;
}

#[tokio::test]
async fn presence_says_who_came_and_who_went() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Présences", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut hers = awa.socket().await;
    hers.join(&room, None).await.unwrap();

    let mut his = moussa.socket().await;
    his.join(&room, None).await.unwrap();
    let came = presence_diff(&mut hers, "joined", &moussa.id.to_string()).await;
    his.close().await.unwrap();
    let went = presence_diff(&mut hers, "left", &moussa.id.to_string()).await;

    assert_eq!((came["count"].as_u64(), went["count"].as_u64()), (Some(2), Some(1)));
}

async fn presence_diff(socket: &mut gateway::client::Socket, way: &str, who: &str) -> serde_json::Value {
    within(async {
        loop {
            let response = socket.next().await.unwrap();
            let names = response.d[way].as_array().cloned().unwrap_or_default();
            if response.t == Kind::Ephemeral && names.iter().any(|name| name == who) {
                return response.d;
            }
        }
    })
    .await
}
