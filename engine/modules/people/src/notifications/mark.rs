//! Reading notifications: one, or all up to an instant.

use super::{
    entries::{PAGE, newest},
    events::{self, Counts},
    notify::{inbox_of, put},
    tables::{Inbox, Notification, ReadThrough},
};
use crate::rooms;
use engine::{Context, Endpoint, Error, Needs, Outcome, Reader, Record, Result, Route, Scope, Whole};
use schema::{
    caller::Caller,
    change::Change,
    id::{Id, UserId},
    operation,
    reply::Reply,
    time::Timestamp,
};
use serde_json::{Value, json};

/// Pages of later notifications that are counted at most.
const PAGES_MAX: usize = 20;

/// Marks a notification as read, on all devices.
#[operation]
pub(super) struct MarkNotificationRead {
    /// Which.
    id: Id<Notification>,
    /// Whose inbox: only ever one's own. A socket's short name fills it with its room.
    #[serde(default)]
    user_id: Option<UserId>,
}

impl Endpoint for MarkNotificationRead {
    const ROUTE: Route = Route::post("/{id}/mark-read/").tells(&[events::READ, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        own(cx, self.user_id)?;
        let notification: Notification = cx.here(self.id).await?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let settled = notification.settled(&inbox);
        if settled.read_at.is_some() {
            return Outcome::record(&events::said(&settled), settled.version);
        }
        let mut change = Change::new();
        let read = notification.read(&inbox, cx.now());
        let after = inbox.after(Some(&notification), Some(&read));
        let slot = change.update(&notification, read);
        let counted = put(&mut change, &inbox, after);
        let _ = change.tell(events::READ, slot).saying(move |filled| {
            let read = filled.get(slot);
            json!({"id": read.map(|read| read.id), "read_at": read.map(|read| read.read_at)})
        });
        events::tell_unread(&mut change, counted);
        change.unaudited();
        change.reply(move |filled| {
            let read = filled.get(slot);
            Reply::ok(read.map(events::said).unwrap_or_default()).tagged(read.map_or(0, |read| read.version))
        });
        Ok(Outcome::Commit(change))
    }
}

/// Marks all notifications up to an instant as read.
#[operation]
pub(super) struct MarkAllNotificationsRead {
    /// Up to when; up to now unless said. What came later stays unread.
    #[serde(default)]
    up_to: Option<Timestamp>,
    /// Of this category only.
    #[serde(default)]
    #[garde(inner(length(bytes, min = 1, max = 32)))]
    category: Option<String>,
    /// Whose inbox: only ever one's own. A socket's short name fills it with its room.
    #[serde(default)]
    user_id: Option<UserId>,
}

impl Endpoint for MarkAllNotificationsRead {
    const ROUTE: Route = Route::post("/mark-all-read/").tells(&[events::ALL_READ, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<Counts>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    /// One fact, whatever it covers: the rows are rewritten by a reaction, and whoever reads meanwhile
    /// asks the fact.
    async fn run(&self, cx: &Context) -> Result<Outcome> {
        own(cx, self.user_id)?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let later = Later::than(cx, self.up_to, &inbox).await?;
        if inbox.is_patchy() && self.up_to.is_some() {
            return Err(Error::rule("so many parts were read one by one: mark all as read first"));
        }
        let fact = ReadThrough { number: later.newest_before, at: cx.now(), turn: inbox.turn + 1 };
        let left = later.unread.iter().map(String::as_str);
        let after = inbox.read_through(fact, self.category.as_deref(), left);
        let unchanged = after.unread == inbox.unread;
        if unchanged {
            return Outcome::ok(&events::counts(&inbox));
        }
        let mut change = Change::new();
        let slot = put(&mut change, &inbox, after);
        let told = json!({
            "through": fact.number, "turn": fact.turn, "read_at": fact.at, "up_to": self.up_to, "category": self.category,
        });
        let _ = change.tell(events::ALL_READ, slot).saying(move |_| told.clone());
        events::tell_unread(&mut change, slot);
        change.unaudited();
        change.reply(move |filled| Reply::ok(filled.get(slot).map_or(Value::Null, events::counts)));
        Ok(Outcome::Commit(change))
    }
}

fn own(cx: &Context, asked: Option<UserId>) -> Result<()> {
    if asked.is_none_or(|asked| asked == cx.caller.user) { Ok(()) } else { Err(Error::not_found("inbox")) }
}

/// What came after an instant.
struct Later {
    /// The number of the newest notification that did not.
    newest_before: u64,
    /// The categories of the unread that did.
    unread: Vec<String>,
}

impl Later {
    /// Reads from the newest end: usually nothing came between the list a person looked at and the tap.
    async fn than(reader: &Reader, up_to: Option<Timestamp>, inbox: &Inbox) -> Result<Self> {
        let mut later = Self { newest_before: 0, unread: Vec::new() };
        let mut last: Option<Notification> = None;
        for _ in 0..PAGES_MAX {
            let mut page = newest(reader, inbox.recipient_id, last.as_ref()).await?;
            for entry in &page {
                if up_to.is_none_or(|up_to| entry.created_at <= up_to) {
                    later.newest_before = entry.number;
                    return Ok(later);
                }
                if inbox.counts(entry) {
                    later.unread.push(entry.category.clone());
                }
            }
            if page.len() < PAGE {
                return Ok(later);
            }
            last = page.pop();
        }
        Err(Error::rule("too much came after this instant; choose a later one"))
    }
}
