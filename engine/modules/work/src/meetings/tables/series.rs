//! Meetings that come back. A series is homed in the room of its first meeting and has its id.

use super::{Meeting, UserId};
use schema::{answer, id::Id, row, time::Date};

/// A series' id: its first meeting's.
pub type SeriesId = Id<Series>;

/// A day of a series, and which of its rules called it: the first is 0.
#[answer]
#[derive(Copy, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The day.
    pub day: Date,
    /// The rule.
    pub era: u32,
}

/// A rule that took the place of another.
#[answer]
pub struct Era {
    /// The day from which on it counts; the meetings after that day follow it.
    pub from: Date,
    /// On which days, as RFC 5545 writes it.
    pub rrule: String,
}

/// A meeting that comes back. Which day a meeting stands for in its series never changes, whenever it is held.
#[row(name = "series", id = 70, entity = "series", home = "meeting", by = "id")]
pub struct Series {
    /// On which days at first, as RFC 5545 writes it.
    pub rrule: String,
    /// The rules that took its place, one after the other.
    pub eras: Vec<Era>,
    /// Meetings that stayed when the rule that called them went.
    pub stayed: Vec<Place>,
    /// The IANA zone that days and hours are of.
    pub timezone: String,
    /// How long each meeting lasts.
    pub duration_minutes: u32,
    /// Days of the rule on which there is none.
    pub exdates: Vec<Date>,
    /// The day the first meeting stands for.
    pub first_date: Date,
    /// When a meeting begins, in seconds from midnight on the wall.
    pub start_second: u32,
    /// How many days after the one it stands for a meeting is held.
    pub shift_days: i32,
    /// The day up to which all meetings have been called.
    pub called_until: Date,
    /// The day from which on there are none, where it was cut off.
    pub cut_at: Option<Date>,
    /// What each of its meetings is like.
    #[table(nested)]
    pub pattern: Meeting,
    /// Who is invited to each.
    pub attendee_ids: Vec<UserId>,
}
