//! Finding time: pure, from when people are busy to when they are not.

use super::busy::Interval;
use crate::zones;
use engine::Result;
use jiff::{civil, tz::TimeZone};
use schema::time::Timestamp;

/// How many are offered.
const OFFERED_MAX: usize = 20;
/// The working day, in quarters of an hour from midnight: from nine to five.
const OPENS: i16 = 36;
const CLOSES: i16 = 68;

/// What time is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(super) duration_s: i64,
    pub(super) buffer_s: i64,
}

/// The earliest stretches of working time in which nobody is busy, one after the other.
pub(crate) fn find(zone: &TimeZone, wish: Wish, busy: Vec<Interval>) -> Result<Vec<Interval>> {
    let mut found: Vec<Interval> = Vec::new();
    let last = zones::local(zone, wish.to)?.date();
    let mut day = Some(zones::local(zone, wish.from)?.date());
    while let Some(today) = day.filter(|day| *day <= last && found.len() < OFFERED_MAX) {
        if is_working_day(today) {
            look_through(zone, today, wish, &busy, &mut found)?;
        }
        day = today.tomorrow().ok();
    }
    found.truncate(OFFERED_MAX);
    Ok(found)
}

fn is_working_day(day: civil::Date) -> bool {
    day.weekday().to_monday_zero_offset() < 5
}

fn look_through(
    zone: &TimeZone,
    day: civil::Date,
    wish: Wish,
    busy: &[Interval],
    found: &mut Vec<Interval>,
) -> Result<()> {
    let closes = zones::instant(zone, quarter(day, CLOSES))?;
    for number in OPENS..CLOSES {
        let start_at = zones::instant(zone, quarter(day, number))?;
        let slot = Interval { start_at, end_at: start_at.plus_seconds(wish.duration_s) };
        let inside = start_at >= wish.from && slot.end_at <= wish.to && slot.end_at <= closes;
        let after_last = found.last().is_none_or(|last| last.end_at <= start_at);
        if inside && after_last && is_free(&slot, wish.buffer_s, busy) {
            found.push(slot);
        }
    }
    Ok(())
}

fn quarter(day: civil::Date, number: i16) -> civil::DateTime {
    let part = |number: i16| i8::try_from(number).unwrap_or_default();
    day.at(part(number / 4), part(number % 4 * 15), 0, 0)
}

fn is_free(slot: &Interval, buffer_s: i64, busy: &[Interval]) -> bool {
    let wide = Interval {
        start_at: slot.start_at.plus_seconds(-buffer_s),
        end_at: slot.end_at.plus_seconds(buffer_s),
    };
    !busy.iter().any(|interval| interval.overlaps(&wide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A Friday morning, and the Tuesday after it.
    const FROM: &str = "2026-03-27T06:00:00Z";
    const TO: &str = "2026-03-31T20:00:00Z";

    fn wish(minutes: i64, buffer: i64) -> Wish {
        let (from, to) = (FROM.parse().unwrap(), TO.parse().unwrap());
        Wish { from, to, duration_s: 60 * minutes, buffer_s: 60 * buffer }
    }

    fn paris() -> TimeZone {
        zones::named("Europe/Paris").unwrap()
    }

    #[test]
    fn a_free_week_is_offered_from_nine_to_five_over_the_change_of_clocks() {
        let found = find(&paris(), wish(240, 0), Vec::new()).unwrap();

        let starts: Vec<String> =
            found.iter().map(|slot| slot.start_at.to_string()[..16].to_owned()).collect();
        assert_eq!(
            starts,
            [
                "2026-03-27T08:00",
                "2026-03-27T12:00",
                "2026-03-30T07:00",
                "2026-03-30T11:00",
                "2026-03-31T07:00",
                "2026-03-31T11:00",
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_offered_is_free_and_nothing_free_is_missed(
            busy in proptest::collection::vec((0i64..7_000, 1i64..600), 0..12),
            minutes in 1i64..17,
            buffer in 0i64..4,
        ) {
            let (zone, wish) = (paris(), wish(minutes * 15, buffer * 15));
            let busy: Vec<Interval> = busy
                .into_iter()
                .map(|(start, length)| {
                    let start_at = wish.from.plus_seconds(60 * start);
                    Interval { start_at, end_at: start_at.plus_seconds(60 * length) }
                })
                .collect();
            let fits = |start: Timestamp| {
                let slot = Interval { start_at: start, end_at: start.plus_seconds(wish.duration_s) };
                let (begins, ends) =
                    (zones::local(&zone, slot.start_at).unwrap(), zones::local(&zone, slot.end_at).unwrap());
                begins.date() == ends.date()
                    && begins.date().weekday().to_monday_one_offset() <= 5
                    && begins.hour() >= 9
                    && (ends.hour() < 17 || (ends.hour() == 17 && ends.minute() == 0))
                    && slot.end_at <= wish.to
                    && (0..wish.duration_s + 2 * wish.buffer_s).step_by(60).all(|second| {
                        let at = slot.start_at.plus_seconds(second - wish.buffer_s);
                        !busy.iter().any(|one| one.start_at <= at && at < one.end_at)
                    })
            };

            let found = find(&zone, wish, busy.clone()).unwrap();

            prop_assert!(found.len() <= OFFERED_MAX);
            prop_assert!(found.iter().all(|slot| fits(slot.start_at)));
            prop_assert!(found.windows(2).all(|two| two[0].end_at <= two[1].start_at));
            let mut at = wish.from;
            while at < wish.to && found.len() < OFFERED_MAX {
                let taken = found.iter().any(|slot| at < slot.end_at && slot.start_at < at.plus_seconds(wish.duration_s));
                prop_assert!(taken || !fits(at), "{} was missed", at);
                at = at.plus_seconds(15 * 60);
            }
        }
    }
}
