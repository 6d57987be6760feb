//! Departments: the tree, who belongs where, and what keeps one from being removed.

use crate::{
    harness::{Person, rand_bits, world},
    rest::{
        ask::{column, delete, expect, get, patch, post, put, refusal},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const DEPARTMENTS: &str = "/api/v1/users/departments/";

/// Names are the organization's: each test has its own.
fn name(word: &str) -> String {
    format!("{word} {}", rand_bits())
}

async fn made(name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent.map(|parent| &parent["id"])});
    expect(post(&admin(), DEPARTMENTS, &body).await, 201)
}

fn path_of(department: &Value) -> String {
    format!("{DEPARTMENTS}{}/", department["id"].as_str().unwrap())
}

async fn newcomer(name: &str) -> Person {
    world().person(name, Role::Student).await
}

#[tokio::test]
async fn departments_stand_in_a_tree_of_five_levels() {
    let mut line = vec![made(&name("Direction"), None).await];
    for level in 2..=5 {
        let parent = line.last().cloned();
        line.push(made(&name(&format!("Niveau {level}")), parent.as_ref()).await);
    }

    let sixth = post(&admin(), DEPARTMENTS, &json!({"name": name("Six"), "parent_id": line[4]["id"]})).await;
    let circle = patch(&admin(), &path_of(&line[0]), &json!({"parent_id": line[3]["id"]})).await;
    let moved = expect(patch(&admin(), &path_of(&line[3]), &json!({"parent_id": null})).await, 200);

    assert_eq!(refusal(&sixth), "422 rule-violation");
    assert_eq!(refusal(&circle), "422 rule-violation");
    assert!(moved["parent_id"].is_null());
    let tree = expect(get(&cast().await.kofi.client(), DEPARTMENTS).await, 200);
    let branch = tree["data"].as_array().unwrap().iter().find(|branch| branch["id"] == moved["id"]).unwrap();
    assert_eq!(branch["below"][0]["id"], line[4]["id"]);
    assert_eq!(expect(get(&admin(), &path_of(&line[2])).await, 200)["children"], 0);
}

#[tokio::test]
async fn a_department_has_a_name_of_its_own_and_leaders_who_are_there() {
    let called = name("Études");
    let department = made(&called, None).await;
    let body = |name: &str| json!({"name": name});
    let cases = [
        (json!({"name": called.replace('É', "e").to_uppercase()}), "409 duplicate /name"),
        (body("  "), "422 validation /name"),
        (body("a\u{202e}b"), "422 validation /name"),
        (json!({"name": name("A"), "parent_id": Uuid::from_u128(7)}), "422 validation /parent_id"),
        (json!({"name": name("A"), "manager_id": Uuid::from_u128(7)}), "422 validation /manager_id"),
        (json!({"name": name("A"), "members": 3}), "400 unknown-field /members"),
        (json!({"name": name("A"), "org_id": Uuid::nil()}), "400 unknown-field /org_id"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&admin(), DEPARTMENTS, &body).await), expected, "{body}");
    }
    let mariam = &cast().await.mariam;
    assert_eq!(refusal(&post(&mariam.client(), DEPARTMENTS, &body("X")).await), "403 forbidden");
    assert_eq!(refusal(&patch(&mariam.client(), &path_of(&department), &body("X")).await), "403 forbidden");
    assert_eq!(refusal(&delete(&mariam.client(), &path_of(&department)).await), "403 forbidden");
    let led = expect(patch(&admin(), &path_of(&department), &json!({"manager_id": mariam.id})).await, 200);
    assert_eq!(led["manager_id"], json!(mariam.id));
}

#[tokio::test]
async fn people_come_into_a_department_and_its_manager_says_who() {
    let (awa, binta, lead) = (newcomer("Awa").await, newcomer("Binta").await, newcomer("Cheffe").await);
    let (first, second) = (made(&name("Un"), None).await, made(&name("Deux"), None).await);
    expect(patch(&admin(), &path_of(&first), &json!({"manager_id": lead.id})).await, 200);
    let members = format!("{}members/", path_of(&first));
    let both = json!({"user_ids": [awa.id, binta.id, awa.id]});

    assert_eq!(refusal(&put(&awa.client(), &members, &both).await), "403 forbidden");
    expect(put(&lead.client(), &members, &both).await, 204);
    let listed = expect(get(&awa.client(), &members).await, 200);
    expect(put(&lead.client(), &members, &json!({"user_ids": [binta.id]})).await, 204);
    let user = format!("/api/v1/users/{}/", binta.id);
    expect(patch(&admin(), &user, &json!({"department_id": second["id"]})).await, 200);

    assert_eq!(column(&listed, "id").len(), 2, "{listed}");
    assert_eq!(refusal(&get(&awa.client(), &members).await), "403 forbidden", "she left");
    assert!(column(&expect(get(&lead.client(), &members).await, 200), "id").is_empty());
    let counts = (
        expect(get(&admin(), &path_of(&first)).await, 200),
        expect(get(&admin(), &path_of(&second)).await, 200),
    );
    assert_eq!((&counts.0["members"], &counts.1["members"]), (&json!(0), &json!(1)));
    let stranger = json!({"user_ids": [Uuid::from_u128(8)]});
    assert_eq!(refusal(&put(&admin(), &members, &stranger).await), "422 validation /user_ids/0");
    let nowhere = json!({"department_id": Uuid::from_u128(8)});
    assert_eq!(refusal(&patch(&admin(), &user, &nowhere).await), "422 validation /department_id");
}

#[tokio::test]
async fn only_an_empty_department_is_removed() {
    let (above, awa) = (made(&name("Dessus"), None).await, newcomer("Awa").await);
    let below = made(&name("Dessous"), Some(&above)).await;
    let members = format!("{}members/", path_of(&below));
    expect(put(&admin(), &members, &json!({"user_ids": [awa.id]})).await, 204);

    let with_children = delete(&admin(), &path_of(&above)).await;
    let with_people = delete(&admin(), &path_of(&below)).await;
    expect(put(&admin(), &members, &json!({"user_ids": []})).await, 204);

    assert_eq!(
        (refusal(&with_children), &with_children.body["children"]),
        ("422 rule-violation".into(), &json!(1))
    );
    assert_eq!(
        (refusal(&with_people), &with_people.body["members"]),
        ("422 rule-violation".into(), &json!(1))
    );
    assert_eq!(delete(&admin(), &path_of(&below)).await.status.as_u16(), 204);
    assert_eq!(delete(&admin(), &path_of(&above)).await.status.as_u16(), 204);
    assert_eq!(refusal(&get(&admin(), &path_of(&above)).await), "404 not-found");
}
