//! What somebody's meetings came to: hours, kinds, attendance.

use super::{
    rooms::{of_meeting, place},
    tables::{Attendance, Meeting},
    words::{MeetingKind, MeetingStatus},
};
use crate::meetings::{
    attending::presence,
    scheduling::calendar::{self, Entry, FROM, TO, Window},
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, id::UserId, operation, role::Role, time::Timestamp};
use std::collections::BTreeMap;

/// Shows what somebody's meetings between two instants came to: the caller's, or for who manages meetings anybody's.
#[operation]
pub(super) struct ShowMeetingStats {
    /// `from`, `to`, `user_id`.
    query: Query,
}

/// What somebody's meetings came to.
#[answer]
pub(super) struct Stats {
    /// Whose.
    user_id: UserId,
    /// From when on.
    from: Timestamp,
    /// Until before when.
    to: Timestamp,
    /// Meetings they were invited to.
    invited_count: u32,
    /// Those of them that were called off.
    cancelled_count: u32,
    /// Those that were held.
    held_count: u32,
    /// How long these took together.
    held_seconds: i64,
    /// How long they were there.
    present_seconds: i64,
    /// Of the meetings held that needed them, those where they were for half of the time at least, in percent; null
    /// where there was none.
    attendance_percent: Option<u32>,
    /// The meetings held, by what they were for.
    kinds: Vec<OfKind>,
}

/// Meetings of one kind.
#[answer]
pub(super) struct OfKind {
    /// What they were for.
    kind: MeetingKind,
    /// How many.
    count: u32,
    /// How long they took together.
    seconds: i64,
}

impl Endpoint for ShowMeetingStats {
    const ROUTE: Route = Route::get("/stats/");
    const NEEDS: Needs = Needs::Own;
    const ASKS: &'static [Param] = &[
        FROM,
        TO,
        Param {
            name: "user_id",
            format: "text",
            help: "Whose; the caller's own unless said. Others' are shown to who manages meetings.",
            required: false,
        },
    ];
    type Output = Whole<Stats>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["from", "to", "user_id"])?;
        let window = Window::asked(&self.query)?;
        let user = self.query.parsed::<UserId>("user_id")?.unwrap_or(cx.caller.user);
        if user != cx.caller.user {
            if !cx.level.manage && cx.caller.role != Role::SuperAdministrator {
                return Err(Error::forbidden("others' meetings are counted for who manages meetings"));
            }
            people::users::find(cx, cx.caller.org, user).await?;
        }
        let mut counted = Vec::new();
        for (entry, meeting) in calendar::attended(cx, user, window).await? {
            let attendance: Option<Attendance> =
                cx.get(&of_meeting(meeting.id), place(meeting.id, user)).await?;
            counted.push(Counted { entry, meeting, attendance });
        }
        let Window { from, to } = window;
        Outcome::ok(&Stats { user_id: user, from, to, ..sum(&counted, cx.now()) })
    }
}

/// A meeting that counts, and how long somebody was there.
struct Counted {
    entry: Entry,
    meeting: Meeting,
    attendance: Option<Attendance>,
}

fn sum(all: &[Counted], now: Timestamp) -> Stats {
    let mut sum = Stats::default();
    let (mut needed, mut came) = (0_u32, 0_u32);
    let mut kinds: BTreeMap<MeetingKind, OfKind> = BTreeMap::new();
    for Counted { entry, meeting, attendance } in all {
        sum.invited_count += 1;
        sum.cancelled_count += u32::from(meeting.status == MeetingStatus::Cancelled);
        if meeting.status != MeetingStatus::Completed {
            continue;
        }
        let length = presence::length_s(meeting);
        let present = attendance.as_ref().map_or(0, |known| presence::present_s(known, now)).min(length);
        sum.held_count += 1;
        sum.held_seconds = sum.held_seconds.saturating_add(length);
        sum.present_seconds = sum.present_seconds.saturating_add(present);
        needed += u32::from(entry.required);
        came += u32::from(entry.required && presence::counts_as_present(present, length));
        let of_kind = kinds.entry(meeting.kind).or_insert(OfKind { kind: meeting.kind, ..OfKind::default() });
        of_kind.count += 1;
        of_kind.seconds = of_kind.seconds.saturating_add(length);
    }
    sum.attendance_percent = (came * 100).checked_div(needed);
    sum.kinds = kinds.into_values().collect();
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::{
        rules::tests::{HOUR, NOON, called, person},
        words::{AttendeeRole, Rsvp},
    };
    use schema::id::Id;

    fn counted(status: MeetingStatus, required: bool, present_seconds: i64) -> Counted {
        let meeting = Meeting { status, ..called(0, HOUR).unwrap() };
        let (start_at, end_at) = (meeting.start_at, meeting.end_at);
        let (role, rsvp) = (AttendeeRole::Attendee, Rsvp::Accepted);
        let entry = Entry { meeting_id: meeting.id, start_at, end_at, role, rsvp, required };
        let attendance = Attendance {
            meeting_id: Id::NIL,
            user_id: person(1),
            left_at: Some(NOON),
            present_seconds,
            ..Attendance::default()
        };
        Counted { entry, meeting, attendance: Some(attendance) }
    }

    #[test]
    fn half_of_the_time_is_there_and_what_was_called_off_counts_for_nothing() {
        let all = [
            counted(MeetingStatus::Completed, true, HOUR / 2),
            counted(MeetingStatus::Completed, true, HOUR / 2 - 1),
            counted(MeetingStatus::Completed, true, 0),
            counted(MeetingStatus::Completed, false, 0),
            counted(MeetingStatus::Cancelled, true, 0),
            counted(MeetingStatus::Scheduled, true, 0),
        ];

        let sum = sum(&all, NOON);

        assert_eq!((sum.invited_count, sum.cancelled_count, sum.held_count), (6, 1, 4));
        assert_eq!((sum.held_seconds, sum.present_seconds), (4 * HOUR, HOUR - 1));
        assert_eq!(sum.attendance_percent, Some(33));
        assert_eq!((sum.kinds[0].kind, sum.kinds[0].count), (MeetingKind::Standup, 4));
    }

    #[test]
    fn nobody_who_was_needed_nowhere_has_a_share() {
        assert_eq!(sum(&[counted(MeetingStatus::Completed, false, HOUR)], NOON).attendance_percent, None);
    }
}
