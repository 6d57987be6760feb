//! What a project's room hears, and whom each event notifies. A room event carries only what every
//! reader of the project may read.

use super::tables::{Project, ProjectId, ProjectMember, Task};
use engine::{EventKind, Words};
use schema::{
    change::{Change, Filled, Slot, Telling},
    event::Hearing,
    table::Table,
};
use serde_json::{Value, json};

/// A project began.
pub const PROJECT_CREATED: &str = "projects.project.created";
/// Somebody joined the team.
pub const MEMBER_ADDED: &str = "projects.member.added";
/// Somebody left the team; they hear nothing after it.
pub const MEMBER_REMOVED: &str = "projects.member.removed";
/// A task was created.
pub const TASK_CREATED: &str = "projects.task.created";
/// Some fields of a task changed.
pub const TASK_UPDATED: &str = "projects.task.updated";
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
/// It was removed.
pub const MILESTONE_DELETED: &str = "projects.milestone.deleted";

/// What people read in their inbox.
pub(super) const EVENTS: &[EventKind] = &[
    EventKind {
        name: MEMBER_ADDED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words {
            title: "Bienvenue dans le projet « {title} »",
            body: "{actor} vous a fait entrer dans l'équipe du projet « {title} ».",
        },
        en: Words {
            title: "Welcome to “{title}”", body: "{actor} put you on the team of “{title}”."
        },
    },
    EventKind {
        name: MEMBER_REMOVED,
        category: "project",
        severity: "normal",
        link: "/projects",
        fr: Words {
            title: "Vous n'êtes plus dans le projet « {title} »",
            body: "{actor} vous a retiré·e de l'équipe du projet « {title} ».",
        },
        en: Words {
            title: "You are off “{title}”", body: "{actor} took you off the team of “{title}”."
        },
    },
    EventKind {
        name: MILESTONE_REACHED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}",
        fr: Words { title: "Jalon atteint : {title}", body: "{actor} a atteint le jalon « {title} »." },
        en: Words {
            title: "Milestone reached: {title}", body: "{actor} reached the milestone “{title}”."
        },
    },
    EventKind {
        name: TASK_ASSIGNED,
        category: "project",
        severity: "normal",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "Tâche n° {number} : {title}",
            body: "{actor} a changé la personne qui fait la tâche « {title} ».",
        },
        en: Words {
            title: "Task {number}: {title}", body: "{actor} changed who does the task “{title}”."
        },
    },
    EventKind {
        name: TASK_STATUS_CHANGED,
        category: "project",
        severity: "low",
        link: "/projects/{project_id}/tasks/{id}",
        fr: Words {
            title: "Tâche n° {number} : {title}",
            body: "{actor} a déplacé votre tâche « {title} » vers une autre colonne.",
        },
        en: Words {
            title: "Task {number}: {title}",
            body: "{actor} moved your task “{title}” to another column.",
        },
    },
];

/// Tells what changed of a record of a project.
pub(super) fn of_project<'a, T: Table>(
    change: &'a mut Change,
    name: &'static str,
    slot: Slot<T>,
    project: ProjectId,
) -> Telling<'a> {
    change.tell(name, slot).with(move |_| json!({"project_id": project}))
}

/// Tells that somebody joined the team.
pub(super) fn member_added(
    change: &mut Change,
    slot: Slot<ProjectMember>,
    member: &ProjectMember,
    project: &Project,
) {
    let (title, user) = (project.title.clone(), member.user_id);
    change.tell(MEMBER_ADDED, slot).saying(move |filled| member_data(filled, slot, &title)).notify([user]);
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
pub(super) fn task_assigned(change: &mut Change, slot: Slot<Task>, old: Option<&Task>, new: &Task) {
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

/// Tells that a task came into another column, to the one who asked for it.
pub(super) fn task_status_changed(change: &mut Change, slot: Slot<Task>, old: &Task, new: &Task) {
    let (from, to) = (old.status, new.status);
    let told = change.tell(TASK_STATUS_CHANGED, slot).with(move |filled| task_data(filled, slot));
    told.with(move |_| json!({"from": from, "to": to})).notify([new.reporter_id]);
}
