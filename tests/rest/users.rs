//! People of an organization: making accounts, looking people up, deciding over them.

use super::{
    ask::{column, expect, get, post, refusal},
    cast::{admin, cast},
};
use crate::harness::{PASSWORD, World, config, world};
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const USERS: &str = "/api/v1/users/";

fn account(email: &str) -> Value {
    json!({
        "email": email, "first_name": "Binta", "last_name": "Sarr", "role": "student", "password": PASSWORD,
    })
}

/// The same account with one field changed.
fn but(field: &str, value: Value) -> Value {
    let mut account = account("binta.sarr@example.org");
    account[field] = value;
    account
}

#[tokio::test]
async fn an_account_is_made_as_asked() {
    let mut wish = account("Adama.Ba@Example.org");
    wish["phone"] = "77 123 45 67".into();
    wish["timezone"] = "Africa/Abidjan".into();
    wish["language"] = "en".into();

    let made = post(&admin(), USERS, &wish).await;

    let location = made.header("location").unwrap().to_owned();
    assert_eq!(made.header("etag"), Some("\"v1.0\""));
    let card = expect(made, 201);
    assert_eq!(location, format!("{USERS}{}/", card["id"].as_str().unwrap()));
    let shown = expect(get(&admin(), &location).await, 200);
    assert_eq!((&shown["email"], &shown["phone"]), (&json!("Adama.Ba@Example.org"), &json!("+221771234567")));
    assert_eq!((&shown["timezone"], &shown["language"]), (&json!("Africa/Abidjan"), &json!("en")));
    assert_eq!((&shown["status"], &shown["version"]), (&json!("active"), &json!(1)));
    assert!(shown["created_at"].as_str().unwrap().ends_with('Z') && shown["created_by"].is_string());
}

#[tokio::test]
async fn each_field_that_is_wrong_is_pointed_at() {
    let cases = [
        (but("email", "no address".into()), "422 validation /email"),
        (but("email", "a@b".into()), "422 validation /email"),
        (but("first_name", "  ".into()), "422 validation /first_name"),
        (but("last_name", "x".repeat(81).into()), "422 validation /last_name"),
        (but("role", "emperor".into()), "422 validation /role"),
        (but("password", "court".into()), "422 validation /password"),
        (but("password", "binta.sarr-2024".into()), "422 validation /password"),
        (but("password", Value::Null), "422 validation /password"),
        (but("phone", "call me".into()), "422 validation /phone"),
        (but("language", "wo".into()), "422 validation /language"),
        (but("must_change", "perhaps".into()), "422 validation /must_change"),
        (but("id", json!(Uuid::from_u128(1))), "400 unknown-field /id"),
        (but("org_id", json!(Uuid::from_u128(1))), "400 unknown-field /org_id"),
        (but("status", "suspended".into()), "400 unknown-field /status"),
        (but("token_version", 9.into()), "400 unknown-field /token_version"),
        (but("version", 9.into()), "400 unknown-field /version"),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&admin(), USERS, &body).await), expected, "{body}");
    }
}

#[tokio::test]
async fn an_address_belongs_to_one_person_however_it_is_written() {
    let wish = |email: &str| account(email);
    expect(post(&admin(), USERS, &wish("coumba@example.org")).await, 201);

    let again = post(&admin(), USERS, &wish(" COUMBA@Example.ORG ")).await;

    assert_eq!(refusal(&again), "409 duplicate /email");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_taken_twice_at_once_goes_to_one() {
    let attempts: Vec<_> = (0..4)
        .map(|_| tokio::spawn(async { post(&admin(), USERS, &account("ousmane@example.org")).await }))
        .collect();

    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap().status.as_u16());
    }

    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    let found = expect(get(&admin(), &format!("{USERS}?email=ousmane@example.org")).await, 200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "{found}");
}

#[tokio::test]
async fn only_who_runs_the_organization_decides_over_people() {
    let cast = cast().await;
    let kofi = format!("{USERS}{}/", cast.kofi.id);

    for person in [&cast.mariam, &cast.awa, &cast.moussa] {
        let client = person.client();
        assert_eq!(refusal(&post(&client, USERS, &account("x@example.org")).await), "403 forbidden");
        let role = post(&client, &format!("{kofi}role/"), &json!({"role": "manager"})).await;
        assert_eq!(refusal(&role), "403 forbidden");
        let suspend = post(&client, &format!("{kofi}transition/"), &json!({"to": "suspended"})).await;
        assert_eq!(refusal(&suspend), "403 forbidden");
    }
    assert_eq!(expect(get(&admin(), &kofi).await, 200)["role"], "student");
}

#[tokio::test]
async fn the_directory_shows_everybody_to_those_who_may_and_staff_to_all() {
    let cast = cast().await;

    let people = [&cast.moussa, &cast.fatou, &cast.kofi];
    let addresses = people.map(|person| person.email.as_str()).join(",");
    let all = expect(get(&cast.mariam.client(), &format!("{USERS}?email={addresses}")).await, 200);
    let seen = expect(get(&cast.moussa.client(), &format!("{USERS}?limit=100")).await, 200);
    let roles = column(&seen, "role");

    assert_eq!(column(&all, "id").len(), 3, "{all}");
    assert!(column(&seen, "id").contains(&cast.moussa.id.to_string().as_str()), "himself");
    assert!(column(&seen, "id").contains(&cast.mariam.id.to_string().as_str()), "the manager");
    let staff = ["intern", "supervisor", "manager", "administrator", "super_administrator"];
    let others = roles.iter().filter(|role| !staff.contains(role)).count();
    assert_eq!(others, 1, "{roles:?}");
    let names = column(&seen, "last_name");
    assert!(names.is_sorted(), "{names:?}");
}

#[tokio::test]
async fn a_profile_is_whole_for_its_person_a_card_for_others_and_absent_for_strangers() {
    let cast = cast().await;
    let path = format!("{USERS}{}/", cast.moussa.id);

    let own = expect(get(&cast.moussa.client(), &path).await, 200);
    let card = expect(get(&cast.mariam.client(), &path).await, 200);

    assert!(own["timezone"].is_string() && own["created_at"].is_string());
    assert!(card["timezone"].is_null() && card["created_at"].is_null(), "{card}");
    assert_eq!((&own["email"], &card["email"]), (&json!(cast.moussa.email), &json!(cast.moussa.email)));
    assert_eq!(refusal(&get(&cast.kofi.client(), &path).await), "404 not-found");
    let unknown = format!("{USERS}{}/", Uuid::from_u128(9));
    assert_eq!(refusal(&get(&admin(), &unknown).await), "404 not-found");
}

#[tokio::test]
async fn administrators_are_made_and_unmade_by_a_super_administrator_only() {
    let world = world();
    let second = world.person("Seconde", Role::Administrator).await;
    let client = second.client();
    let me = expect(get(&world.admin(), "/api/v1/auth/me/").await, 200);
    let first = format!("{USERS}{}/", me["user"]["id"].as_str().unwrap());
    let kofi = format!("{USERS}{}/", cast().await.kofi.id);

    let raise = post(&client, &format!("{kofi}role/"), &json!({"role": "administrator"})).await;
    let make = post(&client, USERS, &but("role", "administrator".into())).await;
    let lower = post(&client, &format!("{first}role/"), &json!({"role": "student"})).await;
    let suspend = post(&client, &format!("{first}transition/"), &json!({"to": "suspended"})).await;

    for refused in [raise, make, lower, suspend] {
        assert_eq!(refusal(&refused), "403 forbidden");
    }
    let lowered =
        post(&world.elevated().await, &format!("{USERS}{}/role/", second.id), &json!({"role": "manager"}))
            .await;
    assert_eq!(expect(lowered, 200)["role"], "manager");
}

#[tokio::test(flavor = "multi_thread")]
async fn super_administrators_who_demote_each_other_at_once_leave_one() {
    let world = World::start(config);
    let second = world.person("Rivale", Role::SuperAdministrator).await;
    second.step_up().await;
    let (one, other) = (world.elevated().await, second.client());
    let me = expect(get(&one, "/api/v1/auth/me/").await, 200);
    let demotion = |id: &Value| format!("{USERS}{}/role/", id.as_str().unwrap());
    let (first, second) = (demotion(&me["user"]["id"]), demotion(&json!(second.id)));
    let student = json!({"role": "student"});

    let (of_second, of_first) = tokio::join!(post(&one, &second, &student), post(&other, &first, &student));

    let mut outcomes = [of_second.status.as_u16(), of_first.status.as_u16()];
    outcomes.sort_unstable();
    assert!(outcomes[0] == 200 && [401, 422].contains(&outcomes[1]), "{} {}", of_second.body, of_first.body);
    let left = if of_second.status.is_success() { &one } else { &other };
    assert_eq!(expect(get(left, "/api/v1/auth/me/").await, 200)["user"]["role"], "super_administrator");
}

#[tokio::test]
async fn nobody_decides_over_themselves() {
    let me = expect(get(&admin(), "/api/v1/auth/me/").await, 200);
    let path = format!("{USERS}{}/", me["user"]["id"].as_str().unwrap());

    let role = post(&admin(), &format!("{path}role/"), &json!({"role": "student"})).await;
    let status = post(&admin(), &format!("{path}transition/"), &json!({"to": "suspended"})).await;

    assert_eq!(refusal(&role), "422 rule-violation");
    assert_eq!(refusal(&status), "422 rule-violation");
}

#[tokio::test]
async fn a_suspension_ends_the_sign_in_and_is_lifted_again() {
    let person = world().person("Suspendue", Role::Student).await;
    let path = format!("{USERS}{}/transition/", person.id);
    let to = |status: &str| json!({"to": status, "reason": "essai"});

    let suspended = expect(post(&admin(), &path, &to("suspended")).await, 200);
    let out = get(&person.client(), "/api/v1/auth/me/").await;
    let twice = post(&admin(), &path, &to("suspended")).await;
    let back = expect(post(&admin(), &path, &to("active")).await, 200);
    let returned = world().sign_in(&person.email, person.id).await;

    assert_eq!((&suspended["status"], &back["status"]), (&json!("suspended"), &json!("active")));
    assert_eq!(refusal(&out), "403 account-not-active");
    assert_eq!(refusal(&twice), "409 invalid-transition");
    assert_eq!(twice.body["allowed"], json!(["active", "deactivated"]));
    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    expect(get(&returned.client(), "/api/v1/auth/me/").await, 200);
    for status in ["anonymised", "invited", "nonsense"] {
        let refused = post(&admin(), &path, &to(status)).await.status.as_u16();
        assert!(refused == 409 || refused == 422, "{status}: {refused}");
    }
}
