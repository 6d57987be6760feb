//! Many tasks at once: several operations in one call, a table read in as a job, a table written out.

use super::{
    ask::{ask, column, delete, expect, get, patch, post, refusal, send},
    cast::cast,
};
use crate::harness::{Person, event, within, world};
use gateway::client::{Answer, Client};
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const BULK: &str = "/api/v1/projects/tasks/bulk/";

async fn task(person: &Person, project: Uuid, title: &str) -> Value {
    let path = format!("/api/v1/projects/{project}/tasks/");
    expect(post(&person.client(), &path, &json!({"title": title})).await, 201)
}

async fn keyed(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    send(client, ask("POST", path).header("idempotency-key", key).json(body)).await
}

fn edit(task: &Value, fields: Value) -> Value {
    let mut input = fields;
    input["task_id"] = task["id"].clone();
    json!({"operation": "EditTask", "input": input})
}

fn statuses(answer: &Value) -> Vec<u64> {
    answer["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn each_of_several_operations_is_answered_for_itself_and_done_once() {
    let cast = cast().await;
    let project = cast.awa.project("En gros", &[&cast.moussa]).await;
    let one = task(&cast.awa, project, "Une").await;
    let other = task(&cast.awa, project, "Autre").await;
    let items = json!({"items": [
        edit(&one, json!({"priority": "high"})),
        {"operation": "TransitionTask", "input": {"task_id": Uuid::nil(), "to": "done"}},
        {"operation": "CreateTask", "input": {"project_id": project, "title": "Neuve"}},
        {"operation": "MoveTask", "input": {"task_id": other["id"], "status": "in_progress"}},
        {"operation": "CreateTask", "input": {"project_id": project, "title": "Neuve", "colour": "red"}},
    ]});

    let unnamed = post(&cast.awa.client(), BULK, &items).await;
    let first = expect(keyed(&cast.awa.client(), BULK, "en-gros-1", &items).await, 200);
    let again = expect(keyed(&cast.awa.client(), BULK, "en-gros-1", &items).await, 200);
    let list = expect(get(&cast.awa.client(), &format!("/api/v1/projects/{project}/tasks/")).await, 200);

    assert_eq!(refusal(&unnamed), "428 precondition-required");
    assert_eq!(statuses(&first), [200, 404, 201, 200, 400]);
    assert_eq!(first["results"][4]["problem"]["code"], "unknown-field");
    assert_eq!(first["results"][2]["id"], again["results"][2]["id"], "said again, nothing is done again");
    let mut titles = column(&list, "title");
    titles.sort_unstable();
    assert_eq!(titles, ["Autre", "Neuve", "Une"]);
    // Somebody who may not gets a refusal for each, and nothing is changed.
    let body = json!({"items": [edit(&one, json!({"priority": "low"}))]});
    let stranger = expect(keyed(&cast.kofi.client(), BULK, "en-gros-2", &body).await, 200);
    assert_eq!(statuses(&stranger), [404]);
}

#[tokio::test]
async fn several_operations_on_one_project_are_all_done_or_none_is() {
    let cast = cast().await;
    let project = cast.awa.project("Tout ou rien", &[]).await;
    let one = task(&cast.awa, project, "Une").await;
    let other = task(&cast.awa, project, "Autre").await;
    let path = format!("{BULK}?atomic=true");
    let mut socket = cast.awa.socket().await;
    within(socket.join(&schema::room::RoomId::new("project", project), None)).await.unwrap();
    let good = json!({"items": [
        edit(&one, json!({"priority": "high"})),
        edit(&other, json!({"title": "Autre chose"})),
        {"operation": "CreateTask", "input": {"project_id": project, "title": "Neuve"}},
    ]});
    let client = cast.awa.client();

    let done = expect(keyed(&client, &path, "tout-1", &good).await, 200);
    let heard = [
        event(&mut socket, "projects.task.updated").await,
        event(&mut socket, "projects.task.updated").await,
    ];
    let again = keyed(&client, &path, "tout-1", &good).await;
    let with_a_fault = json!({"items": [
        edit(&one, json!({"priority": "low"})),
        {"operation": "CreateTask", "input": {"project_id": project, "title": ""}},
    ]});
    let refused = keyed(&client, &path, "tout-2", &with_a_fault).await;
    let twice =
        json!({"items": [edit(&one, json!({"priority": "low"})), edit(&one, json!({"title": "Deux"}))]});
    let twice = keyed(&client, &path, "tout-3", &twice).await;
    let elsewhere = task(&cast.awa, cast.awa.project("Ailleurs", &[]).await, "Loin").await;
    let apart = json!({"items": [edit(&one, json!({"priority": "low"})), edit(&elsewhere, json!({"title": "Deux"}))]});
    let apart = keyed(&client, &path, "tout-4", &apart).await;
    let stale = json!({"items": [{"operation": "EditTask", "if_match": 99, "input": {"task_id": one["id"], "title": "Vieux"}}]});
    let stale = keyed(&client, &path, "tout-5", &stale).await;
    let after =
        expect(get(&client, &format!("/api/v1/projects/tasks/{}/", one["id"].as_str().unwrap())).await, 200);

    assert_eq!(statuses(&done), [200, 200, 201]);
    assert_eq!(done["results"][1]["id"], other["id"]);
    let about: Vec<_> = heard.iter().map(|event| event.d["entity"]["id"].clone()).collect();
    assert_eq!(about, [one["id"].clone(), other["id"].clone()], "each event is about its own record");
    assert_eq!(heard[1].d["data"]["changed"]["title"], "Autre chose");
    assert_eq!(again.header("idempotent-replay").or(Some("true")), Some("true"));
    assert_eq!(again.body["results"], done["results"]);
    assert!(refusal(&refused).starts_with("422 validation"), "{}", refused.body);
    assert_eq!(refused.body["index"], 1);
    assert_eq!(refusal(&twice), "422 rule-violation");
    assert_eq!(refusal(&apart), "422 rule-violation");
    assert_eq!(refusal(&stale), "412 version-conflict");
    assert_eq!((&after["priority"], &after["title"]), (&json!("high"), &json!("Une")));
}

/// The job at this place, once it is over.
async fn finished(client: &Client, place: &str) -> Value {
    within(async {
        loop {
            let job = expect(get(client, place).await, 200);
            if !["queued", "running"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_table_of_tasks_is_looked_through_read_in_and_written_out_again() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let moussa = world().person("Moussa", Role::Student).await;
    let project = awa.project("Tableur", &[&moussa]).await;
    let path = format!("/api/v1/projects/{project}/");
    let client = awa.client();
    expect(post(&client, &format!("{path}labels/"), &json!({"name": "Eau", "color": "#0066cc"})).await, 201);
    let good = format!(
        "\u{feff}title;status;priority;assignee;due_at;estimated_minutes;labels\n\
         Creuser le puits;in_progress;high;{};2030-03-01;120;eau\n\
         \"Former; les maîtres\";todo;;;;;\n",
        moussa.email
    );
    let bad = "title,assignee,due_at\nUn,personne@example.org,2030-02-30\n,,\n";
    let mut socket = awa.socket().await;
    within(socket.join(&awa.inbox(), None)).await.unwrap();

    let looked =
        expect(post(&client, &format!("{path}tasks/import/check/"), &json!({"csv": bad})).await, 200);
    let refused = keyed(&client, &format!("{path}tasks/import/"), "tableur-0", &json!({"csv": bad})).await;
    let begun = keyed(&client, &format!("{path}tasks/import/"), "tableur-1", &json!({"csv": good})).await;
    let place = begun.header("location").unwrap().to_owned();
    let job = finished(&client, &place).await;
    let twin = keyed(&client, &format!("{path}tasks/import/"), "tableur-1", &json!({"csv": good})).await;
    let list = expect(get(&client, &format!("{path}tasks/?sort=number")).await, 200);
    let table = get(&client, &format!("{path}tasks/export/?delimiter=semicolon")).await;

    let places: Vec<_> = looked["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["line"].clone(), f["column"].clone()))
        .collect();
    assert_eq!(
        places,
        [(json!(2), json!("due_at")), (json!(3), json!("title")), (json!(2), json!("assignee"))]
    );
    assert_eq!(refusal(&refused), "422 validation /csv/2/due_at /csv/3/title /csv/2/assignee");
    assert_eq!(begun.status.as_u16(), 202, "{}", begun.body);
    assert_eq!((&job["state"], &job["progress"]), (&json!("succeeded"), &json!(100)), "{job}");
    assert_eq!(job["result"]["created"], 2);
    assert_eq!(twin.header("location"), Some(place.as_str()), "the same key is the same job");
    assert_eq!(column(&list, "title"), ["Creuser le puits", "Former; les maîtres"]);
    let dug = &list["data"][0];
    assert_eq!((&dug["assignee_id"], &dug["estimated_minutes"]), (&json!(moussa.id), &json!(120)));
    assert_eq!(dug["label_ids"].as_array().unwrap().len(), 1);
    assert_eq!(dug["created_by"], json!(awa.id), "made in the name of whoever asked");
    let text = table.body.as_str().unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("\"Former; les maîtres\""), "{text}");
    // What was written is read.
    let copy = awa.project("Copie", &[&moussa]).await;
    let path = format!("/api/v1/projects/{copy}/tasks/import/check/");
    let looked = expect(post(&client, &path, &json!({"csv": text.replace("Eau", "")})).await, 200);
    assert_eq!(looked, json!({"tasks": 2, "faults": []}));
    // Its owner heard how it came along.
    event(&mut socket, "core.job.finished").await;
}

#[tokio::test]
async fn a_job_is_its_owners_and_can_be_called_off() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Annulation", &[]).await;
    let client = awa.client();
    let lines: String = (0..400).map(|n| format!("Tâche {n}\n")).collect();
    let path = format!("/api/v1/projects/{project}/tasks/import/");

    let begun = keyed(&client, &path, "annulation", &json!({"csv": format!("title\n{lines}")})).await;
    let place = begun.header("location").unwrap().to_owned();
    let foreign = cast().await.kofi.client();
    let hidden = [refusal(&get(&foreign, &place).await), refusal(&delete(&foreign, &place).await)];
    let called_off = delete(&client, &place).await.status.as_u16();
    let job = finished(&client, &place).await;
    let twice = refusal(&delete(&client, &place).await);
    let mine = expect(get(&client, "/api/v1/core/jobs/").await, 200);

    assert_eq!(hidden, ["404 not-found", "404 not-found"]);
    assert_eq!((called_off, &job["state"]), (204, &json!("cancelled")));
    assert!(job["result"].is_null());
    assert_eq!(twice, "409 invalid-transition");
    assert_eq!(mine["data"][0]["id"], job["id"]);
    let way_around = patch(&client, &place, &json!({"state": "succeeded"})).await;
    assert_eq!(way_around.status.as_u16(), 405);
}

#[tokio::test]
async fn a_job_that_comes_to_nothing_says_why_to_its_owner_and_to_administrators() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Disparu", &[]).await;
    let lines: String = (0..400).map(|n| format!("Tâche {n}\n")).collect();
    let path = format!("/api/v1/projects/{project}/");

    let table = json!({"csv": format!("title\n{lines}")});
    let begun = keyed(&awa.client(), &format!("{path}tasks/import/"), "disparu", &table).await;
    expect(delete(&awa.client(), &path).await, 204);
    let job = finished(&awa.client(), begun.header("location").unwrap()).await;

    assert_eq!(job["state"], "failed", "{job}");
    assert!(job["error"].is_string() && job["finished_at"].is_string(), "{job}");
    let admin = world().admin();
    let told = within(async {
        loop {
            let alerts = expect(get(&admin, "/api/v1/core/alerts/?topic=jobs").await, 200);
            let alerts = alerts["data"].as_array().unwrap().clone();
            if let Some(told) = alerts.into_iter().find(|alert| alert["subject_id"] == json!(awa.id)) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!((&told["name"], &told["title"]), (&json!("core.job.finished"), &json!("Disparu")));
}

#[tokio::test]
async fn a_person_has_five_jobs_open_at_most() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Trop", &[]).await;
    let client = awa.client();
    let lines: String = (0..500).map(|n| format!("Tâche {n}\n")).collect();
    let table = json!({"csv": format!("title\n{lines}")});
    let path = format!("/api/v1/projects/{project}/tasks/import/");
    let mut jobs = Vec::new();
    for n in 0..5 {
        let begun = keyed(&client, &path, &format!("trop-{n}"), &table).await;
        jobs.push(begun.header("location").expect("a job").to_owned());
    }

    let sixth = keyed(&client, &path, "trop-5", &table).await;
    for job in &jobs {
        assert_eq!(delete(&client, job).await.status.as_u16(), 204);
    }
    let after = keyed(&client, &path, "trop-6", &json!({"csv": "title\nUne\n"})).await;

    assert_eq!(refusal(&sixth), "409 capacity-reached");
    assert_eq!(after.status.as_u16(), 202, "{}", after.body);
}
