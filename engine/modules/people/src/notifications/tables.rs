//! A person's inbox: the notifications, and one row that counts them. All homed in the person's own
//! room, which numbers notifications as they come.

use schema::{
    answer,
    event::Entity,
    id::{Id, OrgId, UserId},
    row,
    time::Timestamp,
    words,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a notification looks.
#[words]
pub enum Look {
    /// Good to know.
    Info,
    /// Something to look at.
    Warning,
    /// Something is wrong.
    Error,
}

/// One message to one person, made from one event, or from several of a kind.
#[row(name = "notifications", id = 30, entity = "notification", home = "user", by = "recipient_id", lean)]
#[table(index(
    name = "inbox",
    within = "recipient_id",
    sort = "number",
    carry = "all but event_id",
    when = "is_in_sight"
))]
#[table(index(
    name = "unread",
    within = "recipient_id",
    sort = "number",
    carry = "all but event_id",
    when = "is_waiting"
))]
#[table(index(
    name = "archived",
    within = "recipient_id",
    sort = "number",
    carry = "all but event_id",
    when = "is_archived"
))]
#[table(text(within = "recipient_id", of = "title"))]
pub struct Notification {
    /// The notification; hashed from the event and the recipient.
    pub id: Id<Notification>,
    /// The organization.
    pub org_id: OrgId,
    /// Whose inbox.
    pub recipient_id: UserId,
    /// Who caused it; absent for the server itself.
    pub sender_id: Option<UserId>,
    /// The event's name: which text it was made from.
    pub template_code: String,
    /// How it looks.
    pub kind: Look,
    /// Which module it is about.
    pub category: String,
    /// low, normal, high or critical.
    pub severity: String,
    /// One line, up to 200 characters.
    pub title: String,
    /// A sentence or two, up to 2,000 characters.
    pub body: String,
    /// What it is about.
    #[table(nested)]
    pub entity: Option<Entity>,
    /// Where to look at it, in the web client.
    pub action_url: String,
    /// The event.
    pub event_id: Uuid,
    /// What unread ones of a kind have in common: they become one.
    pub group_key: String,
    /// How many it stands for.
    pub count: u64,
    /// When it was read by itself. All up to some point may have been read at once: see [`Inbox`].
    pub read_at: Option<Timestamp>,
    /// Until when it is out of sight for the counts.
    pub snoozed_until: Option<Timestamp>,
    /// When it was put aside.
    pub archived_at: Option<Timestamp>,
    /// How often all had been read at once when it last became unread.
    pub turn: u64,
    /// Its place in the inbox, from 1.
    #[table(number)]
    pub number: u64,
    /// When it came.
    pub created_at: Timestamp,
}

impl Notification {
    const fn is_in_sight(&self) -> bool {
        self.archived_at.is_none()
    }

    const fn is_archived(&self) -> bool {
        self.archived_at.is_some()
    }

    /// True when nothing in the row itself says that it does not wait to be read.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.read_at.is_none() && self.archived_at.is_none() && self.snoozed_until.is_none()
    }
}

/// Everything up to this number was read at this instant.
#[answer]
#[derive(Copy, Eq)]
pub struct ReadThrough {
    /// The last number.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// How often all had been read at once, this time included.
    pub turn: u64,
}

/// What an inbox comes to: exact counts of the unread, and how far it was read at once.
#[row(
    name = "inboxes",
    id = 31,
    entity = "inbox",
    home = "user",
    by = "recipient_id",
    key = "recipient_id",
    lean
)]
pub struct Inbox {
    /// Whose.
    pub recipient_id: UserId,
    /// Unread notifications of each category; none of a category that is not here.
    pub unread: BTreeMap<String, u64>,
    /// How far everything was read; a later fact about fewer stands behind an earlier one about more.
    pub read: Vec<ReadThrough>,
    /// How far single categories were read.
    pub read_of: BTreeMap<String, Vec<ReadThrough>>,
    /// How often all, or all of a category, were read at once.
    pub turn: u64,
    /// The hour in which came what is counted next.
    pub hour: Option<Timestamp>,
    /// How many came in it.
    pub came: u32,
}
