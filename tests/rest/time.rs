//! What ends by itself, on servers whose clock the test moves: tokens, locks, second thoughts, chats.

use super::{
    apart::Apart,
    ask::{expect, get, patch, post, refusal},
};
use crate::harness::PASSWORD;
use gateway::client::Answer;
use schema::role::Role;
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

async fn login(apart: &Apart, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password, "client": "native"});
    post(&apart.world.anonymous(), "/api/v1/auth/login/", &body).await
}

async fn refresh(apart: &Apart, token: &str) -> Answer {
    post(&apart.world.anonymous(), "/api/v1/auth/token/refresh/", &json!({"refresh_token": token})).await
}

async fn me(apart: &Apart, token: &str) -> Answer {
    get(&apart.world.anonymous().with_token(token), "/api/v1/auth/me/").await
}

fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body[member].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_lasts_as_long_as_it_is_used() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;

    apart.clock.advance_ms(15 * MINUTE_MS + 29_000);
    let in_time = me(&apart, &awa.token).await;
    apart.clock.advance_ms(1_000);
    let expired = me(&apart, &awa.token).await;
    let mut refresh_token = awa.refresh_token.clone();
    for _ in 0..4 {
        apart.clock.advance_ms(6 * 24 * HOUR_MS);
        let renewed = expect(refresh(&apart, &refresh_token).await, 200);
        assert_eq!(me(&apart, text(&renewed, "access_token")).await.status.as_u16(), 200);
        refresh_token = text(&renewed, "refresh_token").to_owned();
    }
    apart.clock.advance_ms(7 * 24 * HOUR_MS);
    let unused = refresh(&apart, &refresh_token).await;

    expect(in_time, 200);
    assert_eq!(
        (refusal(&expired).as_str(), expired.header("www-authenticate")),
        ("401 token-expired", Some("Bearer"))
    );
    assert_eq!(refusal(&unused), "401 token-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_back_later_ends_the_sign_in_for_thief_and_robbed() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let elsewhere = apart.world.sign_in(&awa.email, awa.id).await;
    let next = expect(refresh(&apart, &awa.refresh_token).await, 200);

    apart.clock.advance_ms(10_000);
    let forgiven = expect(refresh(&apart, &awa.refresh_token).await, 200);
    apart.clock.advance_ms(1);
    let stolen = refresh(&apart, &awa.refresh_token).await;

    assert_eq!(text(&forgiven, "refresh_token"), text(&next, "refresh_token"));
    assert_eq!(refusal(&stolen), "401 token-revoked");
    assert_eq!(refusal(&refresh(&apart, text(&next, "refresh_token")).await), "401 token-revoked");
    for token in [awa.token.as_str(), text(&next, "access_token"), text(&forgiven, "access_token")] {
        assert_eq!(refusal(&me(&apart, token).await), "401 token-revoked");
    }
    expect(me(&apart, &elsewhere.token).await, 200);
    expect(refresh(&apart, &elsewhere.refresh_token).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_opens_after_a_quarter_of_an_hour_and_the_next_lasts_twice_as_long() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Student).await;
    let fail = async |times: usize| {
        let mut last = String::new();
        for _ in 0..times {
            last = refusal(&login(&apart, &awa.email, "ce n'est pas celui-ci").await);
        }
        last
    };

    let locked = fail(5).await;
    apart.clock.advance_ms(15 * MINUTE_MS);
    let again = fail(5).await;
    apart.clock.advance_ms(30 * MINUTE_MS - 1_000);
    let still = login(&apart, &awa.email, PASSWORD).await;
    apart.clock.advance_ms(1_000);
    let open = login(&apart, &awa.email, PASSWORD).await;
    let forgiven = fail(4).await;

    assert_eq!((locked.as_str(), again.as_str()), ("423 account-locked", "423 account-locked"));
    assert_eq!((refusal(&still).as_str(), still.header("retry-after")), ("423 account-locked", Some("1")));
    expect(open, 200);
    assert_eq!(forgiven, "401 not-authenticated", "a success forgets the failures before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_settle_after_a_quarter_of_an_hour_and_the_chat_closes_a_day_after() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Mentor).await;
    let meeting = awa.meeting("Deux heures", &[]).await;
    let said = awa.say(meeting, "première").await;
    let messages = format!("/api/v1/meetings/{meeting}/messages/");
    let path = format!("{messages}{}/", text(&said, "id"));
    let words = |body: &str| json!({"body": body});
    let client = awa.client();

    let corrected = patch(&client, &path, &words("deuxième")).await;
    apart.clock.advance_ms(15 * MINUTE_MS + 1);
    let settled = patch(&client, &path, &words("troisième")).await;
    apart.clock.advance_ms(25 * HOUR_MS);
    let back = apart.world.sign_in(&awa.email, awa.id).await.client();
    let late = post(&back, &messages, &words("encore ouvert")).await;
    apart.clock.advance_ms(HOUR_MS);
    let back = apart.world.sign_in(&awa.email, awa.id).await.client();
    let closed = post(&back, &messages, &words("fermé")).await;

    expect(corrected, 200);
    assert_eq!(refusal(&settled), "422 rule-violation");
    expect(late, 201);
    assert_eq!(refusal(&closed), "422 rule-violation");
    let history = expect(get(&back, &messages).await, 200);
    assert_eq!(super::ask::column(&history, "body"), ["encore ouvert", "deuxième"], "and is read for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_known_for_a_day() {
    let apart = Apart::in_slow_motion().await;
    let awa = apart.world.person("Awa", Role::Entrepreneur).await;
    let project = awa.project("Commandes", &[]).await;
    let create = async |person: &crate::harness::Person| {
        let path = format!("/api/v1/projects/{project}/tasks/");
        let ask = super::ask::ask("POST", &path).key("une-fois").json(&json!({"title": "une fois"}));
        super::ask::send(&person.client(), ask).await
    };

    let first = create(&awa).await;
    apart.clock.advance_ms(24 * HOUR_MS);
    let back = apart.world.sign_in(&awa.email, awa.id).await;
    let replayed = create(&back).await;
    apart.clock.advance_ms(25 * HOUR_MS);
    let back = apart.world.sign_in(&awa.email, awa.id).await;
    let forgotten = create(&back).await;

    let first = expect(first, 201);
    assert_eq!(replayed.header("idempotent-replay"), Some("true"));
    assert_eq!(expect(replayed, 201)["id"], first["id"]);
    assert_eq!(forgotten.header("idempotent-replay"), None);
    assert_ne!(expect(forgotten, 201)["id"], first["id"]);
}
