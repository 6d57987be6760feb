//! Wall clocks: what an instant is called where somebody lives, and which instant a day and an hour there are.

use engine::{Error, Reader, Result};
use jiff::{
    civil::{self, DateTime},
    tz::TimeZone,
};
use schema::{
    id::{OrgId, UserId},
    time::{Date, Timestamp},
};

/// The zone of this name.
///
/// # Errors
/// When there is none: the names that come in are checked, so it is a fault of ours.
pub(crate) fn named(zone: &str) -> Result<TimeZone> {
    TimeZone::get(zone).map_err(broken)
}

/// The zone a person lives in.
///
/// # Errors
/// As [`people::users::find`].
pub(crate) async fn of_person(reader: &Reader, org: OrgId, user: UserId) -> Result<TimeZone> {
    let person = people::users::find(reader, org, user).await?;
    named(&person.timezone)
}

/// What an instant is called in a zone.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn local(zone: &TimeZone, at: Timestamp) -> Result<DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.ms()).map_err(broken)?;
    Ok(zone.to_datetime(at))
}

/// The instant that is called so in a zone. An hour that a spring day does not have is taken for the one after it,
/// one that an autumn day has twice for its first, as RFC 5545 wants it.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn instant(zone: &TimeZone, local: DateTime) -> Result<Timestamp> {
    let at = zone.to_ambiguous_timestamp(local).compatible().map_err(broken)?;
    Ok(Timestamp::from_ms(at.as_millisecond()))
}

/// The last minute of a day in a zone.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn end_of(zone: &TimeZone, day: civil::Date) -> Result<Timestamp> {
    instant(zone, day.at(23, 59, 0, 0))
}

/// The instant of an hour and a minute of a day in a zone.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn at_time(zone: &TimeZone, day: Date, (hour, minute): (i8, i8)) -> Result<Timestamp> {
    instant(zone, day.civil().at(hour, minute, 0, 0))
}

/// The day of an instant in a zone.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn day_at(zone: &TimeZone, at: Timestamp) -> Result<Date> {
    Ok(local(zone, at)?.date().into())
}

/// When the day of an instant begins in a zone, and when the next one does.
///
/// # Errors
/// When it lies outside the calendar.
pub(crate) fn day_of(zone: &TimeZone, at: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let today = local(zone, at)?.date();
    let tomorrow = today.tomorrow().map_err(broken)?;
    let begins = |day: civil::Date| instant(zone, day.to_datetime(civil::Time::midnight()));
    Ok((begins(today)?, begins(tomorrow)?))
}

fn broken(cause: jiff::Error) -> Error {
    Error::broken(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_as_long_as_it_is_where_one_lives() {
        let paris = named("Europe/Paris").unwrap();

        let spring = day_of(&paris, at("2026-03-29T12:00:00Z")).unwrap();
        let autumn = day_of(&paris, at("2026-10-25T12:00:00Z")).unwrap();
        let dakar = day_of(&named("Africa/Dakar").unwrap(), at("2026-03-29T23:59:59Z")).unwrap();

        assert_eq!(spring, (at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")));
        assert_eq!(autumn, (at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")));
        assert_eq!(dakar, (at("2026-03-29T00:00:00Z"), at("2026-03-30T00:00:00Z")));
    }

    #[test]
    fn an_hour_that_is_not_there_is_the_next_and_one_that_is_there_twice_is_its_first() {
        let paris = named("Europe/Paris").unwrap();

        let missing = instant(&paris, datetime(2026, 3, 29, 2, 30, 0, 0)).unwrap();
        let twice = instant(&paris, datetime(2026, 10, 25, 2, 30, 0, 0)).unwrap();

        assert_eq!(missing, at("2026-03-29T01:30:00Z"));
        assert_eq!(twice, at("2026-10-25T00:30:00Z"));
        assert_eq!(local(&paris, missing).unwrap(), datetime(2026, 3, 29, 3, 30, 0, 0));
    }
}
