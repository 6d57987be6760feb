//! REST: what a request may look like, and what every answer carries.

use crate::stage::{ADMIN, Stage};
use gateway::client::{Answer, Ask, Client};
use http::Method;
use serde_json::json;

async fn ask(client: &Client, ask: Ask) -> Answer {
    client.send(ask).await.unwrap()
}

#[tokio::test]
async fn a_path_is_served_with_its_slash_and_reads_are_led_there() {
    let stage = Stage::new().await;
    let client = stage.client(0);

    let led = ask(&client, Ask::new(Method::GET, "/api/v1/users?limit=1")).await;
    let served = ask(&client, Ask::new(Method::POST, "/api/v1/auth/ws-ticket").json(&json!({}))).await;
    let nowhere = ask(&client, Ask::new(Method::GET, "/api/v1/nowhere/")).await;
    let method = ask(&client, Ask::new(Method::DELETE, "/api/v1/users/")).await;

    assert_eq!((led.status.as_u16(), led.header("location")), (308, Some("/api/v1/users/?limit=1")));
    assert_eq!(served.status.as_u16(), 200);
    assert_eq!((nowhere.status.as_u16(), &nowhere.body["code"]), (404, &json!("not-found")));
    assert_eq!((method.status.as_u16(), method.header("allow")), (405, Some("POST, GET, HEAD, OPTIONS")));
}

#[tokio::test]
async fn a_body_that_is_not_right_is_refused_before_the_operation_sees_it() {
    let stage = Stage::new().await;
    let client = stage.client(0);
    let sent = async |ask: Ask| {
        let answer = client.send(ask).await.unwrap();
        (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default().to_owned())
    };
    let to = || Ask::new(Method::POST, "/api/v1/auth/ws-ticket/");

    assert_eq!(sent(to().bytes(b"{}".to_vec())).await, (415, "unsupported-media-type".into()));
    let broken = to().bytes(b"{".to_vec()).header("content-type", "application/json");
    assert_eq!(sent(broken).await, (400, "invalid-json".into()));
    assert_eq!(sent(to().json(&json!([]))).await, (400, "invalid-json".into()));
    assert_eq!(sent(to().json(&json!({"x": 1}))).await, (400, "unknown-field".into()));
    assert_eq!(sent(to().json(&json!({"x": "y".repeat(600_000)}))).await, (413, "payload-too-large".into()));
    let query = Ask::new(Method::POST, "/api/v1/auth/ws-ticket/?x=1").json(&json!({}));
    assert_eq!(sent(query).await, (400, "unknown-field".into()));
}

#[tokio::test]
async fn every_answer_carries_its_request_and_a_refusal_its_language() {
    let stage = Stage::new().await;
    let client = Client::new(stage.address());
    let me = |path: &str| Ask::new(Method::GET, path).header("x-request-id", "order-7");

    let french = ask(&client, me("/api/v1/auth/me/")).await;
    let english = ask(&client, me("/api/v1/auth/me/").header("accept-language", "en-GB")).await;
    let forged = ask(&client, me("/api/v1/auth/me/?lang=en").header("authorization", "Bearer a.b.c")).await;

    for answer in [&french, &english, &forged] {
        assert_eq!(answer.status.as_u16(), 401);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.header("x-request-id"), Some("order-7"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            (&answer.body["request_id"], &answer.body["instance"]),
            (&json!("order-7"), &json!("/api/v1/auth/me/"))
        );
    }
    assert_eq!(french.body["title"], "Connectez-vous d'abord");
    assert_eq!(
        (&english.body["title"], &forged.body["title"]),
        (&json!("Sign in first"), &json!("Sign in first"))
    );
}

#[tokio::test]
async fn a_record_that_is_known_already_is_not_sent_again() {
    let stage = Stage::new().await;
    let admin = stage.admin().await;
    let path = format!("/api/v1/users/{}/", stage.people[0].0);

    let fresh = admin.get(&path).await.unwrap();
    let tag = fresh.header("etag").unwrap();
    let known = ask(&admin, Ask::new(Method::GET, &path).header("if-none-match", tag)).await;
    let stale = Ask::new(Method::POST, &format!("{path}transition/")).json(&json!({"to": "suspended"}));
    let stale = ask(&admin, stale.if_match("\"v99.0\"")).await;

    assert_eq!(fresh.header("cache-control"), Some("private, no-cache"));
    assert_eq!((known.status.as_u16(), known.body.is_null()), (304, true));
    assert_eq!((stale.status.as_u16(), &stale.body["code"]), (412, &json!("version-conflict")));
    assert!(stale.body["current_version"].is_u64());
}

#[tokio::test]
async fn a_browsers_refresh_token_lives_in_a_cookie() {
    let stage = Stage::new().await;
    let client = Client::new(stage.address());
    let sign_in = json!({"email": ADMIN.0, "password": ADMIN.1});

    let signed_in = ask(&client, Ask::new(Method::POST, "/api/v1/auth/login/").json(&sign_in)).await;
    let cookie = signed_in.header("set-cookie").unwrap().to_owned();
    let pair = cookie.split(';').next().unwrap();
    let refreshed =
        ask(&client, Ask::new(Method::POST, "/api/v1/auth/token/refresh/").header("cookie", pair)).await;
    let token = format!("Bearer {}", refreshed.body["access_token"].as_str().unwrap());
    let left =
        ask(&client, Ask::new(Method::POST, "/api/v1/auth/logout/").header("authorization", &token)).await;

    assert!(
        cookie.starts_with("refresh_token=")
            && cookie.contains("HttpOnly; Secure; SameSite=Lax; Path=/api/v1/auth/")
    );
    assert!(
        signed_in.body.get("set_refresh_cookie").is_none() && signed_in.body.get("refresh_token").is_none()
    );
    assert_eq!(refreshed.status.as_u16(), 200);
    assert_ne!(refreshed.header("set-cookie"), Some(cookie.as_str()));
    assert_eq!(left.status.as_u16(), 204);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_listed_page_may_ask_and_another_gets_no_permission() {
    let stage = Stage::with(|config| config.origins = vec!["https://app.example".into()]).await;
    let client = Client::new(stage.address());
    let preflight = |origin: &str| {
        Ask::new(Method::OPTIONS, "/api/v1/users/")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };

    let listed = ask(&client, preflight("https://app.example")).await;
    let other = ask(&client, preflight("https://evil.example")).await;

    assert_eq!(listed.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(listed.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(other.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn watchdogs_are_answered_without_a_token() {
    let stage = Stage::new().await;
    let client = Client::new(stage.address());

    for path in ["/health/live/", "/health/ready/", "/health/", "/metrics"] {
        assert_eq!(ask(&client, Ask::new(Method::GET, path)).await.status.as_u16(), 200, "{path}");
    }
    assert_eq!(ask(&client, Ask::new(Method::GET, "/health/ready")).await.status.as_u16(), 308);
}
