//! The audit line: who changed what, from what, to what, in the same commit as the change itself.

use super::Author;
use crate::Error;
use bytes::Bytes;
use schema::{change::Filled, codec, table::Row, time::Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Encodes the line of one change.
pub(super) fn line(author: &Author, filled: &Filled<'_>) -> Result<Bytes, Error> {
    let mut changes = Map::new();
    for (at, (old, new)) in filled.old.iter().zip(filled.new).enumerate() {
        let (kind, id, _) = filled.entity(at);
        let fields = before_and_after(old.as_deref(), new.as_deref());
        changes.insert(format!("{kind}:{id}"), Value::Object(fields));
    }
    #[derive(Serialize)]
    struct Line<'a> {
        at: Timestamp,
        org_id: schema::id::OrgId,
        actor_id: Option<schema::id::UserId>,
        actor_role: schema::role::Role,
        action: &'a str,
        entity_type: &'a str,
        entity_id: uuid::Uuid,
        changes: Value,
        request_id: Option<&'a str>,
        ip: Option<std::net::IpAddr>,
        user_agent: Option<&'a str>,
    }
    // An operation names first what it is about.
    let (entity_type, entity_id, _) = filled.entity(0);
    let line = Line {
        at: filled.at,
        org_id: author.org,
        actor_id: author.user,
        actor_role: author.role,
        action: author.action,
        entity_type,
        entity_id,
        changes: Value::Object(changes),
        request_id: author.request_id.as_deref(),
        ip: author.ip,
        user_agent: author.user_agent.as_deref(),
    };
    Ok(codec::to_bytes(&line)?)
}

/// `{field: [before, after]}` for every differing column; nothing of a row that holds secrets.
fn before_and_after(old: Option<&dyn Row>, new: Option<&dyn Row>) -> Map<String, Value> {
    if new.or(old).is_none_or(|row| row.spec().private) {
        return Map::new();
    }
    let old = old.map_or(Value::Null, Row::json);
    let new = new.map_or(Value::Null, Row::json);
    let names = [&old, &new].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let mut fields = Map::new();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            fields.insert(name.clone(), json!([before, after]));
        }
    }
    fields
}
