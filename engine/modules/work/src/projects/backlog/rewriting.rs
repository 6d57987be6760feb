//! Tasks that one change rewrites: a change is bounded, so a wider effect is done in steps.

use crate::projects::{
    rules::TEXT_AT_ONCE,
    tables::{Task, TaskId},
};
use engine::{Reader, Result};
use schema::room::RoomId;

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
