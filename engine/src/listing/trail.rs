//! What was done in a room, newest first: its audit lines, as a feed shows them.

use super::{Query, cursor::Cursor};
use crate::{Context, Param, Result};
use schema::{
    answer, codec,
    id::UserId,
    page::{Page, PageInfo},
    role::Role,
    room::RoomId,
    table::{Spec, own::AUDIT},
    time::Timestamp,
};
use serde_json::{Map, Value};
use storage::Range;

/// How a feed is paged.
pub const PAGE: &[Param] = &[
    Param { name: "limit", format: "integer", help: "How many a page holds, 1 to 100.", required: false },
    Param { name: "cursor", format: "text", help: "Where the last page ended.", required: false },
];

/// Columns that no reader of a feed wants.
const SILENT: [&str; 7] =
    ["rank", "version", "updated_at", "updated_by", "created_at", "created_by", "org_id"];

/// One thing that somebody did.
#[answer]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who; absent for the server itself.
    pub actor_id: Option<UserId>,
    /// What they were then.
    pub actor_role: Role,
    /// The operation.
    pub action: String,
    /// `{"type:id": {"field": [before, after]}}` for each record that it changed.
    pub changes: Map<String, Value>,
}

/// One page of what was done in a room. Columns in `hidden` are left out of the changes.
///
/// # Errors
/// `invalid-filter`, `cursor-mismatch`, or when the store fails.
pub async fn deeds(cx: &Context, room: &RoomId, query: &Query, hidden: &[&str]) -> Result<Page<Deed>> {
    query.only(&["limit", "cursor"])?;
    let partition = Spec::partition(room);
    let limit = query.limit()?;
    let signer = Cursor::new(cx.engine().identity().cursor_key(), "deeds", "", true, &partition, query);
    let mut range = Range::partition(AUDIT, partition, limit + 1).backward();
    if let Some(cursor) = query.get("cursor") {
        range = range.before(signer.open(cursor)?);
    }
    let mut rows = cx.store().scan(&range).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|row| signer.seal(&row.sort));
    let mut data = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut deed: Deed = codec::from_msgpack(&row.value)?;
        for fields in deed.changes.values_mut().filter_map(Value::as_object_mut) {
            fields.retain(|name, _| !hidden.contains(&name.as_str()) && !SILENT.contains(&name.as_str()));
        }
        data.push(deed);
    }
    Ok(Page { data, page: PageInfo { limit, has_more, next_cursor, ..PageInfo::default() } })
}
