//! What watchdogs and balancers ask, and the metrics page.

use super::{
    ask::{expect, get},
    cast::nobody,
};
use crate::harness::{child::ServerProcess, event, quiet_for};
use schema::{role::Role, room::RoomId};
use serde_json::json;

#[tokio::test]
async fn a_server_says_that_it_lives_and_is_ready() {
    let client = nobody();

    let live = get(&client, "/health/live/").await;
    let ready = get(&client, "/health/ready/").await;
    let whole = expect(get(&client, "/health/").await, 200);

    assert_eq!(expect(live, 200), json!({"status": "ok"}));
    assert_eq!(expect(ready, 200), json!({"status": "ready"}));
    assert_eq!(
        (&whole["status"], &whole["limits"], &whole["failure"]),
        (&json!("ready"), &json!("off"), &json!(null))
    );
    assert!(whole["version"].is_string() && whole["uptime_seconds"].is_u64());
    assert!(whole["connections"].as_u64().unwrap() >= 1, "{whole}");
    assert!(whole["resident_bytes"].as_u64().unwrap() > 1_000_000, "{whole}");
}

/// A metric of the page, summed over its labels.
fn metric(page: &str, name: &str) -> Option<f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let values = lines.filter_map(|line| {
        let (label, value) = line.rsplit_once(' ')?;
        (label.split('{').next() == Some(name)).then(|| value.parse::<f64>().unwrap())
    });
    values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_page_counts_what_happens() {
    let data = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(&data.path().join("data"));
    let world = server.world();
    let awa = world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Mesurée", &[]).await;
    let room = RoomId::new("meeting", meeting);
    let mut socket = awa.socket().await;
    let joined = socket.join(&room, None).await.unwrap();
    awa.say(meeting, "un").await;
    event(&mut socket, "meetings.chat.message_posted").await;
    let mut late = awa.socket().await;
    let epoch = joined["epoch"].as_str().unwrap();
    late.join(&room, Some((epoch, joined["seq"].as_u64().unwrap()))).await.unwrap();
    event(&mut late, "meetings.chat.message_posted").await;
    late.join(&room, Some(("0000000000000000", 1))).await.unwrap();
    quiet_for(&mut late, 100).await;

    let answer = get(&world.anonymous(), "/metrics").await;

    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let page = answer.body.as_str().unwrap();
    let at_least = |name: &str, least: f64| {
        let found = metric(page, name);
        assert!(found >= Some(least), "{name}: {found:?}\n{page}");
    };
    at_least("ws_connections", 2.0);
    at_least("connections", 2.0);
    at_least("ws_rooms", 1.0);
    at_least("rooms_awake", 1.0);
    at_least("ws_events_total", 2.0);
    at_least("ws_delivery_seconds_count", 1.0);
    at_least("ws_resume_total", 1.0);
    at_least("ws_resync_total", 1.0);
    at_least("ws_dropped_total", 0.0);
    at_least("calls_total", 4.0);
    at_least("call_seconds_count", 4.0);
    at_least("storage_commits_total", 4.0);
    at_least("storage_syncs_total", 1.0);
    at_least("process_resident_memory_bytes", 1_000_000.0);
    assert!(page.contains("calls_total{operation=\"PostMessage\",code=\"ok\"} 1"), "{page}");
    for secret in [awa.email.as_str(), &awa.id.to_string(), &meeting.to_string()] {
        assert!(!page.contains(secret), "a page of numbers names nobody");
    }
}
