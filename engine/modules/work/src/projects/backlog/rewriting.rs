//! Tasks that one change rewrites: a change is bounded, so a wider effect is done in steps.

use crate::projects::{
    events,
    rules::TEXT_AT_ONCE,
    tables::{ProjectId, Task, TaskId},
};
use bytes::Bytes;
use engine::{Cause, Engine, Error, Reader, Result};
use schema::{change::Change, codec, key::KeyWriter, room::RoomId, table::Table as _};
use serde_json::Value;
use storage::Range;

/// Tasks rewritten in one change.
const TASKS_AT_ONCE: usize = 30;
/// Cards looked at in one go.
const CARDS_AT_ONCE: usize = 500;

/// Goes through the cards of a project for tasks that are to be rewritten, again and again until there is none.
pub(crate) struct Sweep {
    room: RoomId,
    /// The card looked at last.
    after: Option<Bytes>,
    /// Whether one was found since the first card: then others may have come behind the back of whoever looks.
    found: bool,
}

impl Sweep {
    /// Through the cards of the project whose room this is.
    pub(crate) const fn of(room: RoomId) -> Self {
        Self { room, after: None, found: false }
    }

    /// The next tasks whose cards are wanted, as many as one change may rewrite; none in the end.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn next(
        &mut self,
        reader: &Reader,
        wanted: impl Fn(&Value) -> bool + Send + Sync,
    ) -> Result<Vec<Task>> {
        let (slot, _) = Task::SPEC.index("board").ok_or_else(|| Error::broken("there is no board"))?;
        let within = KeyWriter::new().with(&ProjectId::new(self.room.id())).finish();
        let (mut tasks, mut bytes): (Vec<Task>, usize) = (Vec::new(), 0);
        loop {
            let range = Range::partition(slot.number(Task::SPEC.id), within.clone(), CARDS_AT_ONCE);
            let range = self.after.iter().cloned().fold(range, Range::after);
            let cards = reader.store().scan(&range).await?;
            for card in &cards {
                let shown: Value = codec::from_msgpack(&card.value)?;
                let id = shown.get("id").and_then(Value::as_str).and_then(|id| id.parse::<TaskId>().ok());
                let task = match id.filter(|_| wanted(&shown)) {
                    Some(id) => reader.by_id::<Task>(&self.room, id).await?,
                    None => None,
                };
                if let Some(task) = task {
                    bytes += task.description.len();
                    // One is always taken, or a long one would never have its turn.
                    if tasks.len() == TASKS_AT_ONCE || (bytes > TEXT_AT_ONCE && !tasks.is_empty()) {
                        return Ok(tasks);
                    }
                    self.found = true;
                    tasks.push(task);
                }
                self.after = Some(card.sort.clone());
            }
            if cards.len() == CARDS_AT_ONCE {
                continue;
            }
            if !tasks.is_empty() || !self.found {
                return Ok(tasks);
            }
            *self = Self::of(self.room.clone());
        }
    }
}

/// Rewrites all tasks of a project whose cards are wanted, change by change, and tells of each.
///
/// # Errors
/// When a change is refused; said again, it goes on with what is left.
pub(crate) async fn rewrite(
    engine: &Engine,
    cause: &Cause,
    wanted: impl Fn(&Value) -> bool + Send + Sync,
    rewritten: impl Fn(&Task) -> Task + Send + Sync,
) -> Result<()> {
    let mut sweep = Sweep::of(cause.room.clone());
    loop {
        let tasks = sweep.next(engine.reader(), &wanted).await?;
        let Some(first) = tasks.first() else { return Ok(()) };
        let step = cause.step(&format!("{}.{}", first.id, first.version));
        let mut change = Change::new();
        for task in &tasks {
            let slot = change.update(task, rewritten(task));
            events::task(&mut change, events::TASK_UPDATED, slot);
        }
        engine.effect(&step, &cause.room, change).await?;
    }
}

/// The first of these tasks, as many as fit into one change.
///
/// # Errors
/// When the store fails.
pub(crate) async fn first_of(
    reader: &Reader,
    room: &RoomId,
    ids: Vec<TaskId>,
    most: usize,
) -> Result<Vec<Task>> {
    let (mut tasks, mut bytes): (Vec<Task>, usize) = (Vec::new(), 0);
    for id in ids.into_iter().take(most) {
        let Some(task) = reader.by_id::<Task>(room, id).await? else { continue };
        bytes += task.description.len();
        // One is always taken, or a long one would never have its turn.
        if bytes > TEXT_AT_ONCE && !tasks.is_empty() {
            break;
        }
        tasks.push(task);
    }
    Ok(tasks)
}
