//! Meetings: who attends, who is there, and what is said. The face of the module, all of it data.

pub(crate) mod attending;
mod calling;
pub(crate) mod chat;
mod editing;
mod entity;
pub mod events;
mod linked;
mod lists;
mod meeting;
mod moving;
mod notices;
mod proceedings;
mod recurring;
pub mod rooms;
pub(crate) mod rules;
mod scheduling;
mod stats;
pub mod tables;
mod templates;
pub mod words;

pub use chat::markers::Markers;

use engine::{Module, Shortcut, Socket, op};
use schema::table::Table as _;
use tables::{
    ActionItem, Agenda, Attendance, Attendee, CalendarFeed, ChatMessage, ChatReaction, Meeting,
    MeetingTemplate, Minutes, MinutesVersion, ReadMarker, Series,
};

/// The face of the module.
pub static MODULE: Module = Module {
    name: "meetings",
    base: "/api/v1/meetings",
    endpoints: &[
        op::<lists::ListMeetings>(),
        op::<calling::CreateMeeting>(),
        op::<meeting::GetMeeting>(),
        op::<editing::EditMeeting>(),
        op::<moving::CancelMeeting>(),
        op::<moving::TransitionMeeting>(),
        op::<lists::ListUpcoming>(),
        op::<lists::ListToday>(),
        op::<stats::ShowMeetingStats>(),
        op::<recurring::occurrences::ExtendSeries>(),
        op::<attending::attendees::ListAttendees>(),
        op::<attending::attendees::InviteAttendees>(),
        op::<attending::attendees::EditAttendee>(),
        op::<attending::attendees::RemoveAttendee>(),
        op::<attending::answering::RespondToMeeting>(),
        op::<attending::attendance::JoinMeeting>(),
        op::<attending::attendance::LeaveMeeting>(),
        op::<proceedings::agenda::GetAgenda>(),
        op::<proceedings::agenda::SetAgenda>(),
        op::<proceedings::minutes::GetMinutes>(),
        op::<proceedings::minutes::SaveMinutes>(),
        op::<proceedings::minutes::PublishMinutes>(),
        op::<proceedings::actions::ListActions>(),
        op::<proceedings::actions::AddAction>(),
        op::<proceedings::actions::EditAction>(),
        op::<proceedings::actions::RemoveAction>(),
        op::<proceedings::to_task::ActionToTask>(),
        op::<proceedings::actions::ListMyActions>(),
        op::<chat::messages::ListMessages>(),
        op::<chat::messages::PostMessage>(),
        op::<chat::transcript::ExportChat>(),
        op::<chat::amend::EditMessage>(),
        op::<chat::amend::DeleteMessage>(),
        op::<chat::order::PinMessage>(),
        op::<chat::order::UnpinMessage>(),
        op::<chat::order::MuteAttendee>(),
        op::<templates::ListTemplates>(),
        op::<templates::CreateTemplate>(),
        op::<templates::ShowTemplate>(),
        op::<templates::EditTemplate>(),
        op::<templates::RemoveTemplate>(),
        op::<scheduling::feed::GetMeetingFile>(),
        op::<scheduling::feed::ShowCalendarFeed>(),
        op::<scheduling::feed::RotateCalendarFeed>(),
        op::<scheduling::feed::ReadCalendarFeed>(),
        op::<scheduling::availability::AskAvailability>(),
        op::<scheduling::availability::FindSlots>(),
        op::<attending::reminders::RemindAttendees>(),
        op::<attending::reminders::RequestAnswers>(),
        op::<proceedings::overdue::RemindOfAction>(),
        op::<chat::reactions::React>(),
        op::<chat::reactions::Unreact>(),
        op::<chat::reading::ReadChat>(),
    ],
    tables: &[
        Meeting::SPEC,
        Attendee::SPEC,
        Attendance::SPEC,
        ChatMessage::SPEC,
        ChatReaction::SPEC,
        ReadMarker::SPEC,
        Agenda::SPEC,
        Minutes::SPEC,
        MinutesVersion::SPEC,
        ActionItem::SPEC,
        Series::SPEC,
        MeetingTemplate::SPEC,
        CalendarFeed::SPEC,
    ],
    rooms: &[rooms::MEETING],
    sockets: &[Socket {
        path: "/ws/meetings/{meeting_id}/chat/",
        kind: "meeting",
        short: &[
            ("chat.send", "PostMessage", "meeting_id"),
            ("chat.edit", "EditMessage", "meeting_id"),
            ("chat.delete", "DeleteMessage", "meeting_id"),
            ("chat.pin", "PinMessage", "meeting_id"),
            ("user.mute", "MuteAttendee", "meeting_id"),
            ("chat.react", "React", "meeting_id"),
            ("chat.read", "ReadChat", "meeting_id"),
            ("chat.history", "ListMessages", "meeting_id"),
        ],
    }],
    events: notices::NOTICES,
    reactions: &[
        editing::ASK_AGAIN,
        proceedings::to_task::MAKE_TASK,
        proceedings::to_task::FOLLOW_TASK,
        recurring::occurrences::CALL,
        recurring::occurrences::TURN,
        recurring::occurrences::FOLLOW,
        linked::TELL_PROJECT,
        attending::reminders::PLAN,
        attending::reminders::PLAN_ANEW,
    ],
    entities: &[entity::MEETING],
    jobs: &[],
    commands: &[Shortcut {
        word: "say",
        operation: "PostMessage",
        arguments: &["meeting_id", "body"],
        help: "Say something in a meeting",
    }],
};
