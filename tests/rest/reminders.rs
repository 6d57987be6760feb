//! What people are reminded of, when, and how often: by a clock that the test moves.

use super::{
    apart::Apart,
    ask::{expect, get, patch, post, refusal},
};
use crate::harness::Person;
use actors::own::{Stretch, TIMERS, Timer};
use schema::{
    codec,
    role::Role,
    time::{Date, Timestamp},
};
use serde_json::{Value, json};
use std::time::Duration;
use storage::Range;
use uuid::Uuid;

const HOUR: i64 = 3_600;
const MEETINGS: &str = "/api/v1/meetings/";

/// Timers of an operation that stand at an instant.
async fn timers(apart: &Apart, operation: &str, at: Timestamp) -> usize {
    let store = apart.server.engine().node().store();
    let range = Range::partition(TIMERS, Stretch::of(at).place(), 10_000);
    let rows = store.scan(&range).await.unwrap();
    let timers = rows.iter().map(|row| codec::from_msgpack::<Timer>(&row.value).unwrap());
    timers.filter(|timer| timer.operation == operation && timer.at == at).count()
}

/// Waits until what is told has been done about.
async fn until<T, F: Future<Output = T>>(what: &str, look: impl Fn() -> F, wanted: impl Fn(&T) -> bool) -> T {
    for _ in 0..250 {
        let found = look().await;
        if wanted(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

/// Puts the clock to an instant and runs what is due.
async fn at(apart: &Apart, instant: Timestamp) {
    let ms = instant.ms() - apart.clock.now().ms();
    assert!(ms > 0, "clocks go forward");
    apart.clock.advance_ms(ms);
    // The server looks at them, too, and of two who do the same at once one comes back later.
    let mut calm = 0;
    while calm < 3 {
        calm = if apart.server.engine().run_due().await.unwrap() == 0 { calm + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The notifications of one event that somebody has, once there are so many.
async fn told(apart: &Apart, who: &Person, event: &str, count: usize) -> Vec<Value> {
    let who = apart.world.sign_in(&who.email, who.id).await;
    let look = || async {
        let list = expect(get(&who.client(), "/api/v1/notifications/?limit=100").await, 200);
        let rows = list["data"].as_array().unwrap().clone();
        rows.into_iter().filter(|row| row["template_code"] == event).collect::<Vec<_>>()
    };
    if count == 0 {
        // Whatever was told before has had the time to come.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    until(&format!("{count} of {event}"), look, |found| found.len() == count).await
}

async fn meeting(organizer: &Person, start: Timestamp, invited: &[&Person]) -> Uuid {
    let ids: Vec<_> = invited.iter().map(|person| person.id).collect();
    let body = json!({
        "title": "Point", "start_at": start, "end_at": start.plus_seconds(HOUR), "attendee_ids": ids,
    });
    let made = expect(post(&organizer.client(), MEETINGS, &body).await, 201);
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn leads(who: &Person, minutes: &[u32]) {
    let wish = json!({"meeting_reminder_minutes": minutes});
    expect(patch(&who.client(), "/api/v1/notifications/preferences/", &wish).await, 200);
}

const REMINDED: &str = "meetings.meeting.reminded";

#[tokio::test(flavor = "multi_thread")]
async fn those_who_attend_are_reminded_when_they_chose_to_be() {
    let apart = Apart::in_slow_motion().await;
    let (awa, fatou, moussa, kofi) = (
        apart.world.person("Awa", Role::Entrepreneur).await,
        apart.world.person("Fatou", Role::Student).await,
        apart.world.person("Moussa", Role::Student).await,
        apart.world.person("Kofi", Role::Student).await,
    );
    leads(&fatou, &[15, 60]).await;
    let start = apart.clock.now().plus_seconds(3 * HOUR);
    let id = meeting(&awa, start, &[&fatou, &kofi]).await;
    let path = format!("{MEETINGS}{id}/");
    expect(post(&kofi.client(), &format!("{path}respond/"), &json!({"rsvp": "declined"})).await, 200);
    let due = |minutes: i64| start.plus_seconds(-60 * minutes);
    let planned = async |minutes: i64, count: usize| {
        let look = || timers(&apart, "RemindAttendees", due(minutes));
        until("planned", look, |found| *found == count).await
    };
    planned(15, 1).await;
    planned(60, 1).await;
    expect(post(&awa.client(), &format!("{path}attendees/"), &json!({"user_ids": [moussa.id]})).await, 201);
    leads(&moussa, &[15, 30]).await;
    planned(30, 1).await;
    planned(15, 1).await;
    let early = json!({"start_at": start, "minutes": 15});
    let too_early = post(&awa.client(), &format!("{path}remind/"), &early).await;

    at(&apart, due(60)).await;
    let first = told(&apart, &fatou, REMINDED, 1).await;
    let none = told(&apart, &moussa, REMINDED, 0).await;
    at(&apart, due(30)).await;
    told(&apart, &moussa, REMINDED, 1).await;
    at(&apart, due(15)).await;
    told(&apart, &fatou, REMINDED, 2).await;
    told(&apart, &moussa, REMINDED, 2).await;
    told(&apart, &awa, REMINDED, 1).await;
    told(&apart, &kofi, REMINDED, 0).await;
    let awa = apart.world.sign_in(&awa.email, awa.id).await;
    let again = post(&awa.client(), &format!("{path}remind/"), &early).await;
    told(&apart, &fatou, REMINDED, 2).await;
    let shown = expect(get(&awa.client(), &path).await, 200);

    assert_eq!(refusal(&too_early), "422 rule-violation");
    assert_eq!(again.status, 204, "it happens once");
    assert_eq!(none, Vec::<Value>::new());
    let entity = &first[0]["entity"];
    assert_eq!((&entity["type"], &entity["id"]), (&json!("meeting"), &json!(id)));
    assert!(first[0]["title"].as_str().unwrap().contains("1 h"), "{}", first[0]);
    assert_eq!(shown["version"], 1, "a reminder changes nothing about the meeting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_moves_with_its_meeting_and_goes_with_it() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let start = apart.clock.now().plus_seconds(2 * HOUR);
    let moved = meeting(&awa, start, &[&fatou]).await;
    let off = meeting(&awa, start, &[&fatou]).await;
    let later = start.plus_seconds(2 * HOUR);
    let quarter = |at: Timestamp| at.plus_seconds(-900);
    until("both", || timers(&apart, "RemindAttendees", quarter(start)), |found| *found == 2).await;

    let body = json!({"start_at": later, "end_at": later.plus_seconds(HOUR)});
    expect(patch(&awa.client(), &format!("{MEETINGS}{moved}/"), &body).await, 200);
    let cancelled = json!({"to": "cancelled"});
    expect(post(&awa.client(), &format!("{MEETINGS}{off}/transition/"), &cancelled).await, 200);
    until("moved", || timers(&apart, "RemindAttendees", quarter(later)), |found| *found == 1).await;
    at(&apart, quarter(start)).await;
    let at_the_old_time = told(&apart, &fatou, REMINDED, 0).await;
    at(&apart, quarter(later)).await;

    let one = told(&apart, &fatou, REMINDED, 1).await;
    assert_eq!((at_the_old_time.len(), &one[0]["entity"]["id"]), (0, &json!(moved)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_caught_up_until_the_meeting_begins() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let start = apart.clock.now().plus_seconds(2 * HOUR);
    let late = meeting(&awa, start, &[&fatou]).await;
    meeting(&awa, start.plus_seconds(-600), &[&fatou]).await;
    until("one", || timers(&apart, "RemindAttendees", start.plus_seconds(-900)), |found| *found == 1).await;
    until("two", || timers(&apart, "RemindAttendees", start.plus_seconds(-1_500)), |found| *found == 1).await;

    at(&apart, start.plus_seconds(-60)).await;

    let one = told(&apart, &fatou, REMINDED, 1).await;
    assert_eq!(one[0]["entity"]["id"], json!(late));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_answered_is_asked_once_on_the_morning_before() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let (fatou, moussa) =
        (apart.world.person("Fatou", Role::Student).await, apart.world.person("Moussa", Role::Student).await);
    let today = Date::at(apart.clock.now(), "UTC");
    let on =
        |days: i32, time: &str| format!("{}T{time}Z", today.plus_days(days)).parse::<Timestamp>().unwrap();
    let id = meeting(&awa, on(4, "10:00:00"), &[&fatou, &moussa]).await;
    let path = format!("{MEETINGS}{id}/");
    let morning = on(3, "09:00:00");
    until("asked", || timers(&apart, "RequestAnswers", morning), |found| *found == 1).await;
    expect(post(&moussa.client(), &format!("{path}respond/"), &json!({"rsvp": "tentative"})).await, 200);
    const UNANSWERED: &str = "meetings.meeting.unanswered";

    at(&apart, morning).await;
    told(&apart, &fatou, UNANSWERED, 1).await;
    told(&apart, &moussa, UNANSWERED, 0).await;
    let awa = apart.world.sign_in(&awa.email, awa.id).await;
    let later = json!({"start_at": on(6, "10:00:00"), "end_at": on(6, "11:00:00")});
    expect(patch(&awa.client(), &path, &later).await, 200);
    let second = on(5, "09:00:00");
    until("asked", || timers(&apart, "RequestAnswers", second), |found| *found == 1).await;
    at(&apart, second).await;

    told(&apart, &moussa, UNANSWERED, 1).await;
    told(&apart, &fatou, UNANSWERED, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_something_on_is_reminded_each_third_day_until_it_is_done() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let id = meeting(&awa, apart.clock.now().plus_seconds(HOUR), &[&fatou]).await;
    let actions = format!("{MEETINGS}{id}/actions/");
    let today = Date::at(apart.clock.now(), "UTC");
    let action = async |title: &str| {
        let body = json!({"title": title, "assignee_id": fatou.id, "due_date": today.plus_days(2)});
        expect(post(&awa.client(), &actions, &body).await, 201)["id"].as_str().unwrap().to_owned()
    };
    let (forgotten, done) = (action("Oubliée").await, action("Faite").await);
    let mornings = |count: usize| (0..count).map(|n| 2 + 3 * i32::try_from(n).unwrap());
    let morning = |day: i32| format!("{}T08:30:00Z", today.plus_days(day)).parse::<Timestamp>().unwrap();
    const OVERDUE: &str = "meetings.action.overdue";

    for (number, day) in mornings(7).enumerate() {
        at(&apart, morning(day)).await;
        if number == 0 {
            told(&apart, &fatou, OVERDUE, 2).await;
            let fatou = apart.world.sign_in(&fatou.email, fatou.id).await;
            let completed = json!({"status": "completed"});
            expect(patch(&fatou.client(), &format!("{actions}{done}/"), &completed).await, 200);
        }
    }

    let hers = told(&apart, &fatou, OVERDUE, 6).await;
    let of = |id: &str| hers.iter().filter(|row| row["entity"]["id"] == id).count();
    assert_eq!((of(&forgotten), of(&done)), (5, 1), "five times at most");
    told(&apart, &awa, OVERDUE, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_told_of_before_it_is_due_on_its_day_and_while_it_is_late() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let project = awa.project("Échéances", &[&fatou]).await;
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let today = Date::at(apart.clock.now(), "UTC");
    let on =
        |days: i32, time: &str| format!("{}T{time}Z", today.plus_days(days)).parse::<Timestamp>().unwrap();
    let due_at = on(6, "16:00:00");
    let mut ids = Vec::new();
    for n in 0..20 {
        let body = json!({"title": format!("Tâche {n}"), "assignee_id": fatou.id, "due_at": due_at});
        ids.push(expect(post(&awa.client(), &tasks, &body).await, 201)["id"].as_str().unwrap().to_owned());
    }
    let timers_of_all = timers(&apart, "RemindOfTasks", on(3, "08:00:00")).await;
    for id in &ids[2..] {
        let done = json!({"to": "done"});
        expect(post(&awa.client(), &format!("/api/v1/projects/tasks/{id}/transition/"), &done).await, 200);
    }
    let (soon, overdue) = ("projects.task.due_soon", "projects.task.overdue");
    let told_of = async |who: &Person, event: &str, count: usize| {
        let rows = told(&apart, who, event, count).await;
        rows.iter().filter(|row| row["entity"]["id"] == ids[0]).count()
    };

    at(&apart, on(3, "07:59:00")).await;
    told(&apart, &fatou, soon, 0).await;
    at(&apart, on(3, "08:00:00")).await;
    let near = told_of(&fatou, soon, 2).await;
    let restarted = on(5, "08:00:00");
    at(&apart, restarted).await;
    told(&apart, &fatou, soon, 2).await;
    at(&apart, on(6, "08:00:00")).await;
    told(&apart, &fatou, soon, 4).await;
    at(&apart, due_at).await;
    told(&apart, &fatou, overdue, 2).await;
    let her = apart.world.sign_in(&fatou.email, fatou.id).await;
    let awa_now = apart.world.sign_in(&awa.email, awa.id).await;
    let done = json!({"to": "done"});
    let second = format!("/api/v1/projects/tasks/{}/transition/", ids[1]);
    expect(post(&awa_now.client(), &second, &done).await, 200);
    for days in 7..=9 {
        at(&apart, on(days, "08:00:00")).await;
    }
    told(&apart, &fatou, overdue, 5).await;
    told(&apart, &awa, overdue, 0).await;
    at(&apart, on(10, "08:00:00")).await;
    let late = told(&apart, &awa, overdue, 1).await;
    at(&apart, on(11, "08:00:00")).await;
    told(&apart, &fatou, overdue, 7).await;
    told(&apart, &awa, overdue, 1).await;

    assert_eq!(timers_of_all, 1, "one for a person and a morning, however many tasks");
    assert_eq!(near, 1);
    let entity = &late[0]["entity"];
    assert_eq!((&entity["type"], &entity["id"]), (&json!("task"), &json!(ids[0])));
    let by_hand = post(&her.client(), "/api/v1/projects/tasks/my/remind/", &json!({})).await;
    assert!(matches!(by_hand.status.as_u16(), 204 | 401), "{}", by_hand.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_that_is_not_reached_on_its_day_is_told_to_the_team_once() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let project = awa.project("Jalons", &[&fatou]).await;
    let milestones = format!("/api/v1/projects/{project}/milestones/");
    let today = Date::at(apart.clock.now(), "UTC");
    let set = async |title: &str, days: i32| {
        let body = json!({"title": title, "due_date": today.plus_days(days)});
        expect(post(&awa.client(), &milestones, &body).await, 201)["id"].as_str().unwrap().to_owned()
    };
    let (missed, reached, moved) = (set("Manqué", 1).await, set("Atteint", 1).await, set("Reporté", 1).await);
    let edit = async |id: &str, body: Value| {
        expect(patch(&awa.client(), &format!("/api/v1/projects/milestones/{id}/"), &body).await, 200)
    };
    edit(&reached, json!({"completed": true})).await;
    edit(&moved, json!({"due_date": today.plus_days(3)})).await;
    let midnight = |days: i32| format!("{}T00:00:00Z", today.plus_days(days)).parse::<Timestamp>().unwrap();
    let early = post(
        &awa.client(),
        &format!("/api/v1/projects/milestones/{missed}/miss/"),
        &json!({"due_date": today.plus_days(1)}),
    )
    .await;
    const MISSED: &str = "projects.milestone.missed";

    at(&apart, midnight(2)).await;
    let first = told(&apart, &fatou, MISSED, 1).await;
    at(&apart, midnight(4)).await;
    let both = told(&apart, &fatou, MISSED, 2).await;

    assert_eq!(refusal(&early), "422 rule-violation");
    assert_eq!(first[0]["entity"]["id"], json!(missed));
    assert!(both.iter().any(|row| row["entity"]["id"] == json!(moved)), "{both:?}");
    told(&apart, &awa, MISSED, 2).await;
}
