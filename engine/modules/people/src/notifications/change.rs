//! One notification: show it, put it aside or out of sight for a while, remove it.

use super::{
    events,
    notify::{inbox_of, put},
    tables::Notification,
};
use crate::rooms;
use engine::{Accepted, Context, Empty, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::{ActorKind, Caller},
    change::Change,
    id::{Id, UserId},
    operation,
    patch::{Edit, Patch},
    reply::Reply,
    time::Timestamp,
};
use serde_json::{Value, json};

/// The longest snooze.
const SNOOZE_SECONDS_MAX: i64 = 366 * 86_400;

/// Shows one of the caller's notifications.
#[operation]
pub(super) struct ShowNotification {
    /// Which.
    id: Id<Notification>,
}

impl Endpoint for ShowNotification {
    const ROUTE: Route = Route::get("/{id}/");
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let row: Notification = cx.here(self.id).await?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        Outcome::record(&row.settled(&inbox), row.version)
    }
}

/// Puts a notification aside, or takes it up again; snoozes it until an instant, or ends the snooze.
#[operation]
pub(super) struct EditNotification {
    /// Which.
    id: Id<Notification>,
    /// Whether it is put aside.
    archived: Edit<bool>,
    /// Until when it is out of sight for the counts, a year at most; null brings it back.
    snoozed_until: Patch<Timestamp>,
}

impl Endpoint for EditNotification {
    const ROUTE: Route = Route::patch("/{id}/").tells(&[events::ARCHIVED, events::UPDATED, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let row: Notification = cx.here(self.id).await?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let now = cx.now();
        let aside = match self.archived.value() {
            Some(true) => row.aside(&inbox, now),
            Some(false) => row.back_in_sight(&inbox),
            None => row.clone(),
        };
        let new = match self.snoozed_until {
            Patch::Keep => aside,
            Patch::Clear => aside.woken(&inbox),
            Patch::Set(until) if until <= now || until > now.plus_seconds(SNOOZE_SECONDS_MAX) => {
                return Err(Error::field("/snoozed_until", "invalid", "later than now, within a year"));
            }
            Patch::Set(until) => aside.snoozed(&inbox, until),
        };
        if (new.archived_at, new.snoozed_until) == (row.archived_at, row.snoozed_until) {
            return Outcome::record(&row.settled(&inbox), row.version);
        }
        let name = if new.archived_at == row.archived_at { events::UPDATED } else { events::ARCHIVED };
        let mut change = replaced(cx, &row, new.clone(), name).await?;
        if let Some(until) = new.snoozed_until.filter(|until| row.snoozed_until != Some(*until)) {
            let wake = json!({"id": row.id, "user_id": row.recipient_id, "until": until});
            change.later(until, "WakeNotification", wake);
        }
        Ok(Outcome::Commit(change))
    }
}

/// Puts a row in place of another, counts, tells both, and answers the row.
async fn replaced(cx: &Context, old: &Notification, new: Notification, name: &'static str) -> Result<Change> {
    let inbox = inbox_of(cx, old.recipient_id).await?;
    let after = inbox.after(Some(old), Some(&new));
    let counts_change = after.unread != inbox.unread;
    let mut change = Change::new();
    let slot = change.update(old, new);
    let _ = change.tell(name, slot).whole();
    if counts_change {
        let counted = put(&mut change, &inbox, after);
        events::tell_unread(&mut change, counted);
    } else if inbox.version > 0 {
        // What was computed leans on the facts of the inbox.
        change.relies_on(&inbox);
    }
    change.unaudited();
    change.reply(move |filled| {
        let row = filled.get(slot);
        Reply::ok(row.map_or(Value::Null, |row| json!(row))).tagged(row.map_or(0, |row| row.version))
    });
    Ok(change)
}

/// Marks a notification as unread again, on all devices.
#[operation]
pub(super) struct MarkNotificationUnread {
    /// Which.
    id: Id<Notification>,
}

impl Endpoint for MarkNotificationUnread {
    const ROUTE: Route = Route::post("/{id}/mark-unread/").tells(&[events::UPDATED, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let row: Notification = cx.here(self.id).await?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        if row.settled(&inbox).read_at.is_none() {
            return Outcome::record(&row, row.version);
        }
        Ok(Outcome::Commit(replaced(cx, &row, row.unread_again(&inbox), events::UPDATED).await?))
    }
}

/// Ends the snooze of a notification. The server calls it when the snooze is over.
#[operation]
pub(super) struct WakeNotification {
    /// Which.
    id: Id<Notification>,
    /// Whose inbox: only ever one's own.
    #[serde(default)]
    user_id: Option<UserId>,
    /// The snooze that is meant: one that was set anew goes on.
    #[serde(default)]
    until: Option<Timestamp>,
}

impl Endpoint for WakeNotification {
    const ROUTE: Route = Route::post("/{id}/wake/").tells(&[events::UPDATED, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Notification>;

    fn scope(&self, caller: &Caller) -> Scope {
        let theirs = self.user_id.filter(|_| caller.kind == ActorKind::System);
        Scope::Room(rooms::of_user(theirs.unwrap_or(caller.user)))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if cx.caller.kind != ActorKind::System && self.user_id.is_some_and(|user| user != cx.caller.user) {
            return Err(Error::not_found("notification"));
        }
        let row: Notification = cx.here(self.id).await?;
        let meant = self.until.is_none_or(|until| row.snoozed_until == Some(until));
        if row.snoozed_until.is_none() || !meant {
            return Outcome::record(&row, row.version);
        }
        let inbox = inbox_of(cx, row.recipient_id).await?;
        Ok(Outcome::Commit(replaced(cx, &row, row.woken(&inbox), events::UPDATED).await?))
    }
}

/// Removes one of the caller's notifications.
#[operation]
pub(super) struct DeleteNotification {
    /// Which.
    id: Id<Notification>,
}

impl Endpoint for DeleteNotification {
    const ROUTE: Route = Route::delete("/{id}/").tells(&[events::DELETED, events::UNREAD]);
    const NEEDS: Needs = Needs::Own;
    type Output = Empty;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let row: Notification = cx.here(self.id).await?;
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let after = inbox.after(Some(&row), None);
        let mut change = Change::new();
        let slot = change.remove(&row);
        let id = row.id;
        let _ = change.tell(events::DELETED, slot).saying(move |_| json!({"id": id}));
        if after.unread != inbox.unread {
            let counted = put(&mut change, &inbox, after);
            events::tell_unread(&mut change, counted);
        }
        change.unaudited();
        Ok(Outcome::Commit(change))
    }
}

/// Removes all notifications that the caller has read. They are gone a moment later.
#[operation]
pub(super) struct DeleteReadNotifications {}

impl Endpoint for DeleteReadNotifications {
    const ROUTE: Route = Route::delete("/delete-read/").tells(&[events::READ_DELETED]);
    const NEEDS: Needs = Needs::Own;
    type Output = Accepted;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    /// However many they are: a reaction removes them in steps.
    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let inbox = inbox_of(cx, cx.caller.user).await?;
        let mut change = Change::new();
        let slot = put(&mut change, &inbox, inbox.clone());
        let at = cx.now();
        let _ = change.tell(events::READ_DELETED, slot).saying(move |_| json!({"up_to": at}));
        change.unaudited();
        change.reply(|_| Reply::of(202, Value::Null));
        Ok(Outcome::Commit(change))
    }
}
