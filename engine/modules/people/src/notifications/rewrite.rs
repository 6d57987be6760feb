//! After all was read at once: writes it down on each row, in steps. Nobody waits for it: the fact holds
//! already. A step that was done finds nothing left to do, so that it may be tried as often as need be.

use super::{entries::oldest_unread, events, tables::Notification};
use crate::{rooms, server};
use actors::{BoxFuture, room::Author};
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{
    change::Change,
    codec,
    id::{Id, UserId},
    room::RoomId,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::from_value;

/// Rows of one step at most, and their bytes: a row is written twice, as itself and in the inbox, and a
/// change holds 128 KiB.
const STEP_ROWS_MAX: usize = 64;
const STEP_BYTES_MAX: usize = 48 * 1_024;

/// Rewrites what a person read at once.
pub(super) const REWRITE: Reaction = Reaction {
    name: "rewrite_read",
    on: On::Names(&[events::ALL_READ]),
    acts_in: Cause::same_room,
    run: rewrite,
};

/// What the event said.
#[derive(Deserialize)]
struct Fact {
    through: u64,
    turn: u64,
    read_at: Timestamp,
    category: Option<String>,
}

fn rewrite<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Ok(fact) = from_value::<Fact>(cause.event.data.clone()) else { return Ok(()) };
        let person: UserId = Id::new(cause.event.entity.id);
        let mut last: Option<Notification> = None;
        loop {
            let mut page = oldest_unread(engine.reader(), person, last.as_ref()).await?;
            let covered: Vec<Id<Notification>> = page
                .iter()
                .filter(|entry| entry.number <= fact.through && entry.turn < fact.turn)
                .filter(|entry| fact.category.as_ref().is_none_or(|of| *of == entry.category))
                .map(|entry| entry.id)
                .collect();
            for step in covered.chunks(STEP_ROWS_MAX) {
                rewrite_step(engine, cause, person, step, &fact).await?;
            }
            last = page.pop();
            if last.as_ref().is_none_or(|last| last.number >= fact.through) {
                return Ok(());
            }
        }
    })
}

/// Writes some rows, in as many commits as their size asks for.
async fn rewrite_step(
    engine: &Engine,
    cause: &Cause,
    person: UserId,
    ids: &[Id<Notification>],
    fact: &Fact,
) -> Result<()> {
    let room = rooms::of_user(person);
    let mut waiting = ids;
    while let Some(first) = waiting.first() {
        let key = format!("{}:{first}", cause.event.id);
        let taken = server::settle(|| async {
            let mut change = Change::new();
            let (mut taken, mut bytes) = (0, 0);
            for id in waiting {
                let row: Option<Notification> = engine.reader().by_id(&room, *id).await?;
                if let Some(row) = row.filter(|row| row.is_waiting() && row.turn < fact.turn) {
                    bytes += codec::to_bytes(&row)?.len();
                    if bytes > STEP_BYTES_MAX && taken > 0 {
                        break;
                    }
                    change.update(&row, Notification { read_at: Some(fact.read_at), ..row.clone() });
                }
                taken += 1;
            }
            change.unaudited();
            let author = Author::system(cause.event.org_id, cause.rule);
            if !change.rows.is_empty() {
                server::commit_as(engine, &room, &key, author, change).await?;
            }
            Ok(taken)
        });
        waiting = waiting.get(taken.await?..).unwrap_or_default();
    }
    Ok(())
}
