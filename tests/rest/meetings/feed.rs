//! Meetings in other programs' calendars: a file of one, a feed of all of one's own.

use super::{MEETINGS, in_hours, wish};
use crate::{
    harness::world,
    rest::{
        ask::{delete, expect, get, patch, post, refusal},
        cast::{cast, nobody},
    },
};
use schema::role::Role;
use serde_json::json;

const FEED: &str = "/api/v1/meetings/calendar-feed/";

#[tokio::test]
async fn a_meeting_is_a_calendar_file_for_who_attends() {
    let cast = cast().await;
    let mut body = wish();
    body["attendee_ids"] = json!([cast.moussa.id]);
    let made = expect(post(&cast.awa.client(), MEETINGS, &body).await, 201);
    let path = format!("{MEETINGS}{}/", made["id"].as_str().unwrap());
    let file = format!("{path}ics/");

    let before = get(&cast.moussa.client(), &file).await;
    assert_eq!(delete(&cast.awa.client(), &path).await.status.as_u16(), 204);
    let after = get(&cast.moussa.client(), &file).await;

    assert_eq!(before.header("content-type"), Some("text/calendar; charset=utf-8"));
    let (before, after) = (before.body.as_str().unwrap(), after.body.as_str().unwrap());
    assert!(
        before.starts_with("BEGIN:VCALENDAR") && before.contains("SUMMARY:Point hebdomadaire"),
        "{before}"
    );
    assert!(before.contains("STATUS:CONFIRMED") && before.contains("SEQUENCE:1\r\n"), "{before}");
    assert!(after.contains("STATUS:CANCELLED") && after.contains("SEQUENCE:2\r\n"), "{after}");
    assert_eq!(refusal(&get(&cast.mariam.client(), &file).await), "403 forbidden");
    assert_eq!(refusal(&get(&cast.kofi.client(), &file).await), "404 not-found");
}

#[tokio::test]
async fn a_feed_is_read_by_who_knows_its_secret_until_it_changes() {
    let yaw = world().person("Yaw", Role::Student).await;
    let other = world().person("Esi", Role::Student).await;
    let made = expect(post(&yaw.client(), MEETINGS, &wish()).await, 201);
    let meeting = format!("{MEETINGS}{}/", made["id"].as_str().unwrap());
    let rotate = async || assert_eq!(post(&yaw.client(), FEED, &json!({})).await.status.as_u16(), 204);
    let path = async || {
        let shown = expect(get(&yaw.client(), FEED).await, 200);
        shown["path"].as_str().map(str::to_owned)
    };

    let none = path().await;
    rotate().await;
    let first = path().await.unwrap();
    let again = path().await.unwrap();
    let read = get(&nobody(), &first).await;
    expect(
        patch(&yaw.client(), &meeting, &json!({"start_at": in_hours(5), "end_at": in_hours(6)})).await,
        200,
    );
    let moved = get(&nobody(), &first).await;
    rotate().await;
    let second = path().await.unwrap();

    assert_eq!((none, &first), (None, &again));
    assert_eq!(read.header("content-type"), Some("text/calendar; charset=utf-8"));
    let (read, moved) = (read.body.as_str().unwrap(), moved.body.as_str().unwrap());
    assert!(read.contains("SEQUENCE:1\r\n") && moved.contains("SEQUENCE:2\r\n"), "{moved}");
    assert_eq!(read.matches("BEGIN:VEVENT").count(), 1);
    assert_ne!(first, second);
    assert_eq!(refusal(&get(&nobody(), &first).await), "404 not-found", "the former address is nobody's");
    assert_eq!(get(&nobody(), &second).await.status.as_u16(), 200);
    let secret = second.trim_end_matches('/').rsplit('/').next().unwrap();
    let of_another = format!("{FEED}{}/{secret}/", other.id);
    assert_eq!(refusal(&get(&nobody(), &of_another).await), "404 not-found");
    assert_eq!(refusal(&get(&nobody(), FEED).await), "401 not-authenticated");
    let long = format!("{FEED}{}/{}/", yaw.id, "x".repeat(65));
    assert_eq!(refusal(&get(&nobody(), &long).await), "422 validation /secret");
}
