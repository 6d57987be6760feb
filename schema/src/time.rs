//! Instants and dates. An instant is milliseconds since the Unix epoch, written RFC 3339 in UTC with
//! three decimals and `Z`; a date has no zone and is written `YYYY-MM-DD`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The earliest and latest instants accepted from outside: the years 1900 to 2100.
const RANGE_MS: std::ops::RangeInclusive<i64> = -2_208_988_800_000..=4_133_980_799_999;

impl Timestamp {
    /// An instant from its milliseconds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by whole seconds, saturating.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000)))
    }

    /// Seconds since the epoch, as JWT claims want them (RFC 7519 §2).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for Timestamp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at: jiff::Timestamp = text.parse().map_err(|_| format!("not an RFC 3339 instant: {text}"))?;
        let ms = at.as_millisecond();
        if RANGE_MS.contains(&ms) { Ok(Self(ms)) } else { Err("outside the years 1900 to 2100".into()) }
    }
}
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

/// A calendar day without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i32 {
        jiff::civil::date(1970, 1, 1).until(self.0).map_or(0, |span| span.get_days())
    }

    /// The date so many days after 1970-01-01, where there is one.
    #[must_use]
    pub fn from_days(days: i32) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        jiff::civil::date(1970, 1, 1).checked_add(span).ok().map(Self)
    }

    /// The day of an instant in an IANA zone; in UTC where there is no such zone.
    #[must_use]
    pub fn at(at: Timestamp, zone: &str) -> Self {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let instant = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default();
        Self(instant.to_zoned_datetime(zone).date())
    }

    /// The date so many days later, within the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_days(self.days().saturating_add(days)).unwrap_or(self)
    }

    /// The civil date, for calendar arithmetic.
    #[must_use]
    pub const fn civil(self) -> jiff::civil::Date {
        self.0
    }
}
/// The first day of the epoch: what a row holds before its operation says which day.
impl Default for Date {
    fn default() -> Self {
        Self(jiff::civil::date(1970, 1, 1))
    }
}
impl From<jiff::civil::Date> for Date {
    fn from(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl FromStr for Date {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.len() == 10;
        let date: jiff::civil::Date = text
            .parse()
            .ok()
            .filter(|_| well_formed)
            .ok_or_else(|| format!("not a date YYYY-MM-DD: {text}"))?;
        if (1900..=2100).contains(&date.year()) {
            Ok(Self(date))
        } else {
            Err("outside the years 1900 to 2100".into())
        }
    }
}
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_three_decimals_and_z() {
        let at = Timestamp::from_ms(1_732_483_800_120);

        assert_eq!(at.to_string(), "2024-11-24T21:30:00.120Z");
        assert_eq!("2024-11-24T21:30:00.120Z".parse(), Ok(at));
        assert_eq!("2024-11-24T22:30:00.120+01:00".parse(), Ok(at));
    }

    #[test]
    fn a_day_begins_where_one_is() {
        let at: Timestamp = "2024-11-24T23:30:00Z".parse().unwrap();

        assert_eq!(Date::at(at, "Africa/Dakar").to_string(), "2024-11-24");
        assert_eq!(Date::at(at, "Africa/Lagos").to_string(), "2024-11-25");
        assert_eq!(Date::at(at, "Nowhere/Land").plus_days(7).to_string(), "2024-12-01");
    }

    #[test]
    fn a_date_outside_the_calendar_or_the_century_is_refused() {
        assert!("2023-02-29".parse::<Date>().is_err());
        assert!("2024-02-29".parse::<Date>().is_ok());
        assert!("1899-12-31".parse::<Date>().is_err());
        assert!("2024-2-9".parse::<Date>().is_err());
    }
}
