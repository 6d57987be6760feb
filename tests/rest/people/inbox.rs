//! The inbox: read and unread again, put aside, snoozed, removed; and what its person wishes to find in it.

use crate::{
    harness::{Person, World, event, within, world},
    rest::{
        apart::Apart,
        ask::{column, delete, expect, get, patch, post, refusal},
        cast::cast,
    },
};
use gateway::client::Socket;
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const INBOX: &str = "/api/v1/notifications/";

/// Somebody with a welcome and so many projects in their inbox, in which another one put them.
async fn notified(world: &World, projects: usize) -> (Person, Person) {
    let (awa, moussa) =
        (world.person("Awa", Role::Entrepreneur).await, world.person("Moussa", Role::Student).await);
    for n in 0..projects {
        awa.project(&format!("Projet {n}"), &[&moussa]).await;
    }
    unread(&moussa, projects + 1).await;
    (awa, moussa)
}

/// Waits until so many are unread.
async fn unread(person: &Person, wanted: usize) {
    within(async {
        while expect(get(&person.client(), &format!("{INBOX}unread-count/")).await, 200)["total"] != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

async fn list(person: &Person, query: &str) -> Value {
    expect(get(&person.client(), &format!("{INBOX}?limit=100{query}")).await, 200)
}

fn path_of(notification: &Value) -> String {
    format!("{INBOX}{}/", notification["id"].as_str().unwrap())
}

/// The counts that a socket hears next.
async fn counted(socket: &mut Socket) -> u64 {
    event(socket, "notifications.unread_count.changed").await.d["data"]["unread"].as_u64().unwrap()
}

#[tokio::test]
async fn every_device_hears_the_same_counts_whatever_is_done() {
    let (_, moussa) = notified(&world(), 2).await;
    let (mut phone, mut desk) = (moussa.socket().await, moussa.socket().await);
    phone.join(&moussa.inbox(), None).await.unwrap();
    desk.join(&moussa.inbox(), None).await.unwrap();
    let client = moussa.client();
    let first = path_of(&list(&moussa, "").await["data"][0]);

    expect(post(&client, &format!("{first}mark-read/"), &json!({})).await, 200);
    expect(post(&client, &format!("{first}mark-unread/"), &json!({})).await, 200);
    let aside = expect(patch(&client, &first, &json!({"archived": true})).await, 200);
    expect(patch(&client, &first, &json!({"archived": false})).await, 200);
    expect(delete(&client, &first).await, 204);
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &json!({})).await, 200);

    assert!(aside["archived_at"].is_string() && aside["read_at"].is_null(), "{aside}");
    for socket in [&mut phone, &mut desk] {
        let mut heard = Vec::new();
        for _ in 0..6 {
            heard.push(counted(socket).await);
        }
        assert_eq!(heard, [2, 3, 2, 3, 2, 0]);
    }
    assert_eq!(refusal(&get(&client, &first).await), "404 not-found");
    assert_eq!(column(&list(&moussa, "").await, "id").len(), 2);
}

#[tokio::test]
async fn what_is_marked_unread_after_all_was_read_is_unread() {
    let (_, moussa) = notified(&world(), 2).await;
    let client = moussa.client();
    let all = list(&moussa, "").await;
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &json!({})).await, 200);

    let back =
        expect(post(&client, &format!("{}mark-unread/", path_of(&all["data"][1])), &json!({})).await, 200);
    let again =
        expect(post(&client, &format!("{}mark-unread/", path_of(&all["data"][1])), &json!({})).await, 200);

    assert!(back["read_at"].is_null() && back == again);
    unread(&moussa, 1).await;
    assert_eq!(column(&list(&moussa, "&unread=true").await, "id"), [all["data"][1]["id"].as_str().unwrap()]);
    let before = json!({"up_to": all["data"][2]["created_at"]});
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &before).await, 200);
    unread(&moussa, 1).await;
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &json!({})).await, 200);
    unread(&moussa, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_hides_from_the_counts_until_its_end() {
    let apart = Apart::in_slow_motion().await;
    let (_, moussa) = notified(&apart.world, 1).await;
    let client = moussa.client();
    let path = path_of(&list(&moussa, "").await["data"][0]);
    let until = apart.clock.now().plus_seconds(60);

    let snoozed = expect(patch(&client, &path, &json!({"snoozed_until": until})).await, 200);
    unread(&moussa, 1).await;
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &json!({})).await, 200);
    unread(&moussa, 0).await;
    apart.server.engine().run_due().await.unwrap();
    unread(&moussa, 0).await;
    apart.clock.advance_ms(61_000);
    apart.server.engine().run_due().await.unwrap();

    assert_eq!(snoozed["snoozed_until"], json!(until));
    unread(&moussa, 1).await;
    let woken = expect(get(&client, &path).await, 200);
    assert!(woken["snoozed_until"].is_null() && woken["read_at"].is_null(), "{woken}");
    let later = apart.clock.now().plus_seconds(60);
    expect(patch(&client, &path, &json!({"snoozed_until": later})).await, 200);
    unread(&moussa, 0).await;
    expect(patch(&client, &path, &json!({"snoozed_until": null})).await, 200);
    unread(&moussa, 1).await;
}

#[tokio::test]
async fn what_was_put_aside_is_listed_apart() {
    let (_, moussa) = notified(&world(), 2).await;
    let client = moussa.client();
    let first = list(&moussa, "").await["data"][0].clone();
    expect(patch(&client, &path_of(&first), &json!({"archived": true})).await, 200);

    let (left, aside) = (list(&moussa, "").await, list(&moussa, "&archived=only").await);

    assert_eq!((column(&left, "id").len(), column(&aside, "id")), (2, vec![first["id"].as_str().unwrap()]));
    let bell = expect(get(&client, &format!("{INBOX}recent/")).await, 200);
    assert_eq!((bell["data"].as_array().unwrap().len(), &bell["unread"]), (2, &json!(2)));
    let stats = expect(get(&client, &format!("{INBOX}stats/")).await, 200);
    assert_eq!(
        (&stats["received"], &stats["read"], &stats["read_percent"]),
        (&json!(3), &json!(0), &json!(0))
    );
    assert_eq!(stats["by_category"], json!({"project": 2, "user": 1}));
    for query in ["?archived=all", "?archived=only&unread=true"] {
        assert_eq!(
            refusal(&get(&client, &format!("{INBOX}{query}")).await),
            "400 invalid-filter /query/archived"
        );
    }
}

#[tokio::test]
async fn what_was_read_is_thrown_away_and_the_rest_stays() {
    let (_, moussa) = notified(&world(), 3).await;
    let client = moussa.client();
    let all = list(&moussa, "").await;
    let up_to = json!({"up_to": all["data"][1]["created_at"]});
    expect(post(&client, &format!("{INBOX}mark-all-read/"), &up_to).await, 200);
    expect(patch(&client, &path_of(&all["data"][2]), &json!({"archived": true})).await, 200);

    expect(delete(&client, &format!("{INBOX}delete-read/")).await, 202);

    within(async {
        loop {
            let (left, aside) = (list(&moussa, "").await, list(&moussa, "&archived=only").await);
            if column(&left, "id").len() + column(&aside, "id").len() == 1 {
                assert_eq!(column(&left, "id"), [all["data"][0]["id"].as_str().unwrap()]);
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    unread(&moussa, 1).await;
}

#[tokio::test]
async fn an_inbox_is_nobody_elses() {
    let (awa, moussa) = notified(&world(), 1).await;
    let path = path_of(&list(&moussa, "").await["data"][0]);
    let (hers, empty) = (awa.client(), json!({}));

    assert_eq!(refusal(&get(&hers, &path).await), "404 not-found");
    assert_eq!(refusal(&patch(&hers, &path, &json!({"archived": true})).await), "404 not-found");
    assert_eq!(refusal(&delete(&hers, &path).await), "404 not-found");
    assert_eq!(refusal(&post(&hers, &format!("{path}mark-unread/"), &empty).await), "404 not-found");
    let wake = json!({"user_id": moussa.id});
    assert_eq!(refusal(&post(&hers, &format!("{path}wake/"), &wake).await), "404 not-found");
    assert_eq!(refusal(&get(&world().admin(), &path).await), "404 not-found", "not even the administrator's");
    let own = moussa.client();
    let past = json!({"snoozed_until": "2020-01-01T00:00:00.000Z"});
    assert_eq!(refusal(&patch(&own, &path, &past).await), "422 validation /snoozed_until");
    assert_eq!(refusal(&patch(&own, &path, &json!({"read_at": null})).await), "400 unknown-field /read_at");
    assert_eq!(refusal(&patch(&own, &path, &json!({"archived": null})).await), "422 validation /archived");
    let nobodys = format!("{INBOX}{}/", Uuid::from_u128(1));
    assert_eq!(refusal(&patch(&own, &nobodys, &json!({"archived": true})).await), "404 not-found");
}

#[tokio::test]
async fn what_is_muted_does_not_come_and_security_is_never_off() {
    let preferences = format!("{INBOX}preferences/");
    let (awa, moussa) = notified(&world(), 0).await;
    let client = moussa.client();
    let before = expect(get(&client, &preferences).await, 200);
    let wish = json!({
        "matrix": {"project": {"email": false}}, "digest": "daily", "digest_hour": 20,
        "quiet_hours": {"from": "22:00", "to": "06:30"}, "meeting_reminder_minutes": [60, 5],
        "muted": [{"entity_type": "user", "entity_id": moussa.id}],
    });

    let after = expect(patch(&client, &preferences, &wish).await, 200);
    let department = json!({"name": format!("Muet {}", moussa.id)});
    let admin = world().admin();
    let department = expect(post(&admin, "/api/v1/users/departments/", &department).await, 201);
    let member = json!({"department_id": department["id"]});
    expect(patch(&admin, &format!("/api/v1/users/{}/", moussa.id), &member).await, 200);
    awa.project("Après", &[&moussa]).await;
    unread(&moussa, 2).await;

    assert_eq!((&before["digest"], &before["quiet_hours"]), (&json!("weekly"), &Value::Null));
    assert_eq!(before["matrix"]["knowledge"], json!({"in_app": true, "push": false, "email": false}));
    assert_eq!(after["matrix"]["project"], json!({"in_app": true, "push": true, "email": false}));
    assert_eq!(after, expect(get(&client, &preferences).await, 200));
    let titles = list(&moussa, "").await;
    assert!(column(&titles, "category").contains(&"project"), "what is not muted came: {titles}");
    assert_eq!(column(&titles, "id").len(), 2, "the department did not");
    let cases = [
        (json!({"matrix": {"security": {"email": false}}}), "422 validation /matrix/security"),
        (json!({"matrix": {"weather": {"email": false}}}), "422 validation /matrix/weather"),
        (json!({"digest_hour": 24}), "422 validation /digest_hour"),
        (json!({"digest": "hourly"}), "422 validation /digest"),
        (json!({"quiet_hours": {"from": "25:00", "to": "06:00"}}), "422 validation /quiet_hours/from"),
        (json!({"reminder_days_before": 31}), "422 validation /reminder_days_before"),
        (json!({"meeting_reminder_minutes": [20_000]}), "422 validation /meeting_reminder_minutes"),
        (json!({"user_id": moussa.id}), "400 unknown-field /user_id"),
    ];
    for (body, expected) in cases {
        assert_eq!(refusal(&patch(&client, &preferences, &body).await), expected, "{body}");
    }
    let kofi = expect(get(&cast().await.kofi.client(), &preferences).await, 200);
    assert_eq!(kofi["muted"], json!([]), "everybody has their own");
}

#[tokio::test]
async fn the_next_of_a_kind_joins_the_one_that_is_unread() {
    let (awa, moussa) = notified(&world(), 0).await;
    let project = awa.project("Semis", &[&moussa]).await;
    unread(&moussa, 2).await;
    let task = json!({"title": "Labourer", "assignee_id": moussa.id});
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let made = expect(post(&awa.client(), &tasks, &task).await, 201);
    unread(&moussa, 3).await;
    let path = format!("/api/v1/projects/tasks/{}/", made["id"].as_str().unwrap());
    expect(patch(&awa.client(), &path, &json!({"assignee_id": null})).await, 200);

    within(async {
        loop {
            let listed = list(&moussa, "").await;
            if listed["data"][0]["count"] == 2 {
                assert_eq!(column(&listed, "id").len(), 3, "{listed}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    unread(&moussa, 3).await;
}
