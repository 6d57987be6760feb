//! What completing a project with open tasks does to them: told as one fact, they are cancelled step by step.

use super::{
    events, progress,
    rules::{self, Arrival},
    tables::{ProjectId, Task, TaskId},
    words::TaskStatus,
};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Reader, Result};
use schema::{change::Change, event::Envelope, key::KeyWriter, room::RoomId};
use serde_json::Value;

/// Tasks cancelled in one change.
const TASKS_AT_ONCE: usize = 30;

/// Cancels what was open when a project was completed by force.
pub(super) const CANCEL: Reaction = Reaction {
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
            // Each step is a cause of its own, or the second would pass for the first said twice.
            let id = cause.derived(&format!("{}.{}", first.id, first.version));
            let event = Envelope { id, ..cause.event.clone() };
            let step = Cause { room: cause.room.clone(), event, notify: Vec::new(), ..*cause };
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
    let (mut tasks, mut bytes): (Vec<Task>, usize) = (Vec::new(), 0);
    for status in TaskStatus::ALL.into_iter().filter(|status| status.is_open()) {
        let column = KeyWriter::new().with(&status).finish();
        let within = KeyWriter::new().with(&ProjectId::new(room.id()));
        let cards = reader
            .index::<Task>("board", within, TASKS_AT_ONCE, |range| range.starting_with(&column))
            .await?;
        for card in cards {
            let id = card.get("id").and_then(Value::as_str).and_then(|id| id.parse::<TaskId>().ok());
            let Some(id) = id else { continue };
            let Some(task) = reader.by_id::<Task>(room, id).await? else { continue };
            bytes += task.description.len();
            // One is always taken, or a long one would never be cancelled.
            let full = tasks.len() >= TASKS_AT_ONCE || bytes > rules::TEXT_AT_ONCE;
            if full && !tasks.is_empty() {
                return Ok(tasks);
            }
            tasks.push(task);
        }
    }
    Ok(tasks)
}
