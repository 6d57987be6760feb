//! Rights that differ from the matrix: said for a person, said for a role, felt at once, and explained.

use crate::{
    harness::{Person, World, config, event, world},
    rest::{
        ask::{expect, get, post, put, refusal},
        cast::{admin, cast, nobody},
    },
};
use schema::{clock::Clock, role::Role};
use serde_json::{Value, json};
use uuid::Uuid;

const PROJECTS: &str = "/api/v1/projects/";

fn path_of(person: &Person) -> String {
    format!("/api/v1/users/{}/permissions/", person.id)
}

fn wish(module: &str, level: &str) -> Value {
    json!({"overrides": [{"module": module, "level": level, "reason": "Remplacement"}]})
}

fn project() -> Value {
    json!({"title": "Essai", "due_date": "2030-01-01"})
}

#[tokio::test]
async fn an_override_gives_and_takes_at_once_and_the_open_socket_hears_of_it() {
    let person = world().person("Droits", Role::Student).await;
    let mut socket = person.socket().await;
    socket.join(&person.inbox(), None).await.unwrap();
    let admin = world().elevated().await;
    assert_eq!(refusal(&post(&person.client(), PROJECTS, &project()).await), "403 forbidden");

    let given = expect(put(&admin, &path_of(&person), &wish("projects", "WO")).await, 200);
    expect(post(&person.client(), PROJECTS, &project()).await, 201);
    let heard = event(&mut socket, "users.permission.changed").await;
    let me = expect(get(&person.client(), "/api/v1/auth/me/").await, 200);
    let own = expect(get(&person.client(), &path_of(&person)).await, 200);
    let taken = expect(put(&admin, &path_of(&person), &json!({"overrides": []})).await, 200);

    assert_eq!(given["levels"]["projects"], json!({"level": "WO", "from": "person"}));
    assert_eq!(heard.d["data"]["modules"], json!(["projects"]));
    assert_eq!((&me["levels"]["projects"], &me["levels"]["courses"]), (&json!("WO"), &json!("RO")));
    assert_eq!((&own, &taken["overrides"]), (&given, &json!({})));
    assert_eq!(refusal(&post(&person.client(), PROJECTS, &project()).await), "403 forbidden");
    let notified = event(&mut socket, "notifications.notification.created").await;
    assert_eq!(notified.d["data"]["template_code"], "users.permission.changed");
}

#[tokio::test]
async fn an_override_that_has_ended_says_nothing_any_more() {
    let person = world().person("Bref", Role::Student).await;
    let now = Clock::system().now();
    let soon = now.plus_seconds(1);
    let body = json!({"overrides": [
        {"module": "projects", "level": "WO", "expires_at": soon, "reason": "Une seconde"},
    ]});
    expect(put(&world().elevated().await, &path_of(&person), &body).await, 200);

    let in_time = Clock::system().now() < soon;
    let at_once = post(&person.client(), PROJECTS, &project()).await.status.as_u16();
    while Clock::system().now() < soon {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    assert!(at_once == 201 || !in_time, "{at_once}");
    assert_eq!(refusal(&post(&person.client(), PROJECTS, &project()).await), "403 forbidden");
    let past = json!({"overrides": [
        {"module": "crm", "level": "R", "expires_at": now.plus_seconds(-60), "reason": "x"},
    ]});
    let refused = put(&world().elevated().await, &path_of(&person), &past).await;
    assert_eq!(refusal(&refused), "422 validation /overrides/0/expires_at");
}

#[tokio::test]
async fn rights_are_given_by_few_and_never_to_oneself() {
    let (cast, person) = (cast().await, world().person("Convoitise", Role::Student).await);
    let path = path_of(&person);
    let fresh = world().sign_in(crate::harness::ADMIN, cast.awa.id).await;
    let me = expect(get(&admin(), "/api/v1/auth/me/").await, 200);
    let own = format!("/api/v1/users/{}/permissions/", me["user"]["id"].as_str().unwrap());
    let admin = world().elevated().await;

    assert_eq!(refusal(&put(&person.client(), &path, &wish("crm", "M")).await), "403 forbidden");
    assert_eq!(refusal(&put(&cast.mariam.client(), &path, &wish("crm", "M")).await), "403 forbidden");
    assert_eq!(refusal(&get(&cast.mariam.client(), &path).await), "404 not-found");
    assert_eq!(refusal(&put(&fresh.client(), &path, &wish("crm", "M")).await), "403 step-up-required");
    assert_eq!(refusal(&put(&admin, &own, &wish("crm", "RO")).await), "422 rule-violation");
    let cases = [
        (wish("secrets", "M"), "422 validation /overrides/0/module"),
        (wish("crm", "X"), "422 validation /overrides/0/level"),
        (
            json!({"overrides": [{"module": "crm", "level": "R", "reason": " "}]}),
            "422 validation /overrides/0/reason",
        ),
        (json!({"overrides": [{"module": "crm", "level": "R"}]}), "422 validation /overrides/0/reason"),
        (json!({"overrides": [], "role": "manager"}), "400 unknown-field /role"),
    ];
    for (body, expected) in cases {
        assert_eq!(refusal(&put(&admin, &path, &body).await), expected, "{body}");
    }
    let twice = json!({"overrides": [wish("crm", "R")["overrides"][0], wish("crm", "W")["overrides"][0]]});
    assert_eq!(refusal(&put(&admin, &path, &twice).await), "422 validation /overrides/1/module");
    let stranger = format!("/api/v1/users/{}/permissions/", Uuid::from_u128(1));
    assert_eq!(refusal(&put(&admin, &stranger, &wish("crm", "R")).await), "404 not-found");
    assert_eq!(refusal(&get(&nobody(), &path).await), "401 not-authenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_says_what_a_role_may_do_there() {
    let world = World::start(config);
    let artist = world.person("Artiste", Role::Artist).await;
    let mut socket = artist.socket().await;
    socket.join(&artist.inbox(), None).await.unwrap();
    let admin = world.elevated().await;
    let path = "/api/v1/users/roles/artist/permissions/";
    let said = json!({"levels": {"projects": "WO", "crm": "none"}, "reason": "Résidence"});

    let changed = expect(put(&admin, path, &said).await, 200);
    expect(post(&artist.client(), PROJECTS, &project()).await, 201);
    event(&mut socket, "users.permission.changed").await;
    let matrix = expect(get(&admin, "/api/v1/users/roles/matrix/").await, 200);
    expect(put(&admin, path, &json!({})).await, 200);

    assert_eq!((&changed["levels"]["projects"], &changed["levels"]["crm"]), (&json!("WO"), &json!("–")));
    let row = matrix["data"].as_array().unwrap().iter().find(|row| row["role"] == "artist").unwrap();
    assert_eq!((&row["overridden"]["projects"], &row["reason"]), (&json!("WO"), &json!("Résidence")));
    assert_eq!(refusal(&post(&artist.client(), PROJECTS, &project()).await), "403 forbidden");
    let administrators = "/api/v1/users/roles/administrator/permissions/";
    let locked_out = json!({"levels": {"users": "none"}});
    assert_eq!(refusal(&put(&admin, administrators, &locked_out).await), "422 rule-violation");
    let unknown = json!({"levels": {"secrets": "M"}});
    assert_eq!(refusal(&put(&admin, path, &unknown).await), "422 validation /levels/secrets");
    assert_eq!(refusal(&put(&artist.client(), path, &said).await), "403 forbidden");
    assert_eq!(refusal(&get(&artist.client(), "/api/v1/users/roles/matrix/").await), "403 forbidden");
}

#[tokio::test]
async fn there_are_nineteen_roles_with_names_in_two_languages() {
    let roles = expect(get(&cast().await.kofi.client(), "/api/v1/users/roles/").await, 200);

    assert_eq!(roles["data"].as_array().unwrap().len(), 19);
    let funder = json!({"role": "funder", "category": "partner", "fr": "Bailleur de fonds", "en": "Funder"});
    assert!(roles["data"].as_array().unwrap().contains(&funder), "{roles}");
}

#[tokio::test]
async fn a_decision_is_explained_to_who_runs_the_organization() {
    let person = world().person("Pourquoi", Role::Student).await;
    let why = |operation: &str| {
        let path = format!("{}explain/?operation={operation}", path_of(&person));
        async move { get(&admin(), &path).await }
    };

    let before = expect(why("CreateProject").await, 200);
    expect(put(&world().elevated().await, &path_of(&person), &wish("projects", "W")).await, 200);
    let after = expect(why("CreateProject").await, 200);
    let team = expect(why("AddMember").await, 200);
    let suspend = format!("/api/v1/users/{}/transition/", person.id);
    expect(post(&admin(), &suspend, &json!({"to": "suspended"})).await, 200);
    let out = expect(why("CreateProject").await, 200);

    assert_eq!((&before["may_on"], &before["right"]["level"]), (&json!("none"), &json!("RO")));
    assert_eq!((&after["may_on"], &after["right"]["from"]), (&json!("organization"), &json!("person")));
    assert!(after["reasons"].to_string().contains("Remplacement"), "{after}");
    assert_eq!(team["may_on"], "member");
    assert_eq!(out["may_on"], "none");
    assert_eq!(refusal(&why("Nothing").await), "400 invalid-filter /query/operation");
    let path = format!("{}explain/?operation=CreateProject", path_of(&person));
    assert_eq!(refusal(&get(&cast().await.mariam.client(), &path).await), "403 forbidden");
}

#[tokio::test]
async fn a_wrong_proof_counts_like_a_failure_to_sign_in() {
    let person = world().person("Preuve", Role::Student).await;
    let prove = |password: &'static str| {
        let client = person.client();
        async move { post(&client, "/api/v1/auth/step-up/", &json!({"password": password})).await }
    };

    let right = expect(prove(crate::harness::PASSWORD).await, 200);
    let mut wrong = Vec::new();
    for _ in 0..5 {
        wrong.push(refusal(&prove("ce n'est pas celui-ci").await));
    }

    assert_eq!(right["expires_in"], 300);
    assert_eq!(wrong[..4], ["401 not-authenticated"; 4]);
    assert_eq!(wrong[4], "423 account-locked");
    assert_eq!(refusal(&prove(crate::harness::PASSWORD).await), "423 account-locked");
}
