//! Comments on any record: who may write them, who is told, what may be changed; the feed of what was done; and the
//! organization itself.

use super::{
    ask::{column, delete, expect, get, patch, post, refusal},
    cast::{admin, cast, nobody},
};
use crate::harness::{Person, world};
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const COMMENTS: &str = "/api/v1/core/comments/";

async fn task(person: &Person, project: Uuid, title: &str) -> Value {
    let path = format!("/api/v1/projects/{project}/tasks/");
    expect(post(&person.client(), &path, &json!({"title": title})).await, 201)
}

fn on(task: &Value, body: &str) -> Value {
    json!({"entity_type": "task", "entity_id": task["id"], "body": body})
}

fn list(task: &Value) -> String {
    format!("{COMMENTS}?entity_type=task&entity_id={}", task["id"].as_str().unwrap())
}

async fn told(person: &Person, title: &str) -> usize {
    let inbox = expect(get(&person.client(), "/api/v1/notifications/?limit=100").await, 200);
    column(&inbox, "title").into_iter().filter(|read| read.contains(title)).count()
}

#[tokio::test]
async fn a_comment_is_told_to_those_who_follow_the_record_and_are_meant_and_may_know_of_it() {
    let cast = cast().await;
    // Inboxes of their own: what is too much for an hour is told together.
    let leader = world().person("Aïssa", Role::Entrepreneur).await;
    let meant = world().person("Rama", Role::Mentor).await;
    let project = leader.project("Parole", &[&cast.moussa, &meant]).await;
    let about = task(&leader, project, "La tâche dont on parle").await;
    let mut said = on(&about, "Qui s'en charge ? <b>vite</b>");
    said["mention_ids"] = json!([meant.id, cast.kofi.id]);

    assert_eq!(refusal(&post(&cast.kofi.client(), COMMENTS, &said).await), "404 not-found");
    let made = expect(post(&cast.moussa.client(), COMMENTS, &said).await, 201);

    assert_eq!(
        (&made["body"], &made["author_id"]),
        (&json!("Qui s'en charge ? vite"), &json!(cast.moussa.id))
    );
    for _ in 0..100 {
        if told(&leader, "La tâche dont on parle").await == 1 && told(&meant, "dont on parle").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(told(&leader, "La tâche dont on parle").await, 1, "who asked for the task follows it");
    assert_eq!(told(&meant, "dont on parle").await, 1, "who is meant is told");
    assert_eq!(told(&cast.kofi, "dont on parle").await, 0, "who may not know of it is not");
    assert_eq!(told(&cast.moussa, "dont on parle").await, 0, "nobody is told of their own words");
    let shown = expect(get(&leader.client(), &list(&about)).await, 200);
    assert_eq!(column(&shown, "id"), [made["id"].as_str().unwrap()]);
    assert_eq!(refusal(&get(&cast.kofi.client(), &list(&about)).await), "404 not-found");
    assert_eq!(refusal(&get(&cast.awa.client(), COMMENTS).await), "400 invalid-filter");
}

#[tokio::test]
async fn answers_are_one_level_deep_and_a_comment_with_answers_leaves_its_place() {
    let cast = cast().await;
    let project = cast.awa.project("Réponses", &[&cast.moussa]).await;
    let about = task(&cast.awa, project, "Répondre").await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let first = expect(post(&moussa, COMMENTS, &on(&about, "Quand ?")).await, 201);
    let mut answer = on(&about, "Demain");
    answer["parent_id"] = first["id"].clone();
    // Their order is that of their milliseconds.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let answered = expect(post(&awa, COMMENTS, &answer).await, 201);
    answer["parent_id"] = answered["id"].clone();
    let of = |comment: &Value| format!("{COMMENTS}{}/", comment["id"].as_str().unwrap());

    assert_eq!(refusal(&post(&moussa, COMMENTS, &answer).await), "422 validation /parent_id");
    assert_eq!(refusal(&post(&moussa, COMMENTS, &on(&about, " ")).await), "422 validation /body");
    assert_eq!(refusal(&patch(&awa, &of(&first), &json!({"body": "Non"})).await), "403 forbidden");
    let edited = expect(patch(&moussa, &of(&first), &json!({"body": "À quelle heure ?"})).await, 200);
    assert!(edited["edited_at"].is_string());
    let settled = expect(patch(&awa, &of(&first), &json!({"resolved": true})).await, 200);
    assert!(settled["resolved_at"].is_string(), "who leads the project settles");
    assert_eq!(refusal(&delete(&moussa, &of(&answered)).await), "403 forbidden");
    assert_eq!(delete(&moussa, &of(&first)).await.status.as_u16(), 204);
    assert_eq!(refusal(&patch(&moussa, &of(&first), &json!({"body": "x"})).await), "404 not-found");

    let shown = expect(get(&awa, &list(&about)).await, 200);
    assert_eq!(column(&shown, "body"), ["", "Demain"]);
    assert_eq!(delete(&awa, &of(&answered)).await.status.as_u16(), 204);
    assert_eq!(column(&expect(get(&awa, &list(&about)).await, 200), "body"), [""]);
}

#[tokio::test]
async fn the_feed_of_a_record_says_what_was_done_to_it_and_nothing_else() {
    let cast = cast().await;
    let project = cast.awa.project("Fil", &[&cast.moussa]).await;
    let about = task(&cast.awa, project, "Suivre").await;
    let other = task(&cast.awa, project, "Autre").await;
    let path = format!("/api/v1/projects/tasks/{}/", about["id"].as_str().unwrap());
    expect(patch(&cast.awa.client(), &path, &json!({"priority": "high"})).await, 200);

    let feed = format!("/api/v1/core/activity/?entity_type=task&entity_id={}", about["id"].as_str().unwrap());
    let deeds = expect(get(&cast.moussa.client(), &feed).await, 200);

    assert_eq!(column(&deeds, "action"), ["EditTask", "CreateTask"]);
    assert!(!deeds.to_string().contains(other["id"].as_str().unwrap()));
    assert_eq!(refusal(&get(&cast.kofi.client(), &feed).await), "404 not-found");
    let unknown =
        "/api/v1/core/activity/?entity_type=spaceship&entity_id=01935fae-d5b8-7000-8000-000000000001";
    assert_eq!(refusal(&get(&cast.awa.client(), unknown).await), "400 invalid-filter");
    expect(get(&cast.awa.client(), "/api/v1/core/activity/").await, 200);
}

#[tokio::test]
async fn the_organization_is_edited_by_who_manages_it_and_read_by_its_people() {
    let cast = cast().await;
    let path = "/api/v1/core/organization/";
    let moussa = cast.moussa.client();

    let shown = expect(get(&moussa, path).await, 200);
    assert_eq!((&shown["timezone"], &shown["currency"]), (&json!("Africa/Dakar"), &json!("XOF")));
    assert_eq!(refusal(&patch(&moussa, path, &json!({"name": "x"})).await), "403 forbidden");
    let wrong = json!({"timezone": "Africa/Nulle", "country": "Sénégal"});
    let refused = patch(&admin(), path, &wrong).await;
    assert_eq!(refusal(&refused), "422 validation /country /timezone");
    let edited = expect(patch(&admin(), path, &json!({"country": "CI"})).await, 200);
    assert_eq!(edited["country"], "CI");
    expect(patch(&admin(), path, &json!({"country": "SN"})).await, 200);
    let reference = expect(get(&nobody(), "/api/v1/core/reference/").await, 200);
    assert_eq!(reference["roles"].as_array().unwrap().len(), 19);
    assert!(reference["timezones"].as_array().unwrap().contains(&json!("Africa/Dakar")));
}
