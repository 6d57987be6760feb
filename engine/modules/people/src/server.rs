//! Commits that no caller's operation makes: the server's own, and those that only begin to make
//! somebody a caller. They take the same rooms as everything else.

use actors::{
    own::Command,
    room::{Author, Receipt},
};
use engine::{Engine, Error, Result};
use schema::{change::Change, code::Code, id::UserId, room::RoomId};
use std::future::Future;

/// How often a change is computed again because its facts changed meanwhile.
const TRIES_MAX: u32 = 8;

/// Commits a change in its room under a name of its own.
pub(crate) async fn commit(
    engine: &Engine,
    room: &RoomId,
    author: Author,
    change: Change,
) -> Result<Receipt> {
    Ok(engine.node().directory().commit_own(room, author, change).await?)
}

/// Commits a change in its room under a given name: said twice, it happens once.
pub(crate) async fn commit_as(
    engine: &Engine,
    room: &RoomId,
    key: &str,
    author: Author,
    change: Change,
) -> Result<Receipt> {
    let hash = *blake3::hash(key.as_bytes()).as_bytes();
    let command = Command { caller: UserId::NIL, key: key.to_owned(), hash };
    Ok(engine.node().directory().commit(room, command, author, change).await?)
}

/// Does something that reads, computes and commits, again while others change what it read.
pub(crate) async fn settle<T, F>(mut attempt: impl FnMut() -> F + Send) -> Result<T>
where
    F: Future<Output = Result<T>> + Send,
{
    for _ in 1..TRIES_MAX {
        match attempt().await {
            Err(error) if error.code() == Code::Conflict => {}
            outcome => return outcome,
        }
    }
    attempt().await
}

/// A reply that is a problem, for a refusal whose effect must be kept.
pub(crate) fn refusal(error: &Error, french: bool, request_id: Option<String>) -> schema::reply::Reply {
    let mut problem = error.problem(french);
    problem.request_id = request_id;
    let body = serde_json::to_value(&problem).unwrap_or_default();
    schema::reply::Reply::of(problem.status, body)
}
