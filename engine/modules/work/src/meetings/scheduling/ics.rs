//! Meetings as calendar programs read them (RFC 5545). Pure: rows in, text out.

use crate::meetings::{tables::Meeting, words::MeetingStatus};
use engine::{Media, Result};
use icalendar::{Calendar, Component as _, Event, EventLike as _};
use jiff::tz::TimeZone;
use schema::time::Timestamp;

/// The media type of a calendar.
pub(super) const CALENDAR: &str = "text/calendar; charset=utf-8";

/// A calendar, as an answer.
pub(crate) enum Ics {}

impl Media for Ics {
    const NAME: &'static str = "text/calendar";
}

/// A calendar of these meetings.
///
/// # Errors
/// When one lies outside the calendar.
pub(crate) fn calendar<'a>(meetings: impl IntoIterator<Item = &'a Meeting>) -> Result<String> {
    let mut calendar = Calendar::new();
    for meeting in meetings {
        calendar.push(event(meeting)?);
    }
    Ok(calendar.done().to_string())
}

fn event(meeting: &Meeting) -> Result<Event> {
    let mut event = Event::new();
    event
        .uid(&format!("{}@meetings.ecosystia.app", meeting.id))
        .summary(&meeting.title)
        .description(&meeting.description)
        .add_property("DTSTAMP", utc(meeting.updated_at)?)
        .add_property("LAST-MODIFIED", utc(meeting.updated_at)?)
        .add_property("DTSTART", utc(meeting.start_at)?)
        .add_property("DTEND", utc(meeting.end_at)?)
        // It counts the meeting's changes, so a calling off comes after what it calls off.
        .add_property("SEQUENCE", meeting.version.to_string())
        .add_property("STATUS", status(meeting.status));
    if let Some(location) = &meeting.location {
        event.location(location);
    }
    if let Some(url) = &meeting.meeting_url {
        event.add_property("URL", url);
    }
    Ok(event.done())
}

const fn status(status: MeetingStatus) -> &'static str {
    match status {
        MeetingStatus::Cancelled => "CANCELLED",
        MeetingStatus::Postponed => "TENTATIVE",
        MeetingStatus::Scheduled | MeetingStatus::InProgress | MeetingStatus::Completed => "CONFIRMED",
    }
}

fn utc(at: Timestamp) -> Result<String> {
    let at = crate::zones::local(&TimeZone::UTC, at)?;
    Ok(at.strftime("%Y%m%dT%H%M%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meetings::rules::tests::{HOUR, called};

    /// The lines of a calendar, those that were folded put together again.
    fn lines(meeting: &Meeting) -> Vec<String> {
        let text = calendar([meeting]).unwrap();
        text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_meeting_is_an_event_with_its_words_escaped() {
        let meeting = Meeting {
            description: "Un, deux; trois\nquatre".into(),
            location: Some("Salle Baobab, 2e".into()),
            version: 3,
            ..called(0, HOUR).unwrap()
        };

        let lines = lines(&meeting);

        for wanted in [
            "DTSTART:20250615T150640Z",
            "DTEND:20250615T160640Z",
            "SUMMARY:Weekly",
            r"DESCRIPTION:Un\, deux\; trois\nquatre",
            r"LOCATION:Salle Baobab\, 2e",
            "SEQUENCE:3",
            "STATUS:CONFIRMED",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted}: {lines:#?}");
        }
        assert_eq!(lines.iter().filter(|line| line.starts_with("DTSTAMP")).count(), 1);
    }

    #[test]
    fn what_was_called_off_says_so_under_a_later_number() {
        let off = Meeting { status: MeetingStatus::Cancelled, version: 4, ..called(0, HOUR).unwrap() };

        let lines = lines(&off);

        assert!(lines.contains(&"STATUS:CANCELLED".to_owned()) && lines.contains(&"SEQUENCE:4".to_owned()));
    }
}
