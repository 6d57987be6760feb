//! One room, several nodes: what is written through one is heard on all.

use super::nodes::Nodes;
use crate::harness::{event, events_until, within};
use gateway::client::{Options, Socket};
use schema::{
    frame::{Kind, Request},
    role::Role,
    room::RoomId,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_writes_every_node_hears_whoever_homes_it() {
    let Some(nodes) = Nodes::start(3).await else { return };
    let world = nodes.world();
    let awa = world.person("Awa", Role::Mentor).await;
    let moussa = world.person("Moussa", Role::Student).await;

    // Several meetings, so that each node homes one or other of them.
    for n in 0..6 {
        let meeting = awa.at(nodes.at(n % 3)).meeting(&format!("Réunion {n}"), &[&moussa]).await;
        let room = RoomId::new("meeting", meeting);
        let mut ears = Vec::new();
        for place in 0..3 {
            let mut socket = moussa.at(nodes.at(place)).socket().await;
            let joined = socket.join(&room, None).await.unwrap();
            ears.push((socket, joined["seq"].as_u64().unwrap()));
        }
        let mut last = 0;
        for turn in 0..12 {
            let said = awa.at(nodes.at(turn % 3)).say(meeting, &format!("{turn}")).await;
            last = said["seq"].as_u64().unwrap();
        }

        for (socket, start) in &mut ears {
            let heard = events_until(socket, last).await;
            let numbers: Vec<u64> = heard.iter().map(|event| event.seq.unwrap()).collect();
            assert_eq!(numbers, (*start + 1..=last).collect::<Vec<_>>());
            let said: Vec<&Value> = heard
                .iter()
                .filter(|event| event.d["name"] == "meetings.chat.message_posted")
                .map(|event| &event.d["data"]["body"])
                .collect();
            assert_eq!(
                said,
                (0..12)
                    .map(|turn| Value::from(turn.to_string()))
                    .collect::<Vec<_>>()
                    .iter()
                    .collect::<Vec<_>>()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_whispers_notifications_and_tickets_cross_nodes() {
    let Some(nodes) = Nodes::start(3).await else { return };
    let world = nodes.world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let moussa = world.person("Moussa", Role::Student).await;
    let fatou = world.person("Fatou", Role::Student).await;
    let project = awa.project("Jardin", &[&moussa, &fatou]).await;
    let room = RoomId::new("project", project);

    let mut first = awa.at(nodes.at(0)).socket().await;
    first.join(&room, None).await.unwrap();
    let mut second = moussa.at(nodes.at(1)).socket().await;
    second.join(&room, None).await.unwrap();
    let mut third = fatou.at(nodes.at(2)).socket().await;
    third.join(&room, None).await.unwrap();

    // Everybody learns who else is there, wherever they are connected.
    for socket in [&mut first, &mut second, &mut third] {
        let everybody: BTreeSet<String> =
            [&awa, &moussa, &fatou].iter().map(|person| person.id.to_string()).collect();
        within(async {
            loop {
                let response = socket.next().await.unwrap();
                if response.t == Kind::Ephemeral
                    && response.d["name"] == "presence.diff"
                    && response.d["count"] == 3
                {
                    break;
                }
            }
        })
        .await;
        let snapshot = socket.join(&room, None).await.unwrap();
        let there: BTreeSet<String> = snapshot["presence"]["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(there, everybody);
    }
    drop(third);
    for socket in [&mut first, &mut second] {
        within(async {
            loop {
                let response = socket.next().await.unwrap();
                if response.t == Kind::Ephemeral && response.d["left"] == json!([fatou.id]) {
                    break;
                }
            }
        })
        .await;
    }

    let whisper = schema::frame::Request {
        op: "whisper".to_owned(),
        room: Some(room.clone()),
        d: json!({"kind": "typing", "on": true}),
        ..Default::default()
    };
    first.send(&whisper).await.unwrap();
    within(async {
        loop {
            let response = second.next().await.unwrap();
            if response.t == Kind::Ephemeral && response.d["kind"] == "typing" {
                assert_eq!(response.d["user_id"], json!(awa.id));
                break;
            }
        }
    })
    .await;

    // A notification is made where the inbox lives and heard where its person is.
    let mut inbox = fatou.at(nodes.at(1)).socket().await;
    inbox.join(&fatou.inbox(), None).await.unwrap();
    let task = json!({"title": "Arroser", "assignee_id": fatou.id});
    let (status, made) = awa.at(nodes.at(2)).post(&format!("/api/v1/projects/{project}/tasks/"), &task).await;
    assert_eq!(status, 201, "{made}");
    event(&mut inbox, "notifications.notification.created").await;

    // A ticket from one node opens a socket on another, once.
    let (status, ticket) = fatou.at(nodes.at(0)).post("/api/v1/auth/ws-ticket/", &json!({})).await;
    assert_eq!(status, 200, "{ticket}");
    let path = format!("/ws/?ticket={}", ticket["ticket"].as_str().unwrap());
    for (place, opens) in [(2, true), (1, false)] {
        let options = Options { path: path.clone(), ..Options::default() };
        let address = fatou.at(nodes.at(place)).client().address().clone();
        let mut socket = gateway::client::Socket::connect_with(&address, &options).await.unwrap();
        let heard = within(socket.next()).await;
        assert_eq!(heard.is_ok_and(|hello| hello.t == Kind::Hello), opens, "on node {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_said_to_every_node_at_once_happens_once() {
    let Some(nodes) = Nodes::start(3).await else { return };
    let awa = nodes.world().person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Une fois", &[]).await;
    let mut tasks = Vec::new();
    for n in 0..30 {
        let awa = awa.at(nodes.at(n % 3));
        tasks.push(tokio::spawn(async move {
            let message = json!({"client_id": uuid::Uuid::from_u128(7), "body": "une seule fois"});
            awa.post(&format!("/api/v1/meetings/{meeting}/messages/"), &message).await
        }));
    }

    let mut answers = BTreeSet::new();
    for task in tasks {
        let (status, body) = task.await.unwrap();
        assert_eq!(status, 201, "{body}");
        answers.insert(body.to_string());
    }

    assert_eq!(answers.len(), 1, "{answers:?}");
    let (_, page) = awa.get(&format!("/api/v1/meetings/{meeting}/messages/")).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_suspended_through_one_node_is_out_on_all_of_them() {
    let Some(nodes) = Nodes::start(3).await else { return };
    let world = nodes.world();
    let awa = world.person("Awa", Role::Mentor).await;
    let moussa = world.person("Moussa", Role::Student).await;
    let meeting = awa.meeting("Ouverte", &[&moussa]).await;
    let room = RoomId::new("meeting", meeting);
    let mut sockets = Vec::new();
    for place in 0..3 {
        let mut socket = moussa.at(nodes.at(place)).socket().await;
        socket.join(&room, None).await.unwrap();
        sockets.push(socket);
    }

    let suspended = world
        .admin()
        .post(
            &format!("/api/v1/users/{}/transition/", moussa.id),
            &json!({"to": "suspended", "reason": "essai"}),
        )
        .await;
    suspended.unwrap();

    let begun = tokio::time::Instant::now();
    for socket in &mut sockets {
        within(async { while socket.next().await.is_ok() {} }).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for place in 0..3 {
        let (status, _) = moussa.at(nodes.at(place)).get("/api/v1/auth/me/").await;
        assert!(matches!(status, 401 | 403), "node {place} answered {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_somebody_is_crosses_nodes_and_outlives_the_one_that_knew() {
    let Some(mut nodes) = Nodes::start(3).await else { return };
    let world = nodes.world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let moussa = world.person("Moussa", Role::Student).await;
    awa.project("Jardin", &[&moussa]).await;
    let mut ear = awa.at(nodes.at(0)).socket().await;
    ear.send(&Request {
        op: "presence.watch".into(),
        reference: Some("w".into()),
        d: json!({"user_ids": [moussa.id]}),
        ..Request::default()
    })
    .await
    .unwrap();

    let phone = moussa.at(nodes.at(1)).socket().await;
    let desk = moussa.at(nodes.at(0)).socket().await;
    told(&mut ear, "online").await;
    let busy = json!({"state": "busy"});
    moussa.at(nodes.at(0)).client().put("/api/v1/users/me/presence/", &busy).await.unwrap();
    told(&mut ear, "busy").await;
    let (status, seen) = awa.at(nodes.at(2)).get(&format!("/api/v1/users/presence/?ids={}", moussa.id)).await;
    assert_eq!((status, &seen["data"][0]["state"]), (200, &json!("busy")), "whichever node is asked");

    drop(phone);
    nodes.kill(2);
    nodes.until_all_see(2).await;
    // Where they live now has to learn first that they are there: who leaves before that is nobody's news.
    let path = format!("/api/v1/users/presence/?ids={}", moussa.id);
    let asks = awa.at(nodes.at(1));
    tokio::time::timeout(Duration::from_secs(45), async {
        loop {
            let (status, seen) = asks.get(&path).await;
            if status == 200 && seen["data"][0]["state"] != "offline" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .expect("their new home learns that they are there");
    drop(desk);

    told(&mut ear, "offline").await;
}

/// Waits until the one who is watched is told to be so. People of a node that was killed are waited for before they are
/// gone, so it takes longer than other things, above all on a machine that does much else.
async fn told(ear: &mut Socket, state: &str) {
    let coming = tokio::time::timeout(Duration::from_secs(90), async {
        loop {
            // Who says nothing for a minute is taken for gone.
            let Ok(response) = tokio::time::timeout(Duration::from_secs(15), ear.next()).await else {
                ear.send(&Request { op: "ping".into(), ..Request::default() }).await.unwrap();
                continue;
            };
            let response = response.unwrap();
            if response.d["name"] == "presence.diff" && response.d["changed"][0]["state"] == state {
                return;
            }
        }
    });
    coming.await.unwrap_or_else(|_| panic!("nobody was told to be {state}"));
}
