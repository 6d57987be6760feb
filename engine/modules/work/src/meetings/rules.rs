//! What a meeting allows: when it may be held, who may write when, what a message may become. Pure
//! functions from old rows and a wish to new rows or a refusal.

use super::{
    tables::{Attendee, Meeting, MeetingId},
    words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp, Urgency},
};
use engine::{Context, Error, Moves, Result};
use schema::{
    caller::Caller,
    id::{Id, UserId},
    role::Role,
    time::Timestamp,
};

/// Everybody who attends.
pub(super) const ATTENDEES: &[&str] = &["organizer", "moderator", "presenter", "attendee", "observer"];
/// Those of them who write.
pub(super) const WRITERS: &[&str] = &["organizer", "moderator", "presenter", "attendee"];
/// Those who keep order.
pub(super) const MODERATORS: &[&str] = &["organizer", "moderator"];
/// Those who say what it is about.
pub(super) const SPEAKERS: &[&str] = &["organizer", "moderator", "presenter"];
/// The one who called the meeting.
pub(super) const ORGANIZER: &[&str] = &["organizer"];
/// The largest meeting, unless the server itself makes a larger one.
pub(crate) const CAPACITY_MAX: u32 = 500;
/// The longest meeting, in milliseconds.
const LENGTH_MS_MAX: i64 = 24 * 3_600_000;
/// How far in the past a new meeting may begin, in seconds.
const PAST_S_MAX: i64 = 3_600;

/// How long after its end a meeting without people ends by itself, in seconds.
const DESERTED_S: i64 = 30 * 60;
/// How often it is looked at after that, in seconds.
const LOOK_EVERY_S: i64 = 5 * 60;

/// What a new meeting is made of.
pub(crate) struct Calling<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) kind: MeetingKind,
    pub(crate) priority: Urgency,
    pub(crate) start_at: Timestamp,
    pub(crate) end_at: Timestamp,
    pub(crate) timezone: &'a str,
    pub(crate) capacity: u32,
}

/// Which states each state of a meeting may become.
const MOVES: Moves<MeetingStatus> = Moves(&[
    (
        MeetingStatus::Scheduled,
        &[MeetingStatus::InProgress, MeetingStatus::Cancelled, MeetingStatus::Postponed],
    ),
    (MeetingStatus::Postponed, &[MeetingStatus::Scheduled]),
    (MeetingStatus::InProgress, &[MeetingStatus::Completed]),
    (MeetingStatus::Completed, &[]),
    (MeetingStatus::Cancelled, &[]),
]);

/// A new meeting of its organizer's.
///
/// # Errors
/// `validation` for times that can't be.
pub(crate) fn call(
    id: MeetingId,
    organizer: &Caller,
    calling: Calling<'_>,
    now: Timestamp,
) -> Result<Meeting> {
    check_length(calling.start_at, calling.end_at)?;
    check_not_past(calling.start_at, now)?;
    Ok(Meeting {
        id,
        org_id: organizer.org,
        title: calling.title.trim().to_owned(),
        description: calling.description.to_owned(),
        kind: calling.kind,
        status: MeetingStatus::Scheduled,
        priority: calling.priority,
        start_at: calling.start_at,
        end_at: calling.end_at,
        timezone: calling.timezone.to_owned(),
        organizer_id: organizer.user,
        chat_enabled: true,
        chat_open_minutes_before: 30,
        capacity: calling.capacity,
        ..Meeting::default()
    })
}

/// A meeting ends after it begins, and within a day.
fn check_length(start: Timestamp, end: Timestamp) -> Result<()> {
    let length = end.ms().saturating_sub(start.ms());
    if length <= 0 {
        return Err(Error::field("/end_at", "order", "must be after the start"));
    }
    if length > LENGTH_MS_MAX {
        return Err(Error::field("/end_at", "span", "a meeting lasts a day at most"));
    }
    Ok(())
}

/// Nobody is called to what was an hour ago.
fn check_not_past(start: Timestamp, now: Timestamp) -> Result<()> {
    if start < now.plus_seconds(-PAST_S_MAX) {
        return Err(Error::field("/start_at", "past", "must not be more than an hour ago"));
    }
    Ok(())
}

/// Whether a meeting may become what an edit makes of it.
///
/// # Errors
/// `rule-violation` where its state forbids it, `validation` for times that can't be.
pub(super) fn check_edit(old: &Meeting, new: &Meeting, now: Timestamp) -> Result<()> {
    let (starts_elsewhere, ends_elsewhere) = (new.start_at != old.start_at, new.end_at != old.end_at);
    match old.status {
        MeetingStatus::Cancelled => return Err(Error::rule("this meeting was cancelled")),
        MeetingStatus::Completed if starts_elsewhere || ends_elsewhere => {
            return Err(Error::rule("this meeting is over"));
        }
        MeetingStatus::InProgress if starts_elsewhere => {
            return Err(Error::rule("this meeting has begun; only its end can move"));
        }
        _ => {}
    }
    check_length(new.start_at, new.end_at)?;
    if starts_elsewhere { check_not_past(new.start_at, now) } else { Ok(()) }
}

/// Whether those who said that they come have to think again: it is at another time or in another place.
pub(super) fn is_elsewhere(old: &Meeting, new: &Meeting) -> bool {
    let where_and_when = |meeting: &Meeting| {
        (meeting.start_at, meeting.end_at, meeting.location.clone(), meeting.meeting_url.clone())
    };
    where_and_when(old) != where_and_when(new)
}

/// Somebody's invitation once the meeting is elsewhere: they are asked again, but for its organizer, who knows.
/// Nothing where it says so already; `since` is when it became so.
pub(super) fn ask_again(attendee: &Attendee, meeting: &Meeting, since: Timestamp) -> Option<Attendee> {
    let answered = attendee.role != AttendeeRole::Organizer
        && attendee.rsvp != Rsvp::NeedsAction
        && attendee.responded_at.is_none_or(|at| at < since);
    let is_stale = (attendee.start_at, attendee.end_at) != (meeting.start_at, meeting.end_at);
    let mut asked = Attendee { start_at: meeting.start_at, end_at: meeting.end_at, ..attendee.clone() };
    if answered {
        asked.rsvp = Rsvp::NeedsAction;
        (asked.responded_at, asked.comment, asked.proposed_start_at) = (None, None, None);
    }
    (answered || is_stale).then_some(asked)
}

/// What somebody says to an invitation.
pub(super) struct Answer {
    pub(super) rsvp: Rsvp,
    pub(super) comment: Option<String>,
    pub(super) proposed_start_at: Option<Timestamp>,
}

/// The invitation with its answer.
///
/// # Errors
/// `rule-violation` for the organizer, who comes, and once the meeting is over; `validation` for what has passed.
pub(super) fn answer(
    attendee: &Attendee,
    meeting: &Meeting,
    answer: Answer,
    now: Timestamp,
) -> Result<Attendee> {
    match meeting.status {
        MeetingStatus::Cancelled => return Err(Error::rule("this meeting was cancelled")),
        MeetingStatus::Completed => return Err(Error::rule("this meeting is over")),
        _ if attendee.role == AttendeeRole::Organizer => {
            return Err(Error::rule("the organizer comes; call the meeting off instead"));
        }
        _ => {}
    }
    if answer.proposed_start_at.is_some_and(|at| at < now) {
        return Err(Error::field("/proposed_start_at", "past", "must not have passed"));
    }
    let Answer { rsvp, comment, proposed_start_at } = answer;
    Ok(Attendee { rsvp, comment, proposed_start_at, responded_at: Some(now), ..attendee.clone() })
}

/// Whether somebody may invite others to a meeting, and as what.
///
/// # Errors
/// `forbidden`.
pub(super) fn check_inviter(meeting: &Meeting, organizes: bool, role: AttendeeRole) -> Result<()> {
    let as_guest = matches!(role, AttendeeRole::Attendee | AttendeeRole::Observer);
    match (organizes, meeting.guests_can_invite) {
        (true, _) => Ok(()),
        (false, false) => Err(Error::forbidden("only its organizer invites people to this meeting")),
        (false, true) if as_guest => Ok(()),
        (false, true) => Err(Error::forbidden("guests invite attendees and observers")),
    }
}

/// Whether somebody keeps order in the meeting that a call is about.
pub(super) fn moderates(cx: &Context) -> bool {
    let role = cx.standing.role.as_deref();
    cx.caller.role == Role::SuperAdministrator || role.is_some_and(|role| MODERATORS.contains(&role))
}

/// Whether somebody calls a meeting their own.
pub(super) fn organizes(caller: &Caller, meeting: &Meeting) -> bool {
    meeting.organizer_id == caller.user || caller.role == Role::SuperAdministrator
}

/// Somebody who is invited.
pub(crate) struct Guest {
    pub(crate) id: Id<Attendee>,
    pub(crate) user: UserId,
    pub(crate) role: AttendeeRole,
    pub(crate) at: Timestamp,
}

/// Their invitation. The organizer has accepted it.
pub(crate) fn invite(meeting: &Meeting, guest: &Guest) -> Attendee {
    let organizes = guest.role == AttendeeRole::Organizer;
    Attendee {
        id: guest.id,
        org_id: meeting.org_id,
        meeting_id: meeting.id,
        user_id: guest.user,
        start_at: meeting.start_at,
        end_at: meeting.end_at,
        role: guest.role,
        rsvp: if organizes { Rsvp::Accepted } else { Rsvp::NeedsAction },
        required: true,
        responded_at: organizes.then_some(guest.at),
        ..Attendee::default()
    }
}

/// The meeting in another state.
///
/// # Errors
/// `invalid-transition`, with the states that are allowed.
pub(crate) fn transition(meeting: &Meeting, to: MeetingStatus, now: Timestamp) -> Result<Meeting> {
    MOVES.check(meeting.status, to)?;
    let mut moved = Meeting { status: to, ..meeting.clone() };
    match to {
        MeetingStatus::InProgress => moved.actual_start_at = Some(now),
        MeetingStatus::Completed => moved.actual_end_at = Some(now),
        MeetingStatus::Scheduled | MeetingStatus::Cancelled | MeetingStatus::Postponed => {}
    }
    Ok(moved)
}

/// True when somebody with this role begins a meeting by coming to it.
pub(super) fn begins_by_joining(meeting: &Meeting, role: Option<&str>, now: Timestamp) -> bool {
    meeting.status == MeetingStatus::Scheduled
        && role.is_some_and(|role| MODERATORS.contains(&role))
        && opens_at(meeting) <= now
        && now < meeting.end_at
}

/// When a meeting that has begun ends by itself, should nobody be there any more.
pub(super) fn deserted_at(meeting: &Meeting) -> Timestamp {
    meeting.end_at.plus_seconds(DESERTED_S)
}

/// When it is looked at again, while people stay.
pub(super) fn looked_at_next(meeting: &Meeting, now: Timestamp) -> Timestamp {
    deserted_at(meeting).max(now.plus_seconds(LOOK_EVERY_S))
}

/// When the chat opens and the doors do.
pub(super) fn opens_at(meeting: &Meeting) -> Timestamp {
    meeting.start_at.plus_seconds(-60 * i64::from(meeting.chat_open_minutes_before))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use schema::{code::Code, id::OrgId};
    use uuid::Uuid;

    pub(in crate::meetings) const NOON: Timestamp = Timestamp::from_ms(1_750_000_000_000);
    pub(in crate::meetings) const HOUR: i64 = 3_600;

    pub(in crate::meetings) fn person(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    pub(in crate::meetings) fn called(start: i64, end: i64) -> Result<Meeting> {
        let calling = Calling {
            title: "Weekly",
            description: "",
            kind: MeetingKind::Standup,
            priority: Urgency::Medium,
            start_at: NOON.plus_seconds(start),
            end_at: NOON.plus_seconds(end),
            timezone: "Africa/Dakar",
            capacity: 10,
        };
        call(Id::NIL, &Caller { user: person(1), ..Caller::system(OrgId::NIL) }, calling, NOON)
    }

    #[test]
    fn a_meeting_ends_after_it_begins_within_a_day_and_not_in_the_past() {
        assert!(called(0, HOUR).is_ok() && called(-HOUR, 1).is_ok());
        assert!(called(0, 0).is_err() && called(0, 24 * HOUR + 1).is_err());
        assert!(called(-HOUR - 1, HOUR).is_err());
    }

    #[test]
    fn a_meeting_moves_only_along_its_states_and_notes_its_times() {
        let meeting = called(0, HOUR).unwrap();
        let later = NOON.plus_seconds(60);

        let running = transition(&meeting, MeetingStatus::InProgress, NOON).unwrap();
        let over = transition(&running, MeetingStatus::Completed, later).unwrap();
        let refused = transition(&over, MeetingStatus::Scheduled, later).unwrap_err();

        assert_eq!((over.actual_start_at, over.actual_end_at), (Some(NOON), Some(later)));
        assert_eq!(refused.code(), Code::InvalidTransition);
    }

    #[test]
    fn coming_early_to_look_around_does_not_begin_a_meeting() {
        let meeting = called(2 * HOUR, 3 * HOUR).unwrap();
        let begins = |role, at: i64| begins_by_joining(&meeting, Some(role), NOON.plus_seconds(at));

        assert!(!begins("organizer", 0) && begins("organizer", 2 * HOUR - 60));
        assert!(!begins("attendee", 2 * HOUR) && !begins("moderator", 3 * HOUR));
    }
}
