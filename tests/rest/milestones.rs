//! Milestones: set, moved, reached and removed by who leads the project, seen by everybody who reads it.

use super::{
    ask::{column, delete, expect, get, patch, post, refusal},
    cast::cast,
};
use crate::harness::Person;
use serde_json::{Value, json};
use uuid::Uuid;

async fn set(person: &Person, project: Uuid, title: &str, day: &str) -> Value {
    let body = json!({"title": title, "due_date": day});
    expect(post(&person.client(), &format!("/api/v1/projects/{project}/milestones/"), &body).await, 201)
}

fn path_of(milestone: &Value) -> String {
    format!("/api/v1/projects/milestones/{}/", milestone["id"].as_str().unwrap())
}

#[tokio::test]
async fn milestones_are_listed_by_their_day_and_reached_once() {
    let cast = cast().await;
    let project = cast.awa.project("Jalons", &[&cast.moussa]).await;
    let later = set(&cast.awa, project, "Récolte", "2030-10-01").await;
    let first = set(&cast.awa, project, "Semis", "2030-05-01").await;
    let awa = cast.awa.client();

    let reached = expect(patch(&awa, &path_of(&first), &json!({"completed": true})).await, 200);
    let again = expect(patch(&awa, &path_of(&first), &json!({"completed": true})).await, 200);
    let open = expect(patch(&awa, &path_of(&first), &json!({"completed": false})).await, 200);

    assert!(reached["completed_at"].is_string() && open["completed_at"].is_null());
    assert_eq!(reached["version"], again["version"], "reached is reached");
    let list = format!("/api/v1/projects/{project}/milestones/");
    let all = expect(get(&cast.moussa.client(), &list).await, 200);
    assert_eq!(column(&all, "title"), ["Semis", "Récolte"]);
    assert_eq!(delete(&awa, &path_of(&later)).await.status.as_u16(), 204);
    assert_eq!(refusal(&delete(&awa, &path_of(&later)).await), "404 not-found");
}

#[tokio::test]
async fn only_who_leads_sets_milestones_and_whoever_may_not_know_learns_nothing() {
    let cast = cast().await;
    let project = cast.awa.project("Privé", &[&cast.moussa]).await;
    let milestone = set(&cast.awa, project, "Semis", "2030-05-01").await;
    let path = path_of(&milestone);
    let edit = json!({"title": "Semailles"});

    assert_eq!(refusal(&patch(&cast.moussa.client(), &path, &edit).await), "403 forbidden");
    assert_eq!(refusal(&patch(&cast.kofi.client(), &path, &edit).await), "404 not-found");
    assert_eq!(
        refusal(&patch(&cast.awa.client(), &path, &json!({"title": null})).await),
        "422 validation /title"
    );
    let both = json!({"title": "a\u{202e}b", "due_date": "2030-02-30"});
    assert_eq!(refusal(&patch(&cast.awa.client(), &path, &both).await), "422 validation /due_date");
    let nameless = json!({"title": "a\u{202e}b"});
    assert_eq!(refusal(&patch(&cast.awa.client(), &path, &nameless).await), "422 validation /title");
    let moved = expect(patch(&cast.mariam.client(), &path, &edit).await, 200);
    assert_eq!(moved["title"], "Semailles");
}
