//! Many tasks at once, the jobs that do it, and what an organization decides for everybody.

use super::{
    accounts::among_people,
    floor::{Walk, id},
};
use crate::harness::within;
use gateway::client::Client;
use schema::{role::Role, room::RoomId};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub(super) async fn many_at_once(walk: Arc<Walk>) {
    let awa = walk.apart.world.person("Awa", Role::Entrepreneur).await;
    let (own, client) = (awa.inbox(), awa.client());
    walk.listen(&awa, &own).await;
    let about = json!({"title": "En gros", "due_date": "2030-01-01"});
    let project = walk.begin("CreateProject", &awa, ("project", &awa), about, &[]).await;
    let of = |title: &str| json!({"project_id": project.id(), "title": title});
    let mut tasks = Vec::new();
    for title in ["Une", "Deux", "Trois", "Quatre"] {
        tasks.push(id(&walk.run("CreateTask", &client, &project, of(title), &[]).await));
    }
    let item = |operation: &str, at: usize, mut input: Value| {
        input["task_id"] = tasks[at].clone();
        json!({"operation": operation, "input": input})
    };
    let items = json!({"items": [
        {"operation": "CreateTask", "input": of("Cinq")},
        item("EditTask", 0, json!({"title": "Une autre"})),
        item("TransitionTask", 1, json!({"to": "in_progress"})),
        item("MoveTask", 2, json!({"status": "in_review"})),
        item("DeleteTask", 3, json!({})),
    ]});
    let told = ["created", "updated", "status_changed", "moved", "deleted"]
        .map(|what| format!("projects.task.{what}"));
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    walk.run("BulkTasks", &client, &project, items, &told).await;

    let table = |lines: usize| {
        let lines: String = (0..lines).map(|n| format!("Tâche {n}\n")).collect();
        json!({"project_id": project.id(), "csv": format!("title\n{lines}")})
    };
    walk.run("CheckImport", &client, &project, table(2), &[]).await;
    let queued = &["core.job.queued"];
    let done = walk.run("ImportTasks", &client, &own, table(2), queued).await;
    finished(&client, &done).await;
    let job = walk.run("ImportTasks", &client, &own, table(400), queued).await;
    walk.run("CancelJob", &client, &own, json!({"job_id": job["id"]}), &["core.job.finished"]).await;
    walk.run("RunJob", &client, &own, json!({"job_id": job["id"]}), queued).await;
    finished(&client, &job).await;
}

async fn finished(client: &Client, job: &Value) {
    let place = format!("/api/v1/core/jobs/{}/", job["id"].as_str().unwrap());
    within(async {
        while client.get(&place).await.unwrap().body["state"] != "succeeded" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// When everybody else is done: it shuts rooms.
pub(super) async fn the_organization(walk: &Arc<Walk>) {
    let (admin, people) = (walk.apart.world.admin(), among_people(walk).await);
    let audit = RoomId::with_topic("org", people.id(), "audit");
    walk.run("ChainAudit", &admin, &audit, json!({}), &[]).await;
    for on in [false, true] {
        let switch = json!({"modules": {"meetings": on}});
        walk.run("SwitchModules", &admin, &people, switch, &["core.organization.updated"]).await;
    }
}
