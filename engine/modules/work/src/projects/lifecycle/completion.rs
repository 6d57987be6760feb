//! What completing a project with open tasks does to them: told as one fact, they are cancelled step by step.

use crate::projects::{
    backlog::rewriting,
    events, progress,
    rules::{self, Arrival},
    tables::{ProjectId, Task, TaskId},
    words::TaskStatus,
};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Reader, Result};
use schema::{change::Change, key::KeyWriter, room::RoomId};
use serde_json::Value;

/// Tasks cancelled in one change.
const TASKS_AT_ONCE: usize = 30;

/// Cancels what was open when a project was completed by force.
pub(crate) const CANCEL: Reaction = Reaction {
    name: "projects.cancel_tasks",
    on: On::Names(&[events::PROJECT_STATUS_CHANGED]),
    acts_in: Cause::same_room,
    run: cancel,
};

fn cancel<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        if cause.event.data.get("cancels") != Some(&Value::Bool(true)) {
            return Ok(());
        }
        loop {
            let tasks = open_tasks(engine.reader(), &cause.room).await?;
            let Some(first) = tasks.first() else { return Ok(()) };
            let step = cause.step(&format!("{}.{}", first.id, first.version));
            let mut change = Change::new();
            for task in tasks {
                let (rank, at) = (task.rank.clone(), cause.event.occurred_at);
                let arrival = Arrival { column: TaskStatus::Cancelled, rank, reason: None, at };
                let cancelled = rules::put(&task, arrival)?;
                progress::count(&mut change, Some(&task), Some(&cancelled));
                let slot = change.update(&task, cancelled);
                events::task(&mut change, events::TASK_MOVED, slot);
            }
            engine.effect(&step, &cause.room, change).await?;
        }
    })
}

/// Open tasks of a project, as many as one change may cancel.
async fn open_tasks(reader: &Reader, room: &RoomId) -> Result<Vec<Task>> {
    let mut ids: Vec<TaskId> = Vec::new();
    for status in TaskStatus::ALL.into_iter().filter(|status| status.is_open()) {
        let column = KeyWriter::new().with(&status).finish();
        let within = KeyWriter::new().with(&ProjectId::new(room.id()));
        let cards = reader
            .index::<Task>("board", within, TASKS_AT_ONCE, |range| range.starting_with(&column))
            .await?;
        ids.extend(cards.iter().filter_map(|card| card.get("id")?.as_str()?.parse::<TaskId>().ok()));
    }
    rewriting::first_of(reader, room, ids, TASKS_AT_ONCE).await
}
