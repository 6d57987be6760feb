//! Joining, leaving, whispering, paging: who may, and what they are told.

use crate::stage::{Stage, end_of, refused, soon};
use schema::{
    code::Code,
    frame::{Kind, Request},
    room::RoomId,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn about(op: &str, room: &RoomId, d: Value) -> Request {
    Request { op: op.into(), room: Some(room.clone()), d, ..Request::default() }
}

#[tokio::test]
async fn a_person_joins_the_own_inbox_and_no_other() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;

    let joined = socket.join(&stage.inbox(0), None).await.unwrap();

    assert!(joined["epoch"].is_string() && joined["seq"].is_u64() && joined["missed"] == 0, "{joined}");
    for room in [stage.inbox(1), RoomId::new("nowhere", Uuid::nil()), RoomId::new("org", Uuid::nil())] {
        assert_eq!(refused(socket.join(&room, None).await).code, Code::NotFound, "{room}");
    }
}

#[tokio::test]
async fn a_product_path_joins_its_room_by_itself_or_closes() {
    let stage = Stage::new().await;
    let path = |person: usize| format!("/ws/notifications/{}/", stage.people[person].0);

    let mut own = stage.socket_at(&path(0)).await.unwrap();
    own.sign_in(stage.token(0)).await.unwrap();
    let mut others = stage.socket_at(&path(1)).await.unwrap();
    others.sign_in(stage.token(0)).await.unwrap();
    let mut operators = stage.socket_at("/ws/system/").await.unwrap();
    operators.sign_in(stage.token(0)).await.unwrap();

    let joined = soon(own.next()).await.unwrap();
    assert_eq!(
        (joined.t, joined.reference.as_deref(), joined.room),
        (Kind::Reply, Some("auto"), Some(stage.inbox(0)))
    );
    assert_eq!(end_of(&mut others).await, 4004);
    assert_eq!(end_of(&mut operators).await, 4004);
}

#[tokio::test]
async fn history_and_whispers_are_for_those_who_joined() {
    let stage = Stage::new().await;
    let (mut socket, room) = (stage.socket(0).await, stage.inbox(0));

    let before = socket.ask(about("history", &room, json!({}))).await;
    socket.join(&room, None).await.unwrap();
    let joined = socket.ask(about("history", &room, json!({"after_seq": 0, "limit": 100}))).await.unwrap();
    let greedy = socket.ask(about("history", &room, json!({"limit": 101}))).await;
    let odd = socket.ask(about("whisper", &room, json!({"kind": "shout"}))).await;
    socket.ask(about("leave", &room, json!({}))).await.unwrap();
    let after = socket.ask(about("history", &room, json!({}))).await;

    assert_eq!(refused(before).code, Code::Forbidden);
    assert_eq!(joined.d, json!({"events": [], "has_more": false}));
    assert_eq!(refused(greedy).code, Code::Validation);
    assert_eq!(refused(odd).code, Code::ProtocolError);
    assert_eq!(refused(after).code, Code::Forbidden);
}

#[tokio::test]
async fn who_resumes_hears_what_was_missed_and_who_is_from_elsewhere_is_told_to_reload() {
    let stage = Stage::new().await;
    let room = stage.inbox(0);
    let mut socket = stage.socket(0).await;
    let first = socket.join(&room, None).await.unwrap();

    let resumed = socket.join(&room, Some((first["epoch"].as_str().unwrap(), 0))).await.unwrap();
    let elsewhere = socket.join(&room, Some(("another life", 0))).await.unwrap();

    assert_eq!(resumed["missed"], first["seq"]);
    assert_eq!(elsewhere["missed"], 0);
    let resync = loop {
        let frame = soon(socket.next()).await.unwrap();
        if frame.t == Kind::Resync {
            break frame;
        }
    };
    assert_eq!(resync.d["reason"], "epoch");
}
