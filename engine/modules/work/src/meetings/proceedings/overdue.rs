//! Actions whose day has come: whoever took one on is reminded that morning and each third day after it, five times at
//! most. Each reminder wishes for the next.

use super::actions::action_of;
use crate::meetings::{
    attending::reminders::check_time,
    events,
    rooms::of_meeting,
    rules,
    tables::{ActionId, ActionItem, Meeting, MeetingId},
    words::ActionStatus,
};
use crate::zones;
use engine::{Context, Empty, Endpoint, Error, Needs, Outcome, Reader, Result, Route, Scope};
use jiff::tz::TimeZone;
use schema::{caller::Caller, change::Change, code::Code, operation, reply::Reply, time::Date};
use serde_json::json;

/// When people are reminded, where they live.
const REMINDED_AT: (i8, i8) = (8, 30);
/// Days between two reminders.
const EVERY_DAYS: i32 = 3;
/// How often somebody is reminded of one day.
const TIMES_MAX: i32 = 5;

/// The days on which whoever does something by a day is reminded of it.
fn days(due: Date) -> impl Iterator<Item = Date> {
    (0..TIMES_MAX).map(move |time| due.plus_days(time * EVERY_DAYS))
}

/// Whether anybody is reminded of an action. Of what is a task of a project, the project does it.
const fn is_waited_for(action: &ActionItem) -> bool {
    matches!(action.status, ActionStatus::Open | ActionStatus::InProgress) && action.project_id.is_none()
}

/// Wishes for the next reminder of an action that is still ahead, if there is one.
///
/// # Errors
/// When the store fails.
pub(crate) async fn watch(cx: &Context, change: &mut Change, action: &ActionItem) -> Result<()> {
    let Some(due) = action.due_date.filter(|_| is_waited_for(action)) else { return Ok(()) };
    let Some(zone) = zone_of(cx, action).await? else { return Ok(()) };
    for day in days(due) {
        let at = zones::at_time(&zone, day, REMINDED_AT)?;
        if at > cx.now() {
            let (meeting_id, action_id) = (action.meeting_id, action.id);
            let input =
                json!({"meeting_id": meeting_id, "action_id": action_id, "due_date": due, "day": day});
            change.later(at, "RemindOfAction", input);
            return Ok(());
        }
    }
    Ok(())
}

/// Where whoever does an action lives; nothing of who is gone.
async fn zone_of(reader: &Reader, action: &ActionItem) -> Result<Option<TimeZone>> {
    match zones::of_person(reader, action.org_id, action.assignee_id).await {
        Ok(zone) => Ok(Some(zone)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reminds whoever took an action on that its day has come, and tells the organizer. The server does it by itself that
/// morning and each third day after it, once a day.
#[operation]
pub(crate) struct RemindOfAction {
    /// The meeting.
    meeting_id: MeetingId,
    /// The action.
    action_id: ActionId,
    /// By which day it is to be done: for another day there are other reminders.
    due_date: Date,
    /// The day of this reminder: that day, or one of the third days after it.
    day: Date,
}

impl Endpoint for RemindOfAction {
    const ROUTE: Route = Route::post("/{meeting_id}/actions/{action_id}/remind/")
        .tells(&[events::ACTION_OVERDUE])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let nothing = || Ok(Outcome::Answer(Reply::empty()));
        if !days(self.due_date).any(|day| day == self.day) {
            return Err(Error::field(
                "/day",
                "invalid",
                "the day itself, or the third, sixth, ninth or twelfth after it",
            ));
        }
        let action = action_of(cx, self.meeting_id, self.action_id).await?;
        let Some(zone) = zone_of(cx, &action).await? else { return nothing() };
        check_time(zones::at_time(&zone, self.day, REMINDED_AT)?, cx.now())?;
        if !is_waited_for(&action) || action.due_date != Some(self.due_date) {
            return nothing();
        }
        let mark = format!("act:{}:{}", action.id, self.day);
        let is_today = zones::day_at(&zone, cx.now())? == self.day;
        let mut change = Change::new();
        change.unaudited();
        watch(cx, &mut change, &action).await?;
        if is_today && cx.counter(cx.room()?, &mark).await? == 0 {
            let meeting: Meeting = cx.here(self.meeting_id).await?;
            change.add(&mark, 1);
            let (slot, due) = (change.about(&action), self.due_date);
            let told = events::action(&mut change, events::ACTION_OVERDUE, slot);
            told.with(move |_| json!({"due_date": due})).notify([action.assignee_id, meeting.organizer_id]);
        }
        if change.timers.is_empty() && change.events.is_empty() {
            nothing()
        } else {
            Ok(Outcome::Commit(change))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::id::Id;

    #[test]
    fn somebody_is_reminded_of_a_day_five_times() {
        let day = |text: &str| text.parse::<Date>().unwrap();

        let all: Vec<Date> = days(day("2026-02-27")).collect();

        assert_eq!(all, ["2026-02-27", "2026-03-02", "2026-03-05", "2026-03-08", "2026-03-11"].map(day));
    }

    #[test]
    fn nobody_is_reminded_of_what_is_over_or_a_task() {
        let action = ActionItem::default();

        assert!(is_waited_for(&action));
        assert!(!is_waited_for(&ActionItem { status: ActionStatus::Completed, ..action.clone() }));
        assert!(!is_waited_for(&ActionItem { status: ActionStatus::OnHold, ..action.clone() }));
        assert!(!is_waited_for(&ActionItem { project_id: Some(Id::NIL), ..action }));
    }
}
