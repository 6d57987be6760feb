//! How far a project is. Every task counts in the room's counters, which move with the commit that moves
//! the task and conflict with nobody; the percentage is computed from them when somebody asks.

use super::{
    tables::{Project, Task},
    words::{ProjectStatus, TaskStatus},
};
use engine::{Reader, Result};
use schema::{change::Change, room::RoomId};
use std::collections::BTreeMap;

/// Tasks that are not cancelled.
const LIVE: &str = "tasks.live";
/// Those of them that nobody has estimated.
const UNESTIMATED: &str = "tasks.unestimated";
/// Estimated minutes of live tasks.
const MINUTES_LIVE: &str = "minutes.live";
/// Estimated minutes of finished tasks.
const MINUTES_DONE: &str = "minutes.done";
/// Moves whenever any of these does: the second part of the project's entity tag.
const STATS: &str = "stats";

/// The counter of a column.
const fn column(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Todo => "tasks.todo",
        TaskStatus::InProgress => "tasks.in_progress",
        TaskStatus::InReview => "tasks.in_review",
        TaskStatus::Blocked => "tasks.blocked",
        TaskStatus::Done => "tasks.done",
        TaskStatus::Cancelled => "tasks.cancelled",
    }
}

/// What one task adds to the counters.
fn weights(task: &Task) -> Vec<(&'static str, i64)> {
    let mut weights = vec![(column(task.status), 1)];
    if task.status == TaskStatus::Cancelled {
        return weights;
    }
    weights.push((LIVE, 1));
    match task.estimated_minutes {
        None => weights.push((UNESTIMATED, 1)),
        Some(minutes) => {
            weights.push((MINUTES_LIVE, minutes.into()));
            if task.status == TaskStatus::Done {
                weights.push((MINUTES_DONE, minutes.into()));
            }
        }
    }
    weights
}

/// Moves the counters by what a task was and what it becomes.
pub(crate) fn count(change: &mut Change, old: Option<&Task>, new: Option<&Task>) {
    let moves = moves(old, new);
    if !moves.is_empty() {
        change.add(STATS, 1);
    }
    for (counter, by) in moves {
        change.add(counter, by);
    }
}

/// The counters that differ, and by how much.
fn moves(old: Option<&Task>, new: Option<&Task>) -> Vec<(&'static str, i64)> {
    let mut moves: Vec<(&'static str, i64)> = Vec::new();
    let gone = old.map(weights).unwrap_or_default().into_iter().map(|(counter, by)| (counter, -by));
    for (counter, by) in new.map(weights).unwrap_or_default().into_iter().chain(gone) {
        match moves.iter_mut().find(|(known, _)| *known == counter) {
            Some((_, sum)) => *sum += by,
            None => moves.push((counter, by)),
        }
    }
    moves.retain(|(_, by)| *by != 0);
    moves
}

/// How many tasks stand in a column.
///
/// # Errors
/// When the store fails.
pub(super) async fn in_column(reader: &Reader, room: &RoomId, status: TaskStatus) -> Result<i64> {
    reader.counter(room, column(status)).await
}

/// How many tasks are neither done nor cancelled.
///
/// # Errors
/// When the store fails.
pub(super) async fn open(reader: &Reader, room: &RoomId) -> Result<i64> {
    let mut open = 0;
    for status in TaskStatus::ALL.into_iter().filter(|status| status.is_open()) {
        open += in_column(reader, room, status).await?;
    }
    Ok(open)
}

/// How many tasks stand in each column.
///
/// # Errors
/// When the store fails.
pub(super) async fn by_column(reader: &Reader, room: &RoomId) -> Result<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for status in TaskStatus::ALL {
        counts.insert(status.word().to_owned(), in_column(reader, room, status).await?);
    }
    Ok(counts)
}

/// The version of everything counted here.
///
/// # Errors
/// When the store fails.
pub(super) async fn stats_version(reader: &Reader, room: &RoomId) -> Result<u64> {
    Ok(u64::try_from(reader.counter(room, STATS).await?).unwrap_or_default())
}

/// How far a project is, in whole percent.
///
/// # Errors
/// When the store fails.
pub(super) async fn of(reader: &Reader, room: &RoomId, status: ProjectStatus) -> Result<u8> {
    if status == ProjectStatus::Completed {
        return Ok(100);
    }
    let (done, all) = if reader.counter(room, UNESTIMATED).await? == 0 {
        (MINUTES_DONE, MINUTES_LIVE)
    } else {
        (column(TaskStatus::Done), LIVE)
    };
    Ok(percent(reader.counter(room, done).await?, reader.counter(room, all).await?))
}

/// The project's entity tag: its own version, then that of its numbers.
///
/// # Errors
/// When the store fails.
pub(super) async fn tag(reader: &Reader, room: &RoomId, project: &Project) -> Result<String> {
    Ok(schema::reply::etag(project.version, stats_version(reader, room).await?))
}

/// Whole percent, rounded down; nothing to do is nothing done.
fn percent(done: i64, all: i64) -> u8 {
    let percent = done.saturating_mul(100).checked_div(all).unwrap_or(0);
    u8::try_from(percent.clamp(0, 100)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::rules::tests::task;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn any_task() -> impl Strategy<Value = Option<Task>> {
        let task = (0usize..6, proptest::option::of(0u32..500)).prop_map(|(status, estimated_minutes)| {
            Task { status: TaskStatus::ALL[status], estimated_minutes, ..task() }
        });
        proptest::option::of(task)
    }

    proptest! {
        #[test]
        fn counters_moved_task_by_task_are_what_counting_all_tasks_gives(
            edits in proptest::collection::vec((0usize..5, any_task()), 1..60),
        ) {
            let mut tasks: [Option<Task>; 5] = Default::default();
            let mut counters: HashMap<&str, i64> = HashMap::new();

            for (at, new) in edits {
                for (counter, by) in moves(tasks[at].as_ref(), new.as_ref()) {
                    *counters.entry(counter).or_default() += by;
                }
                tasks[at] = new;
            }

            let mut counted: HashMap<&str, i64> = HashMap::new();
            for (counter, by) in tasks.iter().flatten().flat_map(weights) {
                *counted.entry(counter).or_default() += by;
            }
            counters.retain(|_, sum| *sum != 0);
            counted.retain(|_, sum| *sum != 0);
            prop_assert_eq!(counters, counted);
        }
    }

    #[test]
    fn an_edit_that_weighs_nothing_moves_nothing() {
        let old = task();
        let new = Task { title: "Another".into(), ..old.clone() };

        assert!(moves(Some(&old), Some(&new)).is_empty());
    }

    #[test]
    fn percent_is_rounded_down_and_an_empty_project_is_at_zero() {
        assert_eq!((percent(2, 3), percent(0, 0), percent(3, 3)), (66, 0, 100));
    }
}
