//! On which days a series has meetings, which of its rules called each, and which meeting that is. Pure functions.

use super::{
    recurrence::{LENGTH_DAYS_MAX, Rule},
    series::{days_between, horizon, times},
};
use crate::meetings::tables::{Era, MeetingId, Place, Series, SeriesId};
use crate::zones;
use actors::room::derived_id;
use engine::{Error, Result};
use schema::{
    code::Code,
    time::{Date, Timestamp},
};

/// How often a series gets another rule.
const ERAS_MAX: usize = 20;

/// The days of a rule from its first one on.
fn days_of(rrule: &str, first: Date) -> Vec<Date> {
    let rule = rrule.parse::<Rule>().ok();
    rule.map(|rule| rule.days(first.civil()).take(1_000).map(Date::from).collect()).unwrap_or_default()
}

/// The days of a series in order: of each rule those up to the day from which on another one counts, and those that
/// stayed when their rule went.
pub(crate) fn places(series: &Series) -> Vec<Place> {
    let rules = std::iter::once((series.first_date, &series.rrule));
    let rules: Vec<(Date, &String)> =
        rules.chain(series.eras.iter().map(|era| (era.from, &era.rrule))).collect();
    let mut places = series.stayed.clone();
    for ((at, (first, rrule)), era) in rules.iter().enumerate().zip(0_u32..) {
        let until = rules.iter().skip(at + 1).map(|(from, _)| *from).min();
        // The day from which on a rule counts has its meeting already, unless it is the first of all.
        let days = days_of(rrule, *first).into_iter().filter(|day| era == 0 || day > first);
        let days = days.take_while(|day| until.is_none_or(|until| *day <= until));
        let free =
            days.filter(|day| !series.stayed.iter().any(|place| place.day == *day && place.era != era));
        let own: Vec<Place> = free.map(|day| Place { day, era }).collect();
        places.extend(own.into_iter().filter(|place| !series.stayed.contains(place)));
    }
    places.retain(|place| series.cut_at.is_none_or(|cut| place.day < cut));
    places.retain(|place| !series.exdates.contains(&place.day));
    places.sort_unstable();
    places
}

fn places_after(series: &Series, after: Date) -> impl Iterator<Item = Place> {
    places(series).into_iter().filter(move |place| place.day > after)
}

/// The days from one on for which meetings have been called; of the whole series where none is named.
pub(crate) fn called(series: &Series, from: Option<Date>) -> Vec<Place> {
    let called = places(series).into_iter().filter(|place| place.day <= series.called_until);
    called.filter(|place| from.is_none_or(|from| place.day >= from)).collect()
}

/// The series with another rule for the meetings after a day.
///
/// # Errors
/// `validation` for a rule that is none or too long, `capacity-reached` where it had too many.
pub(super) fn ruled(series: &Series, from: Date, rrule: &str) -> Result<Series> {
    let refused = |code, message: &str| Error::field("/rrule", code, message);
    let rule: Rule = rrule.parse().map_err(|message: String| refused("invalid", &message))?;
    if rule.until().is_some_and(|until| days_between(from.civil(), until) > LENGTH_DAYS_MAX) {
        return Err(refused("span", "a series lasts two years at most"));
    }
    if series.eras.len() >= ERAS_MAX {
        return Err(Error::new(
            Code::CapacityReached,
            "the rule of a series is changed twenty times at most",
        ));
    }
    let mut ruled = series.clone();
    ruled.eras.push(Era { from, rrule: rrule.trim().to_owned() });
    Ok(ruled)
}

/// The day from which on another rule counts when it is wished for all meetings: that of the next one that is ahead, or
/// of the last.
///
/// # Errors
/// As [`times`].
pub(super) fn next_day(series: &Series, now: Timestamp) -> Result<Date> {
    let mut last = series.first_date;
    for place in called(series, None) {
        last = place.day;
        if times(series, last)?.0 > now {
            break;
        }
    }
    Ok(last)
}

/// The series with more of its meetings called, and the days these stand for.
///
/// # Errors
/// When its zone is none.
pub(crate) fn extend(series: &Series, now: Timestamp) -> Result<(Series, Vec<Place>)> {
    let until = horizon(&zones::named(&series.timezone)?, now)?.max(series.called_until);
    let places = places_after(series, series.called_until).filter(|place| place.day <= until).collect();
    Ok((Series { called_until: until, ..series.clone() }, places))
}

/// True where it has more meetings than were called.
pub(crate) fn goes_on(series: &Series) -> bool {
    places_after(series, series.called_until).next().is_some()
}

/// The meeting that stands for a day of a series.
pub(super) fn meeting_of(series: SeriesId, first: Date, place: Place) -> MeetingId {
    let Place { day, era } = place;
    if (day, era) == (first, 0) {
        return MeetingId::new(series.uuid());
    }
    let born = series.uuid().get_timestamp().map_or(0, |at| {
        let (seconds, nanos) = at.to_unix();
        i64::try_from(seconds).unwrap_or_default() * 1_000 + i64::from(nanos / 1_000_000)
    });
    let name = if era == 0 { format!("{series}\n{day}") } else { format!("{series}\n{day}\n{era}") };
    MeetingId::new(derived_id(Timestamp::from_ms(born), name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::recurring::series::tests::{at, day, place, series};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_series_is_called_ninety_days_ahead_and_then_further() {
        let weekly = series("FREQ=WEEKLY;COUNT=20").unwrap();

        let first = called(&weekly, None);
        let (later, more) = extend(&weekly, at("2026-05-01T12:00:00Z")).unwrap();

        assert_eq!((first.len(), first[1], first[2]), (12, place("2026-03-09"), place("2026-03-23")));
        assert!(first.last().is_some_and(|last| last.day <= weekly.called_until) && goes_on(&weekly));
        assert_eq!(first.len() + more.len(), 19, "twenty without the one that is left out");
        assert!(!goes_on(&later));
        assert_eq!(extend(&later, at("2026-06-01T12:00:00Z")).unwrap().1, []);
    }

    #[test]
    fn a_series_that_was_cut_off_has_no_day_from_then_on() {
        let daily = Series { cut_at: Some(day("2026-03-20")), ..series("FREQ=DAILY;COUNT=60").unwrap() };

        assert_eq!(called(&daily, None).len(), 17);
    }

    #[test]
    fn meetings_after_a_day_follow_the_new_rule_and_those_before_it_the_old() {
        let weekly = series("FREQ=WEEKLY;COUNT=8").unwrap();

        let turned = ruled(&weekly, day("2026-03-23"), "FREQ=WEEKLY;BYDAY=TU;COUNT=2").unwrap();

        let days: Vec<Place> = places(&turned);
        let anew = |text| Place { day: day(text), era: 1 };
        assert_eq!(days[..3], ["2026-03-02", "2026-03-09", "2026-03-23"].map(place));
        assert_eq!(days[3..], ["2026-03-24", "2026-03-31"].map(anew));
        assert_eq!(ruled(&weekly, day("2026-03-23"), "FREQ=DAILY").unwrap_err().code(), Code::Validation);
        let many = (0..ERAS_MAX)
            .fold(weekly, |series, _| ruled(&series, day("2026-03-23"), "FREQ=DAILY;COUNT=9").unwrap());
        assert_eq!(
            ruled(&many, day("2026-03-23"), "FREQ=DAILY;COUNT=9").unwrap_err().code(),
            Code::CapacityReached
        );
    }

    #[test]
    fn a_day_that_stayed_is_called_by_no_later_rule() {
        let weekly = series("FREQ=WEEKLY;COUNT=8").unwrap();
        let turned = ruled(&weekly, day("2026-03-09"), "FREQ=DAILY;COUNT=30").unwrap();

        let turned = Series { stayed: vec![place("2026-03-23")], ..turned };

        let on = |text: &str| -> Vec<u32> {
            places(&turned).iter().filter(|place| place.day == day(text)).map(|place| place.era).collect()
        };
        assert_eq!((on("2026-03-23"), on("2026-03-24"), on("2026-03-30")), (vec![0], vec![1], vec![1]));
    }

    fn rules() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "FREQ=DAILY;COUNT=40",
            "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=12",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=9",
            "FREQ=MONTHLY;BYDAY=1MO;COUNT=6",
            "FREQ=MONTHLY;BYMONTHDAY=2,15;UNTIL=20261231",
        ])
    }

    proptest! {
        #[test]
        fn each_day_is_that_of_the_rule_which_counts_then_and_has_one_meeting(
            first in prop::sample::select(vec!["FREQ=DAILY;COUNT=40", "FREQ=WEEKLY;COUNT=30"]),
            turns in prop::collection::vec((rules(), -20i32..60), 0..5),
        ) {
            let mut series = series(first).unwrap();
            series.exdates.clear();
            let mut from = series.first_date;
            for (rrule, later) in &turns {
                from = from.plus_days(*later).max(series.first_date);
                series = ruled(&series, from, rrule).unwrap();
            }

            let places = places(&series);

            let eras: Vec<(Date, &str)> = std::iter::once((series.first_date, first))
                .chain(series.eras.iter().map(|era| (era.from, era.rrule.as_str())))
                .collect();
            let mut expected = Vec::new();
            for (at, (begin, rrule)) in eras.iter().enumerate() {
                let never = Date::from_days(60_000).unwrap();
                let end = eras.iter().skip(at + 1).map(|(next, _)| *next).min().unwrap_or(never);
                // What the expansion itself says, of which another reader of the standard says the same.
                let days = rrule.parse::<Rule>().unwrap().days(begin.civil()).map(Date::from).collect::<Vec<_>>();
                expected.extend(days.into_iter().filter(|day| (at == 0 || day > begin) && *day <= end));
            }
            prop_assert_eq!(places.iter().map(|place| place.day).collect::<Vec<_>>(), expected);
            let ids: BTreeSet<MeetingId> =
                places.iter().map(|place| meeting_of(series.id, series.first_date, *place)).collect();
            prop_assert_eq!(ids.len(), places.len());
            prop_assert!(places.windows(2).all(|two| two[0].day < two[1].day), "one a day");
        }
    }
}
