//! Ending without breaking anything off, as on a signal: everybody is asked to come back, what runs is
//! finished or told to try again, and then the sockets are closed.

use super::apart::Apart;
use crate::harness::{PASSWORD, World, quiet_for, within};
use gateway::client::{Client, Error};
use schema::{frame::Kind, role::Role};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_asked_to_come_back_before_the_sockets_close() {
    let apart = Apart::start().await;
    let awa = apart.world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Interrompue", &[]).await;
    let said = awa.say(meeting, "avant l'arrêt").await;
    let mut sockets = [awa.socket().await, awa.socket().await, awa.socket().await];

    let address = apart.world.address;
    let draining = tokio::spawn(apart.again());

    for socket in &mut sockets {
        let asked = within(async {
            loop {
                let response = socket.next().await.expect("the socket is open until it was asked");
                if response.t == Kind::Goaway {
                    return response;
                }
            }
        })
        .await;
        let after_ms = asked.d["after_ms"].as_u64().unwrap();
        assert!((1_000..10_000).contains(&after_ms), "{after_ms}");
    }
    for socket in &mut sockets {
        let (_, end) = quiet_for(socket, 10_000).await;
        assert!(matches!(end, Some(Error::Closed { code: 4010, .. })), "{end:?}");
    }
    let again = within(draining).await.unwrap();
    assert!(Client::login(address, &awa.email, PASSWORD).await.is_err(), "nobody new is let in");
    let back = again.world.sign_in(&awa.email, awa.id).await;
    let (_, history) = back.get(&format!("/api/v1/meetings/{meeting}/messages/")).await;
    assert_eq!(history["data"][0]["id"], said["id"], "{history}");
}

/// The first piece of a request whose body comes later.
async fn half_a_request(world: &World, token: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "POST /api/v1/projects/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Sends the rest of a request; answers the response's head and body.
async fn finish(mut request: TcpStream, body: &str) -> (String, Value) {
    request.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(request.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_began_before_is_carried_out_and_what_comes_too_late_may_be_tried_again() {
    let Apart { server, world, .. } = Apart::start_with(|config| config.drain.close_ms = 1_000).await;
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let body = json!({"title": "Commencé avant", "due_date": "2030-01-01"}).to_string();
    let quick = half_a_request(&world, &awa.token, &body).await;
    let slow = half_a_request(&world, &awa.token, &body).await;
    // Until a request's head is there, it has not begun.
    tokio::time::sleep(Duration::from_millis(200)).await;

    let draining = tokio::spawn(server.drain());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = TcpStream::connect(world.address).await;
    let (head, done) = finish(quick, &body).await;
    within(draining).await.unwrap();
    let (late_head, late) = finish(slow, &body).await;

    assert!(refused.is_err(), "nobody new is let in");
    assert!(head.starts_with("HTTP/1.1 201 ") && head.contains("connection: close"), "{head}");
    assert_eq!(done["title"], "Commencé avant");
    assert!(late_head.starts_with("HTTP/1.1 503 ") && late_head.contains("retry-after: 1"), "{late_head}");
    assert_eq!((&late["code"], &late["title"]), (&json!("draining"), &json!("Redémarrage, réessayez")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_holds_nothing_up() {
    let Apart { server, world, .. } = Apart::start().await;
    let mut idle = TcpStream::connect(world.address).await.unwrap();
    let client = world.admin();
    client.get("/api/v1/auth/me/").await.unwrap();
    let begun = tokio::time::Instant::now();

    within(server.drain()).await;

    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let mut rest = Vec::new();
    let read = within(idle.read_to_end(&mut rest)).await;
    assert!(rest.is_empty() && read.is_ok_and(|bytes| bytes == 0), "it was closed");
}
