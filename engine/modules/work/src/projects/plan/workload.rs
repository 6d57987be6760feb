//! Who has how much to do, week by week: what is left of the open tasks, spread evenly over the days they have.

use crate::projects::{
    rooms::of_project,
    rules,
    tables::{ProjectId, ProjectMember, Task},
    words::TaskStatus,
};
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    id::UserId,
    key::KeyWriter,
    operation,
    time::{Date, Timestamp},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Tasks and members that are looked at.
const ROWS_MAX: usize = 2_000;
/// Weeks that are shown.
const WEEKS_MAX: i32 = 26;
/// What somebody works in a week unless said otherwise, in minutes.
const WEEK_MINUTES: u64 = 2_400;

/// One person's week.
#[answer]
#[derive(Eq)]
pub(crate) struct Week {
    /// Its Monday.
    week_start_date: Date,
    /// Minutes of work that fall into it.
    planned_minutes: u64,
    /// Minutes the person works in a week.
    capacity_minutes: u64,
    /// Planned of capacity, in whole percent.
    load_percent: u64,
    /// More than they can do.
    overloaded: bool,
}

/// One person's weeks.
#[answer]
pub(crate) struct Load {
    /// Who.
    user_id: UserId,
    /// The weeks in which there is something to do.
    weeks: Vec<Week>,
    /// Open tasks without an end or an estimate, which fall into no week.
    unplanned_tasks: u64,
}

/// Who has how much to do.
#[answer]
pub(crate) struct Workload {
    /// Everybody on the team.
    data: Vec<Load>,
}

/// Shows how much each member has to do, week by week, half a year ahead.
#[operation]
pub(crate) struct GetWorkload {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for GetWorkload {
    const ROUTE: Route = Route::get("/{project_id}/workload/");
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Read), Needs::Member(rules::LEADERS)]);
    type Output = Whole<Workload>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = || KeyWriter::new().with(&self.project_id);
        let team: Vec<UserId> = cx.column::<ProjectMember, _>("team", within(), "user_id", ROWS_MAX).await?;
        let rows = cx.index::<Task>("board", within(), ROWS_MAX, |range| range).await?;
        let tasks: Vec<Assigned> = rows.into_iter().filter_map(assigned).collect();
        let zone = people::calendar::zone(cx, cx.standing.org).await?;
        let days = Days { today: Date::at(cx.now(), &zone), zone };
        let data = team.into_iter().map(|user| load(user, &tasks, &days)).collect();
        Outcome::ok(&Workload { data })
    }
}

/// What somebody has to do.
#[derive(Deserialize, Clone, Debug)]
struct Assigned {
    assignee_id: UserId,
    status: TaskStatus,
    start_date: Option<Date>,
    due_at: Option<Timestamp>,
    estimated_minutes: Option<u32>,
}

fn assigned(row: Value) -> Option<Assigned> {
    serde_json::from_value::<Assigned>(row).ok().filter(|task| task.status.is_open())
}

/// The days that are looked at.
struct Days {
    today: Date,
    /// Where the organization's days begin and end.
    zone: String,
}

impl Days {
    /// The first one that is not looked at any more.
    fn horizon(&self) -> Date {
        monday(self.today).plus_days(WEEKS_MAX * 7)
    }
}

fn load(user_id: UserId, tasks: &[Assigned], days: &Days) -> Load {
    let mut by_week: BTreeMap<Date, u64> = BTreeMap::new();
    let mut unplanned_tasks = 0;
    for task in tasks.iter().filter(|task| task.assignee_id == user_id) {
        match (task.due_at, task.estimated_minutes) {
            (Some(due), Some(minutes)) => {
                let first = task.start_date.map_or(days.today, |start| start.max(days.today));
                let last = Date::at(due, &days.zone).max(first);
                spread(&mut by_week, minutes.into(), (first, last), days.horizon());
            }
            _ => unplanned_tasks += 1,
        }
    }
    let weeks = by_week.into_iter().map(|(week, minutes)| Week {
        week_start_date: week,
        planned_minutes: minutes,
        capacity_minutes: WEEK_MINUTES,
        load_percent: minutes * 100 / WEEK_MINUTES,
        overloaded: minutes > WEEK_MINUTES,
    });
    Load { user_id, weeks: weeks.collect(), unplanned_tasks }
}

/// Spreads minutes evenly over the days from the first to the last, as far as they lie before the horizon; what does not
/// divide falls on the first days.
fn spread(by_week: &mut BTreeMap<Date, u64>, minutes: u64, (first, last): (Date, Date), horizon: Date) {
    let days = u64::try_from(last.days().saturating_sub(first.days())).unwrap_or(0) + 1;
    let (each, mut rest) = (minutes / days, minutes % days);
    let mut day = first;
    while day <= last && day < horizon {
        let extra = u64::from(rest > 0);
        rest = rest.saturating_sub(1);
        if each + extra == 0 {
            return;
        }
        *by_week.entry(monday(day)).or_default() += each + extra;
        day = day.plus_days(1);
    }
}

/// The Monday of a day's week.
fn monday(day: Date) -> Date {
    // 1970-01-01 was a Thursday.
    day.plus_days(-(day.days() + 3).rem_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_begins_on_monday() {
        assert_eq!(monday(date("2026-11-29")), date("2026-11-23"));
        assert_eq!(monday(date("2026-11-23")), date("2026-11-23"));
        assert_eq!(monday(date("1969-12-31")), date("1969-12-29"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_by_spreading(minutes in 0u64..60_000, from in 20_000i32..21_000, days in 0i32..400) {
            let mut by_week = BTreeMap::new();
            let first = Date::from_days(from).unwrap();

            spread(&mut by_week, minutes, (first, first.plus_days(days)), first.plus_days(500));

            prop_assert_eq!(by_week.values().sum::<u64>(), minutes);
            let mut near = BTreeMap::new();
            spread(&mut near, minutes, (first, first.plus_days(days)), monday(first).plus_days(14));
            let weeks: Vec<_> = by_week.into_iter().take_while(|(week, _)| *week < monday(first).plus_days(14)).collect();
            prop_assert_eq!(near.into_iter().collect::<Vec<_>>(), weeks, "what lies behind is not looked at");
        }
    }
}
