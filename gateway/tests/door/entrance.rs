//! Signing in on a socket.

use crate::stage::{Stage, end_of, refused, soon};
use gateway::client::Error;
use schema::{
    code::Code,
    frame::{Kind, Request},
};
use serde_json::{Value, json};

fn request(op: &str, d: Value) -> Request {
    Request { op: op.into(), reference: Some("r".into()), d, ..Request::default() }
}

#[tokio::test]
async fn the_answer_comes_before_the_greeting() {
    let stage = Stage::new().await;
    let mut socket = stage.stranger().await;

    socket.send(&request("auth", json!({"token": stage.token(0)}))).await.unwrap();

    let (first, second) = (soon(socket.next()).await.unwrap(), soon(socket.next()).await.unwrap());
    assert_eq!((first.t, first.reference.as_deref()), (Kind::Reply, Some("r")));
    assert_eq!((second.t, second.reference), (Kind::Hello, None));
}

#[tokio::test]
async fn who_says_nothing_or_something_else_is_shown_the_door() {
    let stage = Stage::with(|config| config.socket.auth_wait_ms = 200).await;
    let (mut silent, mut hasty, mut forger) =
        (stage.stranger().await, stage.stranger().await, stage.stranger().await);

    hasty.send(&request("ping", Value::Null)).await.unwrap();
    forger.send(&request("auth", json!({"token": "a.b.c"}))).await.unwrap();

    for socket in [&mut hasty, &mut forger] {
        let refusal = soon(socket.next()).await.unwrap();
        assert_eq!((refusal.t, &refusal.d["code"]), (Kind::Error, &json!("not-authenticated")));
    }
    for socket in [&mut silent, &mut hasty, &mut forger] {
        assert_eq!(end_of(socket).await, 4001);
    }
}

#[tokio::test]
async fn a_ticket_opens_one_socket_and_requests_may_follow_at_once() {
    let stage = Stage::new().await;
    let ticket = stage.client(0).post("/api/v1/auth/ws-ticket/", &json!({})).await.unwrap().body;
    let path = format!("/ws/?ticket={}", ticket["ticket"].as_str().unwrap());

    let mut socket = stage.socket_at(&path).await.unwrap();
    socket.send(&request("ping", Value::Null)).await.unwrap();

    assert_eq!(soon(socket.next()).await.unwrap().t, Kind::Hello);
    assert_eq!(soon(socket.next()).await.unwrap().t, Kind::Pong);
    let mut again = stage.socket_at(&path).await.unwrap();
    assert_eq!(end_of(&mut again).await, 4001);
}

#[tokio::test]
async fn a_refresh_takes_the_same_persons_token_only() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;

    let renewed = socket.ask(request("refresh", json!({"token": stage.token(0)}))).await.unwrap();
    let strangers = socket.ask(request("refresh", json!({"token": stage.token(1)}))).await;

    assert_eq!(renewed.t, Kind::Reply);
    assert_eq!(refused(strangers).code, Code::Forbidden);
    socket.ping().await.unwrap();
    assert_eq!(soon(socket.next()).await.unwrap().t, Kind::Pong, "the connection goes on");
}

#[tokio::test]
async fn the_eleventh_socket_of_a_person_ends_the_first() {
    let stage = Stage::new().await;
    let mut first = stage.socket(0).await;

    let mut others = Vec::new();
    for _ in 0..10 {
        others.push(stage.socket(0).await);
    }

    assert_eq!(end_of(&mut first).await, 4011);
    others[0].ping().await.unwrap();
    assert_eq!(soon(others[0].next()).await.unwrap().t, Kind::Pong);
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_sign_in() {
    let stage = Stage::new().await;
    let admin = stage.admin().await;
    let mut socket = stage.stranger().await;
    socket.sign_in(admin.token().unwrap()).await.unwrap();

    admin.post("/api/v1/auth/logout/", &json!({})).await.unwrap();

    assert_eq!(end_of(&mut socket).await, 4009);
    let mut late = stage.stranger().await;
    assert!(matches!(late.sign_in(admin.token().unwrap()).await, Err(Error::Refused(_))));
}
