//! What people take on in a meeting, and where it stands. Pure functions from old rows and a wish to new rows or a
//! refusal.

use crate::meetings::{tables::ActionItem, words::ActionStatus};
use crate::projects::words::TaskStatus;
use engine::{Error, Result};
use schema::time::Timestamp;

/// An action in another state, with when it was done.
pub(crate) fn put(action: &ActionItem, status: ActionStatus, now: Timestamp) -> ActionItem {
    let completed_at = (status == ActionStatus::Completed).then(|| action.completed_at.unwrap_or(now));
    ActionItem { status, completed_at, ..action.clone() }
}

/// Whether people may say where an action stands.
///
/// # Errors
/// `rule-violation` once it is a task: then that does.
pub(super) fn check_own_status(action: &ActionItem, status: Option<ActionStatus>) -> Result<()> {
    if action.project_id.is_some() && status.is_some_and(|status| status != action.status) {
        return Err(Error::rule("this action is a task of a project, which says where it stands"));
    }
    Ok(())
}

/// Whether an action may become a task.
///
/// # Errors
/// `rule-violation` where it is one, or is over.
pub(super) fn check_to_task(action: &ActionItem) -> Result<()> {
    if action.project_id.is_some() {
        return Err(Error::rule("this action is a task already"));
    }
    match action.status {
        ActionStatus::Completed | ActionStatus::Cancelled => Err(Error::rule("this action is over")),
        _ => Ok(()),
    }
}

/// Where an action stands whose task stands there.
pub(crate) const fn following(task: TaskStatus) -> ActionStatus {
    match task {
        TaskStatus::Todo => ActionStatus::Open,
        TaskStatus::InProgress | TaskStatus::InReview => ActionStatus::InProgress,
        TaskStatus::Blocked => ActionStatus::OnHold,
        TaskStatus::Done => ActionStatus::Completed,
        TaskStatus::Cancelled => ActionStatus::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::rules::tests::NOON;
    use schema::id::Id;

    #[test]
    fn an_action_is_done_once_and_undone_without_a_trace() {
        let done = put(&ActionItem::default(), ActionStatus::Completed, NOON);
        let again = put(&done, ActionStatus::Completed, NOON.plus_seconds(9));
        let open = put(&again, ActionStatus::Open, NOON);

        assert_eq!((again.completed_at, open.completed_at), (Some(NOON), None));
    }

    #[test]
    fn what_is_a_task_becomes_no_second_one_and_is_moved_there() {
        let task = ActionItem { project_id: Some(Id::NIL), ..ActionItem::default() };
        let over = put(&ActionItem::default(), ActionStatus::Cancelled, NOON);

        assert!(check_to_task(&ActionItem::default()).is_ok());
        assert!(check_to_task(&task).is_err() && check_to_task(&over).is_err());
        assert!(check_own_status(&task, Some(ActionStatus::Completed)).is_err());
        assert!(check_own_status(&task, Some(ActionStatus::Open)).is_ok());
        assert!(check_own_status(&task, None).is_ok());
    }
}
