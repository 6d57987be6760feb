//! Meetings: who attends, who is there, and what is said. The face of the module, all of it data.

mod actions;
mod agenda;
mod amend;
mod answering;
mod attendance;
pub(crate) mod attendees;
mod availability;
mod busy;
mod calendar;
mod calling;
mod duties;
mod editing;
mod entity;
pub mod events;
mod feed;
mod ics;
mod linked;
mod lists;
mod markers;
mod meeting;
mod messages;
mod minutes;
mod moving;
mod notices;
mod occurrences;
mod order;
mod overdue;
mod places;
mod presence;
mod reactions;
mod reading;
mod recurrence;
mod remaking;
mod reminders;
pub mod rooms;
pub(crate) mod rules;
mod searching;
mod series;
mod slots;
pub(crate) mod speech;
mod stats;
pub mod tables;
mod templates;
mod to_task;
mod transcript;
pub mod words;

pub use markers::Markers;

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
        op::<occurrences::ExtendSeries>(),
        op::<attendees::ListAttendees>(),
        op::<attendees::InviteAttendees>(),
        op::<attendees::EditAttendee>(),
        op::<attendees::RemoveAttendee>(),
        op::<answering::RespondToMeeting>(),
        op::<attendance::JoinMeeting>(),
        op::<attendance::LeaveMeeting>(),
        op::<agenda::GetAgenda>(),
        op::<agenda::SetAgenda>(),
        op::<minutes::GetMinutes>(),
        op::<minutes::SaveMinutes>(),
        op::<minutes::PublishMinutes>(),
        op::<actions::ListActions>(),
        op::<actions::AddAction>(),
        op::<actions::EditAction>(),
        op::<actions::RemoveAction>(),
        op::<to_task::ActionToTask>(),
        op::<actions::ListMyActions>(),
        op::<messages::ListMessages>(),
        op::<messages::PostMessage>(),
        op::<transcript::ExportChat>(),
        op::<amend::EditMessage>(),
        op::<amend::DeleteMessage>(),
        op::<order::PinMessage>(),
        op::<order::UnpinMessage>(),
        op::<order::MuteAttendee>(),
        op::<templates::ListTemplates>(),
        op::<templates::CreateTemplate>(),
        op::<templates::ShowTemplate>(),
        op::<templates::EditTemplate>(),
        op::<templates::RemoveTemplate>(),
        op::<feed::GetMeetingFile>(),
        op::<feed::ShowCalendarFeed>(),
        op::<feed::RotateCalendarFeed>(),
        op::<feed::ReadCalendarFeed>(),
        op::<availability::AskAvailability>(),
        op::<availability::FindSlots>(),
        op::<reminders::RemindAttendees>(),
        op::<reminders::RequestAnswers>(),
        op::<overdue::RemindOfAction>(),
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
        to_task::MAKE_TASK,
        to_task::FOLLOW_TASK,
        occurrences::CALL,
        occurrences::TURN,
        occurrences::FOLLOW,
        linked::TELL_PROJECT,
        reminders::PLAN,
        reminders::PLAN_ANEW,
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
