//! What the servers say of how they are, for super administrators: in the platform's room of health, and in no
//! organization's, because the servers are everybody's.

use super::{
    events,
    rooms::{Topic, platform},
    tables::Alert,
};
use crate::server;
use actors::room::{Author, derived_id};
use engine::{Engine, Result};
use schema::{
    change::Change,
    id::{Id, OrgId},
    table::{Slot, Spec, Table as _},
    time::Timestamp,
};
use serde_json::json;
use storage::Range;

/// What operators were told last is looked for among as many alerts.
const LATEST_MAX: usize = 100;

/// Whether operators were told last that a component is not well.
///
/// # Errors
/// When the store gives nothing.
pub async fn was_degraded(engine: &Engine, component: &str) -> Result<bool> {
    let table = Slot::Rows.number(Alert::SPEC.id);
    let latest = Range::partition(table, Spec::partition(&platform(Topic::Health)), LATEST_MAX).backward();
    let alerts: Vec<Alert> = engine.reader().range(&latest).await?;
    let last =
        alerts.into_iter().filter(|alert| alert.title == component).max_by_key(|alert| alert.occurred_at);
    Ok(last.is_some_and(|alert| alert.name == events::HEALTH_DEGRADED))
}

/// Tells that a component is not well, or is well again, since an instant. Said twice, it is told once.
///
/// # Errors
/// When the room does not live here, or the store takes nothing: then it is said again later.
pub async fn raise(engine: &Engine, component: &str, degraded: bool, since: Timestamp) -> Result<()> {
    let name = if degraded { events::HEALTH_DEGRADED } else { events::HEALTH_RECOVERED };
    let state = if degraded { "degraded" } else { "recovered" };
    let key = format!("hlt:{component}:{state}:{}", since.ms());
    let id = derived_id(since, key.as_bytes());
    let room = platform(Topic::Health);
    let alert = Alert {
        id: Id::new(id),
        room: room.clone(),
        name: name.to_owned(),
        title: component.to_owned(),
        occurred_at: since,
        ..Alert::default()
    };
    let said = json!({"title": component, "component": component, "since": since});
    let mut change = Change::new();
    let slot = change.insert(alert);
    let _ = change.tell(name, slot).known_as(id).saying(move |_| said.clone());
    change.unaudited();
    server::commit_as(engine, &room, &key, Author::system(OrgId::NIL, "ProbeHealth"), change).await?;
    Ok(())
}
