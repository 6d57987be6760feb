//! Reading an inbox, newest first.

use super::{
    events,
    notify::inbox_of,
    tables::{Inbox, Notification},
};
use crate::{query, rooms};
use engine::{
    Context, Endpoint, Listed, Listing, Needs, Outcome, Query, Reader, Result, Route, Scope, Whole,
};
use schema::{answer, caller::Caller, id::UserId, key::KeyWriter, operation, table::Table as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many unread a first join is greeted with.
const GREETED_MAX: usize = 20;

static INBOX: Listing = Listing {
    spec: Notification::SPEC,
    sorts: &[("created_at", "inbox")],
    filters: &["category", "kind", "severity"],
};
static UNREAD: Listing =
    Listing { spec: Notification::SPEC, sorts: &[("created_at", "unread")], filters: INBOX.filters };

/// Lists the caller's notifications, newest first.
#[operation]
pub(super) struct ListNotifications {
    /// `category`, `kind`, `severity`, `unread=true`; `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListNotifications {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Own;
    const LISTING: Option<&'static Listing> = Some(&INBOX);
    type Output = Listed<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let person = cx.caller.user;
        let inbox = inbox_of(cx, person).await?;
        let (query, unread) = newest_first(&self.query)?;
        let within = KeyWriter::new().with(&person);
        let mut page = if unread {
            UNREAD.page_where(cx, within, &query, |row| is_unread(row, &inbox)).await?
        } else {
            INBOX.page(cx, within, &query).await?
        };
        page.data = page.data.into_iter().map(|row| events::shown(row, &inbox)).collect();
        Outcome::ok(&page)
    }
}

/// An inbox is read from its newest end, and "unread" chooses an index rather than a column.
fn newest_first(query: &Query) -> Result<(Query, bool)> {
    let unread = query.parsed("unread")?.unwrap_or(false);
    let query = query::rewritten(query, |members| {
        members.remove("unread");
        members.entry("sort").or_insert_with(|| json!("-created_at"));
    })?;
    Ok((query, unread))
}

/// A row that was read together with others stays in the index of the unread until it is rewritten.
fn is_unread(row: &Value, inbox: &Inbox) -> bool {
    events::shown(row.clone(), inbox).get("read_at").is_none_or(Value::is_null)
}

/// How many notifications are unread.
#[answer]
pub(super) struct Unread {
    /// All of them.
    total: u64,
    /// Those of each category that has any.
    by_category: BTreeMap<String, u64>,
}

/// Counts the caller's unread notifications.
#[operation]
pub(super) struct CountUnread {}

impl Endpoint for CountUnread {
    const ROUTE: Route = Route::get("/unread-count/");
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<Unread>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let inbox = inbox_of(cx, cx.caller.user).await?;
        Outcome::ok(&Unread { total: inbox.total(), by_category: inbox.unread })
    }
}

/// What a first join of a person's room is told: how much is unread, and the newest of it.
pub(crate) async fn greeting(reader: &Reader, person: UserId) -> Result<Value> {
    let inbox = inbox_of(reader, person).await?;
    let mut latest = Vec::new();
    if inbox.total() > 0 {
        let within = KeyWriter::new().with(&person);
        // Some of these may have been read together a moment ago: fewer are greeted with then.
        let rows =
            reader.index::<Notification>("unread", within, GREETED_MAX, |range| range.backward()).await?;
        latest.extend(rows.into_iter().filter(|row| is_unread(row, &inbox)));
    }
    Ok(json!({"unread": inbox.total(), "latest": latest}))
}
