//! Accounts in the trash: whoever is in there is out, is seen by nobody but those who can bring them back.

use crate::{
    harness::world,
    rest::{
        ask::{column, delete, expect, get, post, refusal},
        cast::{admin, cast},
    },
};
use schema::role::Role;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn an_account_in_the_trash_is_out_and_comes_back() {
    let person = world().person("Jetée", Role::Supervisor).await;
    let path = format!("/api/v1/users/{}/", person.id);
    let mariam = cast().await.mariam.client();
    let list = format!("/api/v1/users/?email={}", person.email);

    assert_eq!(delete(&admin(), &path).await.status.as_u16(), 204);

    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "403 account-not-active");
    assert_eq!(refusal(&get(&mariam, &path).await), "404 not-found");
    assert!(column(&expect(get(&mariam, &list).await, 200), "id").is_empty());
    assert!(expect(get(&admin(), &path).await, 200)["deleted_at"].is_string());
    assert_eq!(refusal(&delete(&admin(), &path).await), "404 not-found");
    let back = expect(post(&admin(), &format!("{path}restore/"), &json!({})).await, 200);
    let twice = expect(post(&admin(), &format!("{path}restore/"), &json!({})).await, 200);
    assert!(back["deleted_at"].is_null() && back["version"] == twice["version"], "{back} {twice}");
    assert_eq!(column(&expect(get(&mariam, &list).await, 200), "id"), [person.id.to_string()]);
    let returned = world().sign_in(&person.email, person.id).await;
    expect(get(&returned.client(), "/api/v1/auth/me/").await, 200);
}

#[tokio::test]
async fn nobody_throws_themselves_away_and_few_throw_others_away() {
    let me = expect(get(&admin(), "/api/v1/auth/me/").await, 200);
    let own = format!("/api/v1/users/{}/", me["user"]["id"].as_str().unwrap());
    let kofi = format!("/api/v1/users/{}/", cast().await.kofi.id);

    assert_eq!(refusal(&delete(&admin(), &own).await), "422 rule-violation");
    assert_eq!(refusal(&delete(&cast().await.mariam.client(), &kofi).await), "403 forbidden");
    assert_eq!(
        refusal(&post(&cast().await.mariam.client(), &format!("{kofi}restore/"), &json!({})).await),
        "403 forbidden"
    );
    let nobody = format!("/api/v1/users/{}/", Uuid::from_u128(5));
    assert_eq!(refusal(&delete(&admin(), &nobody).await), "404 not-found");
    let second = world().person("Seconde", Role::Administrator).await;
    assert_eq!(refusal(&delete(&second.client(), &own).await), "403 forbidden");
}
