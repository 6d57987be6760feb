//! Meetings: list, call, show, move on.

use super::{
    attendees, events,
    markers::Markers,
    rooms::{of_meeting, place},
    rules,
    tables::{Attendee, Meeting, MeetingId, ReadMarker},
    words::{AttendeeRole, MeetingStatus, Rsvp},
};
use crate::asked;
use engine::{Action, Context, Endpoint, Error, Listing, Needs, Outcome, Query, Result, Route, Scope};
use schema::{
    caller::Caller, change::Change, code::Code, key::KeyWriter, role::Role, table::Table as _,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Invitations an own list is put together from, the newest first.
const OWN_MAX: usize = 2_000;
/// The longest stretch of time a list covers, in days.
const RANGE_DAYS_MAX: i64 = 92;

/// Meetings at hand, by when they begin.
static MEETINGS: Listing = Listing {
    spec: Meeting::SPEC,
    sorts: &[],
    filters: &[
        "start_at",
        "end_at",
        "status",
        "kind",
        "priority",
        "organizer_id",
        "project_id",
        "title",
        "my_role",
        "my_rsvp",
    ],
};

/// Lists the caller's own meetings, by when they begin. `from` and `to` choose those that lie between, at
/// most 92 days apart. Filters: `status`, `kind`, `priority`, `organizer_id`, `project_id`, `title`,
/// `my_role`, `my_rsvp`, `start_at`, `end_at`, with suffixes.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ListMeetings {
    /// Filters, `from`, `to`, `sort`, `limit`, `cursor`, `with_total`.
    #[serde(default)]
    pub query: Query,
}

impl Endpoint for ListMeetings {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (from, to) = (self.query.parsed::<Timestamp>("from")?, self.query.parsed::<Timestamp>("to")?);
        if let (Some(from), Some(to)) = (from, to)
            && to.ms().saturating_sub(from.ms()) > RANGE_DAYS_MAX * 86_400_000
        {
            return Err(Error::new(Code::InvalidFilter, "from and to lie at most 92 days apart"));
        }
        let query = asked::sorted(&asked::without(&self.query, &["from", "to"])?, "start_at")?;
        let rows = own(cx, from, to).await?;
        Outcome::ok(&MEETINGS.page_of_rows(cx, rows, &query)?)
    }
}

async fn own(cx: &Context, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Mine {
        meeting_id: MeetingId,
    }
    let within = KeyWriter::new().with(&cx.caller.user);
    let mine = cx.index::<Attendee>("mine", within, OWN_MAX, |range| range.backward()).await?;
    let mut rows = Vec::with_capacity(mine.len());
    for entry in mine {
        let Ok(Mine { meeting_id }) = serde_json::from_value(entry) else { continue };
        let room = of_meeting(meeting_id);
        let Some(meeting) = cx.by_id::<Meeting>(&room, meeting_id).await? else { continue };
        if from.is_some_and(|from| meeting.end_at < from) || to.is_some_and(|to| meeting.start_at >= to) {
            continue;
        }
        let attendee: Option<Attendee> = cx.get(&room, place(meeting_id, cx.caller.user)).await?;
        let mut row = shown(&meeting, attendee.as_ref().map(|a| a.role), attendee.as_ref().map(|a| a.rsvp));
        if let Some(members) = row.as_object_mut() {
            members.remove("description");
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Shows a meeting. Attendees see all of it, with how far they have read; others who may read meetings see
/// what it is called, when, by whom and how many attend.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GetMeeting {
    /// The meeting.
    pub meeting_id: MeetingId,
}

impl Endpoint for GetMeeting {
    const ROUTE: Route = Route::get("/{meeting_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let room = cx.room()?;
        let meeting = cx.here(self.meeting_id).await?;
        let attendee: Option<Attendee> = cx.get(room, place(meeting.id, cx.caller.user)).await?;
        let sees_all = attendee.is_some() || cx.caller.role == Role::SuperAdministrator;
        let mut body = if sees_all {
            shown(&meeting, attendee.as_ref().map(|a| a.role), attendee.as_ref().map(|a| a.rsvp))
        } else {
            from_outside(&meeting)
        };
        if let Some(members) = body.as_object_mut() {
            members.insert("attendee_count".into(), cx.counter(room, attendees::COUNT).await?.into());
            if attendee.is_some() {
                members.insert("last_read_seq".into(), last_read(cx, meeting.id).await?.into());
            }
        }
        Outcome::record(&body, meeting.version)
    }
}

/// How far the caller has read: what is stored, or what is about to be.
async fn last_read(cx: &Context, meeting: MeetingId) -> Result<u64> {
    let stored: Option<ReadMarker> = cx.get(cx.room()?, place(meeting, cx.caller.user)).await?;
    let kept = cx.part::<Markers>()?.kept(meeting, cx.caller.user);
    Ok(kept.max(stored.map_or(0, |marker| marker.last_read_seq)))
}

/// A meeting as those who attend it see it.
pub(super) fn shown(meeting: &Meeting, role: Option<AttendeeRole>, rsvp: Option<Rsvp>) -> Value {
    let mut row = json!(meeting);
    if let Some(members) = row.as_object_mut() {
        members.insert("my_role".into(), json!(role));
        members.insert("my_rsvp".into(), json!(rsvp));
    }
    row
}

fn from_outside(meeting: &Meeting) -> Value {
    json!({
        "id": meeting.id,
        "org_id": meeting.org_id,
        "title": meeting.title,
        "kind": meeting.kind,
        "status": meeting.status,
        "start_at": meeting.start_at,
        "end_at": meeting.end_at,
        "timezone": meeting.timezone,
        "organizer_id": meeting.organizer_id,
        "version": meeting.version,
        "my_role": null,
    })
}

/// Begins, ends, puts off or calls off a meeting. Only its organizer calls it off.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct TransitionMeeting {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// The state.
    pub to: MeetingStatus,
}

impl Endpoint for TransitionMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/transition/");
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = cx.here(self.meeting_id).await?;
        let organizes = old.organizer_id == cx.caller.user || cx.caller.role == Role::SuperAdministrator;
        if self.to == MeetingStatus::Cancelled && !organizes {
            return Err(Error::forbidden("only its organizer calls a meeting off"));
        }
        let new = rules::transition(&old, self.to, cx.now())?;
        let mut change = Change::new();
        let slot = change.update(&old, new);
        let notify = match self.to {
            MeetingStatus::InProgress | MeetingStatus::Cancelled => attendees::everybody(cx, old.id).await?,
            _ => Vec::new(),
        };
        events::meeting(&mut change, slot, events::of_status(self.to), notify);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}
