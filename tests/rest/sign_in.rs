//! Signing in with a password: who gets in, what others learn from being refused, and the lock.

use super::{
    ask::{expect, get, post, refusal},
    cast::{admin, cast, nobody},
};
use crate::harness::{PASSWORD, world};
use gateway::client::Answer;
use schema::role::Role;
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login/";

async fn login(email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password, "client": "native"});
    post(&nobody(), LOGIN, &body).await
}

#[tokio::test]
async fn a_sign_in_answers_tokens_and_who_it_is() {
    let awa = &cast().await.awa;

    let answer = login(&format!("  {} ", awa.email.to_uppercase()), PASSWORD).await;

    assert_eq!(answer.header("set-cookie"), None, "a program keeps its refresh token itself");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = expect(answer, 200);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!((&body["user"]["email"], &body["user"]["role"]), (&json!(awa.email), &json!("entrepreneur")));
    let client = nobody().with_token(body["access_token"].as_str().unwrap());
    assert_eq!(expect(get(&client, "/api/v1/auth/me/").await, 200)["user"]["id"], json!(awa.id));
}

#[tokio::test]
async fn an_address_nobody_has_is_refused_like_a_wrong_password() {
    let awa = &cast().await.awa;

    let wrong = login(&awa.email, "ce n'est pas celui-ci").await;
    let unknown = login("personne@example.org", PASSWORD).await;

    assert_eq!(refusal(&wrong), "401 not-authenticated");
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
    let without_id = |answer: &Answer| {
        let mut body = answer.body.clone();
        body.as_object_mut().unwrap().remove("request_id").expect("a request has an id");
        body
    };
    assert_eq!(without_id(&wrong), without_id(&unknown));
}

#[tokio::test]
async fn five_failures_lock_one_account_and_no_other() {
    let world = world();
    let victim = world.person("Victime", Role::Student).await;

    let mut refusals = Vec::new();
    for _ in 0..5 {
        refusals.push(refusal(&login(&victim.email, "ce n'est pas celui-ci").await));
    }
    let right = login(&victim.email, PASSWORD).await;

    assert_eq!(refusals[..4], ["401 not-authenticated"; 4]);
    assert_eq!(refusals[4], "423 account-locked");
    assert_eq!(refusal(&right), "423 account-locked");
    let wait: u64 = right.header("retry-after").unwrap().parse().unwrap();
    assert!((800..=900).contains(&wait), "a quarter of an hour, not {wait} s");
    expect(get(&victim.client(), "/api/v1/auth/me/").await, 200);
    expect(login(&cast().await.kofi.email, PASSWORD).await, 200);
}

#[tokio::test]
async fn failures_at_once_are_all_counted() {
    let victim = world().person("Pressé", Role::Student).await;

    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let email = victim.email.clone();
            tokio::spawn(async move { login(&email, "ce n'est pas celui-ci").await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap());
    }

    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert!(count(401) <= 4, "{statuses:?}");
    assert!(count(423) >= 1, "{statuses:?}");
    assert_eq!(refusal(&login(&victim.email, PASSWORD).await), "423 account-locked");
}

#[tokio::test]
async fn what_is_no_sign_in_is_refused_before_anything_is_looked_up() {
    let endless = "x".repeat(300);
    let cases: [(Value, &str); 5] = [
        (json!({"password": PASSWORD}), "422 validation /email"),
        (json!({"email": endless, "password": PASSWORD}), "422 validation /email"),
        (json!({"email": "a@example.org"}), "422 validation /password"),
        (json!({"email": "a@example.org", "password": 7}), "422 validation /password"),
        (
            json!({"email": "a@example.org", "password": PASSWORD, "role": "manager"}),
            "400 unknown-field /role",
        ),
    ];

    for (body, expected) in cases {
        assert_eq!(refusal(&post(&nobody(), LOGIN, &body).await), expected, "{body}");
    }
    assert_eq!(refusal(&login("a@example.org", &"é".repeat(100_000)).await), "401 not-authenticated");
}

#[tokio::test]
async fn a_suspended_person_learns_of_it_only_with_the_right_password() {
    let gone = world().person("Absent", Role::Student).await;
    let path = format!("/api/v1/users/{}/transition/", gone.id);
    expect(post(&admin(), &path, &json!({"to": "suspended"})).await, 200);

    let wrong = login(&gone.email, "ce n'est pas celui-ci").await;
    let right = login(&gone.email, PASSWORD).await;

    assert_eq!(refusal(&wrong), "401 not-authenticated");
    assert_eq!(refusal(&right), "403 account-not-active");
}
