//! What a meeting allows: when it may be held, who may write when, what a message may become. Pure
//! functions from old rows and a wish to new rows or a refusal.

use super::{
    tables::{Attendance, Attendee, Meeting, MeetingId},
    words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp, Urgency},
};
use engine::{Error, Result};
use schema::{
    caller::Caller,
    code::Code,
    id::{Id, UserId},
    time::Timestamp,
};

/// Everybody who attends.
pub(super) const ATTENDEES: &[&str] = &["organizer", "moderator", "presenter", "attendee", "observer"];
/// Those of them who write.
pub(super) const WRITERS: &[&str] = &["organizer", "moderator", "presenter", "attendee"];
/// Those who keep order.
pub(super) const MODERATORS: &[&str] = &["organizer", "moderator"];
/// The one who called the meeting.
pub(super) const ORGANIZER: &[&str] = &["organizer"];
/// The largest meeting, unless the server itself makes a larger one.
pub(crate) const CAPACITY_MAX: u32 = 500;
/// The longest meeting, in milliseconds.
const LENGTH_MS_MAX: i64 = 24 * 3_600_000;
/// How far in the past a new meeting may begin, in seconds.
const PAST_S_MAX: i64 = 3_600;

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
    let length = calling.end_at.ms().saturating_sub(calling.start_at.ms());
    if length <= 0 {
        return Err(Error::field("/end_at", "order", "must be after the start"));
    }
    if length > LENGTH_MS_MAX {
        return Err(Error::field("/end_at", "span", "a meeting lasts a day at most"));
    }
    if calling.start_at < now.plus_seconds(-PAST_S_MAX) {
        return Err(Error::field("/start_at", "past", "must not be more than an hour ago"));
    }
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
    let allowed = meeting.status.next();
    if !allowed.contains(&to) {
        let words: Vec<&str> = allowed.iter().map(|status| status.word()).collect();
        let detail = format!("a meeting does not go from {} to {}", meeting.status.word(), to.word());
        return Err(Error::new(Code::InvalidTransition, detail).with("allowed", words));
    }
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

/// When the chat opens and the doors do.
pub(super) fn opens_at(meeting: &Meeting) -> Timestamp {
    meeting.start_at.plus_seconds(-60 * i64::from(meeting.chat_open_minutes_before))
}

/// Somebody comes: nothing when they are there already.
pub(super) fn arrive(
    meeting: MeetingId,
    user: UserId,
    known: Option<&Attendance>,
    now: Timestamp,
) -> Option<Attendance> {
    match known {
        Some(known) if known.left_at.is_none() => None,
        Some(known) => Some(Attendance { joined_at: now, left_at: None, ..known.clone() }),
        None => Some(Attendance {
            meeting_id: meeting,
            user_id: user,
            joined_at: now,
            left_at: None,
            present_seconds: 0,
            version: 0,
        }),
    }
}

/// Somebody goes: nothing when they are not there.
pub(super) fn depart(known: &Attendance, now: Timestamp) -> Option<Attendance> {
    known.left_at.is_none().then(|| {
        let stayed = now.ms().saturating_sub(known.joined_at.ms()).max(0) / 1_000;
        Attendance {
            left_at: Some(now),
            present_seconds: known.present_seconds.saturating_add(stayed),
            ..known.clone()
        }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::id::OrgId;
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

    proptest! {
        #[test]
        fn time_present_adds_up_over_comings_and_goings(stays in proptest::collection::vec((0i64..5_000, 0i64..5_000), 0..20)) {
            let mut known: Option<Attendance> = None;
            let (mut now, mut there) = (NOON, 0);

            for (away, stay) in stays {
                now = now.plus_seconds(away);
                known = arrive(Id::NIL, person(1), known.as_ref(), now).or(known);
                prop_assert!(arrive(Id::NIL, person(1), known.as_ref(), now).is_none());
                now = now.plus_seconds(stay);
                there += stay;
                known = known.and_then(|known| depart(&known, now));
            }

            prop_assert_eq!(known.map_or(0, |known| known.present_seconds), there);
        }
    }
}
