//! What the room of a project hears of a meeting about it: that something became of it, and which one. Whoever reads the
//! project need not attend, so nothing else is told there.

use super::events;
use crate::projects::{
    rooms::of_project,
    tables::{Project, ProjectId},
};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{change::Change, room::RoomId};
use serde_json::{Value, json};

/// What a project's room is told of.
const TOLD: &[&str] = &[events::MEETING_SCHEDULED, events::MEETING_RESCHEDULED, events::MEETING_CANCELLED];

/// Tells the project that a meeting is about.
pub(super) const TELL_PROJECT: Reaction =
    Reaction { name: "meetings.tell_project", on: On::Names(TOLD), acts_in: project_room, run: tell };

/// The project that the meeting is about; none for what a project's room was told itself.
fn project_of(cause: &Cause) -> Option<ProjectId> {
    cause.event.data.get("project_id").and_then(Value::as_str).and_then(|id| id.parse().ok())
}

fn project_room(cause: &Cause) -> Vec<RoomId> {
    project_of(cause).map(of_project).into_iter().collect()
}

fn tell<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some(id) = project_of(cause) else { return Ok(()) };
        let room = of_project(id);
        let Some(project) = engine.reader().by_id::<Project>(&room, id).await? else { return Ok(()) };
        let Some(name) = TOLD.iter().find(|name| **name == cause.event.name) else { return Ok(()) };
        let said = json!({"entity": cause.event.entity.kind, "id": cause.event.entity.id});
        let mut change = Change::new();
        change.unaudited();
        let slot = change.about(&project);
        let _ = change.tell(name, slot).saying(move |_| said.clone());
        engine.effect(cause, &room, change).await?;
        Ok(())
    })
}
