//! The board: cards between cards, columns and their counts, and how a task goes from state to state.

use super::{
    ask::{column, expect, get, post, refusal},
    cast::cast,
};
use crate::harness::Person;
use serde_json::{Value, json};
use uuid::Uuid;

/// A project with tasks of these titles, and their ids.
async fn project(owner: &Person, titles: &[&str]) -> (Uuid, Vec<String>) {
    let project = owner.project("Tableau de bord", &[]).await;
    let mut ids = Vec::new();
    for title in titles {
        let tasks = format!("/api/v1/projects/{project}/tasks/");
        let task = expect(post(&owner.client(), &tasks, &json!({"title": title})).await, 201);
        ids.push(task["id"].as_str().unwrap().to_owned());
    }
    (project, ids)
}

async fn move_task(owner: &Person, id: &str, body: Value) -> gateway::client::Answer {
    post(&owner.client(), &format!("/api/v1/projects/tasks/{id}/move/"), &body).await
}

/// The titles of a column, from top to bottom, with its count.
async fn shown(owner: &Person, project: Uuid, status: &str) -> (Vec<String>, u64) {
    let board = expect(get(&owner.client(), &format!("/api/v1/projects/{project}/board/")).await, 200);
    let columns = board["columns"].as_array().unwrap();
    let column = columns.iter().find(|column| column["status"] == status).expect("each status has a column");
    let titles =
        column["cards"].as_array().unwrap().iter().map(|card| card["title"].as_str().unwrap().to_owned());
    (titles.collect(), column["count"].as_u64().unwrap())
}

#[tokio::test]
async fn a_card_goes_where_its_mover_puts_it() {
    let awa = &cast().await.awa;
    let (project, ids) = project(awa, &["a", "b", "c", "d"]).await;

    expect(move_task(awa, &ids[3], json!({"before_id": ids[0]})).await, 200);
    expect(move_task(awa, &ids[0], json!({"after_id": ids[1], "before_id": ids[2]})).await, 200);
    expect(move_task(awa, &ids[3], json!({"after_id": ids[2]})).await, 200);
    expect(move_task(awa, &ids[1], json!({})).await, 200);

    assert_eq!(shown(awa, project, "todo").await.0, ["a", "c", "d", "b"]);
    let listed = expect(get(&awa.client(), &format!("/api/v1/projects/{project}/tasks/")).await, 200);
    assert_eq!(column(&listed, "title"), ["a", "c", "d", "b"], "the list is in board order");
    let backward =
        expect(get(&awa.client(), &format!("/api/v1/projects/{project}/tasks/?sort=-rank")).await, 200);
    assert_eq!(column(&backward, "title"), ["b", "d", "c", "a"]);
}

#[tokio::test]
async fn a_hundred_moves_into_one_gap_still_find_a_place() {
    let awa = &cast().await.awa;
    let (project, ids) = project(awa, &["haut", "x", "y", "bas"]).await;

    for n in 0..100 {
        let between = json!({"after_id": ids[0], "before_id": ids[1 + n % 2]});
        expect(move_task(awa, &ids[2 - n % 2], between).await, 200);
    }

    let (titles, count) = shown(awa, project, "todo").await;
    assert_eq!((titles.join(" ").as_str(), count), ("haut x y bas", 4));
}

#[tokio::test]
async fn columns_count_what_they_hold_and_progress_follows() {
    let awa = &cast().await.awa;
    let (project, ids) = project(awa, &["a", "b", "c", "d"]).await;

    expect(move_task(awa, &ids[0], json!({"status": "done"})).await, 200);
    expect(move_task(awa, &ids[1], json!({"status": "in_progress"})).await, 200);
    expect(move_task(awa, &ids[2], json!({"status": "cancelled"})).await, 200);

    assert_eq!(shown(awa, project, "todo").await, (vec!["d".to_owned()], 1));
    assert_eq!(shown(awa, project, "done").await, (vec!["a".to_owned()], 1));
    assert_eq!(shown(awa, project, "cancelled").await.1, 1);
    let page = expect(get(&awa.client(), &format!("/api/v1/projects/{project}/")).await, 200);
    assert_eq!((&page["progress"], &page["task_counts"]["in_progress"]), (&json!(33), &json!(1)));
}

#[tokio::test]
async fn a_neighbour_must_be_of_the_same_project() {
    let awa = &cast().await.awa;
    let (_, ids) = project(awa, &["a"]).await;
    let (_, others) = project(awa, &["b"]).await;

    let foreign = move_task(awa, &ids[0], json!({"after_id": others[0]})).await;
    let unknown = move_task(awa, &ids[0], json!({"before_id": Uuid::from_u128(4)})).await;
    let elsewhere = move_task(awa, &ids[0], json!({"project_id": Uuid::from_u128(4)})).await;

    assert_eq!(refusal(&foreign), "422 validation /after_id");
    assert_eq!(refusal(&unknown), "422 validation /before_id");
    assert_eq!(refusal(&elsewhere), "404 not-found");
}

#[tokio::test]
async fn a_task_goes_through_its_states() {
    let awa = &cast().await.awa;
    let (project, ids) = project(awa, &["a", "b"]).await;
    let client = awa.client();
    let path = format!("/api/v1/projects/tasks/{}/transition/", ids[0]);

    let unexplained = post(&client, &path, &json!({"to": "blocked"})).await;
    let blocked = expect(post(&client, &path, &json!({"to": "blocked", "reason": "pas d'eau"})).await, 200);
    let done = expect(post(&client, &path, &json!({"to": "done"})).await, 200);
    let again = post(&client, &path, &json!({"to": "done"})).await;
    let reopened = expect(post(&client, &path, &json!({"to": "todo"})).await, 200);

    assert_eq!(refusal(&unexplained), "422 validation /reason");
    assert_eq!(blocked["blocked_reason"], "pas d'eau");
    assert_eq!(done["blocked_reason"], Value::Null);
    assert!(done["completed_at"].is_string() && reopened["completed_at"].is_null());
    assert_eq!(refusal(&again), "409 invalid-transition");
    assert_eq!(again.body["allowed"], json!(["todo", "in_progress", "in_review", "blocked", "cancelled"]));
    assert_eq!(shown(awa, project, "todo").await.0, ["b", "a"], "a task returns at the end of its column");
    assert_eq!(refusal(&post(&client, &path, &json!({"to": "archived"})).await), "422 validation /to");
    assert_eq!(refusal(&post(&client, &path, &json!({})).await), "422 validation /to");
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_moved_at_once_are_each_in_one_place() {
    let awa = &cast().await.awa;
    let (project, ids) = project(awa, &["a", "b", "c", "d", "e", "f"]).await;

    let moving: Vec<_> = ids
        .iter()
        .map(|id| {
            let id = id.clone();
            tokio::spawn(async move { move_task(awa, &id, json!({"status": "in_review"})).await })
        })
        .collect();
    for moved in moving {
        expect(moved.await.unwrap(), 200);
    }

    let (mut titles, count) = shown(awa, project, "in_review").await;
    titles.sort_unstable();
    assert_eq!((titles.join(""), count), ("abcdef".to_owned(), 6));
    assert_eq!(shown(awa, project, "todo").await, (Vec::new(), 0));
}
