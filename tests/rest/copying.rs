//! Projects made from others: copies, and templates.

use super::{
    apart::Apart,
    ask::{column, expect, get, patch, post, refusal},
    cast::cast,
};
use crate::harness::{Person, world};
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const PROJECTS: &str = "/api/v1/projects/";

async fn read(who: &Person, path: &str) -> Value {
    expect(get(&who.client(), path).await, 200)
}

/// A list, once it is as long as wanted.
async fn long(who: &Person, path: &str, count: usize) -> Value {
    let mut list = Value::Null;
    for _ in 0..250 {
        list = read(who, path).await;
        if list["data"].as_array().unwrap().len() == count {
            return list;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {count}: {list}");
}

async fn made(who: &Person, path: &str, body: &Value) -> Value {
    expect(post(&who.client(), path, body).await, 201)
}

/// A project with a bit of everything, and its tasks.
async fn original(owner: &Person, member: &Person) -> (Uuid, Vec<Value>) {
    let project = owner.project("Original", &[member]).await;
    let path = format!("{PROJECTS}{project}/");
    expect(patch(&owner.client(), &path, &json!({"start_date": "2030-01-01"})).await, 200);
    let label = made(owner, &format!("{path}labels/"), &json!({"name": "terrain", "color": "#aa0000"})).await;
    let goal =
        made(owner, &format!("{path}milestones/"), &json!({"title": "Jalon", "due_date": "2030-02-01"}))
            .await;
    let mut tasks = Vec::new();
    for n in 0..30 {
        let body = json!({
            "title": format!("Tâche {n:02}"), "assignee_id": member.id, "due_at": "2030-01-10T12:00:00.000Z",
            "label_ids": [label["id"]], "milestone_id": goal["id"], "description": "é".repeat(900),
            "start_date": "2030-01-05", "estimated_minutes": 60,
        });
        tasks.push(made(owner, &format!("{path}tasks/"), &body).await);
    }
    let of = |n: usize| format!("{PROJECTS}tasks/{}/", tasks[n]["id"].as_str().unwrap());
    made(owner, &format!("{}checklist/", of(0)), &json!({"text": "une étape"})).await;
    made(owner, &format!("{}dependencies/", of(1)), &json!({"depends_on_id": tasks[0]["id"]})).await;
    expect(patch(&owner.client(), &of(2), &json!({"parent_id": tasks[3]["id"]})).await, 200);
    expect(post(&owner.client(), &format!("{}transition/", of(4)), &json!({"to": "done"})).await, 200);
    expect(post(&owner.client(), &format!("{}transition/", of(5)), &json!({"to": "cancelled"})).await, 200);
    (project, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_what_the_project_has_as_if_nobody_had_begun() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let (fatou, moussa) =
        (world().person("Fatou", Role::Student).await, world().person("Moussa", Role::Student).await);
    let (project, _) = original(&awa, &fatou).await;
    let wish = json!({"title": "Copie", "start_date": "2030-01-08", "with_team": true});

    let copy = made(&awa, &format!("{PROJECTS}{project}/duplicate/"), &wish).await;
    let path = format!("{PROJECTS}{}/", copy["id"].as_str().unwrap());
    let tasks = long(&awa, &format!("{path}tasks/?limit=100"), 29).await;
    let team = long(&awa, &format!("{path}team/"), 2).await;
    let milestones = long(&awa, &format!("{path}milestones/"), 1).await;
    let labels = long(&awa, &format!("{path}labels/"), 1).await;
    let find = |title: &str| {
        tasks["data"].as_array().unwrap().iter().find(|task| task["title"] == title).unwrap().clone()
    };
    let first = find("Tâche 00");
    let of = |task: &Value| format!("{PROJECTS}tasks/{}/", task["id"].as_str().unwrap());
    let steps = long(&awa, &format!("{}checklist/", of(&first)), 1).await;
    let waits = long(&awa, &format!("{}dependencies/", of(&find("Tâche 01"))), 1).await;
    let shown = read(&awa, &path).await;
    let whole = read(&awa, &of(&first)).await;

    assert_eq!(
        (&copy["title"], &copy["start_date"], &copy["due_date"]),
        (&json!("Copie"), &json!("2030-01-08"), &json!("2031-01-07"))
    );
    assert_eq!(copy["my_role"], "owner");
    assert_eq!(milestones["data"][0]["due_date"], "2030-02-08");
    assert_eq!(labels["data"][0]["name"], "terrain");
    assert_eq!(
        (&first["due_at"], &first["start_date"]),
        (&json!("2030-01-17T12:00:00.000Z"), &json!("2030-01-12"))
    );
    assert_eq!((&first["assignee_id"], &first["reporter_id"]), (&json!(fatou.id), &json!(awa.id)));
    assert_eq!(first["label_ids"], json!([labels["data"][0]["id"]]));
    assert_eq!(first["milestone_id"], milestones["data"][0]["id"]);
    assert_eq!(whole["description"].as_str().unwrap().chars().count(), 900);
    assert_eq!(find("Tâche 02")["parent_id"], find("Tâche 03")["id"]);
    assert_eq!((&steps["data"][0]["text"], &steps["data"][0]["done"]), (&json!("une étape"), &json!(false)));
    assert_eq!(waits["data"][0]["depends_on_id"], first["id"]);
    assert!(column(&tasks, "status").iter().all(|status| *status == "todo"));
    let titles = column(&tasks, "title");
    assert!(
        titles.is_sorted() && !titles.contains(&"Tâche 05"),
        "in their order, without what was given up: {titles:?}"
    );
    let mut numbers: Vec<u64> =
        tasks["data"].as_array().unwrap().iter().map(|task| task["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=29).collect::<Vec<_>>(), "each once");
    assert_eq!((&shown["task_counts"]["todo"], &shown["progress"]), (&json!(29), &json!(0)));
    assert_eq!(column(&team, "role"), ["owner", "member"]);
    let theirs = read(&awa, &format!("{PROJECTS}{project}/tasks/?limit=100")).await;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 30, "the original is as it was");
    let foreign = post(&moussa.client(), &format!("{PROJECTS}{project}/duplicate/"), &json!({})).await;
    assert!(["403 forbidden", "404 not-found"].contains(&refusal(&foreign).as_str()), "{}", foreign.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_structure_alone_has_no_tasks_and_no_team() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let fatou = world().person("Fatou", Role::Student).await;
    let (project, _) = original(&awa, &fatou).await;

    let copy = made(&awa, &format!("{PROJECTS}{project}/duplicate/"), &json!({"with_tasks": false})).await;
    let path = format!("{PROJECTS}{}/", copy["id"].as_str().unwrap());
    long(&awa, &format!("{path}milestones/"), 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;

    assert_eq!((&copy["title"], &copy["due_date"]), (&json!("Original"), &json!("2030-12-31")));
    assert_eq!(read(&awa, &format!("{path}tasks/")).await["data"], json!([]));
    assert_eq!(column(&read(&awa, &format!("{path}team/")).await, "role"), ["owner"]);
    let same_key = json!({"key": copy["key"]});
    let taken = post(&awa.client(), &format!("{PROJECTS}{project}/duplicate/"), &same_key).await;
    assert!(refusal(&taken).starts_with("409 duplicate"), "{}", taken.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_a_restart_breaks_off_is_finished_and_has_everything_once() {
    let apart = Apart::start().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let fatou = apart.world.person("Fatou", Role::Student).await;
    let (project, _) = original(&awa, &fatou).await;

    let copy = made(&awa, &format!("{PROJECTS}{project}/duplicate/"), &json!({})).await;
    let apart = apart.again().await;

    let awa = apart.world.sign_in(&awa.email, awa.id).await;
    let path = format!("{PROJECTS}{}/", copy["id"].as_str().unwrap());
    let tasks = long(&awa, &format!("{path}tasks/?limit=100"), 29).await;
    let mut titles = column(&tasks, "title");
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), 29);
    assert_eq!(read(&awa, &path).await["task_counts"]["todo"], 29);
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_made_from_templates_that_one_may_read() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let fatou = world().person("Fatou", Role::Student).await;
    let stranger = world().person("Mariam", Role::Entrepreneur).await;
    let (project, _) = original(&awa, &fatou).await;
    let from = |template: Uuid| json!({"title": "Né d'un modèle", "due_date": "2031-12-31", "template_id": template});

    let none_yet = post(&awa.client(), PROJECTS, &from(project)).await;
    let path = format!("{PROJECTS}{project}/");
    expect(patch(&awa.client(), &path, &json!({"is_template": true})).await, 200);
    let listed = read(&awa, &format!("{PROJECTS}templates/?limit=100")).await;
    let of_stranger = read(&stranger, &format!("{PROJECTS}templates/?limit=100")).await;
    let hidden = post(&stranger.client(), PROJECTS, &from(project)).await;
    let born = made(&awa, PROJECTS, &from(project)).await;
    let tasks = format!("{PROJECTS}{}/tasks/?limit=100", born["id"].as_str().unwrap());
    let tasks = long(&awa, &tasks, 29).await;
    let all = expect(get(&cast().await.awa.client(), &format!("{PROJECTS}templates/?q=original")).await, 200);

    assert_eq!(refusal(&none_yet), "422 validation /template_id");
    assert!(column(&listed, "id").contains(&project.to_string().as_str()));
    assert!(!column(&of_stranger, "id").contains(&project.to_string().as_str()));
    assert_eq!(refusal(&hidden), "404 not-found");
    assert_eq!(born["is_template"], json!(false), "a template makes no templates");
    assert_eq!(tasks["data"][0]["due_at"], "2031-01-10T12:00:00.000Z");
    assert_eq!(tasks["data"][0]["assignee_id"], Value::Null, "its team is another");
    assert!(all["data"].is_array());
}
