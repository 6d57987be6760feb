//! A server that is killed while people talk: everything acknowledged is there afterwards, and everybody
//! who comes back hears one gap-free stream.

use crate::harness::{child::ServerProcess, events_until};
use schema::{role::Role, room::RoomId};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(&data.path().join("data"));
    let world = server.world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Sous l'orage", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut listening = moussa.socket().await;
    let joined = listening.join(&room, None).await.unwrap();
    let start = joined["seq"].as_u64().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let speakers: Vec<_> = (0..4_u128)
        .map(|speaker| {
            let (awa, stop) = (awa.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut socket = awa.socket().await;
                let mut acknowledged = Vec::new();
                for n in 0_u128.. {
                    let client_id = Uuid::from_u128(speaker << 64 | n);
                    let input = json!({"meeting_id": meeting, "client_id": client_id, "body": format!("{speaker}/{n}")});
                    match socket.call("PostMessage", input, None).await {
                        Ok(reply) => acknowledged.push((reply.body["id"].clone(), reply.body["seq"].clone())),
                        Err(_) => break,
                    }
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
                acknowledged
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(800)).await;

    let server = server.kill_and_restart();
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for speaker in speakers {
        acknowledged.extend(speaker.await.unwrap());
    }

    assert!(
        acknowledged.len() > 20,
        "only {} messages were acknowledged before the kill",
        acknowledged.len()
    );
    let back = server.world().sign_in(&moussa.email, moussa.id).await;
    let stored = history(&back, meeting).await;
    for said in &acknowledged {
        assert_eq!(stored.iter().filter(|message| *message == said).count(), 1, "{said:?} was acknowledged");
    }
    let mut again = back.socket().await;
    let epoch = joined["epoch"].as_str().unwrap();
    let rejoined = again.join(&room, Some((epoch, start))).await.unwrap();
    let head = rejoined["seq"].as_u64().unwrap();
    let heard = events_until(&mut again, head).await;
    let numbers: Vec<u64> = heard.iter().map(|event| event.seq.unwrap()).collect();
    assert_eq!(numbers, (start + 1..=head).collect::<Vec<_>>());
    let heard: BTreeSet<&str> = heard.iter().filter_map(|event| event.d["entity"]["id"].as_str()).collect();
    assert!(acknowledged.iter().all(|(id, _)| heard.contains(id.as_str().unwrap())));
}

async fn history(person: &crate::harness::Person, meeting: Uuid) -> Vec<(Value, Value)> {
    let messages = person.messages(meeting).await;
    messages.iter().map(|message| (message["id"].clone(), message["seq"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_owed_at_the_kill_are_delivered_once_afterwards() {
    let data = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(&data.path().join("data"));
    let world = server.world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    for n in 0..10 {
        awa.project(&format!("Projet {n}"), &[&moussa]).await;
    }

    let server = server.kill_and_restart();

    let back = server.world().sign_in(&moussa.email, moussa.id).await;
    crate::harness::within(async {
        loop {
            let (_, count) = back.get("/api/v1/notifications/unread-count/").await;
            if count["total"] == 11 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, count) = back.get("/api/v1/notifications/unread-count/").await;
    assert_eq!(count["total"], 11, "ten projects and a welcome");
}
