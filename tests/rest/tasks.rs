//! Tasks: created, shown and edited, by those who may.

use super::{
    ask::{expect, get, patch, post, refusal},
    cast::cast,
};
use crate::harness::Person;
use serde_json::{Value, json};
use uuid::Uuid;

fn path_of(task: &Value) -> String {
    format!("/api/v1/projects/tasks/{}/", task["id"].as_str().unwrap())
}

async fn create(person: &Person, project: Uuid, body: &Value) -> Value {
    expect(post(&person.client(), &format!("/api/v1/projects/{project}/tasks/"), body).await, 201)
}

#[tokio::test]
async fn a_task_is_made_as_asked_and_numbered() {
    let cast = cast().await;
    let project = cast.awa.project("Numéros", &[&cast.moussa]).await;
    let body = json!({
        "title": "Planter <b>vingt</b> arbres", "description": "<i>Vite</i> !", "status": "in_progress",
        "priority": "critical", "assignee_id": cast.moussa.id, "start_date": "2030-01-01",
        "due_at": "2030-01-31T17:00:00+01:00", "estimated_minutes": 90,
    });

    let first = create(&cast.awa, project, &body).await;
    let second = create(&cast.awa, project, &json!({"title": "Arroser"})).await;

    assert_eq!((&first["number"], &second["number"]), (&json!(1), &json!(2)));
    assert_eq!((&first["title"], &first["description"]), (&body["title"], &json!("Vite !")));
    assert_eq!((&first["status"], &first["priority"]), (&body["status"], &body["priority"]));
    assert_eq!(first["due_at"], "2030-01-31T16:00:00.000Z", "instants are told in UTC");
    assert_eq!((&first["reporter_id"], &first["assignee_id"]), (&json!(cast.awa.id), &json!(cast.moussa.id)));
    assert_eq!((&second["status"], &second["priority"]), (&json!("todo"), &json!("medium")));
    assert_eq!(expect(get(&cast.moussa.client(), &path_of(&first)).await, 200), first);
}

#[tokio::test]
async fn each_field_that_is_wrong_is_pointed_at() {
    let cast = cast().await;
    let project = cast.awa.project("Fautes", &[]).await;
    let awa = cast.awa.client();
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let but = |field: &str, value: Value| {
        let mut body = json!({"title": "x"});
        body[field] = value;
        body
    };
    let cases = [
        (json!({}), "422 validation /title"),
        (but("title", " ".into()), "422 validation /title"),
        (but("description", "é".repeat(10_001).into()), "422 validation /description"),
        (but("status", "blocked".into()), "422 validation /status"),
        (but("status", "waiting".into()), "422 validation /status"),
        (but("assignee_id", json!(cast.kofi.id)), "422 validation /assignee_id"),
        (but("assignee_id", "me".into()), "422 validation /assignee_id"),
        (but("due_at", "tomorrow".into()), "422 validation /due_at"),
        (but("due_at", "1850-01-01T00:00:00Z".into()), "422 validation /due_at"),
        (but("estimated_minutes", 0.into()), "422 validation /estimated_minutes"),
        (but("estimated_minutes", 60_001.into()), "422 validation /estimated_minutes"),
        (but("estimated_minutes", (-5).into()), "422 validation /estimated_minutes"),
        (
            json!({"title": "x", "start_date": "2030-02-01", "due_at": "2030-01-01T00:00:00Z"}),
            "422 validation /due_at",
        ),
        (but("id", json!(Uuid::from_u128(1))), "400 unknown-field /id"),
        (but("number", 1.into()), "400 unknown-field /number"),
        (but("rank", "A".into()), "400 unknown-field /rank"),
        (but("reporter_id", json!(cast.kofi.id)), "400 unknown-field /reporter_id"),
        (but("version", 1.into()), "400 unknown-field /version"),
        (but("created_by", json!(cast.kofi.id)), "400 unknown-field /created_by"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&awa, &tasks, &body).await), expected, "{body}");
    }
    let none = expect(get(&awa, &tasks).await, 200);
    assert_eq!(none["data"], json!([]), "a refused task leaves nothing");
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_null_clears() {
    let cast = cast().await;
    let project = cast.awa.project("Retouches", &[&cast.moussa]).await;
    let body = json!({
        "title": "Avant", "description": "texte", "assignee_id": cast.moussa.id, "due_at": "2030-01-31T16:00:00Z",
        "estimated_minutes": 30, "start_date": "2030-01-01",
    });
    let task = create(&cast.awa, project, &body).await;
    let awa = cast.awa.client();

    let renamed = expect(patch(&awa, &path_of(&task), &json!({"title": "Après"})).await, 200);
    let nulls = json!({"assignee_id": null, "due_at": null, "estimated_minutes": null, "description": null});
    let cleared = expect(patch(&awa, &path_of(&task), &nulls).await, 200);

    let mut expected = task.clone();
    for (member, value) in [("title", json!("Après")), ("version", json!(2))] {
        expected[member] = value;
    }
    for silent in ["updated_at", "updated_by"] {
        expected[silent] = renamed[silent].clone();
    }
    assert_eq!(renamed, expected);
    for member in ["assignee_id", "due_at", "estimated_minutes"] {
        assert_eq!(cleared[member], Value::Null, "{member}");
    }
    assert_eq!((&cleared["description"], &cleared["start_date"]), (&json!(""), &task["start_date"]));
    assert_eq!(cleared["version"], 3);
}

#[tokio::test]
async fn an_edit_touches_neither_place_nor_identity() {
    let cast = cast().await;
    let project = cast.awa.project("Identités", &[]).await;
    let other = cast.awa.project("Ailleurs", &[]).await;
    let task = create(&cast.awa, project, &json!({"title": "Fixe"})).await;
    let awa = cast.awa.client();
    let forbidden = [
        json!({"id": Uuid::from_u128(1)}),
        json!({"org_id": Uuid::from_u128(1)}),
        json!({"project_id": other}),
        json!({"status": "done"}),
        json!({"rank": "0"}),
        json!({"version": 7}),
        json!({"completed_at": "2030-01-01T00:00:00Z"}),
        json!({"created_by": cast.kofi.id}),
        json!({"task_id": Uuid::from_u128(1)}),
    ];

    for body in forbidden {
        let name = body.as_object().unwrap().keys().next().unwrap().clone();
        let refused = patch(&awa, &path_of(&task), &body).await;
        assert_eq!(refusal(&refused), format!("400 unknown-field /{name}"));
    }
    assert_eq!(
        refusal(&patch(&awa, &path_of(&task), &json!({"title": null})).await),
        "422 validation /title"
    );
    assert_eq!(expect(get(&awa, &path_of(&task)).await, 200), task);
}

#[tokio::test]
async fn members_edit_their_own_tasks_and_those_who_lead_edit_all() {
    let cast = cast().await;
    let project = cast.awa.project("Droits", &[&cast.moussa, &cast.fatou]).await;
    let viewer = json!({"user_id": cast.kofi.id, "role": "viewer"});
    expect(post(&cast.awa.client(), &format!("/api/v1/projects/{project}/team/"), &viewer).await, 201);
    let hers = create(&cast.fatou, project, &json!({"title": "À Fatou"})).await;
    let his = create(&cast.awa, project, &json!({"title": "À Moussa", "assignee_id": cast.moussa.id})).await;
    let edit = |person: &Person, task: &Value| {
        let (client, path) = (person.client(), path_of(task));
        async move { patch(&client, &path, &json!({"priority": "low"})).await }
    };

    for (person, task) in [
        (&cast.fatou, &hers),
        (&cast.moussa, &his),
        (&cast.awa, &hers),
        (&cast.awa, &his),
        (&cast.mariam, &his),
    ] {
        expect(edit(person, task).await, 200);
    }
    for (person, task) in [(&cast.moussa, &hers), (&cast.fatou, &his), (&cast.kofi, &his)] {
        assert_eq!(refusal(&edit(person, task).await), "403 forbidden");
    }
    let by_viewer =
        post(&cast.kofi.client(), &format!("/api/v1/projects/{project}/tasks/"), &json!({"title": "x"}))
            .await;
    assert_eq!(refusal(&by_viewer), "403 forbidden");
}

#[tokio::test]
async fn a_task_brings_its_assignee_along_when_asked_by_who_leads() {
    let cast = cast().await;
    let project = cast.awa.project("Renfort", &[&cast.moussa]).await;
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    let body = json!({"title": "Traduire", "assignee_id": cast.kofi.id, "add_to_team": true});

    let by_member = post(&cast.moussa.client(), &tasks, &body).await;
    let by_owner = post(&cast.awa.client(), &tasks, &body).await;

    assert_eq!(refusal(&by_member), "422 validation /assignee_id");
    expect(by_owner, 201);
    assert_eq!(
        expect(get(&cast.kofi.client(), &format!("/api/v1/projects/{project}/")).await, 200)["my_role"],
        "member"
    );
}
