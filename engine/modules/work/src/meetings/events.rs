//! What a meeting's room hears, and whom each event notifies.

use super::{
    tables::{ActionItem, Agenda, Attendee, ChatMessage, Meeting, Minutes},
    words::{MeetingStatus, Rsvp},
};
use crate::meetings::attending::reminders::in_words;
use schema::{
    change::{Change, Slot, Telling},
    event::Hearing,
    id::UserId,
};
use serde_json::{Value, json};

/// A meeting was called.
pub const MEETING_SCHEDULED: &str = "meetings.meeting.scheduled";
/// It was put to another time or place.
pub const MEETING_RESCHEDULED: &str = "meetings.meeting.rescheduled";
/// Something else about it was changed.
pub const MEETING_UPDATED: &str = "meetings.meeting.updated";
/// More meetings of a series are to be called.
pub const SERIES_EXTENDED: &str = "meetings.series.extended";
/// What was said of one meeting goes for others of its series.
pub const SERIES_EDITED: &str = "meetings.series.edited";
/// The series is otherwise from now on, and its meetings follow.
pub const SERIES_TURNED: &str = "meetings.series.turned";
/// It begins in so many minutes.
pub const MEETING_REMINDED: &str = "meetings.meeting.reminded";
/// It is near, and some have not said whether they come.
pub const MEETING_UNANSWERED: &str = "meetings.meeting.unanswered";
/// It began.
pub const MEETING_STARTED: &str = "meetings.meeting.started";
/// It ended.
pub const MEETING_ENDED: &str = "meetings.meeting.ended";
/// It will not be held.
pub const MEETING_CANCELLED: &str = "meetings.meeting.cancelled";
/// It was put off, or back on.
pub const MEETING_STATUS_CHANGED: &str = "meetings.meeting.status_changed";
/// Somebody was invited.
pub const ATTENDEE_INVITED: &str = "meetings.attendee.invited";
/// Somebody attends no longer; they hear nothing after it.
pub const ATTENDEE_REMOVED: &str = "meetings.attendee.removed";
/// Somebody answered an invitation.
pub const ATTENDEE_RESPONDED: &str = "meetings.attendee.responded";
/// What somebody may do there was changed.
pub const ATTENDEE_UPDATED: &str = "meetings.attendee.updated";
/// Somebody was silenced, or may speak again.
pub const ATTENDEE_MUTED: &str = "meetings.attendee.muted";
/// Something was said.
pub const MESSAGE_POSTED: &str = "meetings.chat.message_posted";
/// Its words were changed.
pub const MESSAGE_EDITED: &str = "meetings.chat.message_edited";
/// It was removed.
pub const MESSAGE_DELETED: &str = "meetings.chat.message_deleted";
/// It was pinned above the chat, or taken down.
pub const MESSAGE_PINNED: &str = "meetings.chat.message_pinned";
/// A sign was put under a message, or taken away.
pub const REACTION_CHANGED: &str = "meetings.chat.reaction_changed";
/// What the meeting is about was set.
pub const AGENDA_CHANGED: &str = "meetings.agenda.changed";
/// What was written down can be read.
pub const MINUTES_PUBLISHED: &str = "meetings.minutes.published";
/// Somebody has something to do.
pub const ACTION_ASSIGNED: &str = "meetings.action.assigned";
/// It is done.
pub const ACTION_COMPLETED: &str = "meetings.action.completed";
/// Its day has come, and it is not done.
pub const ACTION_OVERDUE: &str = "meetings.action.overdue";
/// Something else about it was changed, or it is gone.
pub const ACTION_CHANGED: &str = "meetings.action.changed";
/// Markers moved; told in passing, never numbered.
pub const CHAT_READ: &str = "meetings.chat.read";

/// Tells where a meeting stands, and those who should know.
pub(crate) fn meeting<'a>(
    change: &'a mut Change,
    slot: Slot<Meeting>,
    name: &'static str,
    notify: impl IntoIterator<Item = UserId>,
) -> Telling<'a> {
    let told = change.tell(name, slot).saying(move |filled| {
        let Some(meeting) = filled.get(slot) else { return Value::Null };
        json!({
            "title": meeting.title,
            "meeting_id": meeting.id,
            "kind": meeting.kind,
            "status": meeting.status,
            "start_at": meeting.start_at,
            "end_at": meeting.end_at,
            "location": meeting.location,
            "project_id": meeting.project_id,
            "actual_start_at": meeting.actual_start_at,
            "actual_end_at": meeting.actual_end_at,
        })
    });
    told.notify(notify)
}

/// Tells what changed of a meeting that is where it was.
pub(super) fn edited(change: &mut Change, slot: Slot<Meeting>) {
    let told = change.tell(MEETING_UPDATED, slot);
    told.with(move |filled| json!({"meeting_id": filled.get(slot).map(|m| m.id)}));
}

/// Tells that a meeting begins in so many minutes.
pub(super) fn reminded<'a>(
    change: &'a mut Change,
    slot: Slot<Meeting>,
    meeting: &Meeting,
    minutes: u32,
) -> Telling<'a> {
    let (in_fr, in_en) = in_words(minutes);
    let data = json!({
        "title": meeting.title,
        "meeting_id": meeting.id,
        "start_at": meeting.start_at,
        "minutes": minutes,
        "in_fr": in_fr,
        "in_en": in_en,
    });
    change.tell(MEETING_REMINDED, slot).saying(move |_| data.clone())
}

/// Tells that some have not said whether they come.
pub(super) fn unanswered<'a>(change: &'a mut Change, slot: Slot<Meeting>, meeting: &Meeting) -> Telling<'a> {
    let data = json!({"title": meeting.title, "meeting_id": meeting.id, "start_at": meeting.start_at});
    change.tell(MEETING_UNANSWERED, slot).saying(move |_| data.clone())
}

/// What a meeting's coming to a state is called.
pub(super) const fn of_status(to: MeetingStatus) -> &'static str {
    match to {
        MeetingStatus::InProgress => MEETING_STARTED,
        MeetingStatus::Completed => MEETING_ENDED,
        MeetingStatus::Cancelled => MEETING_CANCELLED,
        MeetingStatus::Scheduled | MeetingStatus::Postponed => MEETING_STATUS_CHANGED,
    }
}

/// Tells how somebody stands to a meeting.
pub(super) fn attendee<'a>(
    change: &'a mut Change,
    name: &'static str,
    slot: Slot<Attendee>,
    meeting: &Meeting,
) -> Telling<'a> {
    let (title, start_at) = (meeting.title.clone(), meeting.start_at);
    change.tell(name, slot).saying(move |filled| {
        let Some(attendee) = filled.get(slot) else { return Value::Null };
        json!({
            "title": title,
            "meeting_id": attendee.meeting_id,
            "user_id": attendee.user_id,
            "role": attendee.role,
            "rsvp": attendee.rsvp,
            "required": attendee.required,
            "start_at": start_at,
            "muted_until": attendee.muted_until,
        })
    })
}

/// Tells that somebody was invited.
pub(super) fn invited(change: &mut Change, slot: Slot<Attendee>, invited: &Attendee, meeting: &Meeting) {
    attendee(change, ATTENDEE_INVITED, slot, meeting).notify([invited.user_id]);
}

/// Tells the organizer what somebody answered. The words are for them, and in the event for whoever attends.
pub(super) fn responded(change: &mut Change, slot: Slot<Attendee>, meeting: &Meeting) {
    let told = attendee(change, ATTENDEE_RESPONDED, slot, meeting).with(move |filled| {
        let Some(attendee) = filled.get(slot) else { return Value::Null };
        let (fr, en) = answer_words(attendee.rsvp);
        json!({
            "comment": attendee.comment,
            "proposed_start_at": attendee.proposed_start_at,
            "answer_fr": fr,
            "answer_en": en,
        })
    });
    told.notify([meeting.organizer_id]);
}

/// An answer in the middle of a sentence.
const fn answer_words(rsvp: Rsvp) -> (&'static str, &'static str) {
    match rsvp {
        Rsvp::Accepted => ("participera", "will come"),
        Rsvp::Declined => ("ne participera pas", "will not come"),
        Rsvp::Tentative => ("participera peut-être", "may come"),
        Rsvp::NeedsAction => ("n'a pas répondu", "has not answered"),
    }
}

/// Tells that somebody attends no longer, and lets them hear nothing after it.
pub(super) fn removed(change: &mut Change, slot: Slot<Attendee>, attendee: &Attendee, meeting: &Meeting) {
    let data = json!({"title": meeting.title, "meeting_id": meeting.id, "user_id": attendee.user_id});
    let told = change.tell(ATTENDEE_REMOVED, slot).saying(move |_| data.clone());
    told.notify([attendee.user_id]).hearing(Hearing::Drop(attendee.user_id));
}

/// Tells a message as it now is, to those it names.
pub(crate) fn message(change: &mut Change, slot: Slot<ChatMessage>, name: &'static str, notify: Vec<UserId>) {
    change.tell(name, slot).whole().notify(notify);
}

/// Tells that a meeting is about other things. Which, is read: a change holds its points once for each copy.
pub(super) fn agenda(change: &mut Change, slot: Slot<Agenda>, meeting: &Meeting) {
    let (title, meeting_id) = (meeting.title.clone(), meeting.id);
    change.tell(AGENDA_CHANGED, slot).saying(move |filled| {
        let count = filled.get(slot).map_or(0, |agenda| agenda.items.len());
        json!({"title": title, "meeting_id": meeting_id, "item_count": count})
    });
}

/// Tells that minutes can be read.
pub(super) fn minutes_published<'a>(
    change: &'a mut Change,
    slot: Slot<Minutes>,
    meeting: &Meeting,
) -> Telling<'a> {
    let (title, meeting_id) = (meeting.title.clone(), meeting.id);
    change.tell(MINUTES_PUBLISHED, slot).saying(move |filled| {
        let number = filled.get(slot).map_or(0, |minutes| minutes.published_count);
        json!({"title": title, "meeting_id": meeting_id, "number": number})
    })
}

/// Tells what became of an action.
pub(super) fn action<'a>(change: &'a mut Change, name: &'static str, slot: Slot<ActionItem>) -> Telling<'a> {
    let told = change.tell(name, slot);
    told.with(move |filled| json!({"meeting_id": filled.get(slot).map(|action| action.meeting_id)}))
}
