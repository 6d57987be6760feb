//! Projects: teams, tasks and boards. The face of the module, all of it data.

mod backlog;
mod beside;
mod entities;
pub mod events;
pub(crate) mod kanban;
pub(crate) mod lifecycle;
mod many;
mod notices;
mod plan;
pub(crate) mod progress;
mod project;
mod roles;
pub mod rooms;
pub(crate) mod rules;
mod steer;
pub mod tables;
mod team;
pub mod words;

use engine::{Action, Context, Error, Module, Needs, Result, Shortcut, Socket, op, permission::permit};
use schema::{code::Code, table::Table as _};
use tables::{
    Project, ProjectId, ProjectMember, Task,
    beside::{ChecklistItem, Dependency, Label, Watcher},
    reminders::TaskReminder,
    steering::{Milestone, Risk, StatusReport},
};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "projects",
    base: "/api/v1/projects",
    endpoints: &[
        op::<project::ListProjects>(),
        op::<lifecycle::creating::CreateProject>(),
        op::<project::ListProjectTemplates>(),
        op::<lifecycle::creating::DuplicateProject>(),
        op::<project::GetProject>(),
        op::<lifecycle::edit::EditProject>(),
        op::<lifecycle::edit::DeleteProject>(),
        op::<lifecycle::edit::TransitionProject>(),
        op::<lifecycle::edit::ArchiveProject>(),
        op::<lifecycle::edit::RestoreProject>(),
        op::<team::ListTeam>(),
        op::<team::AddMember>(),
        op::<team::RemoveMember>(),
        op::<roles::ChangeMember>(),
        op::<roles::TransferProject>(),
        op::<backlog::tasks::ListTasks>(),
        op::<backlog::tasks::CreateTask>(),
        op::<backlog::tasks::GetTask>(),
        op::<backlog::task::EditTask>(),
        op::<backlog::task::DeleteTask>(),
        op::<backlog::task::RestoreTask>(),
        op::<backlog::tasks::ListMyTasks>(),
        op::<backlog::reminding::RemindOfTasks>(),
        op::<kanban::board::MoveTask>(),
        op::<kanban::board::TransitionTask>(),
        op::<kanban::board::GetBoard>(),
        op::<many::bulk::BulkTasks>(),
        op::<many::import::CheckImport>(),
        op::<many::import::ImportTasks>(),
        op::<many::export::ExportTasks>(),
        op::<plan::milestones::ListMilestones>(),
        op::<plan::milestones::CreateMilestone>(),
        op::<plan::milestones::EditMilestone>(),
        op::<plan::milestones::DeleteMilestone>(),
        op::<plan::missed::MissMilestone>(),
        op::<plan::dependencies::ListDependencies>(),
        op::<plan::dependencies::AddDependency>(),
        op::<plan::dependencies::RemoveDependency>(),
        op::<plan::timeline::GetTimeline>(),
        op::<plan::workload::GetWorkload>(),
        op::<beside::checklist::ListChecklist>(),
        op::<beside::checklist::AddChecklistItem>(),
        op::<beside::checklist::EditChecklistItem>(),
        op::<beside::checklist::RemoveChecklistItem>(),
        op::<beside::labels::ListLabels>(),
        op::<beside::labels::CreateLabel>(),
        op::<beside::labels::EditLabel>(),
        op::<beside::labels::DeleteLabel>(),
        op::<beside::watching::WatchTask>(),
        op::<beside::watching::UnwatchTask>(),
        op::<steer::risks::ListRisks>(),
        op::<steer::risks::CreateRisk>(),
        op::<steer::risks::GetRisk>(),
        op::<steer::risks::EditRisk>(),
        op::<steer::risks::DeleteRisk>(),
        op::<steer::reports::ListReports>(),
        op::<steer::reports::PublishReport>(),
        op::<steer::reports::GetReport>(),
        op::<steer::summary::SummarizeProject>(),
        op::<steer::activity::ListActivity>(),
        op::<steer::stats::CountProjects>(),
    ],
    tables: &[
        Project::SPEC,
        ProjectMember::SPEC,
        Task::SPEC,
        Label::SPEC,
        Dependency::SPEC,
        ChecklistItem::SPEC,
        Watcher::SPEC,
        Milestone::SPEC,
        Risk::SPEC,
        StatusReport::SPEC,
        TaskReminder::SPEC,
    ],
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
    events: notices::NOTICES,
    reactions: &[
        backlog::assignment::RELEASE,
        beside::labels::UNLABEL,
        plan::milestones::UNMARK,
        lifecycle::completion::CANCEL,
        lifecycle::copying::COPY,
        backlog::reminding::LOOK_ANEW,
    ],
    entities: &[entities::PROJECT, entities::TASK, entities::MILESTONE],
    jobs: &[many::import::IMPORT],
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
    permitted(cx, project, &rooms::PROJECT.hears, Action::Read).await
}

/// A project in which the caller may create tasks.
///
/// # Errors
/// As [`readable`], and `forbidden` for who only reads it.
pub async fn writable(cx: &Context, project: ProjectId) -> Result<Project> {
    permitted(cx, project, &backlog::tasks::MAY_CHANGE, Action::Write).await
}

/// A project towards which the caller has these rights, for an operation that runs elsewhere.
async fn permitted(cx: &Context, project: ProjectId, needs: &Needs, to: Action) -> Result<Project> {
    let room = rooms::of_project(project);
    let standing = (rooms::PROJECT.standing)(cx, &cx.caller, &room).await?;
    let standing = standing.ok_or_else(|| Error::not_found("project"))?;
    let level = cx.engine().identity().level(cx, &cx.caller, MODULE.name).await?;
    permit(needs, to, &cx.caller, level, &standing).map_err(|error| match error.code() {
        // One that is hidden looks like none.
        Code::NotFound => Error::not_found("project"),
        _ => error,
    })?;
    cx.by_id(&room, project).await?.ok_or_else(|| Error::not_found("project"))
}
