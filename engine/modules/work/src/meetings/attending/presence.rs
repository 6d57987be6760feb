//! Who is there, for how long, and whether that counts. Pure functions.

use crate::meetings::tables::{Attendance, Meeting, MeetingId};
use schema::{id::UserId, time::Timestamp};

/// Somebody comes: nothing when they are there already.
pub(crate) fn arrive(
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

/// How long a meeting took; one that nobody began or ended, how long it should have.
pub(crate) fn length_s(meeting: &Meeting) -> i64 {
    let (start, end) = match (meeting.actual_start_at, meeting.actual_end_at) {
        (Some(start), Some(end)) => (start, end),
        _ => (meeting.start_at, meeting.end_at),
    };
    end.ms().saturating_sub(start.ms()).max(0) / 1_000
}

/// How long somebody was there, up to now.
pub(crate) fn present_s(attendance: &Attendance, now: Timestamp) -> i64 {
    depart(attendance, now).map_or(attendance.present_seconds, |left| left.present_seconds)
}

/// Somebody attended who was there for half of it.
pub(crate) const fn counts_as_present(present_s: i64, length_s: i64) -> bool {
    present_s.saturating_mul(2) >= length_s && present_s > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::rules::tests::{NOON, person};
    use proptest::prelude::*;
    use schema::id::Id;

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
