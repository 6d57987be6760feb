//! What a series is made of: how it begins, on which days it has meetings, when these are, and how they are called.
//! Pure functions.

use super::{
    places::meeting_of,
    recurrence::{LENGTH_DAYS_MAX, Rule},
};
use crate::meetings::{
    tables::{Meeting, Place, Series, SeriesId},
    words::MeetingStatus,
};
use crate::zones;
use engine::{Error, Result};
use jiff::civil;
use schema::{
    id::UserId,
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize};

/// How far ahead meetings are called, in days.
const AHEAD_DAYS: i32 = 90;

/// How a meeting is wished to come back.
pub(crate) struct Wish<'a> {
    pub(crate) rrule: &'a str,
    pub(crate) exdates: &'a [Date],
    pub(crate) attendee_ids: Vec<UserId>,
}

/// The series that begins with a meeting, and the meeting as its first.
///
/// # Errors
/// `validation` for a rule that is none, or that the meeting does not follow.
pub(crate) fn begin(meeting: Meeting, wish: Wish<'_>, now: Timestamp) -> Result<(Series, Meeting)> {
    let refused = |code, message: &str| Error::field("/recurrence/rrule", code, message);
    let rule: Rule = wish.rrule.parse().map_err(|message: String| refused("invalid", &message))?;
    let wall = Wall::of(&meeting)?;
    let first = wall.day;
    if rule.days(first).next() != Some(first) || wish.exdates.contains(&first.into()) {
        return Err(refused("first", "the meeting itself must be on one of its days"));
    }
    if rule.until().is_some_and(|until| days_between(first, until) > LENGTH_DAYS_MAX) {
        return Err(refused("span", "a series lasts two years at most"));
    }
    let series_id = SeriesId::new(meeting.id.uuid());
    let first_date = Date::from(first);
    let meeting = Meeting { series_id: Some(series_id), occurrence_key: Some(first_date), ..meeting };
    let series = Series {
        id: series_id,
        org_id: meeting.org_id,
        rrule: wish.rrule.trim().to_owned(),
        timezone: meeting.timezone.clone(),
        duration_minutes: wall.duration_minutes,
        exdates: wish.exdates.to_vec(),
        first_date,
        start_second: wall.start_second,
        called_until: horizon(&wall.zone, now)?.max(first_date),
        pattern: meeting.clone(),
        attendee_ids: wish.attendee_ids,
        ..Series::default()
    };
    Ok((series, meeting))
}

/// When a meeting is, as the clocks on the wall show it.
struct Wall {
    zone: jiff::tz::TimeZone,
    day: civil::Date,
    start_second: u32,
    duration_minutes: u32,
}

impl Wall {
    fn of(meeting: &Meeting) -> Result<Self> {
        let zone = zones::named(&meeting.timezone)?;
        let start = zones::local(&zone, meeting.start_at)?;
        let time = start.time();
        let second =
            i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60 + i32::from(time.second());
        let minutes = meeting.end_at.ms().saturating_sub(meeting.start_at.ms()) / 60_000;
        Ok(Self {
            zone,
            day: start.date(),
            start_second: u32::try_from(second).unwrap_or_default(),
            duration_minutes: u32::try_from(minutes).unwrap_or_default(),
        })
    }
}

pub(super) fn days_between(from: civil::Date, to: civil::Date) -> i32 {
    Date::from(to).days() - Date::from(from).days()
}

/// The last day up to which meetings are called now.
pub(crate) fn horizon(zone: &jiff::tz::TimeZone, now: Timestamp) -> Result<Date> {
    let today = Date::from(zones::local(zone, now)?.date());
    Ok(Date::from_days(today.days() + AHEAD_DAYS).unwrap_or(today))
}

/// When the meeting that stands for a day is held.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn times(series: &Series, day: Date) -> Result<(Timestamp, Timestamp)> {
    let zone = zones::named(&series.timezone)?;
    let outside = || Error::broken("outside the calendar");
    let held = Date::from_days(day.days() + series.shift_days).ok_or_else(outside)?;
    let second = i32::try_from(series.start_second).unwrap_or_default();
    let part = |number: i32| i8::try_from(number).unwrap_or_default();
    let local = held.civil().at(part(second / 3_600), part(second / 60 % 60), part(second % 60), 0);
    let start = zones::instant(&zone, local)?;
    Ok((start, start.plus_seconds(60 * i64::from(series.duration_minutes))))
}

/// The meeting that stands for a day, as it is called.
///
/// # Errors
/// As [`times`].
pub(super) fn occurrence(series: &Series, place: Place) -> Result<Meeting> {
    let day = place.day;
    let (start_at, end_at) = times(series, day)?;
    Ok(Meeting {
        id: meeting_of(series.id, series.first_date, place),
        status: MeetingStatus::Scheduled,
        start_at,
        end_at,
        timezone: series.timezone.clone(),
        occurrence_key: Some(day),
        actual_start_at: None,
        actual_end_at: None,
        recording_url: None,
        version: 0,
        ..series.pattern.clone()
    })
}

/// Whether a meeting is as its series called it.
///
/// # Errors
/// As [`times`].
pub(super) fn is_as_called(series: &Series, place: Place, meeting: &Meeting) -> Result<bool> {
    let Meeting { version, created_at, created_by, updated_at, updated_by, .. } = meeting.clone();
    let called = occurrence(series, place)?;
    Ok(Meeting { version, created_at, created_by, updated_at, updated_by, ..called } == *meeting)
}

/// What a meeting's other time means for those that follow it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Times {
    shift_days: i32,
    start_second: u32,
    duration_minutes: u32,
    timezone: String,
}

impl Times {
    /// Of a meeting that was put to another time.
    ///
    /// # Errors
    /// When its zone is none.
    pub(crate) fn of(meeting: &Meeting) -> Result<Self> {
        let Wall { day, start_second, duration_minutes, .. } = Wall::of(meeting)?;
        let stands_for = meeting.occurrence_key.map_or(day, Date::civil);
        let (shift_days, timezone) = (days_between(stands_for, day), meeting.timezone.clone());
        Ok(Self { shift_days, start_second, duration_minutes, timezone })
    }

    /// A series whose meetings are held then.
    pub(crate) fn put(self, series: Series) -> Series {
        let Self { shift_days, start_second, duration_minutes, timezone } = self;
        Series { shift_days, start_second, duration_minutes, timezone, ..series }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::meetings::rules::tests::called as meeting;
    use schema::{code::Code, id::Id};
    use uuid::Uuid;

    pub(crate) fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(crate) fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    pub(crate) fn place(text: &str) -> Place {
        Place { day: day(text), era: 0 }
    }

    pub(crate) fn series(rrule: &str) -> Result<Series> {
        let start_at = at("2026-03-02T08:00:00Z");
        let meeting = Meeting {
            id: Id::new(Uuid::from_u128(0x0195_5555_0000_7000_8000_0000_0000_0001)),
            start_at,
            end_at: start_at.plus_seconds(5_400),
            timezone: "Europe/Paris".into(),
            ..meeting(0, 60).unwrap()
        };
        let wish = Wish { rrule, exdates: &[day("2026-03-16")], attendee_ids: Vec::new() };
        begin(meeting, wish, at("2026-03-01T12:00:00Z")).map(|(series, _)| series)
    }

    #[test]
    fn a_day_has_one_meeting_and_its_hour_on_the_wall() {
        let weekly = series("FREQ=WEEKLY;COUNT=20").unwrap();
        let (winter, summer) = (place("2026-03-23"), place("2026-03-30"));

        assert_eq!(times(&weekly, winter.day).unwrap().0, at("2026-03-23T08:00:00Z"));
        assert_eq!(
            times(&weekly, summer.day).unwrap(),
            (at("2026-03-30T07:00:00Z"), at("2026-03-30T08:30:00Z"))
        );
        let id = |place| meeting_of(weekly.id, weekly.first_date, place);
        assert_eq!(id(Place { day: weekly.first_date, era: 0 }).uuid(), weekly.id.uuid());
        assert!(id(winter) == id(winter) && id(winter) != id(summer));
    }

    #[test]
    fn what_is_put_to_another_day_still_stands_for_its_own() {
        let weekly = series("FREQ=WEEKLY;COUNT=20").unwrap();
        let moved = Meeting {
            start_at: at("2026-03-10T13:00:00Z"),
            end_at: at("2026-03-10T14:00:00Z"),
            ..occurrence(&weekly, place("2026-03-09")).unwrap()
        };

        let turned = Times::of(&moved).unwrap().put(weekly);

        let next = occurrence(&turned, place("2026-03-30")).unwrap();
        assert_eq!((next.start_at, next.end_at), (at("2026-03-31T12:00:00Z"), at("2026-03-31T13:00:00Z")));
        assert_eq!(next.occurrence_key, Some(day("2026-03-30")));
    }

    #[test]
    fn a_rule_that_the_meeting_itself_does_not_follow_is_refused() {
        for wrong in ["FREQ=WEEKLY;BYDAY=TU;COUNT=3", "FREQ=WEEKLY", "FREQ=DAILY;UNTIL=20280401", "soon"] {
            assert_eq!(series(wrong).unwrap_err().code(), Code::Validation, "{wrong}");
        }
    }
}
