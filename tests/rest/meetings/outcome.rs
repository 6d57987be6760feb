//! What a meeting is about and what comes of it: agenda, minutes, actions, and actions that become tasks.

use super::{MEETINGS, editing::notified};
use crate::{
    harness::{Person, world},
    rest::{
        ask::{column, delete, expect, get, patch, post, put, refusal},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

async fn make(who: &Person, meeting: Uuid, role: &str, whom: &Person) {
    let path = format!("{MEETINGS}{meeting}/attendees/{}/", whom.id);
    expect(patch(&who.client(), &path, &json!({"role": role})).await, 200);
}

/// Asks until the answer is as wanted.
async fn until(person: &Person, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..250 {
        let body = expect(get(&person.client(), path).await, 200);
        if wanted(&body) {
            return body;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} never became so");
}

#[tokio::test]
async fn an_agenda_is_set_as_a_whole_by_who_presents() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Ordre du jour", &[&cast.moussa, &cast.fatou]).await;
    make(&cast.awa, meeting, "presenter", &cast.fatou).await;
    let path = format!("{MEETINGS}{meeting}/agenda/");
    let points = json!({"items": [
        {"title": "Semis", "owner_id": cast.moussa.id, "planned_minutes": 20}, {"title": "Divers"},
    ]});

    let empty = expect(get(&cast.moussa.client(), &path).await, 200);
    let set = expect(put(&cast.fatou.client(), &path, &points).await, 200);
    let divers = &set["items"][1]["id"];
    let turned = json!({"items": [{"id": divers, "title": "Divers", "done": true}, {"title": "Récolte"}]});
    let changed = expect(put(&cast.awa.client(), &path, &turned).await, 200);
    let shown = expect(get(&cast.moussa.client(), &path).await, 200);

    assert_eq!((&empty["items"], &empty["version"]), (&json!([]), &json!(0)));
    assert_eq!(set["items"][0]["planned_minutes"], 20);
    assert_eq!((&shown["items"][0]["id"], &shown["items"][0]["done"]), (divers, &json!(true)));
    assert_eq!((&shown["items"][1]["title"], &shown), (&json!("Récolte"), &changed));
    let many = vec![json!({"title": "x"}); 51];
    for (who, body, expected) in [
        (&cast.moussa, points.clone(), "403 forbidden"),
        (&cast.mariam, points.clone(), "403 forbidden"),
        (&cast.kofi, points.clone(), "404 not-found"),
        (&cast.awa, json!({"items": many}), "422 validation /items"),
        (&cast.awa, json!({"items": [{"title": " "}]}), "422 validation /items/0/title"),
        (
            &cast.awa,
            json!({"items": [{"title": "x", "id": Uuid::from_u128(1)}]}),
            "422 validation /items/0/id",
        ),
        (
            &cast.awa,
            json!({"items": [{"title": "x", "owner_id": cast.kofi.id}]}),
            "422 validation /items/0/owner_id",
        ),
        (
            &cast.awa,
            json!({"items": [{"id": divers, "title": "x"}, {"id": divers, "title": "x"}]}),
            "422 validation /items/1/id",
        ),
    ] {
        assert_eq!(refusal(&put(&who.client(), &path, &body).await), expected, "{body}");
    }
    assert_eq!(refusal(&get(&cast.mariam.client(), &path).await), "403 forbidden");
}

#[tokio::test]
async fn minutes_are_read_once_they_are_published_and_stay_as_they_were() {
    let cast = cast().await;
    let yaw = world().person("Yaw", Role::Student).await;
    let meeting = cast.awa.meeting("Compte rendu", &[&yaw, &cast.fatou]).await;
    make(&cast.awa, meeting, "moderator", &cast.fatou).await;
    let path = format!("{MEETINGS}{meeting}/minutes/");
    let publish = format!("{path}publish/");
    let text = |body: &str| json!({"body": body, "decisions": ["On sème"]});
    let awa = cast.awa.client();

    let none = post(&awa, &publish, &json!({})).await;
    expect(put(&cast.fatou.client(), &path, &text("Brouillon <b>un</b>")).await, 200);
    let hidden = get(&yaw.client(), &path).await;
    let draft = expect(get(&cast.fatou.client(), &path).await, 200);
    let by_moderator = post(&cast.fatou.client(), &publish, &json!({})).await;
    expect(post(&awa, &publish, &json!({})).await, 200);
    let again = expect(post(&awa, &publish, &json!({})).await, 200);
    let second = expect(put(&awa, &path, &text("Deux")).await, 200);
    let still = expect(get(&yaw.client(), &path).await, 200);
    expect(post(&awa, &publish, &json!({})).await, 200);
    let newest = expect(get(&yaw.client(), &path).await, 200);
    let first = expect(get(&yaw.client(), &format!("{path}?number=1")).await, 200);

    assert_eq!((refusal(&none).as_str(), refusal(&hidden).as_str()), ("404 not-found", "404 not-found"));
    assert_eq!(
        (&draft["state"], &draft["number"], &draft["body"]),
        (&json!("draft"), &json!(1), &json!("Brouillon un"))
    );
    assert_eq!(refusal(&by_moderator), "403 forbidden");
    assert_eq!((&again["published_count"], &second["state"]), (&json!(1), &json!("draft")));
    assert_eq!((&still["body"], &still["state"]), (&json!("Brouillon un"), &json!("published")));
    assert_eq!((&newest["body"], &newest["number"]), (&json!("Deux"), &json!(2)));
    assert_eq!(newest["versions"].as_array().unwrap().len(), 2);
    assert_eq!((&first["body"], &first["decisions"]), (&json!("Brouillon un"), &json!(["On sème"])));
    notified(&yaw, "meetings.minutes.published").await;
    assert_eq!(refusal(&get(&yaw.client(), &format!("{path}?number=9")).await), "404 not-found");
    assert_eq!(refusal(&put(&yaw.client(), &path, &text("x")).await), "403 forbidden");
    assert_eq!(
        refusal(&get(&cast.mariam.client(), &path).await),
        "403 forbidden",
        "managers read no minutes"
    );
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
}

#[tokio::test]
async fn an_action_is_given_done_and_told_to_whom_it_concerns() {
    let cast = cast().await;
    let world = world();
    let (organizer, yaw) =
        (world.person("Esi", Role::Entrepreneur).await, world.person("Yaw", Role::Student).await);
    let meeting = organizer.meeting("Actions", &[&yaw, &cast.moussa]).await;
    let path = format!("{MEETINGS}{meeting}/actions/");
    let wish = json!({"title": "Acheter le grain", "assignee_id": yaw.id, "due_date": "2030-05-01", "priority": "high"});

    let made = expect(post(&cast.moussa.client(), &path, &wish).await, 201);
    let one = format!("{path}{}/", made["id"].as_str().unwrap());
    let by_another = patch(&cast.moussa.client(), &one, &json!({"status": "completed"})).await;
    let done = expect(patch(&yaw.client(), &one, &json!({"status": "completed"})).await, 200);
    let list = expect(get(&cast.moussa.client(), &path).await, 200);
    let mine = expect(get(&yaw.client(), &format!("{MEETINGS}actions/my/?status=completed")).await, 200);

    notified(&yaw, "meetings.action.assigned").await;
    notified(&organizer, "meetings.action.completed").await;
    assert_eq!((&made["status"], &made["priority"]), (&json!("open"), &json!("high")));
    assert_eq!(refusal(&by_another), "403 forbidden");
    assert!(done["completed_at"].is_string());
    assert_eq!(
        (column(&list, "title"), column(&mine, "id")),
        (vec!["Acheter le grain"], vec![made["id"].as_str().unwrap()])
    );
    let given = json!({"assignee_id": cast.moussa.id, "status": "open"});
    let given = expect(patch(&organizer.client(), &one, &given).await, 200);
    assert!(given["completed_at"].is_null());
    let left = expect(get(&yaw.client(), &format!("{MEETINGS}actions/my/")).await, 200);
    assert_eq!(left["data"], json!([]));
    assert_eq!(refusal(&delete(&cast.moussa.client(), &one).await), "403 forbidden");
    assert_eq!(delete(&organizer.client(), &one).await.status.as_u16(), 204);
    assert_eq!(refusal(&delete(&organizer.client(), &one).await), "404 not-found");
}

#[tokio::test]
async fn an_action_is_given_to_who_attends_by_who_writes() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Refus", &[&cast.moussa, &cast.fatou]).await;
    make(&cast.awa, meeting, "observer", &cast.fatou).await;
    let elsewhere = cast.awa.meeting("Ailleurs", &[&cast.moussa]).await;
    let path = format!("{MEETINGS}{meeting}/actions/");
    let wish = json!({"title": "x", "assignee_id": cast.moussa.id});
    let made = expect(post(&cast.awa.client(), &path, &wish).await, 201);
    let foreign = format!("{MEETINGS}{elsewhere}/actions/{}/", made["id"].as_str().unwrap());

    for (who, body, expected) in [
        (&cast.fatou, wish.clone(), "403 forbidden"),
        (&cast.mariam, wish.clone(), "403 forbidden"),
        (&cast.kofi, wish.clone(), "404 not-found"),
        (&cast.awa, json!({"title": "x", "assignee_id": cast.kofi.id}), "422 validation /assignee_id"),
        (&cast.awa, json!({"title": "x"}), "422 validation /assignee_id"),
        (&cast.awa, json!({"title": "", "assignee_id": cast.awa.id}), "422 validation /title"),
        (
            &cast.awa,
            json!({"title": "x", "assignee_id": cast.awa.id, "due_date": "31/12"}),
            "422 validation /due_date",
        ),
    ] {
        assert_eq!(refusal(&post(&who.client(), &path, &body).await), expected, "{body}");
    }
    assert_eq!(refusal(&patch(&cast.awa.client(), &foreign, &json!({"title": "y"})).await), "404 not-found");
}

#[tokio::test]
async fn an_action_becomes_a_task_and_stands_where_that_stands() {
    let cast = cast().await;
    let meeting = cast.awa.meeting("Vers un projet", &[&cast.moussa, &cast.fatou]).await;
    let project = cast.awa.project("Grain", &[&cast.moussa]).await;
    let hidden = cast.mariam.project("À Mariam", &[]).await;
    let actions = format!("{MEETINGS}{meeting}/actions/");
    let wish = json!({"title": "Trier", "assignee_id": cast.fatou.id, "due_date": "2030-05-01", "priority": "urgent"});
    let made = expect(post(&cast.awa.client(), &actions, &wish).await, 201);
    let one = format!("{actions}{}/", made["id"].as_str().unwrap());
    let to_task = format!("{one}to-task/");
    let there = json!({"project_id": project});

    for (who, body, expected) in [
        (&cast.moussa, there.clone(), "403 forbidden"),
        (&cast.kofi, there.clone(), "404 not-found"),
        (&cast.awa, json!({"project_id": hidden}), "404 not-found"),
        (&cast.awa, json!({"project_id": meeting}), "404 not-found"),
        (&cast.fatou, there.clone(), "404 not-found"),
    ] {
        assert_eq!(refusal(&post(&who.client(), &to_task, &body).await), expected, "{} {body}", who.email);
    }
    let asked = expect(post(&cast.awa.client(), &to_task, &there).await, 200);
    let is_made = |list: &Value| list["data"][0]["task_id"].is_string();
    let turned = until(&cast.awa, &actions, is_made).await;
    let twice = post(&cast.awa.client(), &to_task, &there).await;
    let by_hand = patch(&cast.fatou.client(), &one, &json!({"status": "completed"})).await;

    let task = format!("/api/v1/projects/tasks/{}/", turned["data"][0]["task_id"].as_str().unwrap());
    let shown = expect(get(&cast.moussa.client(), &task).await, 200);
    assert_eq!(asked["project_id"], json!(project));
    assert_eq!((&shown["title"], &shown["priority"]), (&json!("Trier"), &json!("critical")));
    assert!(shown["assignee_id"].is_null(), "who is not on the team does no task: {shown}");
    assert_eq!(
        (&shown["reporter_id"], &shown["due_at"]),
        (&json!(cast.awa.id), &json!("2030-05-01T23:59:00.000Z"))
    );
    assert_eq!(
        (refusal(&twice).as_str(), refusal(&by_hand).as_str()),
        ("422 rule-violation", "422 rule-violation")
    );
    for (to, expected) in [("in_progress", "in_progress"), ("done", "completed")] {
        let moved = json!({"to": to});
        expect(post(&cast.awa.client(), &format!("{task}transition/"), &moved).await, 200);
        until(&cast.awa, &actions, |list| list["data"][0]["status"] == expected).await;
    }
    let all = expect(get(&admin(), &format!("/api/v1/projects/{project}/tasks/")).await, 200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}
