//! What the room of a project hears of the meetings about it.

use super::{MEETINGS, in_hours};
use crate::{
    harness::{within, world},
    rest::ask::{delete, expect, patch, post},
};
use gateway::client::Socket;
use schema::{frame::Kind, role::Role, room::RoomId};
use serde_json::{Value, json};

/// The next event of the project's room that is about meetings.
async fn heard(socket: &mut Socket) -> Value {
    within(async {
        loop {
            let frame = socket.next().await.unwrap();
            let of_meetings = frame.d["name"].as_str().is_some_and(|name| name.starts_with("meetings."));
            if frame.t == Kind::Event && of_meetings {
                return frame.d;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_project_is_told_that_something_became_of_a_meeting_and_not_what() {
    let awa = world().person("Awa", Role::Entrepreneur).await;
    let moussa = world().person("Moussa", Role::Student).await;
    let project = awa.project("Suivi", &[&moussa]).await;
    let mut his = moussa.socket().await;
    his.join(&RoomId::new("project", project), None).await.unwrap();
    let body = json!({
        "title": "Confidentielle", "start_at": in_hours(3), "end_at": in_hours(4), "project_id": project,
        "location": "Salle 2",
    });

    let made = expect(post(&awa.client(), MEETINGS, &body).await, 201);
    let path = format!("{MEETINGS}{}/", made["id"].as_str().unwrap());
    let scheduled = heard(&mut his).await;
    expect(patch(&awa.client(), &path, &json!({"title": "Autre titre"})).await, 200);
    let later = json!({"start_at": in_hours(5), "end_at": in_hours(6)});
    expect(patch(&awa.client(), &path, &later).await, 200);
    let moved = heard(&mut his).await;
    assert_eq!(delete(&awa.client(), &path).await.status, 204);
    let off = heard(&mut his).await;

    let names = [&scheduled, &moved, &off].map(|told| told["name"].as_str().unwrap().to_owned());
    assert_eq!(
        names,
        ["meetings.meeting.scheduled", "meetings.meeting.rescheduled", "meetings.meeting.cancelled"]
    );
    for told in [&scheduled, &moved, &off] {
        assert_eq!(told["data"], json!({"entity": "meeting", "id": made["id"]}), "nothing else");
        assert_eq!(told["entity"]["id"], json!(project));
        assert!(
            !told.to_string().contains("Confidentielle") && !told.to_string().contains("Salle"),
            "{told}"
        );
    }
    let shown =
        expect(crate::rest::ask::get(&awa.client(), &format!("/api/v1/projects/{project}/")).await, 200);
    assert_eq!(shown["version"], 1, "the project itself is as it was");
}
