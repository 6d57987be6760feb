//! Passwords: changed by their person, set through a link, forgotten.

use crate::{
    harness::{PASSWORD, Person, event, world},
    rest::{
        ask::{expect, get, post, refusal},
        cast::{admin, cast, nobody},
    },
};
use gateway::client::{Answer, Client, Options, Socket};
use schema::{role::Role, room::RoomId};
use serde_json::json;
use uuid::Uuid;

const CHANGE: &str = "/api/v1/auth/password/change/";
const CONFIRM: &str = "/api/v1/auth/password/reset/confirm/";
const ANOTHER: &str = "fromager-dans-le-vent-17";

async fn newcomer(name: &str) -> Person {
    world().person(name, Role::Student).await
}

async fn change(client: &Client, old: &str, new: &str) -> Answer {
    post(client, CHANGE, &json!({"old_password": old, "password": new})).await
}

async fn login(email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password, "client": "native"});
    post(&nobody(), "/api/v1/auth/login/", &body).await
}

async fn refresh(token: &str) -> Answer {
    post(&nobody(), "/api/v1/auth/token/refresh/", &json!({"refresh_token": token})).await
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sign_ins_and_this_one_goes_on() {
    let person = newcomer("Change").await;
    let elsewhere = world().sign_in(&person.email, person.id).await;
    let mut socket = elsewhere.socket().await;
    socket.join(&elsewhere.inbox(), None).await.unwrap();

    let changed = expect(change(&person.client(), PASSWORD, ANOTHER).await, 200);

    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    let renewed = nobody().with_token(changed["access_token"].as_str().unwrap());
    expect(get(&renewed, "/api/v1/auth/me/").await, 200);
    let heard = event(&mut socket, "auth.session.revoked").await;
    assert_eq!(heard.d["data"]["reason"], "password_change");
    assert_eq!(refusal(&get(&elsewhere.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    assert_eq!(refusal(&refresh(&elsewhere.refresh_token).await), "401 token-revoked");
    expect(refresh(&person.refresh_token).await, 200);
    assert_eq!(refusal(&login(&person.email, PASSWORD).await), "401 not-authenticated");
    expect(login(&person.email, ANOTHER).await, 200);
}

#[tokio::test]
async fn none_of_the_last_five_passwords_is_taken_again() {
    let person = newcomer("Encore").await;
    let mut client = person.client();
    let word = |n: usize| format!("karité-{n}-au-bord-du-puits");
    let mut present = PASSWORD.to_owned();
    for n in 0..4 {
        let changed = expect(change(&client, &present, &word(n)).await, 200);
        client = nobody().with_token(changed["access_token"].as_str().unwrap());
        present = word(n);
    }

    assert_eq!(refusal(&change(&client, &present, &present).await), "422 validation /password");
    assert_eq!(refusal(&change(&client, &present, PASSWORD).await), "422 validation /password");
    let changed = expect(change(&client, &present, &word(4)).await, 200);
    let client = nobody().with_token(changed["access_token"].as_str().unwrap());
    expect(change(&client, &word(4), PASSWORD).await, 200);
}

#[tokio::test]
async fn a_wrong_old_password_counts_and_a_weak_new_one_is_refused() {
    let person = newcomer("Devine").await;
    assert_eq!(refusal(&change(&person.client(), PASSWORD, "court").await), "422 validation /password");
    assert_eq!(
        refusal(&change(&person.client(), PASSWORD, &format!("{}-2030", person.email)).await),
        "422 validation /password"
    );

    // Failures are counted in another room, a moment later.
    let mut refusals = Vec::new();
    for _ in 0..40 {
        refusals.push(refusal(&change(&person.client(), "ce n'est pas celui-ci", ANOTHER).await));
        if refusals.last().is_some_and(|last| last == "423 account-locked") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    assert_eq!(refusals[0], "401 not-authenticated");
    assert_eq!(refusals.last().unwrap(), "423 account-locked", "{refusals:?}");
    assert_eq!(refusal(&login(&person.email, PASSWORD).await), "423 account-locked");
    let unlock = format!("/api/v1/auth/users/{}/unlock/", person.id);
    assert_eq!(refusal(&post(&cast().await.mariam.client(), &unlock, &json!({})).await), "403 forbidden");
    expect(post(&admin(), &unlock, &json!({})).await, 202);
    for _ in 0..100 {
        if login(&person.email, PASSWORD).await.status.is_success() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the lock was never lifted");
}

#[tokio::test]
async fn a_link_sets_the_password_once() {
    let person = newcomer("Lien").await;
    let path = format!("/api/v1/auth/users/{}/reset-password/", person.id);
    let fresh = world().person("Admin", Role::Administrator).await;

    assert_eq!(refusal(&post(&cast().await.mariam.client(), &path, &json!({})).await), "403 forbidden");
    assert_eq!(refusal(&post(&fresh.client(), &path, &json!({})).await), "403 step-up-required");
    let made = expect(post(&world().elevated().await, &path, &json!({})).await, 200);
    let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let confirm = |password: &str| json!({"token": token, "password": password});
    let weak = post(&nobody(), CONFIRM, &confirm("court")).await;
    expect(post(&nobody(), CONFIRM, &confirm(ANOTHER)).await, 204);

    assert_eq!(refusal(&weak), "422 validation /password");
    assert_eq!(
        refusal(&post(&nobody(), CONFIRM, &confirm("un-autre-mot-de-passe-99")).await),
        "404 not-found"
    );
    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    expect(login(&person.email, ANOTHER).await, 200);
    for token in ["", "x.y", "z"] {
        let body = json!({"token": token, "password": ANOTHER});
        assert_eq!(refusal(&post(&nobody(), CONFIRM, &body).await), "404 not-found");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_always_accepted_and_told_to_who_can_help() {
    let person = newcomer("Oubli").await;
    let helper = world().person("Aide", Role::Administrator).await;
    let mut socket = helper.socket().await;
    socket.join(&helper.inbox(), None).await.unwrap();
    let forgotten = |email: &str| {
        let body = json!({"email": email});
        async move { post(&nobody(), "/api/v1/auth/password/reset/", &body).await }
    };

    let known = expect(forgotten(&person.email).await, 202);
    let unknown = expect(forgotten("personne@example.org").await, 202);

    assert_eq!(known, unknown);
    let heard = event(&mut socket, "notifications.notification.created").await;
    assert_eq!(heard.d["data"]["template_code"], "auth.password.forgotten");
    assert_eq!(refusal(&forgotten("x").await), "422 validation /email");
}

#[tokio::test]
async fn whoever_must_choose_another_password_does_nothing_else_before() {
    let email = format!("provisoire.{}@example.org", crate::harness::rand_bits());
    let body = json!({
        "email": email, "first_name": "Provisoire", "last_name": "Diop", "role": "student",
        "password": PASSWORD, "must_change": true,
    });
    expect(post(&admin(), "/api/v1/users/", &body).await, 201);

    let first = expect(login(&email, PASSWORD).await, 200);
    let client = nobody().with_token(first["access_token"].as_str().unwrap());
    for path in ["/api/v1/projects/", "/api/v1/notifications/", "/api/v1/users/profile/"] {
        assert_eq!(refusal(&get(&client, path).await), "403 password-change-required", "{path}");
    }
    let me = expect(get(&client, "/api/v1/auth/me/").await, 200);
    let id: Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let mut socket = Socket::connect_with(client.address(), &Options::default()).await.unwrap();
    socket.sign_in(first["access_token"].as_str().unwrap()).await.unwrap();
    let deaf = socket.join(&RoomId::new("user", id), None).await;
    assert!(format!("{deaf:?}").contains("PasswordChangeRequired"), "{deaf:?}");
    let renewed = expect(change(&client, PASSWORD, ANOTHER).await, 200);
    let client = nobody().with_token(renewed["access_token"].as_str().unwrap());
    expect(get(&client, "/api/v1/projects/").await, 200);

    assert_eq!(first["must_change_password"], true);
    assert_eq!(expect(login(&email, ANOTHER).await, 200)["must_change_password"], false);
}
