//! Reading an inbox, newest first.

use super::{
    entries::some,
    events,
    notify::inbox_of,
    tables::{Inbox, Notification},
};
use crate::{query, rooms};
use engine::{
    Context, Endpoint, Error, Listed, Listing, Needs, Outcome, Query, Reader, Result, Route, Scope, Whole,
};
use schema::{answer, caller::Caller, code::Code, id::UserId, key::KeyWriter, operation, table::Table as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many unread a first join is greeted with.
const GREETED_MAX: usize = 20;
/// How many the bell shows.
const RECENT: usize = 10;
/// How many the statistics look at, the newest first.
const COUNTED_MAX: usize = 2_000;

static INBOX: Listing = Listing {
    spec: Notification::SPEC,
    sorts: &[("created_at", "inbox")],
    filters: &["category", "kind", "severity", "title", "template_code", "created_at"],
};
static UNREAD: Listing =
    Listing { spec: Notification::SPEC, sorts: &[("created_at", "unread")], filters: INBOX.filters };
static ARCHIVED: Listing =
    Listing { spec: Notification::SPEC, sorts: &[("created_at", "archived")], filters: INBOX.filters };

/// Lists the caller's notifications, newest first.
#[operation]
pub(super) struct ListNotifications {
    /// `category`, `kind`, `severity`, `title`; `q`; `unread=true` or `archived=only`; `limit`, `cursor`, `with_total`.
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
        let (query, of) = newest_first(&self.query)?;
        let within = KeyWriter::new().with(&person);
        let mut page = match of {
            // What is found by its words comes from all of them.
            Of::All => INBOX.page_where(cx, within, &query, |row| !is_archived(row)).await?,
            Of::Unread => {
                let keep = |row: &Value| !is_archived(row) && is_unread(row, &inbox);
                UNREAD.page_where(cx, within, &query, keep).await?
            }
            Of::Archived => ARCHIVED.page_where(cx, within, &query, is_archived).await?,
        };
        page.data = page.data.into_iter().map(|row| events::shown(row, &inbox)).collect();
        Outcome::ok(&page)
    }
}

/// Which part of an inbox is read.
enum Of {
    /// Everything that was not put aside.
    All,
    /// What is unread.
    Unread,
    /// What was put aside.
    Archived,
}

/// An inbox is read from its newest end, and "unread" and "archived" choose an index rather than a column.
fn newest_first(query: &Query) -> Result<(Query, Of)> {
    let unread = query.parsed("unread")?.unwrap_or(false);
    let of = match query.get("archived") {
        Some("only") if !unread => Of::Archived,
        None if unread => Of::Unread,
        None => Of::All,
        Some(_) => {
            let refused = Error::new(Code::InvalidFilter, "archived: only, and not together with unread");
            return Err(refused.and_field("/query/archived", "invalid", "only"));
        }
    };
    let query = query::rewritten(query, |members| {
        members.remove("unread");
        // Each index holds the ones or the others, so no row has to be asked.
        members.insert("archived".into(), "all".into());
        members.entry("sort").or_insert_with(|| json!("-created_at"));
    })?;
    Ok((query, of))
}

fn is_archived(row: &Value) -> bool {
    row.get("archived_at").is_some_and(|at| !at.is_null())
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

/// What a bell shows.
#[answer]
pub(super) struct Bell {
    /// The newest, ten at most.
    data: Vec<Notification>,
    /// How many are unread.
    unread: u64,
}

/// Lists the caller's ten newest notifications, for the bell.
#[operation]
pub(super) struct ListRecentNotifications {}

impl Endpoint for ListRecentNotifications {
    const ROUTE: Route = Route::get("/recent/");
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<Bell>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let newest = some(cx, "inbox", cx.caller.user, RECENT, |range| range.backward()).await?;
        let data = newest.iter().map(|row| row.settled(&inbox)).collect();
        Outcome::ok(&Bell { data, unread: inbox.total() })
    }
}

/// What came of notifications.
#[answer]
pub(super) struct Statistics {
    /// How many were received, of the newest 2,000.
    received: usize,
    /// How many of them were read.
    read: usize,
    /// The same in a hundred, rounded down.
    read_percent: usize,
    /// How many of each category were received.
    by_category: BTreeMap<String, usize>,
}

/// Counts the caller's notifications: received, read, by category.
#[operation]
pub(super) struct CountNotifications {}

impl Endpoint for CountNotifications {
    const ROUTE: Route = Route::get("/stats/");
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<Statistics>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let mut counted = Statistics::default();
        for index in ["inbox", "archived"] {
            for row in some(cx, index, cx.caller.user, COUNTED_MAX, |range| range.backward()).await? {
                counted.received += 1;
                counted.read += usize::from(row.settled(&inbox).read_at.is_some());
                *counted.by_category.entry(row.category).or_default() += 1;
            }
        }
        counted.read_percent = (counted.read * 100).checked_div(counted.received).unwrap_or(0);
        Outcome::ok(&counted)
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
