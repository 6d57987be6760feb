//! One command, said many times: one effect and equal answers, over REST and socket alike, before and
//! after a fall of the server.

use crate::harness::{Person, child::ServerProcess, world};
use gateway::client::Ask;
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

/// Says the same command ten times over REST and ten times over sockets, all at once.
async fn twenty_times(person: &Person, project: Uuid, key: &str) -> Vec<Value> {
    let title = "Planter cent arbres";
    let rest = (0..10).map(|_| {
        let (person, key) = (person.clone(), key.to_owned());
        tokio::spawn(async move {
            let path = format!("/api/v1/projects/{project}/tasks/");
            let ask = Ask::new("POST".parse().unwrap(), &path).key(&key).json(&json!({"title": title}));
            let answer = person.client().send(ask).await.unwrap();
            json!({"status": answer.status.as_u16(), "body": answer.body})
        })
    });
    let sockets = (0..10).map(|_| {
        let (person, key) = (person.clone(), key.to_owned());
        tokio::spawn(async move {
            let mut socket = person.socket().await;
            let input = json!({"project_id": project, "title": title});
            let reply = socket.call("CreateTask", input, Some(&key)).await.unwrap();
            json!({"status": reply.status, "body": reply.body})
        })
    });
    let mut answers = Vec::new();
    for told in rest.chain(sockets).collect::<Vec<_>>() {
        answers.push(told.await.unwrap());
    }
    answers
}

async fn tasks(person: &Person, project: Uuid) -> usize {
    let (_, list) = person.get(&format!("/api/v1/projects/{project}/tasks/?limit=100")).await;
    list["data"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_twenty_times_has_one_effect_and_twenty_equal_answers() {
    let world = world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Reboisement", &[]).await;

    let answers = twenty_times(&awa, project, "arbres-1").await;

    assert_eq!(answers.len(), 20);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0]["status"], 201);
    assert_eq!(tasks(&awa, project).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_keeps_its_answer_over_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(&data.path().join("data"));
    let awa = server.world().person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Reboisement", &[]).await;
    let before = twenty_times(&awa, project, "arbres-2").await;

    let server = server.kill_and_restart();

    let again = server.world().sign_in(&awa.email, awa.id).await;
    let after = twenty_times(&again, project, "arbres-2").await;
    assert!(after.iter().all(|answer| *answer == before[0]), "{after:?}");
    assert_eq!(tasks(&again, project).await, 1);
}

#[tokio::test]
async fn a_key_that_named_something_else_is_refused() {
    let world = world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Irrigation", &[]).await;
    let path = format!("/api/v1/projects/{project}/tasks/");
    let ask = |title: &str| Ask::new("POST".parse().unwrap(), &path).key("k1").json(&json!({"title": title}));

    let first = awa.client().send(ask("un")).await.unwrap();
    let replay = awa.client().send(ask("un")).await.unwrap();
    let other = awa.client().send(ask("deux")).await.unwrap();

    assert_eq!((first.status.as_u16(), replay.status.as_u16(), other.status.as_u16()), (201, 201, 422));
    assert_eq!(replay.header("idempotent-replay"), Some("true"));
    assert_eq!(other.body["code"], "idempotency-key-reused");
}

#[tokio::test]
async fn a_birth_that_is_repeated_meets_its_twin() {
    let world = world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let body = json!({"title": "Une seule fois", "due_date": "2030-12-31"});
    let ask = || Ask::new("POST".parse().unwrap(), "/api/v1/projects/").key("naissance").json(&body);

    let first = awa.client().send(ask()).await.unwrap();
    let second = awa.client().send(ask()).await.unwrap();

    assert_eq!(first.status.as_u16(), 201, "{}", first.body);
    assert_eq!(first.body["id"], second.body["id"]);
}
