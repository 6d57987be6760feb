//! How a meeting comes back: the part of RFC 5545 §3.3.10 that people use. A rule makes days; which instant the hour
//! of a day is, its zone says. Pure functions.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use std::{fmt, iter, str::FromStr};

/// The most meetings a rule counts.
const COUNT_MAX: u32 = 200;
/// The longest a rule lasts, in days.
pub(super) const LENGTH_DAYS_MAX: i32 = 2 * 366;
/// Periods looked at: what ends by its count ends within them, or never.
const PERIODS_MAX: i32 = 5_000;

/// A day of the week, the n-th of its month where a number is given, counted from the end where that is negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct DayOfWeek {
    nth: Option<i8>,
    weekday: Weekday,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Count(u32),
    Until(Date),
}

/// A rule such as `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    frequency: Frequency,
    interval: i32,
    by_day: Vec<DayOfWeek>,
    by_month_day: Vec<i8>,
    end: End,
}

impl Rule {
    /// The days of the rule from its first one on, each later than the one before.
    pub(crate) fn days(&self, first: Date) -> impl Iterator<Item = Date> {
        let (count, until) = match self.end {
            End::Count(count) => (usize::try_from(count).unwrap_or(usize::MAX), Date::MAX),
            End::Until(day) => (usize::MAX, day),
        };
        let periods = (0..PERIODS_MAX).map_while(move |number| self.period(first, number));
        let days = periods.flatten().filter(move |day| *day >= first);
        days.take_while(move |day| *day <= until).take(count)
    }

    /// The last day it may last until, where it says so.
    pub(crate) const fn until(&self) -> Option<Date> {
        match self.end {
            End::Until(day) => Some(day),
            End::Count(_) => None,
        }
    }

    /// The days of one period in order; nothing beyond the calendar.
    fn period(&self, first: Date, number: i32) -> Option<Vec<Date>> {
        let steps = number.checked_mul(self.interval)?;
        match self.frequency {
            Frequency::Daily => {
                let day = first.checked_add(steps.days()).ok()?;
                let wanted = self.by_day.is_empty() || self.is_named(day);
                Some(wanted.then_some(day).into_iter().collect())
            }
            Frequency::Weekly => {
                let back = i32::from(first.weekday().to_monday_zero_offset());
                let monday = first.checked_sub(back.days()).ok()?.checked_add(steps.weeks()).ok()?;
                let week = iter::successors(Some(monday), |day| day.tomorrow().ok()).take(7);
                let wanted = |day: &Date| match self.by_day.is_empty() {
                    true => day.weekday() == first.weekday(),
                    false => self.is_named(*day),
                };
                Some(week.filter(wanted).collect())
            }
            Frequency::Monthly => {
                let start = first.first_of_month().checked_add(steps.months()).ok()?;
                let days = iter::successors(Some(start), |day| day.tomorrow().ok());
                let days = days.take(usize::try_from(start.days_in_month()).ok()?);
                let wanted = |day: &Date| match (self.by_month_day.is_empty(), self.by_day.is_empty()) {
                    (true, true) => day.day() == first.day(),
                    (true, false) => self.is_named(*day),
                    (false, true) => self.is_numbered(*day),
                    (false, false) => self.is_numbered(*day) && self.is_named(*day),
                };
                Some(days.filter(wanted).collect())
            }
        }
    }

    /// Whether one of its days of the week is meant.
    fn is_named(&self, day: Date) -> bool {
        let from_start = (day.day() - 1) / 7 + 1;
        let from_end = -((day.days_in_month() - day.day()) / 7 + 1);
        self.by_day.iter().any(|named| {
            let nth = named.nth.is_none_or(|nth| nth == from_start || nth == from_end);
            named.weekday == day.weekday() && nth
        })
    }

    /// Whether one of its days of the month is meant.
    fn is_numbered(&self, day: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        self.by_month_day.iter().any(|number| *number == day.day() || *number == from_end)
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut frequency, mut interval, mut count, mut until) = (None, None, None, None);
        let (mut by_day, mut by_month_day) = (Vec::new(), Vec::new());
        for part in text.trim().trim_start_matches("RRULE:").split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` says nothing"))?;
            let twice = match name {
                "FREQ" => frequency.replace(frequency_of(value)?).is_some(),
                "INTERVAL" => interval.replace(within(name, value, 1..=12)?).is_some(),
                "COUNT" => count.replace(within(name, value, 1..=COUNT_MAX)?).is_some(),
                "UNTIL" => until.replace(day_of(value)?).is_some(),
                "BYDAY" => fill(&mut by_day, value, day_of_week)?,
                "BYMONTHDAY" => fill(&mut by_month_day, value, day_of_month)?,
                "WKST" if value == "MO" => false,
                _ => return Err(format!("`{part}` is not understood here")),
            };
            if twice {
                return Err(format!("{name} is said twice"));
            }
        }
        let frequency = frequency.ok_or("FREQ is missing")?;
        let end = match (count, until) {
            (Some(count), None) => End::Count(count),
            (None, Some(day)) => End::Until(day),
            _ => return Err("COUNT or UNTIL says when it ends, one of them".into()),
        };
        if frequency != Frequency::Monthly && !by_month_day.is_empty() {
            return Err("BYMONTHDAY goes with FREQ=MONTHLY".into());
        }
        if frequency != Frequency::Monthly && by_day.iter().any(|day| day.nth.is_some()) {
            return Err("numbered days go with FREQ=MONTHLY".into());
        }
        Ok(Self { frequency, interval: interval.unwrap_or(1), by_day, by_month_day, end })
    }
}

fn frequency_of(value: &str) -> Result<Frequency, String> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        _ => Err("FREQ is DAILY, WEEKLY or MONTHLY".into()),
    }
}

fn within<T: FromStr + PartialOrd + fmt::Display>(
    name: &str,
    value: &str,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, String> {
    let number = value.parse::<T>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("{name} is {} to {}", range.start(), range.end()))
}

fn day_of(value: &str) -> Result<Date, String> {
    let day = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| Date::strptime("%Y%m%d", value).ok());
    day.flatten().ok_or_else(|| "UNTIL is a day such as 20301231".into())
}

/// Fills a list once; true when it was filled before.
fn fill<T>(list: &mut Vec<T>, value: &str, read: fn(&str) -> Result<T, String>) -> Result<bool, String> {
    let twice = !list.is_empty();
    *list = value.split(',').take(32).map(read).collect::<Result<_, _>>()?;
    Ok(twice)
}

fn day_of_week(text: &str) -> Result<DayOfWeek, String> {
    let (number, name) = text.split_at_checked(text.len().saturating_sub(2)).unwrap_or(("", text));
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err("BYDAY names days as MO, TU, WE, TH, FR, SA, SU".into()),
    };
    let nth = match number {
        "" => None,
        _ => Some(within("the number of a day", number, -5..=5)?),
    };
    if nth == Some(0) { Err("no day is number 0".into()) } else { Ok(DayOfWeek { nth, weekday }) }
}

fn day_of_month(text: &str) -> Result<i8, String> {
    match within("BYMONTHDAY", text, -31..=31)? {
        0 => Err("no day is number 0".into()),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zones;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    fn days(rule: &str, first: Date) -> Vec<String> {
        rule.parse::<Rule>().unwrap().days(first).map(|day| day.to_string()).collect()
    }

    #[test]
    fn weeks_begin_on_monday_and_months_lack_days() {
        let tuesday = date(2026, 6, 2);

        assert_eq!(
            days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,MO;COUNT=3", tuesday),
            ["2026-06-02", "2026-06-15", "2026-06-16"]
        );
        assert_eq!(
            days("FREQ=MONTHLY;COUNT=3", date(2026, 1, 31)),
            ["2026-01-31", "2026-03-31", "2026-05-31"]
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260731", date(2026, 5, 29)),
            ["2026-05-29", "2026-06-26", "2026-07-31"]
        );
        assert_eq!(days("RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", date(2026, 2, 13)).len(), 2);
    }

    #[test]
    fn what_has_no_end_or_makes_no_sense_is_refused() {
        for wrong in [
            "",
            "FREQ=DAILY",
            "FREQ=DAILY;COUNT=2;UNTIL=20300101",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=201",
            "FREQ=DAILY;INTERVAL=13;COUNT=2",
            "FREQ=HOURLY;COUNT=2",
            "FREQ=DAILY;FREQ=WEEKLY;COUNT=2",
            "FREQ=WEEKLY;BYDAY=1MO;COUNT=2",
            "FREQ=WEEKLY;BYMONTHDAY=1;COUNT=2",
            "FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2",
            "FREQ=MONTHLY;BYDAY=0MO;COUNT=2",
            "FREQ=MONTHLY;BYDAY=é;COUNT=2",
            "FREQ=DAILY;UNTIL=20300101T000000Z",
            "FREQ=DAILY;UNTIL=20300230",
            "FREQ=DAILY;BYHOUR=9;COUNT=2",
        ] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }

    fn rules() -> impl Strategy<Value = String> {
        let names = || proptest::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 0..4);
        // The other reader loses days where numbered and plain ones stand together.
        let numbered = proptest::sample::subsequence(vec!["1MO", "2TU", "-1FR", "5SU", "-2WE", "3SA"], 0..3);
        let named = prop_oneof![numbered, names()];
        let numbers = proptest::sample::subsequence(vec!["1", "2", "15", "28", "30", "31", "-1", "-3"], 0..3);
        let by = |name: &str, list: Vec<&str>| match list.is_empty() {
            true => String::new(),
            false => format!(";{name}={}", list.join(",")),
        };
        let frequency = prop_oneof![
            names().prop_map(move |list| format!("FREQ=DAILY{}", by("BYDAY", list))),
            names().prop_map(move |list| format!("FREQ=WEEKLY{}", by("BYDAY", list))),
            (named, numbers).prop_map(move |(days, numbers)| {
                format!("FREQ=MONTHLY{}{}", by("BYDAY", days), by("BYMONTHDAY", numbers))
            }),
        ];
        let end = prop_oneof![
            (1u32..60).prop_map(|count| format!("COUNT={count}")),
            (2027i16..2029, 1i8..13, 1i8..29)
                .prop_map(|(y, m, d)| format!("UNTIL={}", date(y, m, d).strftime("%Y%m%d"))),
        ];
        (frequency, 1u32..13, end)
            .prop_map(|(rule, interval, end)| format!("{rule};INTERVAL={interval};{end}"))
    }

    /// The other reader knows no summer after this year; what both find is compared up to here, in milliseconds.
    const KNOWN: i64 = 4_070_908_800_000;

    /// The instants of a rule as an independent reader of RFC 5545 finds them, in milliseconds.
    fn by_another(rule: &str, first: Date, hour: i8) -> Vec<i64> {
        // It holds an end to be an instant: the last one of the day in the zone, which is in UTC an hour or two earlier.
        let rule = match rule.split_once("UNTIL=") {
            Some((before, day)) => format!("{before}UNTIL={day}T215959Z"),
            None => rule.to_owned(),
        };
        let start = first.at(hour, 0, 0, 0).strftime("%Y%m%dT%H%M%S");
        let text = format!("DTSTART;TZID=Europe/Paris:{start}\nRRULE:{rule}");
        let set: rrule::RRuleSet = text.parse().unwrap();
        // More than the days that a rule drawn here can have: three years of them.
        let found = set.all(1_200);
        assert!(!found.limited, "the other reader stopped before the end of {text}");
        found.dates.iter().map(|at| at.timestamp_millis()).take_while(|ms| *ms < KNOWN).collect()
    }

    fn by_us(rule: &str, first: Date, hour: i8) -> Vec<i64> {
        let zone = zones::named("Europe/Paris").unwrap();
        let instant = |day: Date| zones::instant(&zone, day.to_datetime(time(hour, 0, 0, 0))).unwrap().ms();
        rule.parse::<Rule>().unwrap().days(first).map(instant).take_while(|ms| *ms < KNOWN).collect()
    }

    proptest! {
        #[test]
        fn the_same_instants_as_an_independent_reader(
            rule in rules(),
            month in 1i8..13,
            day in 1i8..29,
            hour in 3i8..21,
        ) {
            let first = date(2026, month, day);

            prop_assert_eq!(by_us(&rule, first, hour), by_another(&rule, first, hour), "{} from {}", rule, first);
        }
    }

    #[test]
    fn the_hour_on_the_wall_stays_over_both_days_on_which_clocks_change() {
        for (first, spared) in [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25)] {
            let ours = by_us("FREQ=DAILY;COUNT=3", first, 9);

            assert_eq!(ours, by_another("FREQ=DAILY;COUNT=3", first, 9));
            assert_eq!((ours[1] - ours[0], ours[2] - ours[1]), (spared * 3_600_000, 24 * 3_600_000));
        }
    }
}
