//! A client that asks and never reads: it waits, the server does not grow.

use crate::stage::{Stage, soon};
use schema::frame::{Kind, Request};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn who_does_not_read_is_not_read_and_loses_no_answer_when_it_does() {
    let stage = Stage::with(|config| config.limits.enabled = false).await;
    let mut socket = stage.socket(0).await;
    let call = |n: usize| Request {
        op: "call".into(),
        reference: Some(format!("n{n}")),
        name: Some("ShowMe".into()),
        d: json!({}),
        ..Request::default()
    };

    // Asks until the server has stopped reading for a while: kernel buffers, queue and outbox are full.
    let mut asked = 0;
    while timeout(Duration::from_millis(500), socket.send(&call(asked))).await.is_ok() {
        asked += 1;
        assert!(asked < 1_000_000, "the server reads without end");
    }

    // The last request may have been cut off in the middle; all before it must be answered in order.
    for n in 0..asked {
        let answer = soon(socket.next()).await.unwrap();
        assert_eq!((answer.t, answer.reference), (Kind::Reply, Some(format!("n{n}"))));
    }
}
