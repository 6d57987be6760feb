//! A sign-in while it lasts: refresh tokens as cookies and in bodies, their rotation, and the end.

use super::{
    ask::{ask, expect, get, post, refusal, send},
    cast::{cast, nobody},
};
use crate::harness::{PASSWORD, world};
use gateway::client::{Answer, Client};
use schema::role::Role;
use serde_json::{Value, json};

const REFRESH: &str = "/api/v1/auth/token/refresh/";

async fn refresh(token: &str) -> Answer {
    post(&nobody(), REFRESH, &json!({"refresh_token": token})).await
}

fn refresh_token(body: &Value) -> &str {
    body["refresh_token"].as_str().expect("a refresh token")
}

fn signed_in(body: &Value) -> Client {
    nobody().with_token(body["access_token"].as_str().expect("an access token"))
}

/// The cookie's value, and the words after it.
fn cookie(answer: &Answer) -> (String, String) {
    let header = answer.header("set-cookie").expect("a cookie");
    let (pair, attributes) = header.split_once(';').expect("a cookie with attributes");
    (pair.strip_prefix("refresh_token=").expect("our cookie").to_owned(), attributes.to_owned())
}

#[tokio::test]
async fn each_refresh_token_gives_the_next() {
    let awa = world().sign_in(&cast().await.awa.email, cast().await.awa.id).await;

    let second = expect(refresh(&awa.refresh_token).await, 200);
    let third = expect(refresh(refresh_token(&second)).await, 200);

    let tokens = [awa.refresh_token.as_str(), refresh_token(&second), refresh_token(&third)];
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2] && tokens[0] != tokens[2]);
    let me = |body: &Value| {
        let client = signed_in(body);
        async move { expect(get(&client, "/api/v1/auth/me/").await, 200) }
    };
    assert_eq!(me(&second).await["session_id"], me(&third).await["session_id"], "it is one sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_refresh_at_once_agree_on_the_next_token() {
    let awa = world().sign_in(&cast().await.awa.email, cast().await.awa.id).await;

    let tabs: Vec<_> = (0..8)
        .map(|_| {
            let token = awa.refresh_token.clone();
            tokio::spawn(async move { expect(refresh(&token).await, 200) })
        })
        .collect();
    let mut next = Vec::new();
    for tab in tabs {
        next.push(refresh_token(&tab.await.unwrap()).to_owned());
    }

    next.dedup();
    assert_eq!(next.len(), 1, "one successor: {next:?}");
    expect(refresh(&next[0]).await, 200);
    let late = expect(refresh(&awa.refresh_token).await, 200);
    assert_eq!(refresh_token(&late), next[0], "a moment later it is still the same");
}

#[tokio::test]
async fn a_browser_keeps_its_refresh_token_where_no_script_reads_it() {
    let awa = &cast().await.awa;
    let client = nobody();

    let body = json!({"email": awa.email, "password": PASSWORD});
    let signed = post(&client, "/api/v1/auth/login/", &body).await;
    let (first, attributes) = cookie(&signed);
    let with_cookie =
        |value: &str| ask("POST", REFRESH).header("cookie", &format!("theme=dark; refresh_token={value}"));
    let renewed = send(&client, with_cookie(&first)).await;
    let (second, _) = cookie(&renewed);

    for word in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/api/v1/auth/", "Max-Age=604800"] {
        assert!(attributes.contains(word), "{attributes}");
    }
    assert!(first != second && !second.is_empty());
    for answer in [signed, renewed] {
        let text = answer.body.to_string();
        assert!(answer.body["access_token"].is_string(), "{text}");
        assert!(!text.contains("refresh") && !text.contains(&first) && !text.contains(&second), "{text}");
    }
    let out = send(&client, ask("POST", REFRESH)).await;
    assert_eq!(refusal(&out), "401 not-authenticated", "without the cookie there is nothing to renew");
}

#[tokio::test]
async fn remembering_lasts_a_month() {
    let awa = &cast().await.awa;
    let body =
        json!({"email": awa.email, "password": PASSWORD, "remember": true, "device_label": "Tablette"});

    let signed = post(&nobody(), "/api/v1/auth/login/", &body).await;

    assert!(cookie(&signed).1.contains("Max-Age=2592000"), "{:?}", signed.header("set-cookie"));
}

#[tokio::test]
async fn signing_out_ends_both_tokens_and_this_sign_in_only() {
    let person = world().person("Sortie", Role::Student).await;
    let elsewhere = world().sign_in(&person.email, person.id).await;

    let out = post(&person.client(), "/api/v1/auth/logout/", &json!({})).await;

    let (value, attributes) = cookie(&out);
    assert!(value.is_empty() && attributes.contains("Max-Age=0"), "{attributes}");
    expect(out, 204);
    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    assert_eq!(refusal(&refresh(&person.refresh_token).await), "401 token-revoked");
    expect(get(&elsewhere.client(), "/api/v1/auth/me/").await, 200);
    expect(refresh(&elsewhere.refresh_token).await, 200);
}

#[tokio::test]
async fn what_is_no_refresh_token_renews_nothing() {
    let awa = world().sign_in(&cast().await.awa.email, cast().await.awa.id).await;
    let (name, secret) = awa.refresh_token.split_once('.').unwrap();
    let guessed = format!("{name}.{}", "A".repeat(secret.len()));

    for token in ["", ".", "x.y", &awa.token, &guessed, &"z".repeat(10_000)] {
        assert_eq!(refusal(&refresh(token).await), "401 not-authenticated", "{token}");
    }
    expect(refresh(&awa.refresh_token).await, 200);
}

#[tokio::test]
async fn a_new_role_ends_the_tokens_that_speak_of_the_old_one() {
    let person = world().person("Promue", Role::Student).await;

    let path = format!("/api/v1/users/{}/role/", person.id);
    expect(post(&world().elevated().await, &path, &json!({"role": "mentor"})).await, 200);

    assert_eq!(refusal(&get(&person.client(), "/api/v1/auth/me/").await), "401 token-revoked");
    let renewed = expect(refresh(&person.refresh_token).await, 200);
    assert_eq!(renewed["user"]["role"], "mentor");
    let me = expect(get(&signed_in(&renewed), "/api/v1/auth/me/").await, 200);
    assert_eq!(me["levels"]["courses"], "WO");
}
