//! What a project's room hears, and whom each event notifies. A room event carries only what every
//! reader of the project may read.

use super::tables::{MONEY, Project, ProjectId, ProjectMember, Task};
use schema::{
    change::{Change, Filled, Slot, Telling},
    event::Hearing,
    id::UserId,
    table::Table,
};
use serde_json::{Value, json};

/// A project began.
pub const PROJECT_CREATED: &str = "projects.project.created";
/// It shall have what another one has, which comes step by step.
pub const PROJECT_COPIED: &str = "projects.project.copied";
/// Some fields of a project changed.
pub const PROJECT_UPDATED: &str = "projects.project.updated";
/// It came into another state.
pub const PROJECT_STATUS_CHANGED: &str = "projects.project.status_changed";
/// It was put aside, or taken up again.
pub const PROJECT_ARCHIVED: &str = "projects.project.archived";
/// It was put into the trash.
pub const PROJECT_DELETED: &str = "projects.project.deleted";
/// It came back from there.
pub const PROJECT_RESTORED: &str = "projects.project.restored";
/// Somebody has another role in the team.
pub const MEMBER_ROLE_CHANGED: &str = "projects.member.role_changed";
/// Somebody joined the team.
pub const MEMBER_ADDED: &str = "projects.member.added";
/// Somebody left the team; they hear nothing after it.
pub const MEMBER_REMOVED: &str = "projects.member.removed";
/// A task was created.
pub const TASK_CREATED: &str = "projects.task.created";
/// Some fields of a task changed.
pub const TASK_UPDATED: &str = "projects.task.updated";
/// A task was thrown away.
pub const TASK_DELETED: &str = "projects.task.deleted";
/// It came back.
pub const TASK_RESTORED: &str = "projects.task.restored";
/// A task waits for another, or has to do with it.
pub const DEPENDENCY_ADDED: &str = "projects.dependency.added";
/// It does no longer.
pub const DEPENDENCY_REMOVED: &str = "projects.dependency.removed";
/// A task has one more step.
pub const CHECKLIST_ADDED: &str = "projects.checklist_item.added";
/// A step changed, or was done.
pub const CHECKLIST_CHANGED: &str = "projects.checklist_item.changed";
/// A step was removed.
pub const CHECKLIST_REMOVED: &str = "projects.checklist_item.removed";
/// A label was made.
pub const LABEL_CREATED: &str = "projects.label.created";
/// It is called or looks otherwise.
pub const LABEL_UPDATED: &str = "projects.label.updated";
/// It is gone, and the tasks that carried it lose it one by one.
pub const LABEL_DELETED: &str = "projects.label.deleted";
/// A risk was seen.
pub const RISK_CREATED: &str = "projects.risk.created";
/// Some fields of it changed.
pub const RISK_UPDATED: &str = "projects.risk.updated";
/// It was thrown away.
pub const RISK_DELETED: &str = "projects.risk.deleted";
/// It is high now.
pub const RISK_ESCALATED: &str = "projects.risk.escalated";
/// A status report was published.
pub const REPORT_PUBLISHED: &str = "projects.report.published";
/// A task is due in some days, or today.
pub const TASK_DUE_SOON: &str = "projects.task.due_soon";
/// A task is late.
pub const TASK_OVERDUE: &str = "projects.task.overdue";
/// A task stands elsewhere on the board.
pub const TASK_MOVED: &str = "projects.task.moved";
/// A task has another assignee, or none.
pub const TASK_ASSIGNED: &str = "projects.task.assigned";
/// A task came into another column.
pub const TASK_STATUS_CHANGED: &str = "projects.task.status_changed";

/// A milestone was set.
pub const MILESTONE_CREATED: &str = "projects.milestone.created";
/// Some fields of it changed.
pub const MILESTONE_UPDATED: &str = "projects.milestone.updated";
/// It is there.
pub const MILESTONE_REACHED: &str = "projects.milestone.reached";
/// Its day is over, and it is not there.
pub const MILESTONE_MISSED: &str = "projects.milestone.missed";
/// It was removed.
pub const MILESTONE_DELETED: &str = "projects.milestone.deleted";

/// Tells what changed of a project itself; what it costs is named and not said.
pub(super) fn project<'a>(change: &'a mut Change, name: &'static str, slot: Slot<Project>) -> Telling<'a> {
    let told = change.tell(name, slot).hiding(MONEY);
    told.with(move |filled| json!({"project_id": filled.get(slot).map(|project| project.id)}))
}

/// Tells what changed of a record of a project.
pub(crate) fn of_project<'a, T: Table>(
    change: &'a mut Change,
    name: &'static str,
    slot: Slot<T>,
    project: ProjectId,
) -> Telling<'a> {
    change.tell(name, slot).with(move |_| json!({"project_id": project}))
}

/// Tells that somebody joined the team.
pub(crate) fn member_added(
    change: &mut Change,
    slot: Slot<ProjectMember>,
    member: &ProjectMember,
    project: &Project,
) {
    let (title, user) = (project.title.clone(), member.user_id);
    change.tell(MEMBER_ADDED, slot).saying(move |filled| member_data(filled, slot, &title)).notify([user]);
}

/// Tells that somebody has another role in the team.
pub(super) fn member_role_changed(
    change: &mut Change,
    slot: Slot<ProjectMember>,
    member: &ProjectMember,
    project: &Project,
) {
    let (title, user) = (project.title.clone(), member.user_id);
    let told = change.tell(MEMBER_ROLE_CHANGED, slot).saying(move |filled| member_data(filled, slot, &title));
    told.notify([user]).hearing(Hearing::Recheck);
}

/// Tells that somebody left the team, and lets them hear nothing after it.
pub(super) fn member_removed(
    change: &mut Change,
    slot: Slot<ProjectMember>,
    member: &ProjectMember,
    project: &Project,
) {
    let title = project.title.clone();
    let told = change.tell(MEMBER_REMOVED, slot).saying(move |filled| member_data(filled, slot, &title));
    told.notify([member.user_id]).hearing(Hearing::Drop(member.user_id));
}

fn member_data(filled: &Filled<'_>, slot: Slot<ProjectMember>, title: &str) -> Value {
    let Some(member) = filled.get(slot) else { return Value::Null };
    json!({
        "title": title,
        "project_id": member.project_id,
        "user_id": member.user_id,
        "role": member.role,
        "function": member.function,
        "joined_at": member.joined_at,
    })
}

/// Tells something about a task: what changed, and which task of which project it is.
pub(crate) fn task(change: &mut Change, name: &'static str, slot: Slot<Task>) {
    change.tell(name, slot).with(move |filled| task_data(filled, slot));
}

fn task_data(filled: &Filled<'_>, slot: Slot<Task>) -> Value {
    filled.get(slot).map_or(Value::Null, |task| json!({"project_id": task.project_id, "number": task.number}))
}

/// Tells that a task has another assignee, to the new one and the former.
pub(crate) fn task_assigned(change: &mut Change, slot: Slot<Task>, old: Option<&Task>, new: &Task) {
    let previous = old.and_then(|task| task.assignee_id);
    let told = change.tell(TASK_ASSIGNED, slot).saying(move |filled| {
        let Some(task) = filled.get(slot) else { return Value::Null };
        json!({
            "title": task.title,
            "project_id": task.project_id,
            "number": task.number,
            "changed": {"assignee_id": task.assignee_id},
            "previous_id": previous,
        })
    });
    told.notify(previous.into_iter().chain(new.assignee_id));
}

/// Tells that a task came into another column, to the one who asked for it and those who follow it.
pub(super) fn task_status_changed(
    change: &mut Change,
    slot: Slot<Task>,
    (old, new): (&Task, &Task),
    mut told_too: Vec<UserId>,
) {
    let (from, to) = (old.status, new.status);
    let told = change.tell(TASK_STATUS_CHANGED, slot).with(move |filled| task_data(filled, slot));
    if !told_too.contains(&new.reporter_id) {
        told_too.push(new.reporter_id);
    }
    told.with(move |_| json!({"from": from, "to": to})).notify(told_too);
}
