//! After somebody threw away all that they had read: removes the rows, in steps. A step that was done finds nothing
//! left to do, so that it may be tried as often as need be.

use super::{
    entries::{PAGE, some},
    events,
    notify::inbox_of,
    tables::Notification,
};
use crate::{rooms, server};
use actors::{BoxFuture, room::Author};
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{
    change::Change,
    id::{Id, UserId},
    room::RoomId,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::from_value;

/// Rows of one step: removed, each is written as it was.
const STEP_ROWS_MAX: usize = 20;

/// Removes what a person had read.
pub(super) const REMOVE_READ: Reaction = Reaction {
    name: "remove_read",
    on: On::Names(&[events::READ_DELETED]),
    acts_in: Cause::same_room,
    run: remove_read,
};

/// What the event said.
#[derive(Deserialize)]
struct Wish {
    up_to: Timestamp,
}

fn remove_read<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Ok(wish) = from_value::<Wish>(cause.event.data.clone()) else { return Ok(()) };
        let person: UserId = Id::new(cause.event.entity.id);
        for index in ["inbox", "archived"] {
            let mut before: Option<Notification> = None;
            loop {
                let place = before.take().map(|last| super::entries::place(&last).finish());
                let page = some(engine.reader(), index, person, PAGE, |range| match place {
                    Some(place) => range.backward().before(place),
                    None => range.backward(),
                })
                .await?;
                let inbox = inbox_of(engine.reader(), person).await?;
                let was_read =
                    |row: &&Notification| row.settled(&inbox).read_at.is_some_and(|at| at <= wish.up_to);
                let read: Vec<Id<Notification>> = page.iter().filter(was_read).map(|row| row.id).collect();
                for step in read.chunks(STEP_ROWS_MAX) {
                    remove(engine, cause, person, step).await?;
                }
                if page.len() < PAGE {
                    break;
                }
                before = page.into_iter().next_back();
            }
        }
        Ok(())
    })
}

/// Removes some rows with one commit.
async fn remove(engine: &Engine, cause: &Cause, person: UserId, ids: &[Id<Notification>]) -> Result<()> {
    let room = rooms::of_user(person);
    let Some(first) = ids.first() else { return Ok(()) };
    let key = format!("{}:{first}", cause.event.id);
    server::settle(|| async {
        let inbox = inbox_of(engine.reader(), person).await?;
        let mut change = Change::new();
        for id in ids {
            let row: Option<Notification> = engine.reader().by_id(&room, *id).await?;
            // It may be unread again by now.
            if let Some(row) = row.filter(|row| row.settled(&inbox).read_at.is_some()) {
                change.remove(&row);
            }
        }
        change.unaudited();
        if change.rows.is_empty() {
            return Ok(());
        }
        if inbox.version > 0 {
            change.relies_on(&inbox);
        }
        let author = Author::system(cause.event.org_id, cause.rule);
        server::commit_as(engine, &room, &key, author, change).await.map(drop)
    })
    .await
}
