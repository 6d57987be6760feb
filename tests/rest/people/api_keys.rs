//! Keys for programs: what they reach, what they never reach, and that they end at once.

use crate::{
    harness::{Person, within, world},
    rest::{
        ask::{column, delete, expect, get, patch, post, refusal},
        cast::{cast, nobody},
    },
};
use gateway::client::Client;
use schema::role::Role;
use serde_json::{Value, json};
use std::time::Duration;

const KEYS: &str = "/api/v1/auth/api-keys/";
const PROJECTS: &str = "/api/v1/projects/";

async fn newcomer(name: &str, role: Role) -> Person {
    let person = world().person(name, role).await;
    person.step_up().await;
    person
}

async fn key(person: &Person, scopes: Value) -> (Value, Client) {
    let made = expect(post(&person.client(), KEYS, &json!({"name": "Tableur", "scopes": scopes})).await, 200);
    let client = nobody().with_token(made["secret"].as_str().unwrap());
    (made, client)
}

fn project() -> Value {
    json!({"title": "Par programme", "due_date": "2030-01-01"})
}

#[tokio::test]
async fn a_key_reads_and_writes_where_its_scopes_say_so() {
    let person = newcomer("Programme", Role::Entrepreneur).await;
    let (_, reader) = key(&person, json!(["projects:read"])).await;
    let (_, writer) = key(&person, json!(["projects:write"])).await;

    let made = expect(post(&writer, PROJECTS, &project()).await, 201);
    let listed = expect(get(&reader, PROJECTS).await, 200);

    assert_eq!(made["owner_id"], json!(person.id));
    assert!(column(&listed, "id").contains(&made["id"].as_str().unwrap()));
    assert_eq!(refusal(&post(&reader, PROJECTS, &project()).await), "403 forbidden");
    for path in [
        "/api/v1/users/profile/",
        "/api/v1/auth/me/",
        "/api/v1/auth/sessions/",
        KEYS,
        "/api/v1/notifications/",
    ] {
        assert_eq!(refusal(&get(&writer, path).await), "403 forbidden", "{path}");
    }
    let name = json!({"first_name": "Autre"});
    assert_eq!(refusal(&patch(&writer, "/api/v1/users/profile/", &name).await), "403 forbidden");
}

#[tokio::test]
async fn a_key_manages_nothing_whoever_made_it() {
    let person = newcomer("Régie", Role::Administrator).await;
    let (_, client) = key(&person, json!(["users:write", "users:read"])).await;
    let kofi = format!("/api/v1/users/{}/", cast().await.kofi.id);

    expect(get(&client, &kofi).await, 200);

    assert_eq!(refusal(&patch(&client, &kofi, &json!({"job_title": "Chef"})).await), "403 forbidden");
    assert_eq!(
        refusal(&post(&client, &format!("{kofi}role/"), &json!({"role": "manager"})).await),
        "403 forbidden"
    );
}

#[tokio::test]
async fn a_key_is_shown_once_and_ends_when_it_is_taken_back() {
    let person = newcomer("Clef", Role::Entrepreneur).await;
    let (made, client) = key(&person, json!(["projects:read"])).await;
    expect(get(&client, PROJECTS).await, 200);
    let path = format!("{KEYS}{}/", made["id"].as_str().unwrap());

    let listed = expect(get(&person.client(), KEYS).await, 200);
    assert_eq!(refusal(&delete(&cast().await.kofi.client(), &path).await), "404 not-found");
    expect(delete(&person.client(), &path).await, 204);
    expect(delete(&person.client(), &path).await, 204);

    let secret = made["secret"].as_str().unwrap();
    assert!(listed["data"][0].get("secret").is_none() && !listed.to_string().contains(secret), "{listed}");
    assert!(secret.ends_with(listed["data"][0]["ends_with"].as_str().unwrap()));
    assert_eq!(refusal(&get(&client, PROJECTS).await), "401 token-revoked");
    assert_eq!(expect(get(&person.client(), KEYS).await, 200)["data"], json!([]));
    for forged in ["eco_", "eco_AAAA", &format!("{secret}A"), &secret.replace("eco_", "eco_A")] {
        assert_eq!(
            refusal(&get(&nobody().with_token(forged), PROJECTS).await),
            "401 not-authenticated",
            "{forged}"
        );
    }
}

#[tokio::test]
async fn a_key_goes_with_its_person() {
    let person = newcomer("Maître", Role::Entrepreneur).await;
    let (_, client) = key(&person, json!(["projects:write"])).await;
    let admin = world().elevated().await;
    let user = format!("/api/v1/users/{}/", person.id);

    expect(post(&admin, &format!("{user}role/"), &json!({"role": "student"})).await, 200);
    assert_eq!(refusal(&post(&client, PROJECTS, &project()).await), "403 forbidden");
    expect(post(&admin, &format!("{user}transition/"), &json!({"to": "suspended"})).await, 200);
    assert_eq!(refusal(&get(&client, PROJECTS).await), "403 account-not-active");
}

#[tokio::test]
async fn a_key_is_asked_for_properly() {
    let (person, other) = (newcomer("Demande", Role::Entrepreneur).await, &cast().await.kofi);
    let ask = |name: &str, scopes: Value| json!({"name": name, "scopes": scopes});
    let cases = [
        (ask(" ", json!(["projects:read"])), "422 validation /name"),
        (ask("a\u{202e}b", json!(["projects:read"])), "422 validation /name"),
        (ask("A", json!([])), "422 validation /scopes"),
        (ask("A", json!(["projects"])), "422 validation /scopes/0"),
        (ask("A", json!(["crm:read", "projects:manage"])), "422 validation /scopes/1"),
        (ask("A", json!(["auth:write"])), "422 validation /scopes/0"),
        (
            json!({"name": "A", "scopes": ["crm:read"], "expires_at": "2020-01-01T00:00:00.000Z"}),
            "422 validation /expires_at",
        ),
        (json!({"name": "A", "scopes": ["crm:read"], "user_id": other.id}), "400 unknown-field /user_id"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&person.client(), KEYS, &body).await), expected, "{body}");
    }
    let fresh = world().person("Fraîche", Role::Student).await;
    let unproven = post(&fresh.client(), KEYS, &ask("A", json!(["crm:read"]))).await;
    assert_eq!(refusal(&unproven), "403 step-up-required");
}

#[tokio::test]
async fn a_keys_last_use_is_shown_and_an_administrator_takes_it_back() {
    let (person, admin) = (newcomer("Surveillée", Role::Entrepreneur).await, world().admin());
    let (made, client) = key(&person, json!(["projects:read"])).await;
    let theirs = format!("{KEYS}?user_id={}", person.id);
    let path = format!("{KEYS}{}/?user_id={}", made["id"].as_str().unwrap(), person.id);
    assert_eq!(made["last_used_at"], Value::Null);

    expect(get(&client, PROJECTS).await, 200);

    within(async {
        while column(&expect(get(&admin, &theirs).await, 200), "last_used_at") == ["null"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let used = column(&expect(get(&admin, &theirs).await, 200), "last_used_at").join("");
    expect(get(&client, PROJECTS).await, 200);
    assert_eq!(column(&expect(get(&person.client(), KEYS).await, 200), "last_used_at"), [&used]);
    let stranger = cast().await.kofi.client();
    assert_eq!(refusal(&get(&stranger, &theirs).await), "404 not-found");
    assert_eq!(refusal(&delete(&stranger, &path).await), "404 not-found");

    expect(delete(&admin, &path).await, 204);

    within(async {
        while get(&client, PROJECTS).await.status.is_success() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(refusal(&get(&client, PROJECTS).await), "401 token-revoked");
    within(async {
        loop {
            let inbox = expect(get(&person.client(), "/api/v1/notifications/").await, 200);
            if column(&inbox, "template_code").contains(&"auth.api_key.revoked") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
