//! When people are busy: what they said to come to, and nothing about it.

use super::calendar::{self, Window};
use crate::meetings::{
    tables::Meeting,
    words::{MeetingStatus, Rsvp},
};
use engine::{Reader, Result};
use schema::{answer, id::UserId, time::Timestamp};

/// A stretch of time in which somebody is busy.
#[answer]
#[derive(Copy, Eq)]
pub(crate) struct Interval {
    /// From when on.
    pub(crate) start_at: Timestamp,
    /// Until when.
    pub(crate) end_at: Timestamp,
}

impl Interval {
    /// Whether some of it is in the other one too. One that begins when the other ends is not.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.start_at < other.end_at && other.start_at < self.end_at
    }
}

/// When somebody is busy in a stretch of time, by when it begins: meetings that they accepted and that are not called
/// off, `without` one of them.
pub(crate) async fn of_person(
    reader: &Reader,
    user: UserId,
    window: Window,
    without: Option<&Meeting>,
) -> Result<Vec<Interval>> {
    let mut busy = Vec::new();
    for (entry, meeting) in calendar::attended(reader, user, window).await? {
        let takes_place = matches!(meeting.status, MeetingStatus::Scheduled | MeetingStatus::InProgress);
        if entry.rsvp == Rsvp::Accepted && takes_place && without.is_none_or(|other| other.id != meeting.id) {
            busy.push(Interval { start_at: meeting.start_at, end_at: meeting.end_at });
        }
    }
    let window = Interval { start_at: window.from, end_at: window.to };
    busy.retain(|interval| interval.overlaps(&window));
    Ok(merged(busy))
}

/// When somebody is busy elsewhere during a meeting.
pub(crate) async fn beside(reader: &Reader, user: UserId, meeting: &Meeting) -> Result<Vec<Interval>> {
    let window = Window { from: meeting.start_at, to: meeting.end_at };
    of_person(reader, user, window, Some(meeting)).await
}

/// The same stretches of time without gaps and doubles: what touches or overlaps is one.
fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_by_key(|interval| (interval.start_at, interval.end_at));
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if interval.start_at <= last.end_at => last.end_at = last.end_at.max(interval.end_at),
            _ => merged.push(interval),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval((start, length): (i64, i64)) -> Interval {
        Interval { start_at: Timestamp::from_ms(start), end_at: Timestamp::from_ms(start + length) }
    }

    proptest! {
        #[test]
        fn merged_time_is_the_same_time_in_order_and_apart(all in proptest::collection::vec((0i64..60, 1i64..20), 0..12)) {
            let all: Vec<Interval> = all.into_iter().map(interval).collect();
            let covers = |some: &[Interval], ms: i64| {
                some.iter().any(|one| one.start_at.ms() <= ms && ms < one.end_at.ms())
            };

            let merged = merged(all.clone());

            for ms in 0..100 {
                prop_assert_eq!(covers(&merged, ms), covers(&all, ms), "{}", ms);
            }
            prop_assert!(merged.windows(2).all(|two| two[0].end_at < two[1].start_at));
        }

        #[test]
        fn to_overlap_is_mutual_and_to_touch_is_not_to_overlap(a in (0i64..40, 1i64..20), b in (0i64..40, 1i64..20)) {
            let (a, b) = (interval(a), interval(b));
            let shared = (0..80).any(|ms| {
                let inside = |one: &Interval| one.start_at.ms() <= ms && ms < one.end_at.ms();
                inside(&a) && inside(&b)
            });

            prop_assert_eq!(a.overlaps(&b), shared);
            prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        }
    }
}
