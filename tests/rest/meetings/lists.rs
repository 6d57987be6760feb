//! Meetings in lists: what an organization's readers see of others' meetings, what is ahead, what somebody's came to.

use super::{MEETINGS, in_hours};
use crate::{
    harness::{Person, world},
    rest::{
        ask::{column, expect, get, post, refusal},
        cast::{admin, cast, nobody},
    },
};
use schema::{clock::Clock, role::Role, time::Timestamp};
use serde_json::{Value, json};

async fn call(organizer: &Person, title: &str, start: Timestamp, with: &[&Person]) -> String {
    let ids: Vec<_> = with.iter().map(|person| person.id).collect();
    let body = json!({
        "title": title, "start_at": start, "end_at": start.plus_seconds(1_800), "attendee_ids": ids,
        "location": "Ici",
    });
    let made = expect(post(&organizer.client(), MEETINGS, &body).await, 201);
    made["id"].as_str().unwrap().to_owned()
}

fn row<'a>(list: &'a Value, id: &str) -> Option<&'a Value> {
    list["data"].as_array().unwrap().iter().find(|row| row["id"] == id)
}

#[tokio::test]
async fn who_reads_all_meetings_sees_an_outline_of_those_they_do_not_attend() {
    let cast = cast().await;
    let at = in_hours(24 * 300);
    let without = call(&cast.awa, "Sans Mariam", at, &[&cast.moussa]).await;
    let with = call(&cast.awa, "Avec Mariam", at, &[&cast.mariam]).await;
    let range = format!("{MEETINGS}?from={at}&to={}&limit=100", at.plus_seconds(60));

    let hers = expect(get(&cast.mariam.client(), &range).await, 200);
    let own = expect(get(&cast.mariam.client(), &format!("{range}&my_role__isnull=false")).await, 200);
    let his = expect(get(&cast.kofi.client(), &range).await, 200);

    let (outline, whole) = (row(&hers, &without).unwrap(), row(&hers, &with).unwrap());
    assert_eq!((&outline["title"], &outline["attendee_count"]), (&json!("Sans Mariam"), &json!(2)));
    assert!(outline["my_role"].is_null() && outline.get("location").is_none(), "{outline}");
    assert_eq!((&whole["my_role"], &whole["location"]), (&json!("attendee"), &json!("Ici")));
    assert!(row(&own, &without).is_none() && row(&own, &with).is_some());
    assert!(row(&his, &without).is_none(), "a student sees only what he attends");
}

#[tokio::test]
async fn what_is_ahead_leaves_out_what_was_called_off_and_what_is_far_away() {
    let yaw = world().person("Yaw", Role::Student).await;
    let soon = call(&yaw, "Bientôt", in_hours(30), &[]).await;
    let off = call(&yaw, "Annulée", in_hours(31), &[]).await;
    call(&yaw, "Plus tard", in_hours(24 * 8), &[]).await;
    let cancel = json!({"to": "cancelled"});
    expect(post(&yaw.client(), &format!("{MEETINGS}{off}/transition/"), &cancel).await, 200);

    let upcoming = expect(get(&yaw.client(), &format!("{MEETINGS}upcoming/")).await, 200);

    assert_eq!(column(&upcoming, "title"), ["Bientôt"]);
    assert!(row(&upcoming, &soon).is_some());
    assert_eq!(refusal(&get(&nobody(), &format!("{MEETINGS}upcoming/")).await), "401 not-authenticated");
}

#[tokio::test]
async fn today_is_a_day_where_one_lives() {
    let now = Clock::system().now();
    let body = json!({
        "email": format!("kiri.{}@example.org", Clock::system().new_id::<()>()), "first_name": "Kiri",
        "last_name": "Tau", "role": "student", "password": crate::harness::PASSWORD,
        "timezone": "Pacific/Kiritimati",
    });
    let made = expect(post(&admin(), "/api/v1/users/", &body).await, 201);
    let kiri =
        world().sign_in(body["email"].as_str().unwrap(), made["id"].as_str().unwrap().parse().unwrap()).await;
    // Their day is fourteen hours ahead of UTC's.
    let ahead = now.ms() + 14 * 3_600_000;
    let midnight = Timestamp::from_ms(ahead - ahead.rem_euclid(86_400_000) + 86_400_000 - 14 * 3_600_000);
    call(&kiri, "Demain", midnight.plus_seconds(60), &[]).await;
    let tonight = midnight.plus_seconds(-60);
    call(&kiri, "Jusqu'à minuit passé", tonight, &[]).await;

    let today = expect(get(&kiri.client(), &format!("{MEETINGS}today/")).await, 200);

    assert_eq!(column(&today, "title"), ["Jusqu'à minuit passé"]);
}

#[tokio::test]
async fn what_was_held_is_counted_for_oneself_and_for_who_manages() {
    let world = world();
    let (yaw, esi) = (world.person("Yaw", Role::Student).await, world.person("Esi", Role::Student).await);
    let now = Clock::system().now();
    let meeting = call(&yaw, "Courte", now, &[&esi]).await;
    let path = format!("{MEETINGS}{meeting}/");
    expect(post(&yaw.client(), &format!("{path}join/"), &json!({})).await, 204);
    expect(post(&yaw.client(), &format!("{path}transition/"), &json!({"to": "completed"})).await, 200);
    let range = format!("{MEETINGS}stats/?from={}&to={}", now.plus_seconds(-60), now.plus_seconds(60));

    let hers = expect(get(&esi.client(), &range).await, 200);
    let managed = expect(get(&admin(), &format!("{range}&user_id={}", esi.id)).await, 200);
    let another = get(&esi.client(), &format!("{range}&user_id={}", yaw.id)).await;
    let manager = get(&cast().await.mariam.client(), &format!("{range}&user_id={}", yaw.id)).await;

    assert_eq!((&hers["held_count"], &hers["attendance_percent"]), (&json!(1), &json!(0)));
    assert_eq!((&hers["kinds"][0]["kind"], &hers["kinds"][0]["count"]), (&json!("team_meeting"), &json!(1)));
    assert_eq!(hers, managed);
    assert_eq!(refusal(&another), "403 forbidden");
    assert_eq!(refusal(&manager), "403 forbidden", "who reads all meetings does not manage them");
    assert_eq!(
        refusal(&get(&esi.client(), &format!("{MEETINGS}stats/")).await),
        "400 invalid-filter /query/from"
    );
    let strange = get(&admin(), &format!("{range}&user_id={meeting}")).await;
    assert_eq!(refusal(&strange), "404 not-found");
}
