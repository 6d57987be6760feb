//! When people are busy, and when they are all free.

use super::MEETINGS;
use crate::{
    harness::{Person, world},
    rest::{
        ask::{expect, post, refusal},
        cast::{cast, nobody},
    },
};
use schema::{clock::Clock, role::Role, time::Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// The next Monday that is a week away at least, at midnight in Dakar, which is UTC's.
fn monday() -> Timestamp {
    let days = Clock::system().now().seconds() / 86_400 + 7;
    // The first day of the epoch was a Thursday.
    Timestamp::from_ms((days + (11 - days % 7) % 7) * 86_400_000)
}

async fn call(organizer: &Person, start: Timestamp, minutes: i64, with: &[&Person]) -> String {
    let ids: Vec<_> = with.iter().map(|person| person.id).collect();
    let end = start.plus_seconds(60 * minutes);
    let body = json!({"title": "Secret", "start_at": start, "end_at": end, "attendee_ids": ids});
    let made = expect(post(&organizer.client(), MEETINGS, &body).await, 201);
    format!("{MEETINGS}{}/", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn anybody_learns_when_people_are_busy_and_nothing_else() {
    let (yaw, esi) = (world().person("Yaw", Role::Student).await, world().person("Esi", Role::Student).await);
    let at = |hours: i64| monday().plus_seconds(3_600 * hours);
    call(&yaw, at(9), 60, &[&esi]).await;
    call(&yaw, at(10), 30, &[]).await;
    let invited = call(&esi, at(14), 60, &[&yaw]).await;
    let off = call(&yaw, at(16), 60, &[]).await;
    expect(post(&yaw.client(), &format!("{off}transition/"), &json!({"to": "cancelled"})).await, 200);
    let asked = json!({"user_ids": [yaw.id, esi.id, yaw.id], "from": at(0), "to": at(24)});
    let ask = async || {
        expect(post(&cast().await.kofi.client(), &format!("{MEETINGS}availability/"), &asked).await, 200)
    };

    let before = ask().await;
    expect(post(&yaw.client(), &format!("{invited}respond/"), &json!({"rsvp": "accepted"})).await, 200);
    let after = ask().await;

    let interval = |from: i64, minutes: i64| json!({"start_at": at(from), "end_at": at(from).plus_seconds(60 * minutes)});
    let data = |yaw_busy: Value| json!([{"user_id": yaw.id, "busy": yaw_busy}, {"user_id": esi.id, "busy": [interval(14, 60)]}]);
    assert_eq!(
        before["data"],
        data(json!([interval(9, 90)])),
        "what touches is one, what is not answered is free"
    );
    assert_eq!(after["data"], data(json!([interval(9, 90), interval(14, 60)])));
}

#[tokio::test]
async fn a_slot_is_found_where_all_are_free() {
    let (yaw, esi) = (world().person("Yaw", Role::Student).await, world().person("Esi", Role::Student).await);
    let at = |hours: i64| monday().plus_seconds(3_600 * hours);
    call(&yaw, at(9), 120, &[]).await;
    call(&esi, at(12), 300, &[]).await;
    let wish = json!({
        "user_ids": [yaw.id, esi.id], "from": at(0), "to": at(48), "duration_minutes": 30, "buffer_minutes": 15,
    });

    let slots = expect(post(&yaw.client(), &format!("{MEETINGS}find-slots/"), &wish).await, 200);

    let starts: Vec<&Value> =
        slots["data"].as_array().unwrap().iter().map(|slot| &slot["start_at"]).collect();
    assert_eq!(*starts[0], json!(at(11).plus_seconds(15 * 60)), "a quarter of an hour after, and before");
    assert_eq!(*starts[1], json!(at(33)), "the next morning");
    assert_eq!(starts.len(), 17);
}

#[tokio::test]
async fn nobody_is_asked_about_endlessly_or_from_elsewhere() {
    let cast = cast().await;
    let from = monday();
    let to = from.plus_seconds(86_400);
    let many = vec![cast.awa.id; 31];
    for (body, expected) in [
        (json!({"user_ids": [], "from": from, "to": to}), "422 validation /user_ids"),
        (json!({"user_ids": many, "from": from, "to": to}), "422 validation /user_ids"),
        (json!({"user_ids": [Uuid::from_u128(3)], "from": from, "to": to}), "422 validation /user_ids/0"),
        (json!({"user_ids": [cast.awa.id], "from": from, "to": from}), "422 validation /to"),
        (
            json!({"user_ids": [cast.awa.id], "from": from, "to": from.plus_seconds(32 * 86_400)}),
            "422 validation /to",
        ),
    ] {
        let refused = post(&cast.kofi.client(), &format!("{MEETINGS}availability/"), &body).await;
        assert_eq!(refusal(&refused), expected, "{body}");
        let mut wish = body.clone();
        wish["duration_minutes"] = 30.into();
        let refused = post(&cast.kofi.client(), &format!("{MEETINGS}find-slots/"), &wish).await;
        assert_eq!(refusal(&refused), expected, "{wish}");
    }
    let long = json!({"user_ids": [cast.awa.id], "from": from, "to": to, "duration_minutes": 481});
    let refused = post(&cast.kofi.client(), &format!("{MEETINGS}find-slots/"), &long).await;
    assert_eq!(refusal(&refused), "422 validation /duration_minutes");
    assert_eq!(
        refusal(&post(&nobody(), &format!("{MEETINGS}availability/"), &long).await),
        "401 not-authenticated"
    );
}
