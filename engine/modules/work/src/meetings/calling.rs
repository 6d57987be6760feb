//! Calling a meeting: when, where, about what, and who is invited with it.

use super::{
    events,
    meeting::{MeetingShown, shown},
    rules,
    tables::{Meeting, MeetingId, TemplateId},
    templates,
    words::{AttendeeRole, MeetingKind, Rsvp, Urgency},
};
use crate::meetings::{
    attending::attendees,
    recurring::{occurrences, places, series},
};
use crate::projects::{self, tables::ProjectId};
use engine::{Action, Context, Created, Endpoint, Error, Needs, Outcome, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    operation, part,
    reply::Reply,
    text::{Line, Link, Markdown, Title, Zone},
    time::{Date, Timestamp},
};
use serde_json::json;

/// Calls a meeting, from a template where one is named: what is not said is taken from there. Its organizer attends it;
/// up to fifty others are invited with it.
#[operation]
pub(super) struct CreateMeeting {
    /// What it is called.
    title: Title,
    /// What it is about, in Markdown.
    #[serde(default)]
    description: Markdown,
    /// The template it is called from, among those the caller may read.
    template_id: Option<TemplateId>,
    /// What it is for.
    kind: Option<MeetingKind>,
    /// How much it matters.
    #[serde(default)]
    priority: Urgency,
    /// When it begins.
    start_at: Timestamp,
    /// When it ends; at most a day later. The template's length later unless said.
    end_at: Option<Timestamp>,
    /// The zone that its hours are of.
    #[serde(default = "dakar")]
    timezone: Zone,
    /// Where people meet.
    location: Option<Line<200>>,
    /// Where they meet from afar.
    meeting_url: Option<Link>,
    /// What they type in there.
    meeting_code: Option<Line<80>>,
    /// The project it is about, among those the caller may read.
    project_id: Option<ProjectId>,
    /// Whether people may write to each other.
    #[serde(default = "yes")]
    chat_enabled: bool,
    /// How long before the start the chat opens, in minutes, up to a day.
    #[serde(default = "half_an_hour")]
    #[garde(range(max = 1_440))]
    chat_open_minutes_before: u32,
    /// Whether those who attend may invite others.
    #[serde(default)]
    guests_can_invite: bool,
    /// How many may attend, up to 500.
    #[serde(default = "everybody")]
    #[garde(range(min = 1, max = rules::CAPACITY_MAX))]
    capacity: u32,
    /// How it comes back; the meeting itself is the first of its series.
    recurrence: Option<Recurrence>,
    /// Who is invited.
    #[serde(default)]
    #[garde(length(max = 50))]
    attendee_ids: Vec<UserId>,
}

/// How a meeting comes back.
#[part]
pub(super) struct Recurrence {
    /// On which days, as RFC 5545 writes it: FREQ is DAILY, WEEKLY or MONTHLY, with INTERVAL, BYDAY, BYMONTHDAY, and
    /// COUNT or UNTIL, such as `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10`.
    rrule: Line<300>,
    /// Days of the rule on which there is none.
    #[serde(default)]
    #[garde(length(max = 50))]
    exdates: Vec<Date>,
}

fn dakar() -> Zone {
    "Africa/Dakar".into()
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

impl Endpoint for CreateMeeting {
    const ROUTE: Route = Route::post("/")
        .tells(&[events::MEETING_SCHEDULED, events::SERIES_EXTENDED])
        .refuses(&[Code::CapacityReached]);
    const NEEDS: Needs = Needs::Level(Action::Write);
    type Output = Created<MeetingShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Birth("meeting")
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let id = MeetingId::new(cx.room()?.id());
        if let Some(project) = self.project_id {
            projects::readable(cx, project).await?;
        }
        let template = match self.template_id {
            Some(id) => Some(templates::readable(cx, id).await?),
            None => None,
        };
        let template = template.as_ref();
        let length_s = template.map(|template| 60 * i64::from(template.duration_minutes));
        let end_at = self.end_at.or_else(|| length_s.map(|length| self.start_at.plus_seconds(length)));
        let end_at = end_at.ok_or_else(|| Error::field("/end_at", "required", "this field is required"))?;
        let calling = rules::Calling {
            title: self.title.text(),
            description: self.description.text(),
            kind: self.kind.or_else(|| template.map(|template| template.kind)).unwrap_or_default(),
            priority: self.priority,
            start_at: self.start_at,
            end_at,
            timezone: self.timezone.text(),
            capacity: self.capacity,
        };
        let meeting = Meeting {
            location: self.location.as_ref().map(Line::owned).or_else(|| template?.location.clone()),
            meeting_url: self.meeting_url.as_ref().map(Link::owned),
            meeting_code: self.meeting_code.as_ref().map(Line::owned),
            project_id: self.project_id,
            guests_can_invite: self.guests_can_invite,
            chat_enabled: self.chat_enabled,
            chat_open_minutes_before: self.chat_open_minutes_before,
            ..rules::call(id, &cx.caller, calling, cx.now())?
        };
        let mut wanted = self.attendee_ids.clone();
        if let Some(template) = template {
            wanted.extend(templates::still_active(cx, template).await?);
        }
        let invited = attendees::to_invite(cx, &meeting, ("attendee_ids", &wanted), 0).await?;
        let (guest, role, at) = (cx.clock().new_id(), AttendeeRole::Organizer, cx.now());
        let organizer = rules::invite(&meeting, &rules::Guest { id: guest, user: cx.caller.user, role, at });
        let mut change = Change::new();
        let meeting = match &self.recurrence {
            None => meeting,
            Some(recurrence) => {
                let (rrule, exdates) = (recurrence.rrule.text(), recurrence.exdates.as_slice());
                let wish = series::Wish { rrule, exdates, attendee_ids: invited.clone() };
                let (series, first) = series::begin(meeting, wish, cx.now())?;
                let slot = change.insert(series.clone());
                let others = places::called(&series, None).into_iter().skip(1).collect();
                occurrences::extended(&mut change, slot, &series, others, cx.now());
                first
            }
        };
        let slot = change.insert(meeting.clone());
        change.insert(organizer);
        if let Some(template) = template.filter(|template| !template.agenda.is_empty()) {
            change.insert(templates::agenda(cx, &meeting, template));
        }
        change.add(attendees::COUNT, 1);
        for user in &invited {
            attendees::invite(cx, &mut change, &meeting, *user, AttendeeRole::Attendee);
        }
        events::meeting(&mut change, slot, events::MEETING_SCHEDULED, invited);
        change.reply(move |filled| match filled.get(slot) {
            Some(meeting) => {
                let body = json!(shown(meeting, Some(AttendeeRole::Organizer), Some(Rsvp::Accepted)));
                let location = Some(format!("/api/v1/meetings/{}/", meeting.id));
                Reply { location, ..Reply::of(201, body).tagged(meeting.version) }
            }
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
}
