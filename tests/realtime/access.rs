//! Who may hear and write, and how that ends: a removal is part of the room's order.

use crate::harness::{events_until, quiet_for, within, world};
use gateway::client::Error;
use schema::{
    code::Code,
    frame::{Kind, Request},
    role::Role,
    room::RoomId,
};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

fn code(outcome: Result<impl std::fmt::Debug, Error>) -> Code {
    outcome.expect_err("this is refused").problem().expect("a problem says why").code
}

#[tokio::test]
async fn a_room_one_may_not_see_is_not_found() {
    let world = world();
    let (awa, stranger) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Kofi", Role::Student).await);
    let project = awa.project("Maraîchage", &[]).await;
    let meeting = awa.meeting("Fermée", &[]).await;
    let mut socket = stranger.socket().await;

    let rooms = [
        RoomId::new("project", project),
        RoomId::new("meeting", meeting),
        RoomId::new("project", Uuid::from_u128(5)),
        awa.inbox(),
        RoomId::with_topic("org", project, "users"),
        RoomId::new("nonsense", project),
    ];
    for room in rooms {
        assert_eq!(code(socket.join(&room, None).await), Code::NotFound, "{room}");
    }
}

#[tokio::test]
async fn whoever_is_removed_while_listening_hears_nothing_later_and_writes_nothing_later() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    let project = awa.project("Pépinière", &[&moussa]).await;
    let room = RoomId::new("project", project);
    let mut his = moussa.socket().await;
    his.join(&room, None).await.unwrap();
    let mut hers = awa.socket().await;
    hers.join(&room, None).await.unwrap();
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let (writer, path) = (awa.clone(), tasks.clone());
    let load = tokio::spawn(async move {
        for n in 0..200 {
            let (status, made) = writer.post(&path, &json!({"title": format!("tâche {n}")})).await;
            assert_eq!(status, 201, "{made}");
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;

    let removed =
        awa.client().delete(&format!("/api/v1/projects/{project}/team/{}/", moussa.id)).await.unwrap();
    let (late, _) = moussa.post(&tasks, &json!({"title": "trop tard"})).await;
    load.await.unwrap();

    assert!(removed.status.is_success());
    assert_eq!(late, 404, "a removed member may not even know the project");
    let (heard, _) = quiet_for(&mut his, 1_000).await;
    let removal = heard.iter().find(|r| r.d["name"] == "projects.member.removed").expect("he hears why").seq;
    let last = heard.iter().filter_map(|r| r.seq).max();
    assert_eq!(last, removal, "nothing comes after the removal");
    assert!(heard.iter().any(|r| r.t == Kind::Revoked && r.room.as_ref() == Some(&room)));
    let end = quiet_for(&mut hers, 500).await.0.iter().filter_map(|r| r.seq).max();
    assert!(end > removal, "the room went on without him");
}

#[tokio::test]
async fn suspending_somebody_closes_every_socket_of_theirs() {
    let world = world();
    let moussa = world.person("Moussa", Role::Student).await;
    let again = world.sign_in(&moussa.email, moussa.id).await;
    let mut sockets = [moussa.socket().await, again.socket().await];
    sockets[0].join(&moussa.inbox(), None).await.unwrap();
    let suspended = tokio::time::Instant::now();

    let path = format!("/api/v1/users/{}/transition/", moussa.id);
    world.admin().post(&path, &json!({"to": "suspended", "reason": "essai"})).await.unwrap();

    for socket in &mut sockets {
        let (_, end) = quiet_for(socket, 5_000).await;
        assert!(matches!(end, Some(Error::Closed { code: 4009, .. })), "{end:?}");
    }
    assert!(suspended.elapsed() < Duration::from_secs(5));
    let (status, problem) = moussa.get("/api/v1/auth/me/").await;
    assert!(status == 401 || status == 403, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_who_does_not_read_is_signed_out_all_the_same() {
    let world = world();
    let (awa, moussa) =
        (world.person("Awa", Role::Mentor).await, world.person("Moussa", Role::Student).await);
    let meeting = awa.meeting("Sans lecteur", &[&moussa]).await;
    let mut stalled = moussa.socket().await;
    stalled.join(&RoomId::new("meeting", meeting), None).await.unwrap();
    let mut speaking = awa.socket().await;
    let body = "é".repeat(1_900);
    let mut say = async |n: u128, body: &str| {
        let input = json!({"meeting_id": meeting, "client_id": Uuid::from_u128(n), "body": body});
        within(speaking.call("PostMessage", input, None)).await.unwrap().body["seq"].as_u64().unwrap()
    };
    // More than the kernel and his outbox hold: the close frame itself finds no room.
    for n in 0..600 {
        say(n, &body).await;
    }

    let path = format!("/api/v1/users/{}/transition/", moussa.id);
    world.admin().post(&path, &json!({"to": "suspended"})).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = say(600, "après").await;

    let (heard, end) = quiet_for(&mut stalled, 5_000).await;
    assert!(end.is_some(), "the connection is over");
    let last =
        heard.iter().filter_map(|response| response.seq).max().expect("what came before waits for him");
    assert!(last < after, "he heard {last} of {after}");
}

#[tokio::test]
async fn a_changed_role_is_felt_on_the_open_socket() {
    let world = world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Atelier", &[]).await;
    let supervisor = world.person("Binta", Role::Supervisor).await;
    let mut socket = supervisor.socket().await;
    socket.join(&supervisor.inbox(), None).await.unwrap();
    socket.join(&RoomId::new("project", project), None).await.unwrap();

    let path = format!("/api/v1/users/{}/role/", supervisor.id);
    world.elevated().await.post(&path, &json!({"role": "student"})).await.unwrap();

    crate::harness::event(&mut socket, "users.permission.changed").await;
    let (heard, _) = quiet_for(&mut socket, 1_500).await;
    let revoked: Vec<_> =
        heard.iter().filter(|r| r.t == Kind::Revoked).filter_map(|r| r.room.clone()).collect();
    assert_eq!(revoked, [RoomId::new("project", project)], "the project is lost, the inbox is kept");
}

#[tokio::test]
async fn a_socket_without_a_good_token_is_turned_away() {
    let world = world();
    let awa = world.person("Awa", Role::Student).await;
    let forged = format!("{}x", &awa.token[..awa.token.len() - 1]);

    for token in ["", "nonsense", &forged] {
        let client = world.anonymous();
        let mut socket = gateway::client::Socket::connect(client.address()).await.unwrap();
        assert_eq!(code(within(socket.sign_in(token)).await), Code::NotAuthenticated);
        let (_, end) = quiet_for(&mut socket, 3_000).await;
        assert!(matches!(end, Some(Error::Closed { code: 4001, .. })), "{end:?}");
    }
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let world = world();
    let awa = world.person("Awa", Role::Student).await;
    let (status, made) = awa.post("/api/v1/auth/ws-ticket/", &json!({})).await;
    assert!(status == 200 || status == 201, "{made}");
    let path = format!("/ws/?ticket={}", made["ticket"].as_str().unwrap());
    let open = || async {
        let options = gateway::client::Options { path: path.clone(), ..Default::default() };
        gateway::client::Socket::connect_with(world.anonymous().address(), &options).await
    };

    let mut first = open().await.unwrap();
    let hello = within(first.next()).await.unwrap();
    assert_eq!(hello.t, Kind::Hello);
    let replayed = match open().await {
        Err(error) => error.problem().is_some(),
        Ok(mut socket) => {
            let (_, end) = quiet_for(&mut socket, 3_000).await;
            matches!(end, Some(Error::Closed { code: 4001, .. }))
        }
    };
    assert!(replayed, "a ticket is good for one socket");
}

#[tokio::test]
async fn leaving_a_room_ends_its_events() {
    let world = world();
    let awa = world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Courte", &[]).await;
    let room = RoomId::new("meeting", meeting);
    let mut socket = awa.socket().await;
    socket.join(&room, None).await.unwrap();
    let first = awa.say(meeting, "un").await["seq"].as_u64().unwrap();
    events_until(&mut socket, first).await;

    let leave = Request { op: "leave".into(), room: Some(room), d: json!({}), ..Request::default() };
    within(socket.ask(leave)).await.unwrap();
    awa.say(meeting, "deux").await;

    let (heard, _) = quiet_for(&mut socket, 300).await;
    assert!(heard.iter().all(|response| response.t != Kind::Event), "{heard:?}");
}
