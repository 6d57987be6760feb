//! Who does a task. Only active members do, so somebody who leaves the team leaves their open tasks.

use super::rewriting;
use crate::projects::{
    events,
    rooms::{membership, of_project},
    rules,
    tables::{Project, ProjectId, ProjectMember, Task, TaskId},
    team::{Place, enrol},
    words::MemberRole,
};
use actors::BoxFuture;
use engine::{Cause, Context, Engine, Error, On, Reaction, Reader, Result};
use schema::{change::Change, code::Code, id::UserId, key::KeyWriter, room::RoomId};
use serde::Deserialize;

/// Tasks released in one change: it is bounded.
const RELEASED_MAX: usize = 40;

/// Releases what a removal left assigned.
pub(crate) const RELEASE: Reaction = Reaction {
    name: "projects.release_tasks",
    on: On::Names(&[events::MEMBER_REMOVED]),
    acts_in: Cause::same_room,
    run: release_the_rest,
};

/// A task's being given to somebody.
pub(crate) struct Assignment {
    /// Where.
    pub(crate) project: ProjectId,
    /// To whom.
    pub(crate) user: UserId,
    /// Whether who leads the project puts them on the team with it.
    pub(super) add_to_team: bool,
}

impl Assignment {
    /// Makes sure that it is given to an active member, or to somebody who becomes one with it.
    ///
    /// # Errors
    /// `validation` for somebody who is not on the team.
    pub(crate) async fn check(&self, cx: &Context, change: &mut Change) -> Result<()> {
        let member = membership(cx, self.project, self.user).await?.filter(ProjectMember::is_active);
        if let Some(member) = member {
            // Refused when they are removed meanwhile.
            change.relies_on(&member);
            return Ok(());
        }
        if self.add_to_team && rules::Rights::of(cx).lead() {
            let project: Project = cx.here(self.project).await?;
            let place = Place { user: self.user, role: MemberRole::Member, function: None };
            let joined = enrol(cx, change, &project, place).await;
            // Here somebody is named as who does the task.
            joined.map_err(|error| match error.code() {
                Code::Validation => Error::field("/assignee_id", "unknown", "there is no such person"),
                _ => error,
            })?;
            return Ok(());
        }
        Err(Error::field("/assignee_id", "not_a_member", "the assignee must be on the team"))
    }
}

/// Open tasks of somebody in one project, as many as one change may release.
pub(crate) async fn open_tasks_of(reader: &Reader, project: ProjectId, user: UserId) -> Result<Vec<Task>> {
    let within = KeyWriter::new().with(&Some(user));
    let here = KeyWriter::new().with(&project).finish();
    let entries =
        reader.index::<Task>("assigned", within, RELEASED_MAX, |range| range.starting_with(&here)).await?;
    let ids: Vec<TaskId> =
        entries.iter().filter_map(|entry| entry.get("id")?.as_str()?.parse().ok()).collect();
    rewriting::first_of(reader, &of_project(project), ids, RELEASED_MAX).await
}

/// Makes these tasks nobody's.
pub(crate) fn release(change: &mut Change, tasks: Vec<Task>) {
    for task in tasks {
        let slot = change.update(&task, Task { assignee_id: None, ..task.clone() });
        events::task(change, events::TASK_UPDATED, slot);
    }
}

/// What did not fit into the removal itself is released after it, change by change.
fn release_the_rest<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        #[derive(Deserialize)]
        struct Removed {
            project_id: ProjectId,
            user_id: UserId,
        }
        let Ok(removed) = serde_json::from_value::<Removed>(cause.event.data.clone()) else { return Ok(()) };
        let (project, user) = (removed.project_id, removed.user_id);
        loop {
            let back = membership(engine.reader(), project, user).await?;
            if back.is_some_and(|member| member.is_active()) {
                return Ok(());
            }
            let tasks = open_tasks_of(engine.reader(), project, user).await?;
            let Some(first) = tasks.first() else { return Ok(()) };
            let step = cause.step(&format!("{}.{}", first.id, first.version));
            let mut change = Change::new();
            release(&mut change, tasks);
            engine.effect(&step, &of_project(project), change).await?;
        }
    })
}
