//! The manners of HTTP: paths and methods, names of requests, languages, keys, and what every response
//! carries.

use super::{
    ask::{ask, delete, expect, get, post, refusal, send},
    cast::{cast, nobody},
};
use gateway::client::Answer;
use serde_json::json;

const ME: &str = "/api/v1/auth/me/";

#[tokio::test]
async fn a_read_without_its_slash_is_sent_to_the_path_that_has_one() {
    let awa = cast().await.awa.client();

    let moved = get(&awa, "/api/v1/projects?limit=3&sort=-updated_at").await;
    let head = send(&awa, ask("HEAD", "/api/v1/auth/me")).await;
    let health = get(&nobody(), "/health/live").await;

    assert_eq!(moved.status.as_u16(), 308);
    assert_eq!(moved.header("location"), Some("/api/v1/projects/?limit=3&sort=-updated_at"));
    assert_eq!((head.status.as_u16(), health.status.as_u16()), (308, 308));
    let body = json!({"title": "Sans barre", "due_date": "2030-01-01"});
    expect(post(&awa, "/api/v1/projects", &body).await, 201);
}

#[tokio::test]
async fn where_nothing_is_nothing_is_found() {
    let awa = cast().await.awa.client();

    for path in ["/", "/api/v1/", "/api/v1/nothing/", "/api/v2/projects/", "/etc/passwd"] {
        let answer = get(&awa, path).await;
        assert_eq!(refusal(&answer), "404 not-found", "{path}");
        assert_eq!((&answer.body["title"], &answer.body["instance"]), (&json!("Introuvable"), &json!(path)));
    }
    assert_eq!(refusal(&get(&nobody(), "/api/v1/../health/live/").await), "404 not-found");
    for unreadable in ["projects/tasks/7/", "projects/me/", "users/%00/", "meetings/x/messages/"] {
        assert_eq!(
            refusal(&get(&awa, &format!("/api/v1/{unreadable}")).await),
            "404 not-found",
            "{unreadable}"
        );
    }
}

/// The methods that an answer allows, by name.
fn allowed(answer: &Answer) -> Vec<&str> {
    let mut methods: Vec<&str> = answer.header("allow").unwrap_or_default().split(", ").collect();
    methods.sort_unstable();
    methods
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_answered_with_those_that_are() {
    let awa = cast().await.awa.client();

    let deleted = delete(&awa, "/api/v1/projects/").await;
    let got = get(&awa, "/api/v1/auth/login/").await;
    let strange = send(&awa, ask("BREW", ME)).await;

    for refused in [&deleted, &got, &strange] {
        assert_eq!(refusal(refused), "405 method-not-allowed");
    }
    assert_eq!(allowed(&deleted), ["GET", "HEAD", "OPTIONS", "POST"]);
    assert_eq!(allowed(&got), ["OPTIONS", "POST"]);
    assert_eq!(allowed(&strange), ["GET", "HEAD", "OPTIONS"]);
}

#[tokio::test]
async fn a_head_is_a_get_without_a_body() {
    let awa = cast().await.awa.client();

    let head = send(&awa, ask("HEAD", ME)).await;

    assert_eq!((head.status.as_u16(), head.body.is_null()), (200, true));
    assert_eq!(head.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_request_keeps_the_name_its_client_gave_it() {
    let awa = cast().await.awa.client();
    let named = |name: &str, path: &str| ask("GET", path).header("x-request-id", name);

    let fine = send(&awa, named("commande-7", ME)).await;
    let refused = send(&awa, named("commande-8", "/api/v1/projects/?x=1")).await;
    let unnamed = get(&awa, "/api/v1/nothing/").await;

    assert_eq!(fine.header("x-request-id"), Some("commande-7"));
    assert_eq!(refused.header("x-request-id"), Some("commande-8"));
    assert_eq!(refused.body["request_id"], "commande-8");
    let made: uuid::Uuid = unnamed.header("x-request-id").unwrap().parse().unwrap();
    assert_eq!((made.get_version_num(), &unnamed.body["request_id"]), (7, &json!(made)));
    for bad in ["two words", &"x".repeat(65), ""] {
        let renamed = send(&awa, named(bad, ME)).await;
        let name = renamed.header("x-request-id").unwrap();
        assert!(name != bad && name.parse::<uuid::Uuid>().is_ok(), "{name}");
    }
}

#[tokio::test]
async fn problems_are_titled_in_the_readers_language() {
    let client = nobody();
    let with = |query: &str, accepted: Option<&str>| {
        let ask = ask("GET", &format!("{ME}{query}"));
        accepted.map_or_else(|| ask.clone(), |tags| ask.clone().header("accept-language", tags))
    };

    for (query, accepted, title) in [
        ("", None, "Connectez-vous d'abord"),
        ("?lang=en", None, "Sign in first"),
        ("?lang=en", Some("fr"), "Sign in first"),
        ("?lang=fr", Some("en"), "Connectez-vous d'abord"),
        ("", Some("en-GB,en;q=0.9,fr;q=0.5"), "Sign in first"),
        ("", Some("wo, de"), "Connectez-vous d'abord"),
        ("?lang=zz", Some("en"), "Sign in first"),
    ] {
        let answer = send(&client, with(query, accepted)).await;
        assert_eq!(answer.body["title"], title, "{query} {accepted:?}");
        assert_eq!(answer.body["code"], "not-authenticated");
    }
    let awa = cast().await.awa.client();
    expect(get(&awa, &format!("{ME}?lang=en")).await, 200);
    expect(get(&awa, "/api/v1/projects/?lang=en&limit=1").await, 200);
}

#[tokio::test]
async fn every_response_tells_a_browser_to_do_nothing_with_it() {
    let awa = cast().await.awa.client();

    for path in [ME, "/api/v1/nothing/", "/api/v1/projects", "/health/live/", "/metrics"] {
        let answer = get(&awa, path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("server"), None);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_given_nothing() {
    let preflight = ask("OPTIONS", "/api/v1/projects/")
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST");

    let refused = send(&nobody(), preflight).await;

    assert_eq!(refused.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_key_is_a_short_printable_name() {
    let cast = cast().await;
    let project = cast.awa.project("Clés", &[]).await;
    let (awa, path) = (cast.awa.client(), format!("/api/v1/projects/{project}/tasks/"));
    let keyed = |key: &str| ask("POST", &path).key(key).json(&json!({"title": "clé"}));

    for key in ["", &"k".repeat(65), "é", "a~b"] {
        assert_eq!(refusal(&send(&awa, keyed(key)).await), "422 validation /idempotency_key", "{key}");
    }
    let longest = "k".repeat(64);
    let first = send(&awa, keyed(&longest)).await;
    let again = send(&awa, keyed(&longest)).await;

    assert_eq!((first.header("idempotent-replay"), again.header("idempotent-replay")), (None, Some("true")));
    assert_eq!(first.header("etag"), again.header("etag"));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(expect(first, 201), expect(again, 201));
}

#[tokio::test]
async fn a_refused_request_may_be_repeated_with_its_key() {
    let cast = cast().await;
    let project = cast.awa.project("Encore", &[]).await;
    let (awa, path) = (cast.awa.client(), format!("/api/v1/projects/{project}/tasks/"));
    let body = json!({"title": "à Kofi", "assignee_id": cast.kofi.id});
    let keyed = || ask("POST", &path).key("kofi").json(&body);

    let refused = send(&awa, keyed()).await;
    let kofi = json!({"user_id": cast.kofi.id});
    expect(post(&awa, &format!("/api/v1/projects/{project}/team/"), &kofi).await, 201);
    let repeated = send(&awa, keyed()).await;

    assert_eq!(refusal(&refused), "422 validation /assignee_id");
    assert_eq!(repeated.header("idempotent-replay"), None);
    expect(repeated, 201);
}

#[tokio::test]
async fn one_key_of_two_people_names_two_commands() {
    let cast = cast().await;
    let project = cast.awa.project("Homonymes", &[&cast.moussa]).await;
    let path = format!("/api/v1/projects/{project}/tasks/");
    let keyed = || ask("POST", &path).key("même").key("meme").json(&json!({"title": "x"}));

    let hers = expect(
        send(&cast.awa.client(), ask("POST", &path).key("meme").json(&json!({"title": "x"}))).await,
        201,
    );
    let his = send(&cast.moussa.client(), keyed()).await;

    assert_eq!(his.status.as_u16() / 100, 4, "two keys are none: {}", his.body);
    let his = expect(
        send(&cast.moussa.client(), ask("POST", &path).key("meme").json(&json!({"title": "x"}))).await,
        201,
    );
    assert_ne!(hers["id"], his["id"]);
}
