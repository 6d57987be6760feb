//! Projects, tasks and milestones, as other records name them.

use super::{
    beside::watching::watchers,
    readable,
    rooms::of_project,
    rules::LEADERS,
    tables::{
        MONEY, Project, ProjectId, Task, TaskId,
        steering::{Milestone, MilestoneId},
    },
};
use actors::BoxFuture;
use engine::{Action, Context, EntityKind, Result, Seen};
use schema::{code::Code, id::UserId};
use uuid::Uuid;

/// A project that the caller may read.
pub(super) const PROJECT: EntityKind =
    EntityKind { name: "project", columns: &["project_id"], seen: project, watchers: owner };
/// A task of one.
pub(super) const TASK: EntityKind = EntityKind {
    name: "task",
    columns: &["task_id", "parent_id", "depends_on_id"],
    seen: task,
    watchers: concerned,
};
/// A milestone of one.
pub(super) const MILESTONE: EntityKind =
    EntityKind { name: "milestone", columns: &["milestone_id"], seen: milestone, watchers: owner_of_its };

fn project(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Option<Seen>>> {
    Box::pin(async move { of(cx, ProjectId::new(id)).await })
}

/// A project from outside.
async fn of(cx: &Context, id: ProjectId) -> Result<Option<Seen>> {
    if !cx.reaches(super::MODULE.name, Action::Read).await? {
        return Ok(None);
    }
    let project = match readable(cx, id).await {
        Ok(project) if project.is_kept() => project,
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.code(), Code::NotFound | Code::Forbidden) => return Ok(None),
        Err(error) => return Err(error),
    };
    let role = super::rooms::membership(cx, id, cx.caller.user).await?.filter(|member| member.is_active());
    let level = cx.engine().identity().level(cx, &cx.caller, super::MODULE.name).await?;
    Ok(Some(Seen {
        title: project.title,
        link: format!("/projects/{id}"),
        room: of_project(id),
        hidden: MONEY,
        traced: true,
        moderates: level.manage || role.is_some_and(|member| LEADERS.contains(&member.role.word())),
    }))
}

fn task(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Option<Seen>>> {
    Box::pin(async move {
        let task: Option<Task> = cx.find(TaskId::new(id)).await?;
        let Some(task) = task.filter(Task::is_kept) else { return Ok(None) };
        let Some(project) = of(cx, task.project_id).await? else { return Ok(None) };
        let link = format!("/projects/{}/tasks/{id}", task.project_id);
        Ok(Some(Seen { title: task.title, link, ..project }))
    })
}

/// Those who follow a task, who asked for it and who does it.
fn concerned(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Vec<UserId>>> {
    Box::pin(async move {
        let task: Option<Task> = cx.find(TaskId::new(id)).await?;
        let Some(task) = task else { return Ok(Vec::new()) };
        let mut concerned = watchers(cx, task.id).await?;
        for person in [Some(task.reporter_id), task.assignee_id].into_iter().flatten() {
            if !concerned.contains(&person) {
                concerned.push(person);
            }
        }
        Ok(concerned)
    })
}

/// The owner of a project.
fn owner(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Vec<UserId>>> {
    Box::pin(async move {
        let project: Option<Project> = cx.by_id(&of_project(ProjectId::new(id)), ProjectId::new(id)).await?;
        Ok(project.map(|project| project.owner_id).into_iter().collect())
    })
}

/// The owner of the project of a milestone.
fn owner_of_its(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Vec<UserId>>> {
    Box::pin(async move {
        let milestone: Option<Milestone> = cx.find(MilestoneId::new(id)).await?;
        match milestone {
            Some(milestone) => owner(cx, milestone.project_id.uuid()).await,
            None => Ok(Vec::new()),
        }
    })
}

fn milestone(cx: &Context, id: Uuid) -> BoxFuture<'_, Result<Option<Seen>>> {
    Box::pin(async move {
        let milestone: Option<Milestone> = cx.find(MilestoneId::new(id)).await?;
        let Some(milestone) = milestone else { return Ok(None) };
        let project = of(cx, milestone.project_id).await?;
        Ok(project.map(|project| Seen { title: milestone.title, ..project }))
    })
}
