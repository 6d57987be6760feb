//! Who may open a socket, before anybody has said who they are.

use crate::stage::{Stage, refused};
use gateway::client::{Ask, Client, Options, Socket};
use http::Method;
use schema::{code::Code, codec::Codec};

fn upgrade(path: &str) -> Ask {
    Ask::new(Method::GET, path)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn what_is_no_handshake_is_refused_with_its_reason() {
    let stage = Stage::new().await;
    let status = async |ask: Ask| {
        let answer = Client::new(stage.address()).send(ask).await.unwrap();
        (answer.status.as_u16(), answer.header("sec-websocket-version").map(str::to_owned))
    };
    let versioned = |path: &str| upgrade(path).header("sec-websocket-version", "13");

    assert_eq!(status(Ask::new(Method::GET, "/ws/")).await, (426, Some("13".into())));
    assert_eq!(status(upgrade("/ws/").header("sec-websocket-version", "8")).await, (426, Some("13".into())));
    assert_eq!(status(versioned("/ws/").header("sec-websocket-protocol", "graphql")).await, (400, None));
    assert_eq!(status(versioned("/ws/nowhere/")).await, (404, None));
    assert_eq!(status(versioned("/ws/notifications/me/")).await, (404, None));
    assert_eq!(status(versioned("/ws/").header("origin", "https://evil.example")).await, (403, None));
}

#[tokio::test]
async fn a_listed_origin_is_let_in_and_so_is_this_servers_own() {
    let stage = Stage::with(|config| config.origins = vec!["https://app.example".into()]).await;
    let from = async |origin: &str| {
        let options = Options { origin: Some(origin.to_owned()), ..Options::default() };
        Socket::connect_with(&stage.address(), &options).await.map(drop)
    };

    assert!(from("https://app.example").await.is_ok());
    assert!(from(&stage.server.url()).await.is_ok());
    assert_eq!(refused(from("https://other.example").await).code, Code::Forbidden);
}

#[tokio::test]
async fn both_spellings_carry_the_same_session() {
    let stage = Stage::new().await;

    for codec in [Codec::MsgPack, Codec::Json] {
        let options = Options { codec, ..Options::default() };
        let mut socket = Socket::connect_with(&stage.address(), &options).await.unwrap();

        let hello = socket.sign_in(stage.token(0)).await.unwrap();

        assert_eq!(hello["user_id"], stage.people[0].0.to_string());
        assert_eq!((&hello["heartbeat_ms"], &hello["resume_window_s"]), (&25_000.into(), &604_800.into()));
        assert!(hello["server_time"].as_i64().unwrap() > 0 && hello["limits"]["rooms"] == 100);
    }
}
