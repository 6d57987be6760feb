//! The devices somebody is signed in on: seen, ended one by one, ended together.

use crate::{
    harness::world,
    rest::{
        ask::{column, delete, expect, get, post, refusal},
        cast::{admin, cast, nobody},
    },
};
use schema::role::Role;
use serde_json::json;
use uuid::Uuid;

const SESSIONS: &str = "/api/v1/auth/sessions/";

#[tokio::test]
async fn somebody_sees_their_devices_and_ends_one() {
    let person = world().person("Appareils", Role::Student).await;
    let elsewhere = world().sign_in(&person.email, person.id).await;

    let listed = expect(get(&person.client(), SESSIONS).await, 200);
    let other = listed["data"].as_array().unwrap().iter().find(|device| device["current"] == false).unwrap();
    let path = format!("{SESSIONS}{}/", other["id"].as_str().unwrap());

    assert_eq!(column(&listed, "id").len(), 2, "{listed}");
    assert_eq!(refusal(&delete(&cast().await.kofi.client(), &path).await), "404 not-found");
    expect(delete(&person.client(), &path).await, 204);
    expect(delete(&person.client(), &path).await, 204);
    assert_eq!(refusal(&get(&elsewhere.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    assert_eq!(column(&expect(get(&person.client(), SESSIONS).await, 200), "id").len(), 1);
}

#[tokio::test]
async fn all_devices_are_ended_at_once_and_a_new_sign_in_is_good() {
    let person = world().person("Toutes", Role::Student).await;
    let elsewhere = world().sign_in(&person.email, person.id).await;

    let out = post(&person.client(), "/api/v1/auth/logout-all/", &json!({})).await;

    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    expect(out, 204);
    for gone in [&person, &elsewhere] {
        assert_eq!(refusal(&get(&gone.client(), "/api/v1/auth/me/").await), "401 token-revoked");
        let body = json!({"refresh_token": gone.refresh_token});
        let refreshed = post(&nobody(), "/api/v1/auth/token/refresh/", &body).await;
        assert_eq!(refusal(&refreshed), "401 token-revoked");
    }
    let back = world().sign_in(&person.email, person.id).await;
    expect(get(&back.client(), "/api/v1/auth/me/").await, 200);
}

#[tokio::test]
async fn an_administrator_ends_somebody_elses_sign_in() {
    let person = world().person("Perdue", Role::Student).await;
    let listed = expect(get(&person.client(), SESSIONS).await, 200);
    let session = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{SESSIONS}{session}/?user_id={}", person.id);

    assert_eq!(refusal(&delete(&cast().await.mariam.client(), &path).await), "404 not-found");
    let theirs = format!("{SESSIONS}?user_id={}", person.id);
    assert_eq!(refusal(&get(&cast().await.mariam.client(), &theirs).await), "404 not-found");
    assert_eq!(column(&expect(get(&admin(), &theirs).await, 200), "id"), [&session]);
    expect(delete(&admin(), &path).await, 204);

    for _ in 0..100 {
        let answer = get(&person.client(), "/api/v1/auth/me/").await;
        if !answer.status.is_success() {
            assert_eq!(refusal(&answer), "401 token-revoked");
            let nobodys = format!("{SESSIONS}{session}/?user_id={}", Uuid::from_u128(1));
            assert_eq!(refusal(&delete(&admin(), &nobodys).await), "404 not-found");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the sign-in goes on");
}
