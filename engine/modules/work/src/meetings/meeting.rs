//! Meetings: list, call, show, move on.

use super::{
    attendees, events,
    markers::Markers,
    rooms::{of_meeting, place},
    rules,
    tables::{
        Attendee, AttendeeRole, Meeting, MeetingId, MeetingKind, MeetingStatus, ReadMarker, Rsvp, Urgency,
    },
};
use crate::{
    asked,
    projects::{self, tables::ProjectId},
    text,
};
use engine::{Action, Context, Endpoint, Error, Listing, Needs, Outcome, Query, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    reply::Reply,
    role::Role,
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
        "start_at", "end_at", "status", "kind", "priority", "organizer_id", "project_id", "title", "my_role",
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
        Outcome::ok(&MEETINGS.page_of_rows(rows, &query)?)
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

/// Calls a meeting. Its organizer attends it; up to fifty others are invited with it.
#[derive(Serialize, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CreateMeeting {
    /// 1 to 200 characters.
    #[garde(custom(text::title))]
    pub title: String,
    /// Markdown, up to 10,000 characters.
    #[serde(default)]
    #[garde(custom(text::long))]
    pub description: String,
    /// What it is for.
    #[serde(default)]
    pub kind: MeetingKind,
    /// How much it matters.
    #[serde(default)]
    pub priority: Urgency,
    /// When it begins.
    pub start_at: Timestamp,
    /// When it ends; at most a day later.
    pub end_at: Timestamp,
    /// An IANA zone.
    #[serde(default = "dakar")]
    #[garde(custom(zone))]
    pub timezone: String,
    /// Where people meet.
    #[garde(length(chars, min = 1, max = 200))]
    pub location: Option<String>,
    /// Where they meet from afar.
    #[garde(custom(text::given(text::url)))]
    pub meeting_url: Option<String>,
    /// The project it is about, among those the caller may read.
    pub project_id: Option<ProjectId>,
    /// Whether people may write to each other.
    #[serde(default = "yes")]
    pub chat_enabled: bool,
    /// How long before the start the chat opens, in minutes, up to a day.
    #[serde(default = "half_an_hour")]
    #[garde(range(max = 1_440))]
    pub chat_open_minutes_before: u32,
    /// How many may attend, up to 500.
    #[serde(default = "everybody")]
    #[garde(range(min = 1, max = rules::CAPACITY_MAX))]
    pub capacity: u32,
    /// Who is invited.
    #[serde(default)]
    #[garde(length(max = 50))]
    pub attendee_ids: Vec<UserId>,
}

fn dakar() -> String {
    "Africa/Dakar".to_owned()
}

const fn yes() -> bool {
    true
}

const fn half_an_hour() -> u32 {
    30
}

const fn everybody() -> u32 {
    rules::CAPACITY_MAX
}

fn zone<T: AsRef<str>>(zone: &T, _: &()) -> garde::Result {
    let zone = zone.as_ref();
    let plain = zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
    if plain && (1..=64).contains(&zone.len()) && !zone.starts_with('/') {
        return Ok(());
    }
    Err(garde::Error::new("an IANA zone such as Africa/Dakar"))
}

impl Endpoint for CreateMeeting {
    const ROUTE: Route = Route::post("/");
    const NEEDS: Needs = Needs::Level(Action::Write);

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Birth("meeting")
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let id = MeetingId::new(cx.room()?.id());
        if let Some(project) = self.project_id {
            projects::readable(cx, project).await?;
        }
        let calling = rules::Calling {
            title: &self.title,
            description: &self.description,
            kind: self.kind,
            priority: self.priority,
            start_at: self.start_at,
            end_at: self.end_at,
            timezone: &self.timezone,
            capacity: self.capacity,
        };
        let meeting = Meeting {
            location: self.location.clone(),
            meeting_url: self.meeting_url.clone(),
            project_id: self.project_id,
            chat_enabled: self.chat_enabled,
            chat_open_minutes_before: self.chat_open_minutes_before,
            ..rules::call(id, &cx.caller, calling, cx.now())?
        };
        let invited = attendees::to_invite(cx, &meeting, &self.attendee_ids, 0).await?;
        let organizer = rules::invite(
            cx.clock().new_id(),
            &meeting,
            cx.caller.user,
            AttendeeRole::Organizer,
            cx.now(),
        );
        let mut change = Change::new();
        let slot = change.insert(meeting.clone());
        change.insert(organizer);
        change.add(attendees::COUNT, 1);
        for user in &invited {
            attendees::invite(cx, &mut change, &meeting, *user, AttendeeRole::Attendee);
        }
        events::meeting(&mut change, slot, events::MEETING_SCHEDULED, invited);
        change.reply(move |filled| match filled.get(slot) {
            Some(meeting) => {
                let body = shown(meeting, Some(AttendeeRole::Organizer), Some(Rsvp::Accepted));
                let location = Some(format!("/api/v1/meetings/{}/", meeting.id));
                Reply { location, ..Reply::of(201, body).tagged(meeting.version) }
            }
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
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

fn shown(meeting: &Meeting, role: Option<AttendeeRole>, rsvp: Option<Rsvp>) -> Value {
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
