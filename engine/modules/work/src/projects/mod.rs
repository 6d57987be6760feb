//! Projects: teams, tasks and boards. The face of the module, all of it data.

mod assignment;
mod board;
pub mod events;
pub(crate) mod key;
mod milestones;
mod placing;
pub(crate) mod progress;
mod project;
pub(crate) mod rank;
pub mod rooms;
pub(crate) mod rules;
pub mod tables;
mod tasks;
mod team;
pub mod words;

use engine::{Context, Error, Module, Result, Shortcut, Socket, op, permission::permit};
use schema::table::Table as _;
use tables::{Milestone, Project, ProjectId, ProjectMember, Task};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "projects",
    base: "/api/v1/projects",
    endpoints: &[
        op::<project::ListProjects>(),
        op::<project::CreateProject>(),
        op::<project::GetProject>(),
        op::<team::ListTeam>(),
        op::<team::AddMember>(),
        op::<team::RemoveMember>(),
        op::<tasks::ListTasks>(),
        op::<tasks::CreateTask>(),
        op::<tasks::GetTask>(),
        op::<tasks::EditTask>(),
        op::<board::MoveTask>(),
        op::<board::TransitionTask>(),
        op::<board::GetBoard>(),
        op::<milestones::ListMilestones>(),
        op::<milestones::CreateMilestone>(),
        op::<milestones::EditMilestone>(),
        op::<milestones::DeleteMilestone>(),
    ],
    tables: &[Project::SPEC, ProjectMember::SPEC, Task::SPEC, Milestone::SPEC],
    rooms: &[rooms::PROJECT],
    sockets: &[Socket {
        path: "/ws/projects/{project_id}/notifications/",
        kind: "project",
        short: &[
            ("task.create", "CreateTask", "project_id"),
            ("task.move", "MoveTask", "project_id"),
            ("task.transition", "TransitionTask", "project_id"),
        ],
    }],
    events: events::EVENTS,
    reactions: &[assignment::RELEASE],
    commands: &[
        Shortcut {
            word: "task",
            operation: "CreateTask",
            arguments: &["project_id", "title"],
            help: "Create a task at the end of a project's first column",
        },
        Shortcut {
            word: "move",
            operation: "MoveTask",
            arguments: &["task_id", "status"],
            help: "Put a task at the end of a column: todo, in_progress, in_review, done",
        },
    ],
};

/// A project that the caller may read: others may link what they do to it.
///
/// # Errors
/// `not-found` when there is none, or none that the caller may know of.
pub async fn readable(cx: &Context, project: ProjectId) -> Result<Project> {
    let room = rooms::of_project(project);
    let kind = rooms::PROJECT;
    let standing = (kind.standing)(cx, &cx.caller, &room).await?;
    let standing = standing.ok_or_else(|| Error::not_found("project"))?;
    let level = cx.engine().identity().level(cx, &cx.caller, MODULE.name).await?;
    permit(&kind.hears, &cx.caller, level, &standing)?;
    cx.by_id(&room, project).await?.ok_or_else(|| Error::not_found("project"))
}
