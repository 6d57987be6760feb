//! Meetings: who attends, who is there, and what is said. The face of the module, all of it data.

mod amend;
mod attendance;
pub(crate) mod attendees;
mod calling;
mod entity;
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

pub use markers::Markers;

use engine::{Module, Shortcut, Socket, op};
use schema::table::Table as _;
use tables::{Attendance, Attendee, ChatMessage, ChatReaction, Meeting, ReadMarker};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "meetings",
    base: "/api/v1/meetings",
    endpoints: &[
        op::<meeting::ListMeetings>(),
        op::<calling::CreateMeeting>(),
        op::<meeting::GetMeeting>(),
        op::<meeting::TransitionMeeting>(),
        op::<attendees::ListAttendees>(),
        op::<attendees::InviteAttendees>(),
        op::<attendees::RemoveAttendee>(),
        op::<attendance::JoinMeeting>(),
        op::<attendance::LeaveMeeting>(),
        op::<messages::ListMessages>(),
        op::<messages::PostMessage>(),
        op::<amend::EditMessage>(),
        op::<amend::DeleteMessage>(),
        op::<reactions::React>(),
        op::<reactions::Unreact>(),
        op::<reading::ReadChat>(),
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
    entities: &[entity::MEETING],
    commands: &[Shortcut {
        word: "say",
        operation: "PostMessage",
        arguments: &["meeting_id", "body"],
        help: "Say something in a meeting",
    }],
};
