//! Each person's inbox, filled by what happens elsewhere. It knows no other module: events say whom
//! they concern, and the catalogue has their texts.

mod change;
mod entries;
pub mod events;
mod inbox;
mod list;
mod mark;
mod merging;
mod notify;
pub mod preferences;
mod removal;
pub mod render;
mod rewrite;
mod states;
pub mod tables;

pub(crate) use list::greeting;

use engine::{Module, Shortcut, Socket, op};
use schema::table::Table as _;

/// The face of the module.
pub static MODULE: Module = Module {
    name: "notif",
    base: "/api/v1/notifications",
    endpoints: &[
        op::<list::ListNotifications>(),
        op::<list::CountUnread>(),
        op::<list::ListRecentNotifications>(),
        op::<list::CountNotifications>(),
        op::<preferences::ShowPreferences>(),
        op::<preferences::EditPreferences>(),
        op::<change::DeleteReadNotifications>(),
        op::<change::ShowNotification>(),
        op::<change::EditNotification>(),
        op::<change::DeleteNotification>(),
        op::<change::MarkNotificationUnread>(),
        op::<change::WakeNotification>(),
        op::<mark::MarkNotificationRead>(),
        op::<mark::MarkAllNotificationsRead>(),
    ],
    tables: &[tables::Notification::SPEC, tables::Inbox::SPEC, preferences::Preferences::SPEC],
    rooms: &[crate::rooms::USER],
    sockets: &[Socket {
        path: "/ws/notifications/{user_id}/",
        kind: "user",
        short: &[
            ("notification.read", "MarkNotificationRead", "user_id"),
            ("notification.read_all", "MarkAllNotificationsRead", "user_id"),
            ("presence.set", "SetPresence", "user_id"),
        ],
    }],
    events: &[],
    reactions: &[notify::NOTIFY, rewrite::REWRITE, removal::REMOVE_READ],
    entities: &[],
    jobs: &[],
    commands: &[Shortcut {
        word: "inbox",
        operation: "ListNotifications",
        arguments: &[],
        help: "Your latest notifications",
    }],
};
