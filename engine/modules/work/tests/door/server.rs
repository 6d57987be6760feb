//! What fills a server: crowds for measuring, a demo for looking around.

use crate::ground::Ground;
use schema::id::UserId;
use serde_json::json;

#[tokio::test]
async fn a_seeded_crowd_is_spread_over_rooms_that_work() {
    let ground = Ground::new().await;
    let mut people = Vec::new();
    for name in ["awa", "yaw", "kwame", "fatou", "moussa"] {
        people.push(ground.person(name, "student").await);
    }
    let users: Vec<UserId> = people.iter().map(|person| person.user).collect();

    let rooms = work::seed(&ground.engine, ground.org, &users, 2).await.unwrap();

    assert_eq!(rooms.len(), 2);
    let (project, meeting) = rooms[0];
    let board = ground.body(people[4], "GetBoard", json!({"project_id": project})).await;
    let counts: Vec<u64> =
        board["columns"].as_array().unwrap().iter().filter_map(|column| column["count"].as_u64()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 1_000);
    let list = json!({"project_id": project, "query": {"limit": 20, "with_total": true}});
    let list = ground.body(people[2], "ListTasks", list).await;
    assert_eq!((list["data"].as_array().map(Vec::len), &list["page"]["total"]), (Some(20), &json!(1_000)));
    let said = ground.body(people[4], "PostMessage", json!({"meeting_id": meeting, "body": "hi"})).await;
    assert_eq!(said["seq"], 1);
    assert!(
        ground.call(people[1], "PostMessage", json!({"meeting_id": meeting, "body": "hi"})).await.is_err()
    );
    work::seed(&ground.engine, ground.org, &users, 3).await.unwrap();
}

#[tokio::test]
async fn twenty_thousand_people_fit_into_one_room() {
    let ground = Ground::new().await;
    let users: Vec<UserId> = (0..20_000).map(|_| ground.clock.new_id()).collect();

    let rooms = work::seed(&ground.engine, ground.org, &users, 1).await.unwrap();

    let roll = json!({"meeting_id": rooms[0].1});
    let meeting = ground.body(ground.admin(), "GetMeeting", roll).await;
    assert_eq!((&meeting["attendee_count"], &meeting["capacity"]), (&json!(20_000), &json!(20_000)));
}

#[tokio::test]
async fn the_demo_has_projects_and_meetings_and_is_made_once() {
    let ground = Ground::new().await;

    work::demo(&ground.engine).await.unwrap();
    work::demo(&ground.engine).await.unwrap();

    let projects = ground.body(ground.admin(), "ListProjects", json!({})).await;
    let projects = projects["data"].as_array().unwrap();
    assert_eq!(projects.len(), 6);
    let garden = projects.iter().find(|project| project["key"] == "JARDIN").unwrap();
    let progress = garden["progress"].as_u64().unwrap();
    assert!((25..60).contains(&progress), "{progress}");
    let board = ground.body(ground.admin(), "GetBoard", json!({"project_id": garden["id"]})).await;
    assert!(board["columns"].as_array().unwrap().iter().all(|column| column["count"] != 0));
}
