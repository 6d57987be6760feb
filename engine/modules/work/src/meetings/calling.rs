//! Calling a meeting: when, where, about what, and who is invited with it.

use super::{
    attendees, events,
    meeting::shown,
    rules,
    tables::{Meeting, MeetingId},
    words::{AttendeeRole, MeetingKind, Rsvp, Urgency},
};
use crate::{
    projects::{self, tables::ProjectId},
    text,
};
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope};
use schema::{caller::Caller, change::Change, id::UserId, reply::Reply, time::Timestamp};
use serde::{Deserialize, Serialize};

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
        let invited = attendees::to_invite(cx, &meeting, ("attendee_ids", &self.attendee_ids), 0).await?;
        let (guest, role, at) = (cx.clock().new_id(), AttendeeRole::Organizer, cx.now());
        let organizer = rules::invite(&meeting, &rules::Guest { id: guest, user: cx.caller.user, role, at });
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
