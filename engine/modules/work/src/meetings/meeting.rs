//! Meetings: list, call, show, move on.

use super::{
    attendees, events,
    markers::Markers,
    rooms::{of_meeting, place},
    rules,
    tables::{Attendee, Meeting, MeetingId, ReadMarker},
    words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp},
};
use crate::asked;
use engine::{
    Action, Context, Endpoint, Error, Listed, Listing, Needs, Outcome, Param, Query, Record, Result, Route,
    Scope,
};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    id::{OrgId, UserId},
    key::KeyWriter,
    operation,
    role::Role,
    schemars::JsonSchema,
    table::Table as _,
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

/// Which stretch of time a list covers.
const WINDOW: &[Param] = &[
    Param {
        name: "from",
        format: "date-time",
        help: "Only meetings that end at or after this instant.",
        required: false,
    },
    Param {
        name: "to",
        format: "date-time",
        help: "Only meetings that begin before this instant, at most 92 days after `from`.",
        required: false,
    },
];

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

/// Lists the caller's own meetings, by when they begin.
#[operation]
pub(super) struct ListMeetings {
    /// Filters, `from`, `to`, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListMeetings {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&MEETINGS);
    const ASKS: &'static [Param] = WINDOW;
    type Output = Listed<Meeting, Mine>;

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
    struct Invitation {
        meeting_id: MeetingId,
    }
    let within = KeyWriter::new().with(&cx.caller.user);
    let mine = cx.index::<Attendee>("mine", within, OWN_MAX, |range| range.backward()).await?;
    let mut rows = Vec::with_capacity(mine.len());
    for entry in mine {
        let Ok(Invitation { meeting_id }) = serde_json::from_value(entry) else { continue };
        let room = of_meeting(meeting_id);
        let Some(meeting) = cx.by_id::<Meeting>(&room, meeting_id).await? else { continue };
        if from.is_some_and(|from| meeting.end_at < from) || to.is_some_and(|to| meeting.start_at >= to) {
            continue;
        }
        let attendee: Option<Attendee> = cx.get(&room, place(meeting_id, cx.caller.user)).await?;
        let attendee = attendee.as_ref();
        let mut row = json!(shown(&meeting, attendee.map(|a| a.role), attendee.map(|a| a.rsvp)));
        if let Some(members) = row.as_object_mut() {
            members.remove("description");
        }
        rows.push(row);
    }
    Ok(rows)
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
            Some(_) => Some(last_read(cx, meeting.id).await?),
            None => None,
        };
        let shown = shown(&meeting, attendee.as_ref().map(|a| a.role), attendee.as_ref().map(|a| a.rsvp));
        let whole = MeetingShown { attendee_count: Some(attendee_count), last_read_seq, ..shown };
        Outcome::record(&MeetingSeen::Whole(Box::new(whole)), version)
    }
}

/// How far the caller has read: what is stored, or what is about to be.
async fn last_read(cx: &Context, meeting: MeetingId) -> Result<u64> {
    let stored: Option<ReadMarker> = cx.get(cx.room()?, place(meeting, cx.caller.user)).await?;
    let kept = cx.part::<Markers>()?.kept(meeting, cx.caller.user);
    Ok(kept.max(stored.map_or(0, |marker| marker.last_read_seq)))
}

/// A meeting as those who attend it see it.
pub(super) fn shown(meeting: &Meeting, my_role: Option<AttendeeRole>, my_rsvp: Option<Rsvp>) -> MeetingShown {
    let mine = Mine { my_role, my_rsvp };
    MeetingShown { meeting: meeting.clone(), mine, attendee_count: None, last_read_seq: None }
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

/// Begins, ends, puts off or calls off a meeting. Only its organizer calls it off.
#[operation]
pub(super) struct TransitionMeeting {
    /// The meeting.
    meeting_id: MeetingId,
    /// The state.
    to: MeetingStatus,
}

impl Endpoint for TransitionMeeting {
    const ROUTE: Route = Route::post("/{meeting_id}/transition/")
        .tells(&[
            events::MEETING_STARTED,
            events::MEETING_ENDED,
            events::MEETING_CANCELLED,
            events::MEETING_STATUS_CHANGED,
        ])
        .refuses(&[Code::InvalidTransition]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<Meeting>;

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
