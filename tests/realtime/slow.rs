//! Clients that do not read: they cost bounded memory, delay nobody, and catch up without a gap.

use crate::harness::{events_until, quiet_for, within, world};
use schema::{frame::Request, role::Role, room::RoomId};
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stalls_catches_up_without_a_gap() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Bavarde", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut stalled = moussa.socket().await;
    let start = stalled.join(&room, None).await.unwrap()["seq"].as_u64().unwrap();
    let mut awake = awa.socket().await;
    awake.join(&room, None).await.unwrap();
    let mut speaking = awa.socket().await;

    let mut last = 0;
    let body = "é".repeat(1_900);
    for n in 0..600_u128 {
        let input = json!({"meeting_id": meeting, "client_id": Uuid::from_u128(n), "body": body});
        let reply = within(speaking.call("PostMessage", input, None)).await.unwrap();
        last = reply.body["seq"].as_u64().unwrap();
        events_until(&mut awake, last).await;
    }

    let heard = events_until(&mut stalled, last).await;
    let numbers: Vec<u64> = heard.iter().map(|event| event.seq.unwrap()).collect();
    assert_eq!(numbers, (start + 1..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_sent_without_ever_reading_are_held_back_and_then_answered() {
    let world = world();
    let awa = world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Monologue", &[]).await;
    let mut socket = awa.socket().await;
    let calls = 2_000_u128;

    let sending = async {
        for n in 0..calls {
            let request = Request {
                op: "call".into(),
                reference: Some(format!("r{n}")),
                name: Some("PostMessage".into()),
                d: json!({"meeting_id": meeting, "client_id": Uuid::from_u128(n), "body": "x".repeat(200)}),
                ..Request::default()
            };
            socket.send(&request).await.unwrap();
        }
    };
    // The server stops reading once enough waits; a sender that never reads blocks, and that is the point.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(2), sending).await;
    let (mut answers, _) = quiet_for(&mut socket, 3_000).await;
    // A store that takes longer over each answer leaves fewer in the time that calls were sent in.
    while answers.len() <= 100 {
        answers.push(within(socket.next()).await.expect("the socket is open"));
    }

    let mut references: Vec<u64> = answers
        .iter()
        .filter_map(|answer| answer.reference.as_deref()?.strip_prefix('r')?.parse().ok())
        .collect();
    assert!(references.len() > 100, "{} answers", references.len());
    assert!(references.is_sorted(), "answers come in the order of the calls");
    references.dedup();
    assert_eq!(references.len(), answers.iter().filter(|a| a.reference.is_some()).count());
}
