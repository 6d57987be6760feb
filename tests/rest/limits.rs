//! How often one may ask, on a server that counts: classes of calls with their buckets, and clients in a
//! hurry.

use super::ask::{ask, get, post, refusal, send};
use crate::harness::{ADMIN, Person, World, config, quiet_for, within};
use gateway::{
    Config, Server,
    client::{Answer, Ask, Error},
};
use parking_lot::Mutex;
use schema::{frame::Request, role::Role};
use serde_json::{Value, json};
use std::{path::Path, sync::OnceLock};
use tokio::time::Instant;

/// A server with the published limits, behind a proxy that may name the client's address.
fn counting(data: &Path) -> Config {
    let mut config = config(data);
    config.limits.enabled = true;
    config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    config
}

fn world() -> World {
    static COUNTING: OnceLock<Mutex<World>> = OnceLock::new();
    COUNTING.get_or_init(|| Mutex::new(World::start(counting))).lock().clone()
}

/// The same request, from another address.
fn from(address: &str, ask: Ask) -> Ask {
    ask.header("x-forwarded-for", address)
}

fn number(answer: &Answer, header: &str) -> u64 {
    answer.header(header).unwrap_or_else(|| panic!("{header} is missing")).parse().unwrap()
}

/// Asserts that an answer says when to come back, and answers the bucket's size.
#[track_caller]
fn refused_limit(answer: &Answer) -> u64 {
    assert_eq!(refusal(answer), "429 rate-limited");
    assert!(number(answer, "retry-after") >= 1);
    assert_eq!(number(answer, "retry-after"), answer.body["retry_after"].as_u64().unwrap());
    assert_eq!((number(answer, "ratelimit-remaining"), number(answer, "ratelimit-reset") >= 1), (0, true));
    number(answer, "ratelimit-limit")
}

/// An address is a stranger until its token is one: trying tokens draws from the strangers' bucket.
#[tokio::test]
async fn an_address_does_not_guess_tokens_for_ever() {
    let client = world().anonymous().with_token("not-one.of.ours");
    let guess = || from("192.0.2.77", ask("GET", "/api/v1/auth/me/"));

    let mut guesses = 0;
    let last = loop {
        let answer = send(&client, guess()).await;
        if answer.status.as_u16() != 401 {
            break answer;
        }
        guesses += 1;
        assert!(guesses < 1_000, "nobody stops it");
    };

    assert_eq!(refusal(&last), "429 rate-limited");
    assert!(guesses >= u64::from(gateway::Config::default().limits.anonymous_per_minute.get()));
}

#[tokio::test]
async fn an_address_tries_five_passwords_a_minute() {
    let client = world().anonymous();
    let login = |email: &str| {
        let body = json!({"email": email, "password": "ce n'est pas celui-ci"});
        from("192.0.2.5", ask("POST", "/api/v1/auth/login/").json(&body))
    };

    let mut codes = Vec::new();
    for n in 0..5 {
        let answer = send(&client, login(&format!("personne{n}@example.org"))).await;
        assert_eq!(number(&answer, "ratelimit-remaining"), 4 - n);
        codes.push(answer.status.as_u16());
    }
    let sixth = send(&client, login(ADMIN)).await;
    let elsewhere = send(
        &client,
        from(
            "192.0.2.6",
            ask("POST", "/api/v1/auth/login/").json(&json!({"email": "x@y.zz", "password": "x"})),
        ),
    )
    .await;

    assert_eq!(codes, [401; 5]);
    assert_eq!(refused_limit(&sixth), 5);
    assert_eq!(elsewhere.status.as_u16(), 401, "another address has its own bucket");
}

#[tokio::test]
async fn an_address_without_a_token_asks_thirty_times_a_minute() {
    let client = world().anonymous();
    let keys = |address: &str| from(address, ask("GET", "/api/v1/auth/jwks/"));

    let mut passed = 0;
    let refused = loop {
        let answer = send(&client, keys("192.0.2.7")).await;
        if answer.status.as_u16() != 200 {
            break answer;
        }
        passed += 1;
        assert!(passed < 100, "nobody counts");
    };

    assert!((30..40).contains(&passed), "{passed} calls passed");
    assert_eq!(refused_limit(&refused), 30);
    assert_eq!(send(&client, keys("192.0.2.8")).await.status.as_u16(), 200);
    let health = send(&client, from("192.0.2.7", ask("GET", "/health/live/"))).await;
    assert_eq!(health.status.as_u16(), 200, "a watchdog is never refused");
}

#[tokio::test]
async fn a_person_asks_a_hundred_and_twenty_times_a_minute_from_wherever() {
    let world = world();
    let hasty = world.person("Hâtif", Role::Student).await;
    let client = hasty.client();
    let me = |n: usize| from(["192.0.2.9", "192.0.2.10"][n % 2], ask("GET", "/api/v1/auth/me/"));

    let mut passed = 0;
    let refused = loop {
        let answer = send(&client, me(passed)).await;
        if answer.status.as_u16() != 200 {
            break answer;
        }
        passed += 1;
        assert!(passed < 300, "nobody counts");
    };

    // What comes back while the calls run is two a second.
    assert!((120..180).contains(&passed), "{passed} calls passed");
    assert_eq!(refused_limit(&refused), 120);
    let other = get(&world.admin(), "/api/v1/auth/me/").await;
    assert_eq!(other.status.as_u16(), 200, "another person has a bucket of their own");
}

/// Speaks until the tries are over, over REST or over a socket; answers how many got through.
async fn speak_over_rest(person: &Person, path: &str, tries: usize) -> usize {
    let client = person.client();
    let mut passed = 0;
    for _ in 0..tries {
        let answer = post(&client, path, &json!({"body": "allô"})).await;
        match answer.status.as_u16() {
            201 => passed += 1,
            _ => assert_eq!(refused_limit(&answer), 20),
        }
    }
    passed
}

async fn speak_over_socket(person: &Person, meeting: &Value, tries: usize) -> usize {
    let mut socket = person.socket().await;
    let mut passed = 0;
    for _ in 0..tries {
        let said = socket.call("PostMessage", json!({"meeting_id": meeting, "body": "allô"}), None).await;
        match said {
            Ok(reply) => passed += usize::from(reply.status == 201),
            Err(error) => {
                let problem = error.problem().expect("a refusal");
                assert_eq!(problem.code.word(), "rate-limited");
                assert!(problem.extra["retry_after"].as_u64() >= Some(1));
            }
        }
    }
    passed
}

#[tokio::test]
async fn twenty_messages_in_ten_seconds_are_shared_by_rest_and_sockets() {
    let world = world();
    let talker = world.person("Bavard", Role::Mentor).await;
    let meeting = json!(talker.meeting("Bavarde", &[]).await);
    let path = format!("/api/v1/meetings/{}/messages/", meeting.as_str().unwrap());
    let begun = Instant::now();

    let over_rest = speak_over_rest(&talker, &path, 12).await;
    let over_socket = speak_over_socket(&talker, &meeting, 14).await;
    let again_over_rest = speak_over_rest(&talker, &path, 4).await;

    // Two come back every second.
    let refilled = usize::try_from(begun.elapsed().as_millis() / 500).unwrap() + 1;
    let passed = over_rest + over_socket + again_over_rest;
    assert_eq!(over_rest, 12);
    assert!((20..=20 + refilled).contains(&passed), "{over_rest} + {over_socket} + {again_over_rest} passed");
}

#[tokio::test]
async fn whoever_floods_a_socket_is_told_and_then_closed() {
    let world = world();
    let flooder = world.person("Torrent", Role::Student).await;
    let mut socket = flooder.socket().await;
    let ping = Request { op: "ping".into(), reference: Some("p".into()), ..Request::default() };

    let mut told = 0;
    let end = within(async {
        loop {
            for _ in 0..50 {
                if socket.send(&ping).await.is_err() {
                    break;
                }
            }
            let (heard, end) = quiet_for(&mut socket, 20).await;
            told += heard.iter().filter(|response| response.d["code"] == "rate-limited").count();
            if let Some(end) = end {
                return end;
            }
        }
    })
    .await;

    assert!(matches!(end, Error::Closed { code: 4029, .. }), "{end:?}");
    assert!(told > 0, "it was told before");
    let mut back = flooder.socket().await;
    back.ping().await.unwrap();
    assert_eq!(quiet_for(&mut back, 300).await.0.len(), 1, "whoever comes back calmly is answered");
}

#[tokio::test]
async fn limits_stay_on_where_others_can_connect() {
    let data = tempfile::tempdir().unwrap();
    let mut open = config(&data.path().join("data"));
    open.listen = "0.0.0.0:0".parse().unwrap();

    let refused = open.clone().checked().unwrap_err().to_string();
    let started = Server::start(open.clone()).await.err().expect("it does not start").to_string();
    open.limits.enabled = true;

    assert!(refused.contains("loopback") && refused.contains("0.0.0.0"), "{refused}");
    assert_eq!(started, refused);
    assert!(open.checked().is_ok());
    assert!(!data.path().join("data").exists(), "nothing was touched");
    assert!(config(data.path()).checked().is_ok(), "on loopback they may be off");
}
