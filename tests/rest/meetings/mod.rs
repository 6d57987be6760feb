//! Meetings: called, looked at, attended, moved on.

mod answering;
mod availability;
mod editing;
mod feed;
mod linked;
mod lists;
mod order;
mod outcome;
mod series;
mod talk;
mod templates;

use super::{
    ask::{column, delete, expect, get, post, refusal},
    cast::{admin, cast},
};
use schema::{clock::Clock, time::Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

const MEETINGS: &str = "/api/v1/meetings/";

fn in_hours(hours: i64) -> Timestamp {
    Clock::system().now().plus_seconds(hours * 3_600)
}

fn wish() -> Value {
    json!({"title": "Point hebdomadaire", "start_at": in_hours(1), "end_at": in_hours(2)})
}

fn but(field: &str, value: Value) -> Value {
    let mut wish = wish();
    wish[field] = value;
    wish
}

#[tokio::test]
async fn a_meeting_is_called_as_asked_and_its_organizer_attends() {
    let cast = cast().await;
    let project = cast.awa.project("Avec réunion", &[]).await;
    let mut body = but("attendee_ids", json!([cast.moussa.id, cast.fatou.id, cast.moussa.id, cast.awa.id]));
    for (field, value) in [
        ("kind", json!("project_review")),
        ("location", json!("Salle Baobab")),
        ("meeting_url", json!("https://visio.example/abc")),
        ("project_id", json!(project)),
        ("timezone", json!("Africa/Abidjan")),
        ("description", json!("Ordre du jour <b>libre</b>")),
    ] {
        body[field] = value;
    }

    let made = post(&cast.awa.client(), MEETINGS, &body).await;

    let location = made.header("location").unwrap().to_owned();
    let meeting = expect(made, 201);
    assert_eq!(location, format!("{MEETINGS}{}/", meeting["id"].as_str().unwrap()));
    assert_eq!((&meeting["status"], &meeting["my_role"]), (&json!("scheduled"), &json!("organizer")));
    assert_eq!((&meeting["start_at"], &meeting["project_id"]), (&body["start_at"], &body["project_id"]));
    assert_eq!(meeting["description"], "Ordre du jour libre");
    let shown = expect(get(&cast.moussa.client(), &location).await, 200);
    assert_eq!((&shown["my_role"], &shown["my_rsvp"]), (&json!("attendee"), &json!("needs_action")));
    assert_eq!((&shown["attendee_count"], &shown["meeting_url"]), (&json!(3), &body["meeting_url"]));
    let roll = expect(get(&cast.fatou.client(), &format!("{location}attendees/?with_total=true")).await, 200);
    assert_eq!(roll["page"]["total"], 3, "each once: {roll}");
}

#[tokio::test]
async fn each_field_that_is_wrong_is_pointed_at() {
    let cast = cast().await;
    let hidden = cast.mariam.project("À Mariam", &[]).await;
    let cases = [
        (but("end_at", json!(in_hours(1).plus_seconds(-10))), "422 validation /end_at"),
        (but("end_at", json!(in_hours(26))), "422 validation /end_at"),
        (but("end_at", Value::Null), "422 validation /end_at"),
        (json!({"title": "x", "start_at": in_hours(-2), "end_at": in_hours(1)}), "422 validation /start_at"),
        (but("start_at", "demain".into()), "422 validation /start_at"),
        (but("title", " ".into()), "422 validation /title"),
        (but("kind", "party".into()), "422 validation /kind"),
        (but("timezone", "Dakar !".into()), "422 validation /timezone"),
        (but("meeting_url", "http://visio.example".into()), "422 validation /meeting_url"),
        (but("meeting_url", "javascript:alert(1)".into()), "422 validation /meeting_url"),
        (but("capacity", 0.into()), "422 validation /capacity"),
        (but("capacity", 501.into()), "422 validation /capacity"),
        (but("chat_open_minutes_before", 1_441.into()), "422 validation /chat_open_minutes_before"),
        (but("attendee_ids", json!([Uuid::from_u128(6)])), "422 validation /attendee_ids/0"),
        (but("attendee_ids", json!([cast.kofi.id, "me"])), "422 validation /attendee_ids/1"),
        (but("attendee_ids", json!(vec![cast.kofi.id; 51])), "422 validation /attendee_ids"),
        (but("project_id", json!(hidden)), "404 not-found"),
        (but("status", "in_progress".into()), "400 unknown-field /status"),
        (but("organizer_id", json!(cast.kofi.id)), "400 unknown-field /organizer_id"),
        (but("id", json!(Uuid::from_u128(6))), "400 unknown-field /id"),
        (but("version", 3.into()), "400 unknown-field /version"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&cast.moussa.client(), MEETINGS, &body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn a_full_meeting_takes_nobody_more() {
    let cast = cast().await;
    let crowded = json!([cast.moussa.id, cast.kofi.id]);
    let mut body = but("capacity", 2.into());
    body["attendee_ids"] = crowded.clone();

    let at_once = post(&cast.awa.client(), MEETINGS, &body).await;
    body["attendee_ids"] = json!([cast.moussa.id]);
    let made = expect(post(&cast.awa.client(), MEETINGS, &body).await, 201);
    let attendees = format!("{MEETINGS}{}/attendees/", made["id"].as_str().unwrap());
    let later = post(&cast.awa.client(), &attendees, &json!({"user_ids": [cast.kofi.id]})).await;

    assert_eq!(refusal(&at_once), "409 capacity-reached");
    assert_eq!(refusal(&later), "409 capacity-reached");
}

#[tokio::test]
async fn a_meeting_is_whole_for_its_attendees_and_a_line_in_the_calendar_for_the_manager() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Entre nous", &[&cast.moussa]).await;
    let path = format!("{MEETINGS}{meeting}/");

    let outside = expect(get(&cast.mariam.client(), &path).await, 200);

    assert_eq!((&outside["title"], &outside["attendee_count"]), (&json!("Entre nous"), &json!(2)));
    for hidden in ["description", "meeting_url", "location", "project_id", "chat_enabled"] {
        assert!(outside.get(hidden).is_none(), "{hidden}: {outside}");
    }
    let messages = format!("{path}messages/");
    assert_eq!(refusal(&get(&cast.mariam.client(), &messages).await), "403 forbidden");
    let words = json!({"body": "bonjour"});
    assert_eq!(refusal(&post(&cast.mariam.client(), &messages, &words).await), "403 forbidden");
    for hidden in ["", "attendees/", "messages/"] {
        let refused = get(&cast.kofi.client(), &format!("{path}{hidden}")).await;
        assert_eq!(refusal(&refused), "404 not-found", "{hidden}");
    }
    assert_eq!(refusal(&post(&cast.kofi.client(), &messages, &words).await), "404 not-found");
    let unknown = format!("{MEETINGS}{}/", Uuid::from_u128(5));
    assert_eq!(refusal(&get(&admin(), &unknown).await), "404 not-found");
}

#[tokio::test]
async fn a_list_holds_ones_own_meetings_between_two_instants() {
    let cast = cast().await;
    let mut starts = Vec::new();
    for days in [200, 201, 203] {
        let at = in_hours(24 * days);
        starts.push(at);
        let body = json!({
            "title": format!("Jour {days}"), "start_at": at, "end_at": at.plus_seconds(3_600),
            "attendee_ids": [cast.fatou.id],
        });
        expect(post(&cast.awa.client(), MEETINGS, &body).await, 201);
    }
    let between = |from: Timestamp, to: Timestamp| format!("{MEETINGS}?from={from}&to={to}");
    let fatou = cast.fatou.client();

    let found = expect(get(&fatou, &between(starts[0].plus_seconds(60), starts[2])).await, 200);
    let backward =
        format!("{}&sort=-start_at&my_role=attendee", between(starts[0], starts[2].plus_seconds(1)));
    let backward = expect(get(&fatou, &backward).await, 200);
    let none = expect(get(&cast.kofi.client(), &between(starts[0], starts[2])).await, 200);

    assert_eq!(column(&found, "title"), ["Jour 200", "Jour 201"]);
    assert_eq!(column(&backward, "title"), ["Jour 203", "Jour 201", "Jour 200"]);
    assert_eq!(none["data"], json!([]));
    let wide = get(&fatou, &between(starts[0], starts[0].plus_seconds(93 * 86_400))).await;
    assert_eq!(refusal(&wide), "400 invalid-filter");
    let bent = get(&fatou, &format!("{MEETINGS}?from=demain")).await;
    assert_eq!(refusal(&bent), "400 invalid-filter /query/from");
    let endless = get(&fatou, &format!("{MEETINGS}?from={}", starts[0])).await;
    assert_eq!(refusal(&endless), "400 invalid-filter /query/to");
}

#[tokio::test]
async fn its_organizer_invites_and_removes_and_everybody_may_leave() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Invitations", &[&cast.moussa, &cast.fatou]).await;
    let roll = format!("{MEETINGS}{meeting}/attendees/");
    let of = |person: &crate::harness::Person| format!("{roll}{}/", person.id);
    let kofi = json!({"user_ids": [cast.kofi.id], "role": "moderator"});

    let by_attendee = post(&cast.moussa.client(), &roll, &kofi).await;
    let by_organizer = expect(post(&cast.awa.client(), &roll, &kofi).await, 201);
    let twice = post(&cast.awa.client(), &roll, &kofi).await;
    let as_organizer =
        post(&cast.awa.client(), &roll, &json!({"user_ids": [cast.mariam.id], "role": "organizer"})).await;
    let of_another = delete(&cast.moussa.client(), &of(&cast.fatou)).await;
    let of_organizer = delete(&cast.awa.client(), &of(&cast.awa)).await;
    let leaves = delete(&cast.moussa.client(), &of(&cast.moussa)).await;
    let removed = delete(&cast.awa.client(), &of(&cast.fatou)).await;

    assert_eq!(refusal(&by_attendee), "403 forbidden");
    assert_eq!(by_organizer["data"][0]["role"], "moderator");
    assert_eq!(refusal(&twice), "409 duplicate");
    assert_eq!(refusal(&as_organizer), "422 validation /role");
    assert_eq!(refusal(&of_another), "403 forbidden");
    assert_eq!(refusal(&of_organizer), "422 rule-violation");
    assert_eq!((leaves.status.as_u16(), removed.status.as_u16()), (204, 204));
    let left = expect(get(&cast.kofi.client(), &roll).await, 200);
    assert_eq!(column(&left, "role"), ["organizer", "moderator"]);
    assert_eq!(refusal(&get(&cast.fatou.client(), &roll).await), "404 not-found");
}

#[tokio::test]
async fn coming_is_noted_and_the_organizer_begins_by_it() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Présence", &[&cast.moussa]).await;
    let path = format!("{MEETINGS}{meeting}/");
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let nothing = json!({});

    expect(post(&moussa, &format!("{path}join/"), &nothing).await, 204);
    let waiting = expect(get(&moussa, &path).await, 200);
    expect(post(&awa, &format!("{path}join/"), &nothing).await, 204);
    expect(post(&awa, &format!("{path}join/"), &nothing).await, 204);
    let begun = expect(get(&moussa, &path).await, 200);
    expect(post(&moussa, &format!("{path}leave/"), &nothing).await, 204);

    assert_eq!((&waiting["status"], &begun["status"]), (&json!("scheduled"), &json!("in_progress")));
    assert!(begun["actual_start_at"].is_string());
    let roll = expect(get(&awa, &format!("{path}attendees/")).await, 200);
    let row = |who: &crate::harness::Person| {
        let id = json!(who.id);
        roll["data"].as_array().unwrap().iter().find(|row| row["user_id"] == id).unwrap().clone()
    };
    assert!(row(&cast.awa)["joined_at"].is_string() && row(&cast.awa)["left_at"].is_null());
    assert!(row(&cast.moussa)["left_at"].is_string());
    assert_eq!(refusal(&post(&cast.kofi.client(), &format!("{path}join/"), &nothing).await), "404 not-found");
}

#[tokio::test]
async fn a_meeting_moves_along_its_states() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("États", &[&cast.moussa]).await;
    let moderator = json!({"user_ids": [cast.fatou.id], "role": "moderator"});
    expect(post(&cast.awa.client(), &format!("{MEETINGS}{meeting}/attendees/"), &moderator).await, 201);
    let path = format!("{MEETINGS}{meeting}/transition/");
    let to = |status: &str| json!({"to": status});

    let by_attendee = post(&cast.moussa.client(), &path, &to("in_progress")).await;
    let cancelled_by_moderator = post(&cast.fatou.client(), &path, &to("cancelled")).await;
    let too_soon = post(&cast.awa.client(), &path, &to("completed")).await;
    let begun = expect(post(&cast.fatou.client(), &path, &to("in_progress")).await, 200);
    let over = expect(post(&cast.awa.client(), &path, &to("completed")).await, 200);
    let again = post(&cast.awa.client(), &path, &to("in_progress")).await;

    assert_eq!(refusal(&by_attendee), "403 forbidden");
    assert_eq!(refusal(&cancelled_by_moderator), "403 forbidden");
    assert_eq!(refusal(&too_soon), "409 invalid-transition");
    assert_eq!(too_soon.body["allowed"], json!(["in_progress", "cancelled", "postponed"]));
    assert!(begun["actual_start_at"].is_string() && over["actual_end_at"].is_string());
    assert_eq!((refusal(&again).as_str(), &again.body["allowed"]), ("409 invalid-transition", &json!([])));
}
