//! Looking for what was done, over all rooms of the organization.

use super::{chain::line_key, home, tables::AuditEntry};
use engine::{
    Action, Context, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Result, Route, Scope,
};
use schema::{answer, caller::Caller, codec, key::KeyWriter, operation, table::Table as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Entries, the latest first.
static ENTRIES: Listing = Listing {
    spec: AuditEntry::SPEC,
    sorts: &[("-at", "by_at")],
    filters: &["actor_id", "actor_role", "action", "entity_type", "entity_id", "at", "number", "room"],
};

/// What an entry shows besides its place in the chain.
#[answer]
pub(in crate::core) struct Said {
    /// `{"type:id": {"field": [before, after]}}` for each record that was changed; nothing of secrets.
    #[serde(default)]
    changes: Map<String, Value>,
    /// The call, as in the server's log.
    #[serde(default)]
    request_id: Option<String>,
    /// Where the call came from.
    #[serde(default)]
    ip: Option<String>,
    /// What the client said of itself.
    #[serde(default)]
    user_agent: Option<String>,
}

/// Lists what was done in the organization, the latest first, with what it changed. What was done in the last seconds may
/// not be listed yet.
#[operation]
pub(in crate::core) struct ListAudit {
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListAudit {
    const ROUTE: Route = Route::get("/audit/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    const LISTING: Option<&'static Listing> = Some(&ENTRIES);
    type Output = Listed<AuditEntry, Said>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        let mut page = ENTRIES.page(cx, within, &self.query).await?;
        for entry in &mut page.data {
            let said = said(cx, entry).await?;
            if let (Some(entry), Value::Object(said)) = (entry.as_object_mut(), json!(said)) {
                entry.extend(said);
            }
        }
        Outcome::ok(&page)
    }
}

/// What the line of an entry says.
async fn said(cx: &Context, entry: &Value) -> Result<Option<Said>> {
    #[derive(Deserialize)]
    struct Place {
        room: schema::room::RoomId,
        commit: u64,
        nth: u64,
    }
    let place = Place::deserialize(entry).map_err(Error::broken)?;
    let line = cx.store().get(&line_key(&place.room, place.commit, place.nth)?).await?;
    Ok(line.map(|line| codec::from_msgpack(&line)).transpose()?)
}
