//! A server that has more to do than it can: those who are in come first.

use crate::harness::{World, begin, config, within};
use gateway::client::Socket;
use schema::{code::Code, role::Role};
use std::time::Duration;

/// The server has one thread; whoever holds it makes the server late.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_is_late_lets_nobody_new_in_until_it_has_caught_up() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(&data.path().join("data"));
    config.socket.late_max_ms = 500;
    let server = begin(config).await;
    let awa = World::at(server.addr()).person("Awa", Role::Student).await;
    let mut socket = awa.socket().await;

    tokio::spawn(async { std::thread::sleep(Duration::from_secs(3)) }).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = within(Socket::connect(awa.client().address())).await.err().expect("it is late");

    assert_eq!(refused.problem().map(|problem| problem.code), Some(Code::Overloaded), "{refused}");
    within(socket.join(&awa.inbox(), None)).await.unwrap();
    within(async {
        while Socket::connect(awa.client().address()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    server.drain().await;
}
