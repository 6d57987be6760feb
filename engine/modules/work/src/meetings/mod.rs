//! Meetings: who attends, who is there, and what is said. The face of the module, all of it data.

mod amend;
mod attendance;
pub(crate) mod attendees;
mod calling;
pub mod events;
mod markers;
mod meeting;
mod messages;
mod reactions;
mod reading;
pub mod rooms;
pub(crate) mod rules;
pub(crate) mod speech;
pub mod tables;
pub mod words;

pub use amend::{DeleteMessage, EditMessage};
pub use attendance::{JoinMeeting, LeaveMeeting};
pub use attendees::{InviteAttendees, ListAttendees, RemoveAttendee};
pub use calling::CreateMeeting;
pub use markers::Markers;
pub use meeting::{GetMeeting, ListMeetings, TransitionMeeting};
pub use messages::{ListMessages, PostMessage};
pub use reactions::{React, Unreact};
pub use reading::ReadChat;

use engine::{Module, Shortcut, Socket, op};
use schema::table::Table as _;
use tables::{Attendance, Attendee, ChatMessage, ChatReaction, Meeting, ReadMarker};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "meetings",
    base: "/api/v1/meetings",
    endpoints: &[
        op::<ListMeetings>(),
        op::<CreateMeeting>(),
        op::<GetMeeting>(),
        op::<TransitionMeeting>(),
        op::<ListAttendees>(),
        op::<InviteAttendees>(),
        op::<RemoveAttendee>(),
        op::<JoinMeeting>(),
        op::<LeaveMeeting>(),
        op::<ListMessages>(),
        op::<PostMessage>(),
        op::<EditMessage>(),
        op::<DeleteMessage>(),
        op::<React>(),
        op::<Unreact>(),
        op::<ReadChat>(),
    ],
    tables: &[
        Meeting::SPEC,
        Attendee::SPEC,
        Attendance::SPEC,
        ChatMessage::SPEC,
        ChatReaction::SPEC,
        ReadMarker::SPEC,
    ],
    rooms: &[rooms::MEETING],
    sockets: &[Socket {
        path: "/ws/meetings/{meeting_id}/chat/",
        kind: "meeting",
        short: &[
            ("chat.send", "PostMessage", "meeting_id"),
            ("chat.edit", "EditMessage", "meeting_id"),
            ("chat.delete", "DeleteMessage", "meeting_id"),
            ("chat.react", "React", "meeting_id"),
            ("chat.read", "ReadChat", "meeting_id"),
            ("chat.history", "ListMessages", "meeting_id"),
        ],
    }],
    events: events::EVENTS,
    reactions: &[],
    commands: &[Shortcut {
        word: "say",
        operation: "PostMessage",
        arguments: &["meeting_id", "body"],
        help: "Say something in a meeting",
    }],
};
