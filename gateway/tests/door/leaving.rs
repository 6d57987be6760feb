//! The end of a server, as its clients see it.

use crate::stage::{Stage, end_of, soon};
use gateway::client::{Client, Socket};
use schema::frame::Kind;

#[tokio::test]
async fn clients_are_asked_to_leave_before_they_are_closed() {
    let stage = Stage::new().await;
    let address = stage.address();
    let mut sockets = Vec::new();
    for person in 0..3 {
        sockets.push(stage.socket(person).await);
    }

    soon(stage.server.drain()).await;

    for socket in &mut sockets {
        let asked = soon(socket.next()).await.unwrap();
        assert_eq!(asked.t, Kind::Goaway);
        assert!(asked.d["after_ms"].as_u64().unwrap() >= 1_000);
        assert_eq!(end_of(socket).await, 4010);
    }
    assert!(Socket::connect(&address).await.is_err());
    assert!(Client::new(address).get("/health/live/").await.is_err());
}
