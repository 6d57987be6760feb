//! Other words, another time, another place for a meeting. Whoever said that they come is asked again where it is
//! elsewhere: the first of them in the same commit, the rest of a crowd after it.

use super::{
    events, moving,
    rooms::of_meeting,
    rules,
    tables::{Attendee, Meeting, MeetingId},
    words::{MeetingKind, MeetingStatus, Reach, Urgency},
};
use crate::meetings::{attending::attendees, recurring::occurrences};
use crate::projects::{self, tables::ProjectId};
use actors::BoxFuture;
use engine::{
    Cause, Context, Endpoint, Engine, Error, Needs, On, Outcome, Reaction, Reader, Record, Result, Route,
    Scope,
};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    operation,
    patch::{Edit, Patch},
    room::RoomId,
    text::{Line, Link, Markdown, Title, Zone},
    time::Timestamp,
};

/// Invitations that one change rewrites: a change is bounded.
const ASKED_AT_ONCE: usize = 64;

/// Asks those again whom the commit itself could not.
pub(super) const ASK_AGAIN: Reaction = Reaction {
    name: "meetings.ask_again",
    on: On::Names(&[events::MEETING_RESCHEDULED]),
    acts_in: Cause::same_room,
    run: ask_the_rest,
};

/// Edits a meeting. At another time or in another place, those who attend are told and asked again.
#[operation]
pub(super) struct EditMeeting {
    /// The meeting.
    meeting_id: MeetingId,
    /// Which meetings of its series are meant: `following` are those after it, `all` those that are still ahead.
    #[serde(default)]
    scope: Reach,
    /// Another rule for those meetings, as RFC 5545 writes it. Meetings that were not changed on their own are called off
    /// where it has no such day; the edited one stays.
    rrule: Edit<Line<300>>,
    /// What it is called.
    title: Edit<Title>,
    /// What it is about, in Markdown.
    description: Patch<Markdown>,
    /// What it is for.
    kind: Edit<MeetingKind>,
    /// How much it matters.
    priority: Edit<Urgency>,
    /// When it begins.
    start_at: Edit<Timestamp>,
    /// When it ends; at most a day later.
    end_at: Edit<Timestamp>,
    /// The zone that its hours are of.
    timezone: Edit<Zone>,
    /// Where people meet.
    location: Patch<Line<200>>,
    /// Where they meet from afar.
    meeting_url: Patch<Link>,
    /// What they type in there.
    meeting_code: Patch<Line<80>>,
    /// The project it is about, among those the caller may read.
    project_id: Patch<ProjectId>,
    /// Whether people may write to each other.
    chat_enabled: Edit<bool>,
    /// How long before the start the chat opens, in minutes, up to a day.
    #[garde(range(max = 1_440))]
    chat_open_minutes_before: Edit<u32>,
    /// Whether those who attend may invite others.
    guests_can_invite: Edit<bool>,
    /// How many may attend, up to 500.
    #[garde(range(min = 1, max = rules::CAPACITY_MAX))]
    capacity: Edit<u32>,
    /// Where it can be watched afterwards.
    recording_url: Patch<Link>,
}

impl Endpoint for EditMeeting {
    const ROUTE: Route = Route::patch("/{meeting_id}/")
        .tells(&[events::MEETING_UPDATED, events::MEETING_RESCHEDULED, events::SERIES_EDITED])
        .refuses(&[Code::RuleViolation, Code::CapacityReached]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Record<Meeting>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old: Meeting = cx.here(self.meeting_id).await?;
        let new = self.applied_to(&old);
        let rrule = self.rrule.value().map(Line::text);
        if let Some(rrule) = rrule {
            occurrences::check_rule(cx, &old, self.scope, rrule).await?;
        }
        if new == old && rrule.is_none() {
            return Outcome::record(&old, old.version);
        }
        rules::check_edit(&old, &new, cx.now())?;
        if let Some(project) = new.project_id.filter(|_| new.project_id != old.project_id) {
            projects::readable(cx, project).await?;
        }
        let attend = cx.counter(cx.room()?, attendees::COUNT).await?;
        if new.capacity < old.capacity && attend > i64::from(new.capacity) {
            return Err(Error::new(Code::CapacityReached, format!("{attend} attend already")));
        }
        let mut change = Change::new();
        let slot = change.update(&old, new.clone());
        if new.status == MeetingStatus::InProgress && new.end_at < old.end_at {
            moving::end_by_itself(cx, &mut change, &new);
        }
        let asks = rrule.is_some() || rules::is_elsewhere(&old, &new);
        tell(cx, &mut change, slot, (&new, asks), cx.now()).await?;
        if let Some(told) = change.events.last_mut().filter(|told| told.name == events::MEETING_RESCHEDULED) {
            told.notify = attendees::everybody(cx, new.id).await?;
        }
        occurrences::edited(&mut change, slot, (&old, &new), (self.scope, self, rrule))?;
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Tells what became of a meeting; where it is elsewhere or comes back otherwise, those who attend are asked again.
pub(super) async fn tell(
    reader: &Reader,
    change: &mut Change,
    slot: Slot<Meeting>,
    (new, asks): (&Meeting, bool),
    now: Timestamp,
) -> Result<()> {
    if asks {
        ask_again(reader, change, new, now).await?;
        events::meeting(change, slot, events::MEETING_RESCHEDULED, []);
    } else {
        events::edited(change, slot);
    }
    Ok(())
}

impl EditMeeting {
    /// The meeting with what is edited.
    pub(super) fn applied_to(&self, old: &Meeting) -> Meeting {
        let mut new = old.clone();
        self.title.keep(&mut new.title);
        self.description.keep(&mut new.description);
        self.kind.apply(&mut new.kind);
        self.priority.apply(&mut new.priority);
        self.start_at.apply(&mut new.start_at);
        self.end_at.apply(&mut new.end_at);
        self.timezone.keep(&mut new.timezone);
        self.location.owned().apply(&mut new.location);
        self.meeting_url.owned().apply(&mut new.meeting_url);
        self.meeting_code.owned().apply(&mut new.meeting_code);
        self.project_id.apply(&mut new.project_id);
        self.chat_enabled.apply(&mut new.chat_enabled);
        self.chat_open_minutes_before.apply(&mut new.chat_open_minutes_before);
        self.guests_can_invite.apply(&mut new.guests_can_invite);
        self.capacity.apply(&mut new.capacity);
        self.recording_url.owned().apply(&mut new.recording_url);
        new
    }
}

/// Asks as many as fit into one change whether they come to a meeting that is elsewhere; answers how many.
async fn ask_again(
    reader: &Reader,
    change: &mut Change,
    meeting: &Meeting,
    since: Timestamp,
) -> Result<usize> {
    let attendees: Vec<Attendee> = reader.rows(&of_meeting(meeting.id), attendees::TOLD_MAX).await?;
    let asked =
        attendees.iter().filter_map(|old| rules::ask_again(old, meeting, since).map(|new| (old, new)));
    let mut count = 0;
    for (old, new) in asked.take(ASKED_AT_ONCE) {
        change.update(old, new);
        count += 1;
    }
    Ok(count)
}

/// Of a large meeting, those who were not asked yet, change by change.
fn ask_the_rest<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (room, id) = (&cause.room, MeetingId::new(cause.room.id()));
        for round in 0_u32.. {
            let Some(meeting) = engine.reader().by_id::<Meeting>(room, id).await? else { return Ok(()) };
            let mut change = Change::new();
            if ask_again(engine.reader(), &mut change, &meeting, cause.event.occurred_at).await? == 0 {
                return Ok(());
            }
            engine.effect(&cause.step(&format!("round {round}")), room, change).await?;
        }
        Ok(())
    })
}
