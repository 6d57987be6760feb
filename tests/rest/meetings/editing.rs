//! A meeting that is edited, put elsewhere, called off, and one that ends by itself.

use super::{MEETINGS, in_hours, wish};
use crate::harness::Person;
use crate::rest::{
    apart::Apart,
    ask::{ask, delete, expect, get, patch, post, refusal, send},
    cast::{admin, cast},
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

/// A meeting of this organizer's that begins in an hour; answers its path.
async fn called(organizer: &Person, attendees: &[&Person]) -> String {
    let ids: Vec<_> = attendees.iter().map(|person| person.id).collect();
    let mut body = wish();
    body["attendee_ids"] = json!(ids);
    let made = expect(post(&organizer.client(), MEETINGS, &body).await, 201);
    format!("{MEETINGS}{}/", made["id"].as_str().unwrap())
}

/// What somebody's latest notification about a meeting says, once there is one of this kind.
pub(super) async fn notified(person: &Person, kind: &str) -> Value {
    let path = "/api/v1/notifications/?limit=20";
    for _ in 0..200 {
        let inbox = expect(get(&person.client(), path).await, 200);
        let rows = inbox["data"].as_array().unwrap();
        if let Some(row) = rows.iter().find(|row| row["template_code"] == kind) {
            return row.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} was not told {kind}", person.email);
}

#[tokio::test]
async fn other_words_ask_nobody_again_and_another_time_does() {
    let cast = cast().await;
    let world = crate::harness::world();
    let yaw = world.person("Yaw", Role::Student).await;
    let path = called(&cast.awa, &[&yaw]).await;
    let awa = cast.awa.client();
    let mine = || async { expect(get(&yaw.client(), &path).await, 200) };

    let words = expect(patch(&awa, &path, &json!({"title": "Bilan", "description": "Court"})).await, 200);
    let nothing = expect(patch(&awa, &path, &json!({"title": "Bilan"})).await, 200);
    let before = mine().await;
    let moved = json!({"start_at": in_hours(5), "end_at": in_hours(6), "location": "Salle Fromager"});
    let moved = expect(patch(&awa, &path, &moved).await, 200);

    assert_eq!((&words["title"], &words["version"]), (&json!("Bilan"), &json!(2)));
    assert_eq!(nothing["version"], 2, "the same words are no change");
    assert_eq!(before["title"], "Bilan");
    assert_eq!((&moved["location"], &moved["version"]), (&json!("Salle Fromager"), &json!(3)));
    let told = notified(&yaw, "meetings.meeting.rescheduled").await;
    assert!(told["title"].as_str().unwrap().contains("Bilan"), "{told}");
    let now = schema::clock::Clock::system().now();
    let today = format!("{MEETINGS}upcoming/?start_at__gt={}", now.plus_seconds(4 * 3_600));
    let listed = expect(get(&yaw.client(), &today).await, 200);
    assert_eq!(listed["data"][0]["start_at"], moved["start_at"], "their calendar moved, too");
}

#[tokio::test]
async fn only_its_organizer_edits_a_meeting_and_only_within_reason() {
    let cast = cast().await;
    let path = called(&cast.awa, &[&cast.moussa, &cast.fatou]).await;
    let title = json!({"title": "x"});
    let hidden = cast.mariam.project("À Mariam", &[]).await;

    for (who, expected) in
        [(&cast.moussa, "403 forbidden"), (&cast.mariam, "403 forbidden"), (&cast.kofi, "404 not-found")]
    {
        assert_eq!(refusal(&patch(&who.client(), &path, &title).await), expected, "{}", who.email);
    }
    for (body, expected) in [
        (json!({"title": null}), "422 validation /title"),
        (json!({"start_at": in_hours(3)}), "422 validation /end_at"),
        (json!({"start_at": in_hours(-2)}), "422 validation /start_at"),
        (json!({"end_at": in_hours(30)}), "422 validation /end_at"),
        (json!({"capacity": 2}), "409 capacity-reached"),
        (json!({"capacity": 0}), "422 validation /capacity"),
        (json!({"project_id": hidden}), "404 not-found"),
        (json!({"meeting_url": "http://visio.example"}), "422 validation /meeting_url"),
        (json!({"status": "completed"}), "400 unknown-field /status"),
        (json!({"organizer_id": cast.kofi.id}), "400 unknown-field /organizer_id"),
    ] {
        assert_eq!(refusal(&patch(&cast.awa.client(), &path, &body).await), expected, "{body}");
    }
    let stale =
        send(&cast.awa.client(), ask("PATCH", &path).json(&title).header("if-match", "\"v9.0\"")).await;
    assert_eq!(refusal(&stale), "412 version-conflict");
    let begun = json!({"to": "in_progress"});
    expect(post(&cast.awa.client(), &format!("{path}transition/"), &begun).await, 200);
    let too_late = json!({"start_at": in_hours(1).plus_seconds(60)});
    assert_eq!(refusal(&patch(&cast.awa.client(), &path, &too_late).await), "422 rule-violation");
    expect(patch(&cast.awa.client(), &path, &json!({"end_at": in_hours(3)})).await, 200);
}

#[tokio::test]
async fn a_meeting_is_called_off_by_its_organizer_or_by_who_manages_meetings() {
    let cast = cast().await;
    let world = crate::harness::world();
    let yaw = world.person("Yaw", Role::Student).await;
    let path = called(&cast.awa, &[&yaw]).await;
    let other = called(&cast.awa, &[]).await;

    for (who, expected) in
        [(&yaw, "403 forbidden"), (&cast.mariam, "403 forbidden"), (&cast.kofi, "404 not-found")]
    {
        assert_eq!(refusal(&delete(&who.client(), &path).await), expected, "{}", who.email);
    }
    assert_eq!(delete(&cast.awa.client(), &path).await.status.as_u16(), 204);
    assert_eq!(delete(&cast.awa.client(), &path).await.status.as_u16(), 204, "it is called off");
    assert_eq!(delete(&admin(), &other).await.status.as_u16(), 204);

    notified(&yaw, "meetings.meeting.cancelled").await;
    let left = expect(get(&yaw.client(), &path).await, 200);
    assert_eq!(left["status"], "cancelled");
    let edited = patch(&cast.awa.client(), &path, &json!({"title": "x"})).await;
    assert_eq!(refusal(&edited), "422 rule-violation");
    let unknown = format!("{MEETINGS}{}/", Uuid::from_u128(5));
    assert_eq!(refusal(&delete(&admin(), &unknown).await), "404 not-found");
}

#[tokio::test]
async fn what_is_put_off_is_put_back_on_before_it_begins() {
    let cast = cast().await;
    let path = called(&cast.awa, &[]).await;
    let to = |status: &str| json!({"to": status, "reason": "Pluie"});
    let awa = cast.awa.client();
    let transition = format!("{path}transition/");

    let off = expect(post(&awa, &transition, &to("postponed")).await, 200);
    let begun = post(&awa, &transition, &to("in_progress")).await;
    let cancelled = delete(&awa, &path).await;
    let on = expect(post(&awa, &transition, &to("scheduled")).await, 200);

    assert_eq!((&off["status"], &on["status"]), (&json!("postponed"), &json!("scheduled")));
    assert_eq!(refusal(&begun), "409 invalid-transition");
    assert_eq!(
        (refusal(&cancelled).as_str(), &cancelled.body["allowed"]),
        ("409 invalid-transition", &json!(["scheduled"]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_everybody_left_ends_half_an_hour_late_by_itself() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let now = apart.clock.now();
    let body = json!({"title": "Longue", "start_at": now, "end_at": now.plus_seconds(3_600)});
    let made = expect(post(&awa.client(), MEETINGS, &body).await, 201);
    let path = format!("{MEETINGS}{}/", made["id"].as_str().unwrap());
    let status = || async {
        for _ in 0..3 {
            apart.server.engine().run_due().await.unwrap();
        }
        let awa = apart.world.sign_in(&awa.email, awa.id).await;
        expect(get(&awa.client(), &path).await, 200)["status"].as_str().unwrap().to_owned()
    };
    expect(post(&awa.client(), &format!("{path}join/"), &json!({})).await, 204);

    apart.clock.advance_ms(89 * 60_000);
    let early = status().await;
    apart.clock.advance_ms(60_000);
    let somebody_there = status().await;
    let leave = ask("POST", &format!("{path}leave/")).json(&json!({}));
    expect(send(&apart.world.sign_in(&awa.email, awa.id).await.client(), leave).await, 204);
    apart.clock.advance_ms(5 * 60_000);
    let late = status().await;

    assert_eq!((early.as_str(), somebody_there.as_str()), ("in_progress", "in_progress"));
    assert_eq!(late, "completed");
}
