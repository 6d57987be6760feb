//! What completing a project with open tasks does to them: told as one fact, they are cancelled step by step.

use crate::projects::{
    backlog::rewriting::Sweep,
    beside::watching,
    events, progress,
    rules::{self, Arrival},
    tables::{Project, ProjectId},
    words::{ProjectStatus, TaskStatus},
};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{change::Change, room::RoomId, time::Timestamp};
use serde::Deserialize;
use serde_json::Value;

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
        let mut sweep = Sweep::of(cause.room.clone());
        loop {
            let id = ProjectId::new(cause.room.id());
            let project: Option<Project> = engine.reader().by_id(&cause.room, id).await?;
            // Taken up again meanwhile, it keeps what is still open.
            if project.is_none_or(|project| project.status != ProjectStatus::Completed) {
                return Ok(());
            }
            let tasks = sweep.next(engine.reader(), |card| was_open(card, cause.event.occurred_at)).await?;
            let Some(first) = tasks.first() else { return Ok(()) };
            let step = cause.step(&format!("{}.{}", first.id, first.version));
            let mut change = Change::new();
            for task in tasks {
                let (rank, at) = (task.rank.clone(), cause.event.occurred_at);
                let arrival = Arrival { column: TaskStatus::Cancelled, rank, reason: None, at };
                let cancelled = rules::put(&task, arrival)?;
                progress::count(&mut change, Some(&task), Some(&cancelled));
                let slot = change.update(&task, cancelled.clone());
                events::task(&mut change, events::TASK_MOVED, slot);
                let watchers = watching::watchers(engine.reader(), task.id).await?;
                events::task_status_changed(&mut change, slot, (&task, &cancelled), watchers);
            }
            engine.effect(&step, &cause.room, change).await?;
        }
    })
}

/// Whether a task stands open that was there when the project was completed.
fn was_open(card: &Value, then: Timestamp) -> bool {
    #[derive(Deserialize)]
    struct Card {
        status: TaskStatus,
        created_at: Timestamp,
    }
    Card::deserialize(card).is_ok_and(|card| card.status.is_open() && card.created_at <= then)
}
