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

/// One message to one person, made from one event.
#[row(name = "notifications", id = 30, entity = "notification", home = "user", by = "recipient_id", lean)]
#[table(index(
    name = "inbox",
    within = "recipient_id",
    sort = "number",
    carry = "org_id, sender_id, template_code, kind, category, severity, title, body, entity, action_url, \
             read_at, created_at, version"
))]
#[table(index(
    name = "unread",
    within = "recipient_id",
    sort = "number",
    carry = "org_id, sender_id, template_code, kind, category, severity, title, body, entity, action_url, \
             read_at, created_at, version",
    when = "is_unread"
))]
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
    /// When it was read by itself. All up to some point may have been read at once: see [`Inbox`].
    pub read_at: Option<Timestamp>,
    /// Its place in the inbox, from 1.
    #[table(number)]
    pub number: u64,
    /// When it came.
    pub created_at: Timestamp,
}

impl Notification {
    fn is_unread(&self) -> bool {
        self.read_at.is_none()
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
    /// How far everything was read.
    #[table(nested)]
    pub read: Option<ReadThrough>,
    /// How far single categories were read.
    pub read_of: BTreeMap<String, ReadThrough>,
}
