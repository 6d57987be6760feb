//! What leads to what: dependencies and their circles, the timeline, who has how much to do.

use super::{
    ask::{column, delete, expect, get, post, refusal},
    cast::cast,
};
use crate::harness::Person;
use serde_json::{Value, json};
use uuid::Uuid;

async fn task(person: &Person, project: Uuid, body: Value) -> String {
    let path = format!("/api/v1/projects/{project}/tasks/");
    expect(post(&person.client(), &path, &body).await, 201)["id"].as_str().unwrap().to_owned()
}

fn of(task: &str, tail: &str) -> String {
    format!("/api/v1/projects/tasks/{task}/{tail}")
}

async fn wait_for(person: &Person, task: &str, first: &str) -> String {
    let answer = post(&person.client(), &of(task, "dependencies/"), &json!({"depends_on_id": first})).await;
    if answer.status.is_success() { "201".into() } else { refusal(&answer) }
}

#[tokio::test]
async fn no_chain_of_waiting_closes_into_a_circle() {
    let cast = cast().await;
    let project = cast.awa.project("Chaîne", &[&cast.moussa]).await;
    let other = cast.awa.project("Autre chaîne", &[]).await;
    let hidden = cast.mariam.project("Cachée", &[]).await;
    let mut tasks = Vec::new();
    for (project, title) in [(project, "a"), (project, "b"), (other, "c")] {
        tasks.push(task(&cast.awa, project, json!({"title": title})).await);
    }
    let unseen = task(&cast.mariam, hidden, json!({"title": "d"})).await;

    assert_eq!(wait_for(&cast.awa, &tasks[1], &tasks[0]).await, "201");
    assert_eq!(wait_for(&cast.awa, &tasks[2], &tasks[1]).await, "201");
    assert_eq!(wait_for(&cast.awa, &tasks[0], &tasks[2]).await, "422 rule-violation /depends_on_id");
    assert_eq!(wait_for(&cast.awa, &tasks[0], &tasks[0]).await, "422 validation /depends_on_id");
    assert_eq!(wait_for(&cast.awa, &tasks[1], &tasks[0]).await, "409 duplicate");
    assert_eq!(wait_for(&cast.awa, &tasks[0], &unseen).await, "422 validation /depends_on_id");
    assert_eq!(wait_for(&cast.kofi, &tasks[1], &tasks[0]).await, "404 not-found");

    let list = expect(get(&cast.moussa.client(), &of(&tasks[1], "dependencies/")).await, 200);
    assert_eq!(column(&list, "depends_on_id"), [&*tasks[0]]);
    let id = column(&list, "id")[0];
    assert_eq!(
        refusal(&delete(&cast.awa.client(), &of(&tasks[0], &format!("dependencies/{id}/"))).await),
        "404 not-found"
    );
    let path = of(&tasks[1], &format!("dependencies/{id}/"));
    assert_eq!(delete(&cast.moussa.client(), &path).await.status.as_u16(), 204);
    assert_eq!(wait_for(&cast.awa, &tasks[0], &tasks[2]).await, "201", "the circle is open now");
}

#[tokio::test]
async fn a_task_begins_when_what_it_waits_for_is_finished_or_who_leads_says_why() {
    let cast = cast().await;
    let project = cast.awa.project("Ordre", &[&cast.moussa]).await;
    let first = task(&cast.awa, project, json!({"title": "Creuser"})).await;
    let then = task(&cast.awa, project, json!({"title": "Planter", "assignee_id": cast.moussa.id})).await;
    wait_for(&cast.awa, &then, &first).await;
    let begin = json!({"to": "in_progress"});
    let anyway = json!({"to": "in_progress", "override_reason": "Les plants sont là"});
    let moved = json!({"status": "in_progress"});

    let refused = post(&cast.moussa.client(), &of(&then, "transition/"), &begin).await;
    assert_eq!(
        (refusal(&refused), &refused.body["blocked_by"]),
        ("409 invalid-transition".into(), &json!([first]))
    );
    assert_eq!(
        refusal(&post(&cast.moussa.client(), &of(&then, "transition/"), &anyway).await),
        "409 invalid-transition"
    );
    assert_eq!(
        refusal(&post(&cast.awa.client(), &of(&then, "move/"), &moved).await),
        "409 invalid-transition"
    );
    expect(post(&cast.awa.client(), &of(&then, "transition/"), &anyway).await, 200);
    expect(post(&cast.awa.client(), &of(&then, "transition/"), &json!({"to": "todo"})).await, 200);
    expect(post(&cast.awa.client(), &of(&first, "transition/"), &json!({"to": "done"})).await, 200);
    expect(post(&cast.moussa.client(), &of(&then, "transition/"), &begin).await, 200);
}

#[tokio::test]
async fn the_timeline_shows_bars_links_milestones_and_the_longest_chain() {
    let cast = cast().await;
    let project = cast.awa.project("Frise", &[&cast.moussa]).await;
    let minutes = |title: &str, minutes: u32| json!({"title": title, "estimated_minutes": minutes});
    let short = task(&cast.awa, project, minutes("court", 60)).await;
    let long = task(&cast.awa, project, minutes("long", 600)).await;
    let end = task(&cast.awa, project, minutes("fin", 30)).await;
    let gone = task(&cast.awa, project, minutes("rien", 9_000)).await;
    expect(post(&cast.awa.client(), &of(&gone, "transition/"), &json!({"to": "cancelled"})).await, 200);
    wait_for(&cast.awa, &end, &short).await;
    wait_for(&cast.awa, &end, &long).await;
    let milestone = json!({"title": "Récolte", "due_date": "2030-10-01"});
    let path = format!("/api/v1/projects/{project}/milestones/");
    expect(post(&cast.awa.client(), &path, &milestone).await, 201);

    let path = format!("/api/v1/projects/{project}/timeline/");
    let timeline = expect(get(&cast.moussa.client(), &path).await, 200);

    assert_eq!(timeline["critical_path"], json!([long, end]));
    let sizes = ["bars", "dependencies", "milestones"].map(|part| timeline[part].as_array().unwrap().len());
    assert_eq!(sizes, [3, 2, 1]);
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
}

#[tokio::test]
async fn work_is_spread_over_the_weeks_it_has_and_too_much_is_said() {
    let cast = cast().await;
    let project = cast.awa.project("Charge", &[&cast.moussa]).await;
    let body = json!({
        "title": "Désherber", "assignee_id": cast.moussa.id, "estimated_minutes": 10_000,
        "due_at": "2020-01-01T00:00:00Z",
    });
    task(&cast.awa, project, body).await;
    task(&cast.awa, project, json!({"title": "Un jour", "assignee_id": cast.moussa.id})).await;

    let path = format!("/api/v1/projects/{project}/workload/");
    let load = expect(get(&cast.awa.client(), &path).await, 200);

    let moussa =
        load["data"].as_array().unwrap().iter().find(|one| one["user_id"] == json!(cast.moussa.id)).unwrap();
    assert_eq!(moussa["unplanned_tasks"], 1);
    assert_eq!(moussa["weeks"][0]["planned_minutes"], 10_000, "what is late is to be done now");
    assert_eq!(
        (&moussa["weeks"][0]["load_percent"], &moussa["weeks"][0]["overloaded"]),
        (&json!(416), &json!(true))
    );
    assert_eq!(refusal(&get(&cast.moussa.client(), &path).await), "403 forbidden");
    expect(get(&cast.mariam.client(), &path).await, 200);
    let mine = expect(
        get(&cast.moussa.client(), &format!("/api/v1/projects/tasks/my/?project_id={project}")).await,
        200,
    );
    assert_eq!(column(&mine, "title").len(), 2);
}
