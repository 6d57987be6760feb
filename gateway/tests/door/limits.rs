//! Flooding: told first, then refused, then shown the door.

use crate::stage::{Stage, end_of, refused, soon};
use gateway::client::{Ask, Client};
use http::Method;
use schema::{
    code::Code,
    frame::{Kind, Request},
};
use serde_json::json;

#[tokio::test]
async fn a_socket_in_a_hurry_is_told_and_one_that_floods_is_closed() {
    let stage = Stage::with(|config| config.socket.flood_refusals = 20).await;
    let mut socket = stage.socket(0).await;
    let ping = Request { op: "ping".into(), reference: Some("p".into()), ..Request::default() };

    for _ in 0..100 {
        socket.send(&ping).await.unwrap();
    }

    let (mut pongs, mut refusals) = (0, 0);
    let code = loop {
        match soon(socket.next()).await {
            Ok(frame) if frame.t == Kind::Pong => pongs += 1,
            Ok(frame) => {
                assert_eq!((frame.t, &frame.d["code"]), (Kind::Error, &json!("rate-limited")));
                assert_eq!(frame.reference.as_deref(), Some("p"));
                refusals += 1;
            }
            Err(_) => break end_of(&mut stage.socket(0).await).await,
        }
        if refusals == 20 {
            break end_of(&mut socket).await;
        }
    };
    assert_eq!((refusals, code), (20, 4029));
    assert!((59..=64).contains(&pongs), "{pongs}");
}

#[tokio::test]
async fn one_bucket_serves_rest_and_socket() {
    let stage = Stage::with(|config| config.limits.user_per_minute = 10.try_into().unwrap()).await;
    let (client, mut socket) = (stage.client(0), stage.socket(0).await);

    for _ in 0..5 {
        client.get("/api/v1/auth/me/").await.unwrap();
        socket.call("ShowMe", json!({}), None).await.unwrap();
    }
    let over_rest = client.send(Ask::new(Method::GET, "/api/v1/auth/me/")).await.unwrap();
    let over_socket = socket.call("ShowMe", json!({}), None).await;

    assert_eq!(over_rest.status.as_u16(), 429);
    assert_eq!(
        (over_rest.header("retry-after"), over_rest.header("ratelimit-limit")),
        (Some("6"), Some("10"))
    );
    assert!(over_socket.unwrap_err().problem().unwrap().extra["retry_after"].as_u64().unwrap() <= 6);
}

#[tokio::test]
async fn guessing_tokens_is_slow_over_a_socket_too() {
    let stage = Stage::with(|config| config.limits.anonymous_per_minute = 3.try_into().unwrap()).await;

    let mut ends = Vec::new();
    for _ in 0..5 {
        let mut guess = stage.stranger().await;
        let refused = refused(guess.sign_in("a.b.c").await);
        ends.push((refused.code, end_of(&mut guess).await));
    }

    let (wrong, hasty) = ((Code::NotAuthenticated, 4001), (Code::RateLimited, 4029));
    assert_eq!(ends, [wrong, wrong, wrong, hasty, hasty]);
    let ticket = end_of(&mut stage.socket_at("/ws/?ticket=guessed").await.unwrap()).await;
    assert_eq!(ticket, 4029);
    stage.socket(0).await.ping().await.unwrap();
}

#[tokio::test]
async fn guessing_passwords_is_slow() {
    let stage = Stage::new().await;
    let client = Client::new(stage.address());
    let guess = json!({"email": "nobody@stage.test", "password": "guess"});

    let mut statuses = Vec::new();
    for _ in 0..7 {
        let ask = Ask::new(Method::POST, "/api/v1/auth/login/").json(&guess);
        statuses.push(client.send(ask).await.unwrap().status.as_u16());
    }

    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
}
