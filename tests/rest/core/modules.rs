//! What an organization does not use answers nobody, and comes back as it was.

use crate::{
    harness::{World, config, within},
    rest::ask::{expect, get, patch, post, put, refusal},
};
use schema::{code::Code, role::Role, room::RoomId};
use serde_json::json;

const MODULES: &str = "/api/v1/core/organization/modules/";

#[tokio::test]
async fn a_module_that_is_off_answers_nobody_until_it_is_on_again() {
    let world = World::start(config);
    let awa = world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Maraîchage", &[]).await;
    let (admin, client) = (world.admin(), awa.client());
    let board = format!("/api/v1/projects/{project}/board/");

    let before = expect(get(&client, MODULES).await, 200);
    let off = expect(put(&admin, MODULES, &json!({"modules": {"projects": false}})).await, 200);
    let read = refusal(&get(&client, &board).await);
    let written = refusal(
        &post(&client, "/api/v1/projects/", &json!({"title": "Un autre", "due_date": "2030-01-01"})).await,
    );
    let by_admin = refusal(&get(&admin, &board).await);
    let mut socket = awa.socket().await;
    let joined = within(socket.join(&RoomId::new("project", project), None)).await;
    let me = expect(get(&client, "/api/v1/auth/me/").await, 200);
    let meetings = get(&client, "/api/v1/meetings/today/").await.status.as_u16();
    expect(put(&admin, MODULES, &json!({"modules": {"projects": true}})).await, 200);
    let again = get(&client, &board).await.status.as_u16();

    assert_eq!(before["modules"], json!({"projects": true, "meetings": true}));
    assert_eq!(off["modules"], json!({"projects": false, "meetings": true}));
    assert_eq!([read, written, by_admin], ["403 module-disabled"; 3].map(str::to_owned));
    let refused = joined.expect_err("the room is shut");
    assert_eq!(refused.problem().map(|problem| problem.code), Some(Code::ModuleDisabled), "{refused}");
    assert_eq!(me["levels"]["projects"], "–");
    assert_eq!((meetings, again), (200, 200));
}

#[tokio::test]
async fn only_whoever_manages_the_organization_switches_and_only_what_may_be_off() {
    let world = crate::harness::world();
    let mariam = world.person("Mariam", Role::Manager).await;
    let off = |name: &str| json!({"modules": {name: false}});

    assert_eq!(refusal(&put(&mariam.client(), MODULES, &off("projects")).await), "403 forbidden");
    for name in ["core", "auth", "users", "notif", "gardens"] {
        let answer = put(&world.admin(), MODULES, &off(name)).await;
        assert_eq!(refusal(&answer), format!("422 validation /modules/{name}"));
    }
    let way_around = patch(&world.admin(), "/api/v1/core/organization/", &json!({"modules_off": []})).await;
    assert!(refusal(&way_around).starts_with("400 unknown-field"));
}
