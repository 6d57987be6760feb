//! A project's team: who may change it, and what coming and going mean.

use super::{
    ask::{column, delete, expect, get, patch, post, refusal},
    cast::{admin, cast},
};
use crate::harness::PASSWORD;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn those_who_lead_add_people_and_others_do_not() {
    let cast = cast().await;
    let project = cast.awa.project("Équipe", &[&cast.moussa]).await;
    let team = format!("/api/v1/projects/{project}/team/");
    let add = |who: &crate::harness::Person, role: &str| json!({"user_id": who.id, "role": role});

    let by_member = post(&cast.moussa.client(), &team, &add(&cast.kofi, "member")).await;
    let lead = expect(post(&cast.awa.client(), &team, &add(&cast.fatou, "lead")).await, 201);
    let by_lead = expect(post(&cast.fatou.client(), &team, &add(&cast.kofi, "viewer")).await, 201);
    let by_manager = post(&cast.mariam.client(), &team, &add(&cast.mariam, "sponsor")).await;

    assert_eq!(refusal(&by_member), "403 forbidden");
    assert_eq!((&lead["role"], &by_lead["role"]), (&json!("lead"), &json!("viewer")));
    expect(by_manager, 201);
    let listed = expect(get(&cast.moussa.client(), &team).await, 200);
    assert_eq!(column(&listed, "role"), ["owner", "member", "lead", "viewer", "sponsor"]);
    let leads =
        expect(get(&cast.moussa.client(), &format!("{team}?role=lead,owner&with_total=true")).await, 200);
    assert_eq!(leads["page"]["total"], 2);
}

#[tokio::test]
async fn a_place_in_a_team_must_make_sense() {
    let cast = cast().await;
    let project = cast.awa.project("Places", &[&cast.moussa]).await;
    let team = format!("/api/v1/projects/{project}/team/");
    let awa = cast.awa.client();
    let cases = [
        (json!({"user_id": cast.moussa.id}), "409 duplicate /user_id"),
        (json!({"user_id": Uuid::from_u128(8)}), "422 validation /user_id"),
        (json!({"user_id": "somebody"}), "422 validation /user_id"),
        (json!({"user_id": cast.kofi.id, "role": "owner"}), "422 validation /role"),
        (json!({"user_id": cast.kofi.id, "role": "boss"}), "422 validation /role"),
        (json!({"user_id": cast.kofi.id, "function": ""}), "422 validation /function"),
        (
            json!({"user_id": cast.kofi.id, "joined_at": "2020-01-01T00:00:00Z"}),
            "400 unknown-field /joined_at",
        ),
        (json!({"user_id": cast.kofi.id, "project_id": Uuid::from_u128(1)}), "400 unknown-field /project_id"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&awa, &team, &body).await), expected, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_lead_finds_no_place_even_when_all_come_at_once() {
    let cast = cast().await;
    let project = cast.awa.project("Chefs", &[]).await;
    let team = format!("/api/v1/projects/{project}/team/");
    let new = json!({
        "email": format!("chef.{project}@example.org"), "first_name": "Ibou", "last_name": "Fall", "role": "student",
        "password": PASSWORD,
    });
    let sixth = expect(post(&admin(), "/api/v1/users/", &new).await, 201)["id"].clone();
    let others = [&cast.moussa, &cast.fatou, &cast.kofi, &cast.mariam].map(|person| json!(person.id));
    let boss = expect(get(&admin(), "/api/v1/auth/me/").await, 200)["user"]["id"].clone();

    let adding: Vec<_> = others
        .into_iter()
        .chain([boss, sixth])
        .map(|user| {
            let team = team.clone();
            tokio::spawn(async move {
                let awa = cast.awa.client();
                loop {
                    let added = post(&awa, &team, &json!({"user_id": user, "role": "lead"})).await;
                    // Six at once get into each other's way, which is said and may be tried again.
                    if added.body["code"] != "conflict" {
                        return added;
                    }
                }
            })
        })
        .collect();
    let mut refused = Vec::new();
    for added in adding {
        let added = added.await.unwrap();
        if added.status.as_u16() != 201 {
            refused.push(refusal(&added));
        }
    }

    assert_eq!(refused, ["409 capacity-reached"]);
    let leads = expect(get(&cast.awa.client(), &format!("{team}?role=lead")).await, 200);
    assert_eq!(leads["data"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn whoever_leaves_takes_nothing_along_and_may_come_back() {
    let cast = cast().await;
    let project = cast.awa.project("Retour", &[&cast.moussa]).await;
    let path = format!("/api/v1/projects/{project}/");
    let task = json!({"title": "Arroser", "assignee_id": cast.moussa.id});
    let task = expect(post(&cast.awa.client(), &format!("{path}tasks/"), &task).await, 201);
    let his_task = format!("/api/v1/projects/tasks/{}/", task["id"].as_str().unwrap());
    let moussa = cast.moussa.client();

    let left = delete(&moussa, &format!("{path}team/{}/", cast.moussa.id)).await;

    assert_eq!(left.status.as_u16(), 204, "{}", left.body);
    for gone in [&path, &his_task] {
        assert_eq!(refusal(&get(&moussa, gone).await), "404 not-found", "{gone}");
    }
    assert_eq!(refusal(&patch(&moussa, &his_task, &json!({"title": "x"})).await), "404 not-found");
    let released = expect(get(&cast.awa.client(), &his_task).await, 200);
    assert_eq!(released["assignee_id"], json!(null), "an open task of his is nobody's now");
    let again = json!({"user_id": cast.moussa.id, "role": "viewer"});
    expect(post(&cast.awa.client(), &format!("{path}team/"), &again).await, 201);
    assert_eq!(expect(get(&moussa, &path).await, 200)["my_role"], "viewer");
}

#[tokio::test]
async fn people_are_removed_by_who_leads_and_the_owner_by_nobody() {
    let cast = cast().await;
    let project = cast.awa.project("Départs", &[&cast.moussa, &cast.fatou]).await;
    let team = |id| format!("/api/v1/projects/{project}/team/{id}/");

    let by_member = delete(&cast.moussa.client(), &team(cast.fatou.id)).await;
    let by_stranger = delete(&cast.kofi.client(), &team(cast.fatou.id)).await;
    let absent = delete(&cast.awa.client(), &team(cast.kofi.id)).await;
    let owner = delete(&cast.awa.client(), &team(cast.awa.id)).await;
    let by_manager = delete(&cast.mariam.client(), &team(cast.fatou.id)).await;
    let twice = delete(&cast.mariam.client(), &team(cast.fatou.id)).await;

    assert_eq!(refusal(&by_member), "403 forbidden");
    assert_eq!(refusal(&by_stranger), "404 not-found");
    assert_eq!(refusal(&absent), "404 not-found");
    assert_eq!(refusal(&owner), "422 rule-violation");
    assert_eq!(by_manager.status.as_u16(), 204, "{}", by_manager.body);
    assert_eq!(refusal(&twice), "404 not-found");
}
