//! Waiting for what a socket hears, never for ever.

use gateway::client::{Error, Socket};
use schema::frame::{Kind, Response};
use std::{future::Future, time::Duration};

/// Long enough for a busy machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The outcome of something that must happen.
pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("this never happened")
}

/// The next numbered event with this name.
pub(crate) async fn event(socket: &mut Socket, name: &str) -> Response {
    within(async {
        loop {
            let response = socket.next().await.expect("the socket is open");
            if response.t == Kind::Event && response.d["name"] == name {
                return response;
            }
        }
    })
    .await
}

/// All numbered events up to and with this number.
pub(crate) async fn events_until(socket: &mut Socket, seq: u64) -> Vec<Response> {
    within(async {
        let mut events = Vec::new();
        loop {
            let response = socket.next().await.expect("the socket is open");
            if response.t == Kind::Event {
                let reached = response.seq;
                events.push(response);
                if reached >= Some(seq) {
                    return events;
                }
            }
        }
    })
    .await
}

/// Everything that is heard for a while.
pub(crate) async fn quiet_for(socket: &mut Socket, while_ms: u64) -> (Vec<Response>, Option<Error>) {
    let mut heard = Vec::new();
    let until = tokio::time::Instant::now() + Duration::from_millis(while_ms);
    loop {
        match tokio::time::timeout_at(until, socket.next()).await {
            Err(_) => return (heard, None),
            Ok(Ok(response)) => heard.push(response),
            Ok(Err(error)) => return (heard, Some(error)),
        }
    }
}
