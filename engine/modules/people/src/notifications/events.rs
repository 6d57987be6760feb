//! What a person's devices hear of the inbox, so that all of them show the same.

use super::tables::{Inbox, Notification};
use schema::{
    answer,
    change::{Change, Filled, Slot},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A notification came.
pub const CREATED: &str = "notifications.notification.created";
/// One was snoozed, came back, or is unread again.
pub const UPDATED: &str = "notifications.notification.updated";
/// One was put aside, or taken up again.
pub const ARCHIVED: &str = "notifications.notification.archived";
/// One was removed.
pub const DELETED: &str = "notifications.notification.deleted";
/// All that had been read up to an instant are removed.
pub const READ_DELETED: &str = "notifications.notification.read_deleted";
/// Somebody wishes to be notified of other things.
pub const PREFERENCES: &str = "notifications.preferences.updated";
/// One was read.
pub const READ: &str = "notifications.notification.read";
/// All up to some point were read.
pub const ALL_READ: &str = "notifications.notification.all_read";
/// How many are unread now.
pub const UNREAD: &str = "notifications.unread_count.changed";

/// Tells the counts, after whatever changed them.
pub(super) fn tell_unread(change: &mut Change, inbox: Slot<Inbox>) {
    let counts = move |filled: &Filled<'_>| filled.get(inbox).map_or(Value::Null, counts);
    let _ = change.tell(UNREAD, inbox).saying(counts);
}

/// The counts as a badge shows them.
#[answer]
pub(super) struct Counts {
    /// All unread notifications.
    unread: u64,
    /// Those of each category that has any.
    by_category: BTreeMap<String, u64>,
}

/// The counts of an inbox.
pub(super) fn counts(inbox: &Inbox) -> Value {
    json!(Counts { unread: inbox.total(), by_category: inbox.unread.clone() })
}

/// A notification as its list shows it, read when the inbox says so.
pub(super) fn shown(mut notification: Value, inbox: &Inbox) -> Value {
    let row: Notification = serde_json::from_value(notification.clone()).unwrap_or_default();
    if let (Some(at), Some(read_at)) = (row.settled(inbox).read_at, notification.get_mut("read_at")) {
        *read_at = json!(at);
    }
    notification
}

/// One notification, whole.
pub(super) fn said(notification: &Notification) -> Value {
    json!(notification)
}
