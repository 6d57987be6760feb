//! What ends by itself, by a clock that the test moves.

use crate::stage::{Stage, end_of, refused};
use schema::{clock::Clock, code::Code, time::Timestamp};

fn clock() -> Clock {
    Clock::seeded(7, Timestamp::from_ms(1_800_000_000_000))
}
const HOURS_MS: i64 = 3 * 3_600_000;

#[tokio::test]
async fn an_expired_token_is_named_so() {
    let clock = clock();
    let stage = Stage::by(clock.clone(), |_| {}).await;
    let mut socket = stage.stranger().await;

    clock.advance_ms(HOURS_MS);

    assert_eq!(refused(socket.sign_in(stage.token(0)).await).code, Code::TokenExpired);
    assert_eq!(end_of(&mut socket).await, 4001);
    assert_eq!(refused(stage.client(0).get("/api/v1/auth/me/").await).code, Code::TokenExpired);
}

#[tokio::test]
async fn a_connection_ends_with_its_token_at_the_next_heartbeat() {
    let clock = clock();
    let stage = Stage::by(clock.clone(), |_| {}).await;
    let mut socket = stage.socket(0).await;

    clock.advance_ms(HOURS_MS);
    socket.ping().await.unwrap();

    assert_eq!(end_of(&mut socket).await, 4001);
}

#[tokio::test]
async fn who_is_silent_for_a_minute_is_gone() {
    let clock = clock();
    let stage = Stage::by(clock.clone(), |_| {}).await;
    let (mut silent, mut alive) = (stage.socket(0).await, stage.socket(1).await);

    clock.advance_ms(59_000);
    alive.ping().await.unwrap();
    alive.next().await.unwrap();
    clock.advance_ms(2_000);

    assert_eq!(end_of(&mut silent).await, 4000);
    alive.ping().await.unwrap();
    assert!(alive.next().await.is_ok());
}
