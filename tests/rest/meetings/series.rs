//! Meetings that come back: called ahead, edited and called off together, and further ones as time goes by.

use super::{MEETINGS, in_hours, wish};
use crate::{
    harness::{Person, world},
    rest::{
        apart::Apart,
        ask::{ask, column, delete, expect, get, patch, post, refusal, send},
        cast::cast,
    },
};
use schema::{
    role::Role,
    time::{Date, Timestamp},
};
use serde_json::{Value, json};
use std::time::Duration;

fn coming_back(start: Timestamp, rrule: &str) -> Value {
    json!({
        "title": "Point", "start_at": start, "end_at": start.plus_seconds(1_800), "timezone": "Africa/Dakar",
        "recurrence": {"rrule": rrule},
    })
}

/// Somebody's meetings of a series, once there are so many of them that are as wanted.
async fn listed(who: &Person, series: &Value, wanted: impl Fn(&Value) -> bool, count: usize) -> Vec<Value> {
    let from = series["start_at"].as_str().unwrap().parse::<Timestamp>().unwrap().plus_seconds(-86_400);
    let path = format!("{MEETINGS}?from={from}&to={}&limit=100", from.plus_seconds(92 * 86_400));
    let mut found = Vec::new();
    for _ in 0..250 {
        let list = expect(get(&who.client(), &path).await, 200);
        let rows = list["data"].as_array().unwrap().iter();
        found = rows.filter(|row| row["series_id"] == series["id"] && wanted(row)).cloned().collect();
        if found.len() == count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} instead of {count}: {found:?}", found.len());
}

fn path_of(meeting: &Value) -> String {
    format!("{MEETINGS}{}/", meeting["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_series_is_called_once_with_all_who_are_invited() {
    let cast = cast().await;
    let mut body = coming_back(in_hours(24), "FREQ=DAILY;INTERVAL=2;COUNT=4");
    body["attendee_ids"] = json!([cast.fatou.id]);
    let call = || ask("POST", MEETINGS).json(&body).header("idempotency-key", "four times");

    let first = expect(send(&cast.awa.client(), call()).await, 201);
    let again = expect(send(&cast.awa.client(), call()).await, 201);
    let meetings = listed(&cast.fatou, &first, |_| true, 4).await;

    assert_eq!((&first["id"], &first["series_id"]), (&again["id"], &first["id"]));
    let days: Vec<&str> = meetings.iter().map(|row| row["occurrence_key"].as_str().unwrap()).collect();
    assert_eq!(first["occurrence_key"], days[0]);
    assert!(days.windows(2).all(|two| two[0] < two[1]), "{days:?}");
    let roll = expect(get(&cast.fatou.client(), &format!("{}attendees/", path_of(&meetings[3]))).await, 200);
    assert_eq!(column(&roll, "role"), ["organizer", "attendee"]);
    assert_eq!(meetings[3]["my_rsvp"], "needs_action");
    tokio::time::sleep(Duration::from_millis(100)).await;
    listed(&cast.awa, &first, |_| true, 4).await;
}

#[tokio::test]
async fn a_rule_is_one_that_the_meeting_follows() {
    let cast = cast().await;
    let at = in_hours(24);
    for (rrule, expected) in [
        ("FREQ=DAILY", "422 validation /recurrence/rrule"),
        ("FREQ=DAILY;COUNT=201", "422 validation /recurrence/rrule"),
        ("FREQ=YEARLY;COUNT=2", "422 validation /recurrence/rrule"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO;COUNT=2", "422 validation /recurrence/rrule"),
        ("", "422 validation /recurrence/rrule"),
    ] {
        let refused = post(&cast.awa.client(), MEETINGS, &coming_back(at, rrule)).await;
        assert_eq!(refusal(&refused), expected, "{rrule}");
    }
    let plain = expect(post(&cast.awa.client(), MEETINGS, &wish()).await, 201);
    let wide = json!({"title": "x", "scope": "all"});
    assert_eq!(refusal(&patch(&cast.awa.client(), &path_of(&plain), &wide).await), "422 validation /scope");
    let odd = delete(&cast.awa.client(), &format!("{}?scope=some", path_of(&plain))).await;
    assert_eq!(refusal(&odd), "400 invalid-filter /query/scope");
}

#[tokio::test]
async fn an_edit_reaches_one_meeting_those_that_follow_or_all() {
    let cast = cast().await;
    let mut body = coming_back(in_hours(24), "FREQ=DAILY;COUNT=5");
    body["attendee_ids"] = json!([cast.fatou.id]);
    let first = expect(post(&cast.awa.client(), MEETINGS, &body).await, 201);
    let meetings = listed(&cast.fatou, &first, |_| true, 5).await;
    let awa = cast.awa.client();
    for meeting in &meetings {
        let accept = json!({"rsvp": "accepted"});
        expect(post(&cast.fatou.client(), &format!("{}respond/", path_of(meeting)), &accept).await, 200);
    }

    expect(patch(&awa, &path_of(&meetings[1]), &json!({"title": "Seule"})).await, 200);
    let third: Timestamp = meetings[2]["start_at"].as_str().unwrap().parse().unwrap();
    let later = json!({
        "title": "Plus tard", "scope": "following",
        "start_at": third.plus_seconds(7_200), "end_at": third.plus_seconds(9_000),
    });
    expect(patch(&awa, &path_of(&meetings[2]), &later).await, 200);
    let moved =
        listed(&cast.fatou, &first, |row| row["title"] == "Plus tard" && row["my_rsvp"] == "needs_action", 3)
            .await;
    let untouched = listed(&cast.fatou, &first, |row| row["my_rsvp"] == "accepted", 2).await;
    expect(patch(&awa, &path_of(&meetings[4]), &json!({"location": "Case", "scope": "all"})).await, 200);
    let everywhere = listed(&cast.fatou, &first, |row| row["location"] == "Case", 5).await;

    assert_eq!(untouched[1]["title"], "Seule");
    for (before, after) in meetings[2..].iter().zip(&moved) {
        let start = |row: &Value| row["start_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
        assert_eq!(start(after), start(before).plus_seconds(7_200));
        assert_eq!((&after["id"], &after["occurrence_key"]), (&before["id"], &before["occurrence_key"]));
    }
    assert_eq!(everywhere[1]["title"], "Seule");
    let foreign = json!({"title": "x", "scope": "all"});
    assert_eq!(
        refusal(&patch(&cast.fatou.client(), &path_of(&meetings[1]), &foreign).await),
        "403 forbidden"
    );
}

#[tokio::test]
async fn calling_off_reaches_one_meeting_those_that_follow_or_all() {
    let cast = cast().await;
    let body = coming_back(in_hours(24), "FREQ=DAILY;COUNT=5");
    let first = expect(post(&cast.awa.client(), MEETINGS, &body).await, 201);
    let meetings = listed(&cast.awa, &first, |_| true, 5).await;
    let off = |row: &Value| row["status"] == "cancelled";
    let awa = cast.awa.client();

    assert_eq!(delete(&awa, &path_of(&meetings[1])).await.status.as_u16(), 204);
    listed(&cast.awa, &first, off, 1).await;
    let following = format!("{}?scope=following", path_of(&meetings[3]));
    assert_eq!(delete(&awa, &following).await.status.as_u16(), 204);
    let left = listed(&cast.awa, &first, |row| !off(row), 2).await;
    assert_eq!((&left[0]["id"], &left[1]["id"]), (&meetings[0]["id"], &meetings[2]["id"]));
    let all = format!("{}?scope=all", path_of(&meetings[1]));
    assert_eq!(delete(&awa, &all).await.status.as_u16(), 204);
    listed(&cast.awa, &first, off, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn further_meetings_are_called_as_time_goes_by() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let start = apart.clock.now().plus_seconds(3_600);
    let body = coming_back(start, "FREQ=WEEKLY;COUNT=15");
    let first = expect(post(&awa.client(), MEETINGS, &body).await, 201);
    let count = async |from: Timestamp| {
        let awa = apart.world.sign_in(&awa.email, awa.id).await;
        let path = format!("{MEETINGS}?from={from}&to={}&limit=100", from.plus_seconds(92 * 86_400));
        expect(get(&awa.client(), &path).await, 200)["data"].as_array().unwrap().len()
    };
    let settled = async |wanted: usize| {
        for _ in 0..250 {
            if count(start).await + count(start.plus_seconds(92 * 86_400 + 3_600)).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {wanted}");
    };

    settled(13).await;
    for further in [14, 15, 15] {
        apart.clock.advance_ms(7 * 86_400_000);
        apart.server.engine().run_due().await.unwrap();
        settled(further).await;
    }
    assert_eq!(first["series_id"], first["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_begins_far_ahead_is_called_when_its_time_comes() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let start = apart.clock.now().plus_seconds(120 * 86_400);
    expect(post(&awa.client(), MEETINGS, &coming_back(start, "FREQ=WEEKLY;COUNT=3")).await, 201);
    let called = async || {
        let awa = apart.world.sign_in(&awa.email, awa.id).await;
        let path = format!("{MEETINGS}?from={start}&to={}&limit=100", start.plus_seconds(30 * 86_400));
        expect(get(&awa.client(), &path).await, 200)["data"].as_array().unwrap().len()
    };
    assert_eq!(called().await, 1);

    // The first looks find nothing to call yet.
    for _ in 0..8 {
        apart.clock.advance_ms(7 * 86_400_000);
        apart.server.engine().run_due().await.unwrap();
    }

    for _ in 0..250 {
        if called().await == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("its other meetings were never called");
}

#[tokio::test]
async fn another_rule_keeps_what_it_has_calls_off_what_it_has_not_and_calls_the_rest() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let fatou = world().person("Fatou", Role::Student).await;
    let mut body = coming_back(in_hours(24), "FREQ=DAILY;COUNT=6");
    body["attendee_ids"] = json!([fatou.id]);
    let first = expect(post(&awa.client(), MEETINGS, &body).await, 201);
    let meetings = listed(&fatou, &first, |_| true, 6).await;
    for meeting in &meetings {
        let accept = json!({"rsvp": "accepted"});
        expect(post(&fatou.client(), &format!("{}respond/", path_of(meeting)), &accept).await, 200);
    }
    expect(patch(&awa.client(), &path_of(&meetings[2]), &json!({"title": "Seule"})).await, 200);
    let rule = |rrule: &str, scope: &str| json!({"rrule": rrule, "scope": scope});

    let every_other = rule("FREQ=DAILY;INTERVAL=2;COUNT=4", "following");
    expect(patch(&awa.client(), &path_of(&meetings[1]), &every_other).await, 200);
    let all = listed(&fatou, &first, |_| true, 7).await;
    let off = listed(&fatou, &first, |row| row["status"] == "cancelled", 1).await;
    let asked = listed(&fatou, &first, |row| row["my_rsvp"] == "needs_action", 4).await;

    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&all)[..6], ids(&meetings)[..], "each is the meeting that it was");
    assert_eq!(ids(&off), ids(&meetings[4..5]), "the rule has no such day");
    assert_eq!(ids(&asked)[..3], [&meetings[1], &meetings[3], &meetings[5]].map(|row| row["id"].clone()));
    assert_eq!((&all[2]["title"], &all[2]["my_rsvp"]), (&json!("Seule"), &json!("accepted")));
    assert_eq!(all[2]["occurrence_key"], meetings[2]["occurrence_key"]);
    let day = |row: &Value| row["occurrence_key"].as_str().unwrap().parse::<Date>().unwrap();
    assert_eq!(day(&all[6]), day(&meetings[1]).plus_days(6), "and one more is called");
    let inbox = expect(get(&fatou.client(), "/api/v1/notifications/?limit=100").await, 200);
    let moved = column(&inbox, "template_code")
        .iter()
        .filter(|code| **code == "meetings.meeting.rescheduled")
        .count();
    assert_eq!(moved, 1, "told once, not for each of them: {inbox}");

    // The meetings called by the new rule are reached by what is said of all, and the rule is turned again.
    expect(patch(&awa.client(), &path_of(&all[6]), &json!({"location": "Case", "scope": "all"})).await, 200);
    listed(&fatou, &first, |row| row["location"] == "Case", 6).await;
    expect(patch(&awa.client(), &path_of(&all[5]), &rule("FREQ=DAILY;COUNT=3", "all")).await, 200);
    let days = |rows: &[Value]| {
        rows.iter().map(|row| day(row).days() - day(&meetings[0]).days()).collect::<Vec<_>>()
    };
    let held = listed(&fatou, &first, |row| row["status"] == "scheduled", 4).await;
    assert_eq!(days(&held), [0, 1, 2, 5], "the first three days, and the one through which it was wished");
    for (body, expected) in [
        (rule("FREQ=DAILY;COUNT=3", "this"), "422 validation /rrule"),
        (json!({"rrule": "FREQ=DAILY;COUNT=3"}), "422 validation /rrule"),
        (rule("FREQ=DAILY", "all"), "422 validation /rrule"),
        (rule("soon", "following"), "422 validation /rrule"),
    ] {
        assert_eq!(refusal(&patch(&awa.client(), &path_of(&all[0]), &body).await), expected, "{body}");
    }
    let plain = expect(post(&awa.client(), MEETINGS, &wish()).await, 201);
    let refused = patch(&awa.client(), &path_of(&plain), &rule("FREQ=DAILY;COUNT=3", "all")).await;
    assert_eq!(refusal(&refused), "422 validation /scope");
}
