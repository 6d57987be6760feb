//! Reminders of a meeting: at each of the leads that those who attend chose, and once for who has not answered. A timer
//! stands for a lead or a morning, never for a person; who is meant is looked up when it is due.

use crate::meetings::{
    events,
    rooms::{invitation, of_meeting},
    rules,
    scheduling::calendar::{self, Window},
    tables::{Attendee, Meeting, MeetingId},
    words::{MeetingStatus, Rsvp},
};
use crate::zones;
use actors::BoxFuture;
use engine::{
    Cause, Context, Empty, Endpoint, Engine, Error, Needs, On, Outcome, Reaction, Reader, Result, Route,
    Scope,
};
use people::notifications::{
    events::PREFERENCES,
    preferences::{Preferences, preferences_of},
};
use schema::{
    caller::Caller, change::Change, code::Code, id::UserId, operation, reply::Reply, room::RoomId,
    text::Zone, time::Timestamp,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Invitations of one meeting that are looked at.
const ATTENDEES_MAX: usize = 500;
/// The hour at which people are asked for their answer, where they live.
const ASKED_AT: (i8, i8) = (9, 0);
/// They are asked a day before the beginning at the latest, in seconds.
const ASKED_AHEAD_S: i64 = 86_400;
/// How late they may still be asked, in seconds.
const ASKED_LATE_S: i64 = 12 * 3_600;
/// The longest lead that somebody may choose, in seconds, and a day more.
const LEAD_S_MAX: i64 = 8 * 86_400;
/// Timers that one change wishes for: a change is bounded.
const TIMERS_AT_ONCE: usize = 100;

/// Plans the reminders of a meeting whenever its time or who attends is another.
pub(crate) const PLAN: Reaction = Reaction {
    name: "meetings.plan_reminders",
    on: On::Names(&[
        events::MEETING_SCHEDULED,
        events::MEETING_RESCHEDULED,
        events::MEETING_STATUS_CHANGED,
        events::ATTENDEE_INVITED,
    ]),
    acts_in: Cause::same_room,
    run: plan,
};

/// Plans those of one person's meetings anew when they wish to be reminded at other times.
pub(crate) const PLAN_ANEW: Reaction = Reaction {
    name: "meetings.plan_reminders_anew",
    on: On::Names(&[PREFERENCES]),
    acts_in: Cause::same_room,
    run: plan_anew,
};

/// The instants at which a meeting is looked at; the same for many of those who attend.
#[derive(Default)]
struct Plan {
    leads: BTreeSet<(Timestamp, u32)>,
    mornings: BTreeSet<(Timestamp, String)>,
}

impl Plan {
    fn remind(&mut self, meeting_start: Timestamp, preferences: &Preferences) {
        let leads = preferences.meeting_reminder_minutes.iter();
        self.leads.extend(leads.map(|minutes| (reminded_at(meeting_start, *minutes), *minutes)));
    }

    /// Wishes for what is still ahead.
    fn wish(self, change: &mut Change, meeting: MeetingId, start_at: Timestamp, now: Timestamp) {
        for (at, minutes) in self.leads.into_iter().filter(|(at, _)| *at > now) {
            let input = json!({"meeting_id": meeting, "start_at": start_at, "minutes": minutes});
            change.later(at, "RemindAttendees", input);
        }
        for (at, timezone) in self.mornings.into_iter().filter(|(at, _)| *at > now) {
            let input = json!({"meeting_id": meeting, "start_at": start_at, "timezone": timezone});
            change.later(at, "RequestAnswers", input);
        }
    }
}

fn reminded_at(start_at: Timestamp, minutes: u32) -> Timestamp {
    start_at.plus_seconds(-60 * i64::from(minutes))
}

/// The last morning in a zone that lies a day before an instant: between one and two days ahead.
///
/// # Errors
/// When it lies outside the calendar.
fn asked_at(zone: &str, start_at: Timestamp) -> Result<Timestamp> {
    let zone = zones::named(zone)?;
    let latest = start_at.plus_seconds(-ASKED_AHEAD_S);
    let day = zones::day_at(&zone, latest)?;
    let morning = zones::at_time(&zone, day, ASKED_AT)?;
    if morning <= latest { Ok(morning) } else { zones::at_time(&zone, day.plus_days(-1), ASKED_AT) }
}

fn plan<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (reader, id) = (engine.reader(), MeetingId::new(cause.room.id()));
        if cause.room != of_meeting(id) {
            // A project's room is told of meetings, too.
            return Ok(());
        }
        let Some(meeting) = reader.by_id::<Meeting>(&cause.room, id).await? else { return Ok(()) };
        if meeting.status != MeetingStatus::Scheduled {
            return Ok(());
        }
        let mut plan = Plan::default();
        for attendee in concerned(reader, cause, &meeting).await? {
            let Some(zone) = zone_of(reader, &attendee).await? else { continue };
            plan.remind(meeting.start_at, &preferences_of(reader, attendee.user_id).await?);
            if attendee.rsvp == Rsvp::NeedsAction {
                plan.mornings.insert((asked_at(&zone, meeting.start_at)?, zone));
            }
        }
        let mut change = Change::new();
        change.unaudited();
        plan.wish(&mut change, id, meeting.start_at, cause.event.occurred_at);
        if !change.timers.is_empty() {
            engine.effect(cause, &cause.room, change).await?;
        }
        Ok(())
    })
}

/// Those whom an event concerns: who was invited, or everybody.
async fn concerned(reader: &Reader, cause: &Cause, meeting: &Meeting) -> Result<Vec<Attendee>> {
    let invited = cause.event.data.get("user_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    match invited {
        Some(user) => Ok(invitation(reader, meeting.id, user).await?.into_iter().collect()),
        None => reader.rows(&of_meeting(meeting.id), ATTENDEES_MAX).await,
    }
}

/// The zone in which somebody lives; none of whoever is gone.
async fn zone_of(reader: &Reader, attendee: &Attendee) -> Result<Option<String>> {
    match people::users::active(reader, attendee.org_id, attendee.user_id).await {
        Ok(user) => Ok(Some(user.timezone)),
        Err(error) if matches!(error.code(), Code::NotFound | Code::RuleViolation) => Ok(None),
        Err(error) => Err(error),
    }
}

fn plan_anew<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let (user, now) = (UserId::new(cause.room.id()), cause.event.occurred_at);
        let preferences = preferences_of(engine.reader(), user).await?;
        let window = Window { from: now, to: now.plus_seconds(LEAD_S_MAX) };
        let mut wishes = Change::new();
        for entry in calendar::entries(engine.reader(), user, window).await? {
            let mut plan = Plan::default();
            plan.remind(entry.start_at, &preferences);
            plan.wish(&mut wishes, entry.meeting_id, entry.start_at, now);
        }
        for (number, timers) in wishes.timers.chunks(TIMERS_AT_ONCE).enumerate() {
            let mut change = Change::new();
            change.unaudited();
            change.timers = timers.to_vec();
            engine.effect(&cause.step(&format!("part {number}")), &cause.room, change).await?;
        }
        Ok(())
    })
}

/// Reminds those who attend a meeting and chose to be reminded so many minutes ahead. The server does it by itself when
/// it is time, and once.
#[operation]
pub(crate) struct RemindAttendees {
    /// The meeting.
    meeting_id: MeetingId,
    /// When it begins: put to another time, it has other reminders.
    start_at: Timestamp,
    /// How many minutes ahead.
    #[garde(range(max = 10_080))]
    minutes: u32,
}

impl Endpoint for RemindAttendees {
    const ROUTE: Route = Route::post("/{meeting_id}/remind/")
        .tells(&[events::MEETING_REMINDED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        check_time(reminded_at(self.start_at, self.minutes), cx.now())?;
        let mark = format!("mtg:{}:{}", self.start_at.ms(), self.minutes);
        if is_over(&meeting, self.start_at, cx.now()) || cx.counter(cx.room()?, &mark).await? > 0 {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut reminded = Vec::new();
        for attendee in cx.rows::<Attendee>(cx.room()?, ATTENDEES_MAX).await? {
            let preferences = preferences_of(cx, attendee.user_id).await?;
            if attendee.rsvp != Rsvp::Declined && preferences.meeting_reminder_minutes.contains(&self.minutes)
            {
                reminded.push(attendee.user_id);
            }
        }
        let mut change = Change::new();
        change.unaudited();
        change.add(&mark, 1);
        let slot = change.about(&meeting);
        events::reminded(&mut change, slot, &meeting, self.minutes).notify(reminded);
        Ok(Outcome::Commit(change))
    }
}

/// Asks those who live in a zone and have not said whether they come to a meeting. The server does it by itself on the
/// last morning that lies a day before the meeting, and once.
#[operation]
pub(crate) struct RequestAnswers {
    /// The meeting.
    meeting_id: MeetingId,
    /// When it begins.
    start_at: Timestamp,
    /// The zone.
    timezone: Zone,
}

impl Endpoint for RequestAnswers {
    const ROUTE: Route = Route::post("/{meeting_id}/request-answers/")
        .tells(&[events::MEETING_UNANSWERED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let at = asked_at(self.timezone.text(), self.start_at)?;
        check_time(at, cx.now())?;
        let is_late = cx.now() > at.plus_seconds(ASKED_LATE_S);
        let mut asked = Vec::new();
        if !is_late && !is_over(&meeting, self.start_at, cx.now()) {
            for attendee in cx.rows::<Attendee>(cx.room()?, ATTENDEES_MAX).await? {
                let is_asked = attendee.rsvp == Rsvp::NeedsAction
                    && zone_of(cx, &attendee).await?.as_deref() == Some(self.timezone.text())
                    && cx.counter(cx.room()?, &asked_mark(attendee.user_id)).await? == 0;
                if is_asked {
                    asked.push(attendee.user_id);
                }
            }
        }
        if asked.is_empty() {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.unaudited();
        for user in &asked {
            change.add(&asked_mark(*user), 1);
        }
        let slot = change.about(&meeting);
        events::unanswered(&mut change, slot, &meeting).notify(asked);
        Ok(Outcome::Commit(change))
    }
}

/// Counts how often somebody was asked: once, even where the meeting is put to another time.
fn asked_mark(user: UserId) -> String {
    format!("rsvp:{user}")
}

/// Whether there is nothing to remind of any more: it is at another time, is not held, or has begun.
fn is_over(meeting: &Meeting, start_at: Timestamp, now: Timestamp) -> bool {
    meeting.start_at != start_at || meeting.status != MeetingStatus::Scheduled || now >= start_at
}

/// Nobody is reminded before it is time.
///
/// # Errors
/// `rule-violation`.
pub(crate) fn check_time(at: Timestamp, now: Timestamp) -> Result<()> {
    if now >= at { Ok(()) } else { Err(Error::too_early(at, format!("people are reminded of it at {at}"))) }
}

/// A stretch of minutes as people say it, in French and in English.
pub(crate) fn in_words(minutes: u32) -> (String, String) {
    let (count, fr, en) = match minutes {
        0 => return ("maintenant".into(), "now".into()),
        _ if minutes.is_multiple_of(1_440) => (minutes / 1_440, "jour", "day"),
        _ if minutes.is_multiple_of(60) => (minutes / 60, "heure", "hour"),
        _ => (minutes, "minute", "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    (format!("dans {count} {fr}{plural}"), format!("in {count} {en}{plural}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn people_are_asked_on_a_morning_between_one_and_two_days_ahead() {
        for (zone, start, asked) in [
            ("Africa/Dakar", "2026-03-10T09:00:00Z", "2026-03-09T09:00:00Z"),
            ("Africa/Dakar", "2026-03-10T08:59:00Z", "2026-03-08T09:00:00Z"),
            ("Europe/Paris", "2026-03-30T06:00:00Z", "2026-03-28T08:00:00Z"),
            ("Europe/Paris", "2026-03-30T12:00:00Z", "2026-03-29T07:00:00Z"),
        ] {
            assert_eq!(asked_at(zone, at(start)).unwrap(), at(asked), "{start}");
        }
    }

    #[test]
    fn leads_are_said_in_the_largest_unit_that_fits() {
        let en = |minutes| in_words(minutes).1;

        assert_eq!(
            [en(0), en(1), en(15), en(60), en(90)],
            ["now", "in 1 minute", "in 15 minutes", "in 1 hour", "in 90 minutes"]
        );
        assert_eq!(in_words(2_880), ("dans 2 jours".into(), "in 2 days".into()));
    }

    #[test]
    fn a_lead_that_several_chose_is_one_timer_and_what_has_passed_is_none() {
        let start = at("2026-03-10T09:00:00Z");
        let chose = |minutes: &[u32]| Preferences {
            meeting_reminder_minutes: minutes.to_vec(),
            ..Preferences::of(UserId::NIL)
        };
        let (mut plan, mut change) = (Plan::default(), Change::new());

        plan.remind(start, &chose(&[15, 60]));
        plan.remind(start, &chose(&[15, 1_440]));
        plan.wish(&mut change, MeetingId::NIL, start, start.plus_seconds(-3_600));

        let at: Vec<Timestamp> = change.timers.iter().map(|due| due.at).collect();
        assert_eq!(at, [start.plus_seconds(-900)]);
    }
}
