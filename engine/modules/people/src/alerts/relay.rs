//! What is told elsewhere and administrators must learn of, told once more in their rooms: under the same event id, so
//! that whoever hears both knows that it is one.

use super::{
    rooms::{Topic, of},
    tables::Alert,
};
use crate::{
    authentication::events as signing_in,
    core::{events as of_core, jobs::tables::JobState},
    rooms,
    users::events as of_users,
};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{
    change::Change,
    id::{Id, UserId},
    room::RoomId,
};
use serde_json::{Value, json};

/// What the room of security hears.
const SECURITY: &[&str] = &[
    signing_in::LOCKED,
    signing_in::TOKEN_REUSED,
    signing_in::NEW_DEVICE,
    signing_in::STEP_UP_REFUSED,
    signing_in::KEY_CREATED,
    signing_in::PERMISSION_CHANGED,
    of_users::ROLE_CHANGED,
    of_users::ROLE_ASKED,
    of_users::ROLE_LEVELS_CHANGED,
];
/// What the room of new accounts hears.
const SIGNUPS: &[&str] = &[of_users::CREATED, of_users::INVITATION_ACCEPTED];
/// What the room of background work hears, of jobs that failed.
const JOBS: &[&str] = &[of_core::JOB_FINISHED];
/// What is told once more to the person it is about, and by that is no news.
const RELAYED: &[&str] = &[signing_in::PERMISSION_CHANGED, of_users::ROLE_CHANGED];

/// Administrators hear what concerns security.
pub(crate) const RELAY_SECURITY: Reaction =
    Reaction { name: "relay_security", on: On::Names(SECURITY), acts_in: security, run: relay };

/// Administrators hear of new accounts.
pub(crate) const RELAY_SIGNUPS: Reaction =
    Reaction { name: "relay_signups", on: On::Names(SIGNUPS), acts_in: signups, run: relay };

/// Administrators hear of work that came to nothing.
pub(crate) const RELAY_JOBS: Reaction =
    Reaction { name: "relay_jobs", on: On::Names(JOBS), acts_in: failed_jobs, run: relay };

fn security(cause: &Cause) -> Vec<RoomId> {
    let told_already = RELAYED.contains(&cause.event.name.as_str()) && cause.room.kind() == rooms::USER.kind;
    if told_already { Vec::new() } else { vec![of(cause.event.org_id, Topic::Security)] }
}

fn signups(cause: &Cause) -> Vec<RoomId> {
    vec![of(cause.event.org_id, Topic::Signups)]
}

fn failed_jobs(cause: &Cause) -> Vec<RoomId> {
    let state = cause.event.data.pointer("/job/state").cloned();
    let failed = state.and_then(|state| serde_json::from_value(state).ok()) == Some(JobState::Failed);
    if failed { vec![of(cause.event.org_id, Topic::Jobs)] } else { Vec::new() }
}

fn relay<'a>(engine: &'a Engine, cause: &'a Cause, rooms: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let event = &cause.event;
        let Some(name) = SECURITY.iter().chain(SIGNUPS).chain(JOBS).find(|name| **name == event.name) else {
            return Ok(());
        };
        for room in rooms {
            let alert = Alert {
                id: Id::new(event.id),
                org_id: event.org_id,
                room: room.clone(),
                name: event.name.clone(),
                title: title(&event.data),
                subject_id: subject(cause),
                actor_id: event.actor_id,
                occurred_at: event.occurred_at,
                ..Alert::default()
            };
            let said = json!({"title": alert.title, "subject_id": alert.subject_id, "about": event.data});
            let mut change = Change::new();
            let slot = change.insert(alert);
            let _ = change.tell(name, slot).known_as(event.id).saying(move |_| said.clone());
            change.unaudited();
            engine.effect(cause, room, change).await?;
        }
        Ok(())
    })
}

fn title(data: &Value) -> String {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let name = || Some(format!("{} {}", text("first_name")?, text("last_name")?));
    text("title").map(str::to_owned).or_else(name).unwrap_or_default()
}

/// What is told in somebody's own room is about them.
fn subject(cause: &Cause) -> Option<UserId> {
    let named = cause.event.data.get("user_id").and_then(|id| serde_json::from_value(id.clone()).ok());
    match cause.room.kind() {
        kind if kind == rooms::USER.kind => Some(UserId::new(cause.room.id())),
        _ if cause.event.entity.kind == "user" => Some(UserId::new(cause.event.entity.id)),
        _ => named,
    }
}
