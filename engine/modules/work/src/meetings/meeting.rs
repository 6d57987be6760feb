//! A meeting as people see it: whole for those who attend it, an outline for others who may know of it.

use super::{
    rooms::{of_meeting, place},
    tables::{Attendee, Meeting, MeetingId},
    words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp},
};
use crate::meetings::{attending::attendees, chat::markers, scheduling::calendar::Line};
use engine::{Action, Context, Endpoint, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    answer,
    caller::Caller,
    id::{OrgId, UserId},
    operation,
    role::Role,
    schemars::JsonSchema,
    time::Timestamp,
};
use serde::Serialize;

/// What a list adds to a meeting.
#[answer]
pub(super) struct Mine {
    /// What the caller is in it.
    my_role: Option<AttendeeRole>,
    /// What the caller answered.
    my_rsvp: Option<Rsvp>,
}

/// A meeting as those who attend it see it.
#[answer]
pub(super) struct MeetingShown {
    /// The meeting.
    #[serde(flatten)]
    meeting: Meeting,
    /// What the caller is to it.
    #[serde(flatten)]
    mine: Mine,
    /// How many attend.
    #[serde(skip_serializing_if = "Option::is_none")]
    attendee_count: Option<i64>,
    /// How far the caller has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read_seq: Option<u64>,
}

/// A meeting as those see it who may know of it and do not attend.
#[answer]
pub(super) struct Outline {
    /// The meeting.
    id: MeetingId,
    /// The organization.
    org_id: OrgId,
    /// What it is called.
    title: String,
    /// What it is for.
    kind: MeetingKind,
    /// Where it stands.
    status: MeetingStatus,
    /// When it begins.
    start_at: Timestamp,
    /// When it ends.
    end_at: Timestamp,
    /// The zone that its hours are of.
    timezone: String,
    /// Who called it.
    organizer_id: UserId,
    /// Counts changes, from 1.
    version: u64,
    /// How many attend.
    attendee_count: i64,
    /// Null: the caller does not attend.
    my_role: Option<AttendeeRole>,
}

/// A meeting, as far as the caller may see it.
#[derive(Serialize, JsonSchema)]
#[schemars(crate = "::schema::schemars")]
#[serde(untagged)]
pub(super) enum MeetingSeen {
    /// All of it.
    Whole(Box<MeetingShown>),
    /// Its outline.
    Outline(Outline),
}

/// Shows a meeting. Attendees see all of it, with how far they have read; others who may read meetings see
/// what it is called, when, by whom and how many attend.
#[operation]
pub(super) struct GetMeeting {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for GetMeeting {
    const ROUTE: Route = Route::get("/{meeting_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<MeetingSeen>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let room = cx.room()?;
        let meeting = cx.here(self.meeting_id).await?;
        let attendee: Option<Attendee> = cx.get(room, place(meeting.id, cx.caller.user)).await?;
        let sees_all = attendee.is_some() || cx.caller.role == Role::SuperAdministrator;
        let attendee_count = cx.counter(room, attendees::COUNT).await?;
        let version = meeting.version;
        if !sees_all {
            return Outcome::record(&MeetingSeen::Outline(Outline::of(&meeting, attendee_count)), version);
        }
        let last_read_seq = match attendee {
            Some(_) => Some(markers::stands(cx, meeting.id, cx.caller.user).await?),
            None => None,
        };
        let shown = shown(&meeting, attendee.as_ref().map(|a| a.role), attendee.as_ref().map(|a| a.rsvp));
        let whole = MeetingShown { attendee_count: Some(attendee_count), last_read_seq, ..shown };
        Outcome::record(&MeetingSeen::Whole(Box::new(whole)), version)
    }
}

/// A meeting as those who attend it see it.
pub(super) fn shown(meeting: &Meeting, my_role: Option<AttendeeRole>, my_rsvp: Option<Rsvp>) -> MeetingShown {
    let mine = Mine { my_role, my_rsvp };
    MeetingShown { meeting: meeting.clone(), mine, attendee_count: None, last_read_seq: None }
}

impl From<Line> for Outline {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            org_id: line.org_id,
            title: line.title,
            kind: line.kind,
            status: line.status,
            start_at: line.start_at,
            end_at: line.end_at,
            timezone: line.timezone,
            organizer_id: line.organizer_id,
            version: line.version,
            attendee_count: 0,
            my_role: None,
        }
    }
}

impl Outline {
    fn of(meeting: &Meeting, attendee_count: i64) -> Self {
        Self {
            id: meeting.id,
            org_id: meeting.org_id,
            title: meeting.title.clone(),
            kind: meeting.kind,
            status: meeting.status,
            start_at: meeting.start_at,
            end_at: meeting.end_at,
            timezone: meeting.timezone.clone(),
            organizer_id: meeting.organizer_id,
            version: meeting.version,
            attendee_count,
            my_role: None,
        }
    }
}
