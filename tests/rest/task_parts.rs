//! What stands beside a task and what it belongs to: parts, milestone, labels, checklist, who follows it, the trash.

use super::{
    ask::{column, delete, expect, get, patch, post, put, refusal},
    cast::cast,
};
use crate::harness::{Person, world};
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

async fn task(person: &Person, project: Uuid, body: Value) -> Value {
    let path = format!("/api/v1/projects/{project}/tasks/");
    expect(post(&person.client(), &path, &body).await, 201)
}

fn of(task: &Value, tail: &str) -> String {
    format!("/api/v1/projects/tasks/{}/{tail}", task["id"].as_str().unwrap())
}

#[tokio::test]
async fn parts_are_one_level_deep_and_go_with_their_task() {
    let cast = cast().await;
    let project = cast.awa.project("Parties", &[&cast.moussa]).await;
    let awa = cast.awa.client();
    let whole = task(&cast.awa, project, json!({"title": "Clôture"})).await;
    let part = task(&cast.awa, project, json!({"title": "Piquets", "parent_id": whole["id"]})).await;
    let path = format!("/api/v1/projects/{project}/tasks/");
    let deeper = json!({"title": "Bois", "parent_id": part["id"]});

    assert_eq!(refusal(&post(&awa, &path, &deeper).await), "422 validation /parent_id");
    let elsewhere = cast.awa.project("Ailleurs", &[]).await;
    let foreign = json!({"title": "x", "parent_id": whole["id"]});
    let there = format!("/api/v1/projects/{elsewhere}/tasks/");
    assert_eq!(refusal(&post(&awa, &there, &foreign).await), "422 validation /parent_id");
    let other = task(&cast.awa, project, json!({"title": "Portail"})).await;
    let nest = json!({"parent_id": other["id"]});
    assert_eq!(refusal(&patch(&awa, &of(&whole, ""), &nest).await), "422 validation /parent_id");
    let found = expect(get(&awa, &format!("{path}?parent_id={}", whole["id"].as_str().unwrap())).await, 200);
    assert_eq!(column(&found, "title"), ["Piquets"]);

    expect(post(&awa, &of(&whole, "transition/"), &json!({"to": "cancelled"})).await, 200);
    assert_eq!(expect(get(&awa, &of(&part, "")).await, 200)["status"], "cancelled");
    assert_eq!(refusal(&delete(&cast.moussa.client(), &of(&whole, "")).await), "403 forbidden");
    assert_eq!(delete(&awa, &of(&whole, "")).await.status.as_u16(), 204);
    assert_eq!(refusal(&get(&awa, &of(&part, "")).await), "404 not-found");
    assert_eq!(refusal(&patch(&awa, &of(&part, ""), &json!({"title": "x"})).await), "404 not-found");
    let back = expect(post(&awa, &of(&part, "restore/"), &json!({})).await, 200);
    assert_eq!(back["parent_id"], Value::Null, "what it was a part of is still in the trash");
    let shown = expect(get(&awa, &format!("/api/v1/projects/{project}/")).await, 200);
    assert_eq!((&shown["task_counts"]["cancelled"], &shown["task_counts"]["todo"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_label_is_the_projects_own_and_leaves_its_tasks_when_it_goes() {
    let cast = cast().await;
    let project = cast.awa.project("Étiquettes", &[&cast.moussa]).await;
    let awa = cast.awa.client();
    let path = format!("/api/v1/projects/{project}/labels/");
    let label = json!({"name": "urgent", "color": "#ff0000"});
    let made = expect(post(&awa, &path, &label).await, 201);

    assert_eq!(refusal(&post(&awa, &path, &label).await), "409 duplicate /name");
    assert_eq!(refusal(&post(&cast.moussa.client(), &path, &label).await), "403 forbidden");
    let unknown = json!({"title": "x", "label_ids": [Uuid::from_u128(7)]});
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    assert_eq!(refusal(&post(&awa, &tasks, &unknown).await), "422 validation /label_ids/0");
    let marked = task(&cast.awa, project, json!({"title": "Pompe", "label_ids": [made["id"]]})).await;
    let found = expect(get(&awa, &format!("{tasks}?label_ids={}", made["id"].as_str().unwrap())).await, 200);
    assert_eq!(column(&found, "title"), ["Pompe"]);
    let one = format!("/api/v1/projects/labels/{}/", made["id"].as_str().unwrap());
    assert_eq!(expect(patch(&awa, &one, &json!({"name": "pressé"})).await, 200)["name"], "pressé");
    assert_eq!(delete(&awa, &one).await.status.as_u16(), 204);

    for _ in 0..100 {
        let task = expect(get(&awa, &of(&marked, "")).await, 200);
        if task["label_ids"] == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the task still carries the label");
}

#[tokio::test]
async fn a_checklist_keeps_its_order_and_its_ticks() {
    let cast = cast().await;
    let project = cast.awa.project("Listes", &[&cast.moussa]).await;
    let moussa = cast.moussa.client();
    let parent = task(&cast.awa, project, json!({"title": "Préparer"})).await;
    let list = of(&parent, "checklist/");
    let mut items = Vec::new();
    for text in ["un", "deux", "trois"] {
        items.push(expect(post(&moussa, &list, &json!({"text": text})).await, 201));
    }
    let one = |item: &Value| format!("{list}{}/", item["id"].as_str().unwrap());

    expect(patch(&moussa, &one(&items[0]), &json!({"done": true, "after_id": items[1]["id"]})).await, 200);
    expect(patch(&moussa, &one(&items[2]), &json!({"first": true})).await, 200);

    let shown = expect(get(&moussa, &list).await, 200);
    assert_eq!(column(&shown, "text"), ["trois", "deux", "un"]);
    assert_eq!(shown["data"][2]["done"], true);
    let lost = json!({"after_id": Uuid::from_u128(7)});
    assert_eq!(refusal(&patch(&moussa, &one(&items[0]), &lost).await), "422 validation /after_id");
    assert_eq!(delete(&moussa, &one(&items[1])).await.status.as_u16(), 204);
    assert_eq!(refusal(&delete(&moussa, &one(&items[1])).await), "404 not-found");
    assert_eq!(refusal(&post(&cast.kofi.client(), &list, &json!({"text": "x"})).await), "404 not-found");
}

#[tokio::test]
async fn who_follows_a_task_is_told_when_it_moves_on() {
    let cast = cast().await;
    // An inbox of one's own: what is too much for an hour is told together.
    let follower = world().person("Rama", Role::Mentor).await;
    let project = cast.awa.project("Suivi", &[&cast.moussa, &follower]).await;
    let title = "La tâche que Fatou suit";
    let watched = task(&cast.awa, project, json!({"title": title})).await;
    let fatou = follower.client();

    assert_eq!(
        refusal(&put(&cast.kofi.client(), &of(&watched, "watch/"), &json!({})).await),
        "404 not-found"
    );
    for _ in 0..2 {
        assert_eq!(put(&fatou, &of(&watched, "watch/"), &json!({})).await.status.as_u16(), 204);
    }
    expect(post(&cast.awa.client(), &of(&watched, "transition/"), &json!({"to": "in_progress"})).await, 200);
    let told = || async {
        let inbox = expect(get(&fatou, "/api/v1/notifications/?limit=100").await, 200);
        column(&inbox, "title").into_iter().filter(|read| read.contains(title)).count()
    };
    for _ in 0..100 {
        if told().await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(told().await, 1);

    assert_eq!(delete(&fatou, &of(&watched, "watch/")).await.status.as_u16(), 204);
    expect(post(&cast.awa.client(), &of(&watched, "transition/"), &json!({"to": "done"})).await, 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(told().await, 1, "who follows no longer is not told");
}
