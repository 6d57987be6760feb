//! Asking over REST and taking any answer, and reading what a refusal says.

use gateway::client::{Answer, Ask, Client};
use serde_json::Value;

/// A request without a body.
pub(super) fn ask(method: &str, path: &str) -> Ask {
    Ask::new(method.parse().unwrap(), path)
}

/// Sends a request; the answer may be a refusal.
pub(super) async fn send(client: &Client, ask: Ask) -> Answer {
    client.send(ask).await.expect("the server answers")
}

/// GETs.
pub(super) async fn get(client: &Client, path: &str) -> Answer {
    send(client, ask("GET", path)).await
}

/// POSTs a value.
pub(super) async fn post(client: &Client, path: &str, body: &Value) -> Answer {
    send(client, ask("POST", path).json(body)).await
}

/// PUTs a value.
pub(super) async fn put(client: &Client, path: &str, body: &Value) -> Answer {
    send(client, ask("PUT", path).json(body)).await
}

/// PATCHes with a value.
pub(super) async fn patch(client: &Client, path: &str, body: &Value) -> Answer {
    send(client, ask("PATCH", path).json(body)).await
}

/// DELETEs.
pub(super) async fn delete(client: &Client, path: &str) -> Answer {
    send(client, ask("DELETE", path)).await
}

/// The body of an answer that must have this status.
#[track_caller]
pub(super) fn expect(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    answer.body
}

/// A refusal as one word: `409 duplicate /email`, with the pointers of the fields at fault.
#[track_caller]
pub(super) fn refusal(answer: &Answer) -> String {
    let body = &answer.body;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{} {body}", answer.status);
    assert_eq!(body["status"], answer.status.as_u16(), "{body}");
    let mut said = format!("{} {}", answer.status.as_u16(), body["code"].as_str().expect("a code"));
    for error in body["errors"].as_array().into_iter().flatten() {
        said.push(' ');
        said.push_str(error["pointer"].as_str().expect("a pointer"));
    }
    said
}

/// One member of each record of a list, as text.
pub(super) fn column<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let records = list["data"].as_array().expect("a list");
    records.iter().map(|record| record[member].as_str().unwrap_or("null")).collect()
}
