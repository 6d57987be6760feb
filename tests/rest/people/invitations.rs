//! Invitations: made by few, shown once, good for whoever holds the link.

use crate::{
    harness::{PASSWORD, rand_bits, world},
    rest::{
        ask::{ask, column, delete, expect, get, post, refusal, send},
        cast::{admin, cast, nobody},
    },
};
use gateway::client::Answer;
use schema::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const INVITATIONS: &str = "/api/v1/users/invitations/";
const ACCEPT: &str = "/api/v1/users/invitations/accept/";

fn address(word: &str) -> String {
    format!("{word}.{}@example.org", rand_bits())
}

fn one(email: &str, role: &str) -> Value {
    json!({"invitations": [{"email": email, "role": role, "first_name": "Coumba", "last_name": "Fall"}]})
}

async fn invited(email: &str) -> Value {
    let made = expect(post(&admin(), INVITATIONS, &one(email, "student")).await, 200);
    made["data"][0].clone()
}

/// What stands behind the # of a link.
fn token(invitation: &Value) -> String {
    invitation["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

async fn accept(token: &str, password: &str) -> Answer {
    post(&nobody(), ACCEPT, &json!({"token": token, "password": password})).await
}

#[tokio::test]
async fn whoever_holds_the_link_has_an_account_once() {
    let email = address("coumba");
    let invitation = invited(&email).await;
    let token = token(&invitation);

    let weak = accept(&token, "court").await;
    let card = expect(accept(&token, PASSWORD).await, 201);
    let again = accept(&token, PASSWORD).await;

    assert_eq!(refusal(&weak), "422 validation /password");
    assert_eq!(
        (&card["email"], &card["role"], &card["status"]),
        (&json!(email), &json!("student"), &json!("active"))
    );
    assert_eq!(refusal(&again), "404 not-found");
    let person = world().sign_in(&email, card["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(expect(get(&person.client(), "/api/v1/users/profile/").await, 200)["first_name"], "Coumba");
    let listed = expect(get(&admin(), &format!("{INVITATIONS}?email={email}")).await, 200);
    assert!(
        listed["data"][0]["accepted_at"].is_string() && listed["data"][0]["user_id"] == card["id"],
        "{listed}"
    );
    assert!(!listed.to_string().contains("token"), "{listed}");
}

#[tokio::test]
async fn a_link_is_shown_once_and_a_repeated_request_makes_no_second_one() {
    let email = address("repete");
    let request = || ask("POST", INVITATIONS).header("idempotency-key", &email).json(&one(&email, "student"));

    let first = expect(send(&admin(), request()).await, 200);
    let second = send(&admin(), request()).await;

    assert!(first["data"][0]["link"].as_str().unwrap().starts_with("/invitation#"));
    assert!(refusal(&second).starts_with("409 duplicate"), "{}", second.body);
    assert!(!second.body.to_string().contains(&token(&first["data"][0])));
}

#[tokio::test]
async fn a_fresh_link_replaces_the_former_and_a_revoked_one_is_good_for_nothing() {
    let (email, other) = (address("relance"), address("reprise"));
    let (first, gone) = (invited(&email).await, invited(&other).await);
    let path = |invitation: &Value| format!("{INVITATIONS}{}/", invitation["id"].as_str().unwrap());

    let fresh = expect(post(&admin(), &path(&first), &json!({})).await, 200);
    expect(delete(&admin(), &path(&gone)).await, 204);

    assert_ne!(fresh["link"], first["link"]);
    assert_eq!(refusal(&accept(&token(&first), PASSWORD).await), "404 not-found");
    assert_eq!(refusal(&accept(&token(&gone), PASSWORD).await), "404 not-found");
    expect(accept(&token(&fresh), PASSWORD).await, 201);
    assert_eq!(refusal(&post(&admin(), &path(&gone), &json!({})).await), "422 rule-violation");
    assert_eq!(refusal(&delete(&admin(), &path(&first)).await), "422 rule-violation", "it was accepted");
    invited(&other).await;
    let unknown = format!("{INVITATIONS}{}/", Uuid::from_u128(2));
    assert_eq!(refusal(&delete(&admin(), &unknown).await), "404 not-found");
}

#[tokio::test]
async fn nobody_is_invited_twice_and_few_invite() {
    let (cast, email) = (cast().await, address("deux"));
    invited(&email).await;

    let twice = post(&admin(), INVITATIONS, &one(&email.to_uppercase(), "student")).await;
    let member = post(&admin(), INVITATIONS, &one(&cast.awa.email, "student")).await;
    let pair = json!({"invitations": [
        {"email": address("a"), "role": "student"}, {"email": "b@example.org", "role": "student"},
        {"email": " B@example.org", "role": "student"},
    ]});

    assert_eq!(refusal(&twice), "409 duplicate /email");
    assert_eq!(refusal(&member), "409 duplicate /invitations/0/email");
    assert_eq!(refusal(&post(&admin(), INVITATIONS, &pair).await), "409 duplicate /invitations/2/email");
    for person in [&cast.mariam, &cast.awa] {
        assert_eq!(
            refusal(&post(&person.client(), INVITATIONS, &one("x@example.org", "student")).await),
            "403 forbidden"
        );
        assert_eq!(refusal(&get(&person.client(), INVITATIONS).await), "403 forbidden");
    }
    let second = world().person("Second", Role::Administrator).await;
    let raised = post(&second.client(), INVITATIONS, &one(&address("chef"), "administrator")).await;
    assert_eq!(refusal(&raised), "403 forbidden");
    let high = one(&address("chef"), "administrator");
    let made = expect(post(&world().elevated().await, INVITATIONS, &high).await, 200);
    let path = format!("{INVITATIONS}{}/", made["data"][0]["id"].as_str().unwrap());
    second.step_up().await;
    let stolen = post(&second.client(), &path, &json!({})).await;
    assert_eq!(refusal(&stolen), "403 forbidden", "whoever has the link has what it promises");
}

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_pointed_at() {
    let guest = |field: &str, value: Value| {
        let mut body = one("x@example.org", "student");
        body["invitations"][0][field] = value;
        body
    };
    let cases = [
        (guest("email", "no address".into()), "422 validation /invitations/0/email"),
        (guest("role", "emperor".into()), "422 validation /invitations/0/role"),
        (guest("first_name", "a\u{202e}b".into()), "422 validation /invitations/0/first_name"),
        (guest("department_id", json!(Uuid::from_u128(1))), "422 validation /invitations/0/department_id"),
        (guest("token_hash", "x".into()), "400 unknown-field /invitations/0/token_hash"),
        (json!({"invitations": []}), "422 validation /invitations"),
        (
            json!({"invitations": vec![one("x@example.org", "student")["invitations"][0].clone(); 51]}),
            "422 validation /invitations",
        ),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&admin(), INVITATIONS, &body).await), expected, "{body}");
    }
    for token in ["", "x.y", &format!("{}.{}", "0".repeat(32), "A".repeat(43))] {
        assert_eq!(refusal(&accept(token, PASSWORD).await), "404 not-found", "{token}");
    }
}

#[tokio::test]
async fn an_account_without_a_password_is_an_invitation() {
    let email = address("sans");
    let body = json!({"email": email, "first_name": "Sokhna", "last_name": "Ba", "role": "mentor", "phone": "77 123 45 67"});

    let made = expect(post(&admin(), "/api/v1/users/", &body).await, 201);
    let listed = expect(get(&admin(), &format!("/api/v1/users/?email={email}")).await, 200);
    let card = expect(accept(&token(&made["invitation"]), PASSWORD).await, 201);

    assert!(column(&listed, "id").is_empty(), "there is no account yet");
    let shown = expect(get(&admin(), &format!("/api/v1/users/{}/", card["id"].as_str().unwrap())).await, 200);
    assert_eq!((&shown["first_name"], &shown["phone"]), (&json!("Sokhna"), &json!("+221771234567")));
}
