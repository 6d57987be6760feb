//! What watchdogs and balancers ask: is it alive, may it be sent work, how is it. The answers are looked
//! up, never computed by calling an operation.

use crate::{door::Door, system};
use actors::Standing;
use axum::response::{IntoResponse as _, Json, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// `GET /health/live/`: this process answers.
pub(crate) fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// `GET /health/ready/`: work may be sent here.
pub(crate) fn ready(door: &Door) -> Response {
    let (status, word) = readiness(door);
    (status, Json(json!({"status": word}))).into_response()
}

/// `GET /health/`: how it is.
pub(crate) fn whole(door: &Door) -> Response {
    let (status, word) = readiness(door);
    let node = door.engine.node();
    let body: Value = json!({
        "status": word,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": door.opened_at.elapsed().as_secs(),
        "connections": door.inside(),
        "sessions": node.sessions().count(),
        "rooms_awake": node.directory().awake_count(),
        "resident_bytes": system::resident_bytes(),
        "limits": if door.limits.are_on() { "on" } else { "off" },
        "failure": door.failure(),
        "nodes": nodes(door),
    });
    (status, Json(body)).into_response()
}

/// `GET /metrics`.
pub(crate) fn metrics(door: &Door) -> Response {
    let kind = [(http::header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, door.page.text(door)).into_response()
}

/// Who takes part, as this node sees it; null where it is alone.
fn nodes(door: &Door) -> Value {
    let node = door.engine.node();
    if !node.is_clustered() {
        return Value::Null;
    }
    let run = node.run();
    let members = node.members();
    let members = members.iter().map(|member| {
        json!({
            "name": member.name,
            "address": member.address,
            "version": member.version,
            "state": if member.leaving { "leaving" } else { "present" },
            "here": Some(member.run) == run,
        })
    });
    members.collect()
}

fn readiness(door: &Door) -> (StatusCode, &'static str) {
    if door.failure().is_some() {
        (StatusCode::SERVICE_UNAVAILABLE, "failed")
    } else if door.is_closing() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        match door.engine.node().standing() {
            Standing::Present => (StatusCode::OK, "ready"),
            Standing::Apart => (StatusCode::SERVICE_UNAVAILABLE, "joining"),
            Standing::WithoutStore => (StatusCode::SERVICE_UNAVAILABLE, "cut off from the store"),
            Standing::WithoutBus => (StatusCode::SERVICE_UNAVAILABLE, "cut off from the bus"),
        }
    }
}
