//! Calendars: which meetings somebody attends, and which an organization holds, by when they begin. A calendar is
//! read in a stretch of time, never whole.

use crate::meetings::{
    rooms::of_meeting,
    tables::{Attendee, Meeting, MeetingId},
    words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp},
};
use engine::{Error, Param, Query, Reader, Result};
use schema::{
    code::Code,
    id::{OrgId, UserId},
    key::KeyWriter,
    time::Timestamp,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use storage::Range;

/// Meetings of one calendar that one question looks at.
pub(crate) const LOOKED_AT_MAX: usize = 2_000;
/// The longest stretch of time that a question covers, in days.
const RANGE_DAYS_MAX: i64 = 92;
/// No meeting is longer, in seconds: one that reaches into a stretch begins at most so long before it.
const LENGTH_S_MAX: i64 = 24 * 3_600;

/// The beginning of a stretch of time, in a query.
pub(crate) const FROM: Param = Param {
    name: "from",
    format: "date-time",
    help: "Only meetings that end at or after this instant.",
    required: true,
};
/// Its end.
pub(crate) const TO: Param = Param {
    name: "to",
    format: "date-time",
    help: "Only meetings that begin before this instant, at most 92 days after `from`.",
    required: true,
};

/// A stretch of time.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// From when on.
    pub(crate) from: Timestamp,
    /// Until before when.
    pub(crate) to: Timestamp,
}

impl Window {
    /// The one that a query asks for.
    ///
    /// # Errors
    /// `invalid-filter` where an end is missing, or they lie more than 92 days apart.
    pub(crate) fn asked(query: &Query) -> Result<Self> {
        let end = |name: &str| {
            query.parsed::<Timestamp>(name)?.ok_or_else(|| {
                let refused = Error::new(Code::InvalidFilter, format!("{name}: say from when to when"));
                refused.and_field(&format!("/query/{name}"), "required", "an instant")
            })
        };
        let window = Self { from: end("from")?, to: end("to")? };
        if window.to.ms().saturating_sub(window.from.ms()) > RANGE_DAYS_MAX * 86_400_000 {
            return Err(Error::new(Code::InvalidFilter, "from and to lie at most 92 days apart"));
        }
        Ok(window)
    }

    /// Whether something between these instants reaches into it.
    pub(super) fn meets(&self, start: Timestamp, end: Timestamp) -> bool {
        end >= self.from && start < self.to
    }

    /// Entries that are sorted by when they begin.
    fn narrow(self, range: Range) -> Range {
        let place = |at: Timestamp| KeyWriter::new().with(&at).finish();
        range.since(place(self.from.plus_seconds(-LENGTH_S_MAX))).before(place(self.to))
    }
}

/// Somebody's invitation, as their calendar has it.
#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) meeting_id: MeetingId,
    pub(crate) start_at: Timestamp,
    pub(crate) end_at: Timestamp,
    pub(crate) role: AttendeeRole,
    pub(crate) rsvp: Rsvp,
    pub(crate) required: bool,
}

/// What somebody is invited to in a stretch of time, by when it begins.
pub(crate) async fn entries(reader: &Reader, user: UserId, window: Window) -> Result<Vec<Entry>> {
    let within = KeyWriter::new().with(&user);
    let found =
        reader.index::<Attendee>("calendar", within, LOOKED_AT_MAX, |range| window.narrow(range)).await?;
    let entries = read::<Entry>(found).filter(|entry| window.meets(entry.start_at, entry.end_at));
    Ok(entries.collect())
}

/// The same with the meetings themselves.
pub(crate) async fn attended(reader: &Reader, user: UserId, window: Window) -> Result<Vec<(Entry, Meeting)>> {
    let mut attended = Vec::new();
    for entry in entries(reader, user, window).await? {
        let room = of_meeting(entry.meeting_id);
        if let Some(meeting) = reader.by_id::<Meeting>(&room, entry.meeting_id).await? {
            attended.push((entry, meeting));
        }
    }
    Ok(attended)
}

/// What everybody who reads an organization's meetings sees of one in a list.
#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: MeetingId,
    pub(crate) org_id: OrgId,
    pub(crate) title: String,
    pub(crate) kind: MeetingKind,
    pub(crate) status: MeetingStatus,
    pub(crate) start_at: Timestamp,
    pub(crate) end_at: Timestamp,
    pub(crate) timezone: String,
    pub(crate) organizer_id: UserId,
    pub(crate) version: u64,
}

/// All meetings of an organization in a stretch of time.
pub(crate) async fn held(reader: &Reader, org: OrgId, window: Window) -> Result<Vec<Line>> {
    let within = KeyWriter::new().with(&org);
    let found =
        reader.index::<Meeting>("by_start", within, LOOKED_AT_MAX, |range| window.narrow(range)).await?;
    Ok(read::<Line>(found).filter(|line| window.meets(line.start_at, line.end_at)).collect())
}

fn read<T: DeserializeOwned>(entries: Vec<Value>) -> impl Iterator<Item = T> {
    entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok())
}
