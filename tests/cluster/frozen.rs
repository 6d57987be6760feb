//! A node that stands still for longer than its lease and then goes on, believing that no time has passed.

use super::nodes::Nodes;
use crate::harness::{Person, event, within};
use gateway::client::Ask;
use schema::{frame::Kind, role::Role, room::RoomId};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_frozen_past_its_lease_admits_nobody_who_lost_the_right_meanwhile() {
    let Some(nodes) = Nodes::start(2).await else { return };
    let world = nodes.world();
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let moussa = world.person("Moussa", Role::Student).await;
    let mut projects = Vec::new();
    for n in 0..6 {
        projects.push(awa.project(&format!("Jardin {n}"), &[&moussa]).await);
    }
    let there = moussa.at(nodes.at(1));
    let mut socket = there.socket().await;
    for project in &projects {
        socket.join(&RoomId::new("project", *project), None).await.unwrap();
    }

    nodes.node(1).freeze();
    // Asked before it stood still, as far as it will know; answered when it goes on.
    let late: Vec<_> = projects.iter().map(|project| tokio::spawn(write(there.clone(), *project))).collect();
    nodes.until(0, |health| health["nodes"].as_array().is_some_and(|nodes| nodes.len() == 1)).await;
    for project in &projects {
        let path = format!("/api/v1/projects/{project}/team/{}/", moussa.id);
        within(async {
            while awa.client().delete(&path).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
        let (status, _) =
            awa.post(&format!("/api/v1/projects/{project}/tasks/"), &json!({"title": "Après"})).await;
        assert_eq!(status, 201);
    }
    nodes.node(1).thaw();

    for late in late {
        let answer = late.await.unwrap();
        let is_taken = matches!(answer, Some((200..300, _)));
        assert!(!is_taken, "a removed member's late write was taken: {answer:?}");
    }
    // It hears nothing of what was told after, and its socket ends.
    within(async {
        while let Ok(response) = socket.next().await {
            let task = response.t == Kind::Event && response.d["name"] == "projects.task.created";
            assert!(!task, "a removed member heard {response:?}");
        }
    })
    .await;
    nodes.until_all_see(2).await;
    let mut again = there.socket().await;
    for project in &projects {
        assert!(
            again.join(&RoomId::new("project", *project), None).await.is_err(),
            "a removed member was let in"
        );
    }
    // And the others go on through it.
    let mut theirs = awa.at(nodes.at(1)).socket().await;
    theirs.join(&RoomId::new("project", projects[0]), None).await.unwrap();
    awa.post(&format!("/api/v1/projects/{}/tasks/", projects[0]), &json!({"title": "Encore"})).await;
    event(&mut theirs, "projects.task.created").await;
}

async fn write(person: Person, project: Uuid) -> Option<(u16, String)> {
    let path = format!("/api/v1/projects/{project}/tasks/");
    let ask = Ask::new("POST".parse().unwrap(), &path).json(&json!({"title": "En retard"}));
    let answered = tokio::time::timeout(Duration::from_secs(40), person.client().send(ask)).await;
    answered.ok()?.ok().map(|answer| (answer.status.as_u16(), answer.body.to_string()))
}
