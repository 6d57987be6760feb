//! When somebody is told of a task that is due, and when their tasks are looked at again. Pure functions.

use crate::projects::{tables::reminders::TaskReminder, words::Urgency};
use crate::zones;
use engine::Result;
use jiff::tz::TimeZone;
use schema::time::{Date, Timestamp};

/// When the day's reminders come, where somebody lives.
const MORNING: (i8, i8) = (8, 0);
/// So late a task is told to those who lead its project, in seconds.
const LEADS_AFTER_S: i64 = 3 * 86_400;

/// Where and how somebody wishes to be told.
pub(crate) struct Whose {
    pub(crate) zone: TimeZone,
    /// How many days before something is due.
    pub(super) lead_days: u32,
}

/// Something to tell of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct News {
    pub(crate) urgency: Urgency,
    /// Those who lead the project hear of it, too.
    pub(crate) leads: bool,
}

impl Whose {
    fn morning(&self, day: Date) -> Result<Timestamp> {
        zones::at_time(&self.zone, day, MORNING)
    }

    /// The first morning after an instant.
    fn next_morning(&self, now: Timestamp) -> Result<Timestamp> {
        let today = zones::day_at(&self.zone, now)?;
        let morning = self.morning(today)?;
        if morning > now { Ok(morning) } else { self.morning(today.plus_days(1)) }
    }

    /// The first morning on which a task may be told of before it is due.
    fn first_morning(&self, due_at: Timestamp) -> Result<Timestamp> {
        let lead = i32::try_from(self.lead_days).unwrap_or_default();
        self.morning(zones::day_at(&self.zone, due_at)?.plus_days(-lead))
    }

    /// When somebody who has a task that is due is looked at next.
    ///
    /// # Errors
    /// When it lies outside the calendar.
    pub(super) fn looked_at(&self, due_at: Timestamp, now: Timestamp) -> Result<Timestamp> {
        let morning = self.next_morning(now)?.max(self.first_morning(due_at)?);
        if due_at > now && due_at < morning { Ok(due_at) } else { Ok(morning) }
    }

    /// What there is to tell now of a task that is due, after what was told last. That it is late is told at once, all
    /// else in the morning: once when it comes near, once on its day, and each day that it is late.
    ///
    /// # Errors
    /// When it lies outside the calendar.
    pub(super) fn news(
        &self,
        due_at: Timestamp,
        told: Option<&TaskReminder>,
        now: Timestamp,
    ) -> Result<Option<News>> {
        let told = told.filter(|told| told.due_at == due_at);
        let today = zones::day_at(&self.zone, now)?;
        let is_morning = now >= self.morning(today)?;
        let told_today = told.is_some_and(|told| told.told_on == today);
        let last = told.map(|told| told.urgency);
        if due_at <= now {
            let is_first = last != Some(Urgency::Late);
            let leads =
                due_at.plus_seconds(LEADS_AFTER_S) <= now && !told.is_some_and(|told| told.leads_told);
            let tells = is_first || (is_morning && !told_today);
            return Ok(tells.then_some(News { urgency: Urgency::Late, leads }));
        }
        if !is_morning {
            return Ok(None);
        }
        let due_today = zones::day_at(&self.zone, due_at)? == today;
        let urgency = if due_today { Urgency::Today } else { Urgency::Near };
        let is_near = due_today || now >= self.first_morning(due_at)?;
        let tells = is_near && !told_today && last.is_none_or(|last| last < urgency);
        Ok(tells.then_some(News { urgency, leads: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whose(lead_days: u32) -> Whose {
        Whose { zone: zones::named("Europe/Paris").unwrap(), lead_days }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The instants at which somebody is told, when they are looked at whenever they wish to be.
    fn told(whose: &Whose, due_at: Timestamp, from: Timestamp, looks: usize) -> Vec<(Timestamp, News)> {
        let (mut now, mut row, mut all) = (from, None, Vec::new());
        for _ in 0..looks {
            now = whose.looked_at(due_at, now).unwrap();
            if let Some(news) = whose.news(due_at, row.as_ref(), now).unwrap() {
                all.push((now, news));
                let leads_told = news.leads || row.as_ref().is_some_and(|row: &TaskReminder| row.leads_told);
                let told_on = zones::day_at(&whose.zone, now).unwrap();
                row = Some(TaskReminder {
                    due_at,
                    urgency: news.urgency,
                    told_on,
                    leads_told,
                    ..TaskReminder::default()
                });
            }
        }
        all
    }

    #[test]
    fn a_task_is_told_of_when_it_comes_near_on_its_day_and_each_day_that_it_is_late() {
        let news = |urgency, leads| News { urgency, leads };

        let all = told(&whose(3), at("2026-03-30T16:00:00Z"), at("2026-03-01T12:00:00Z"), 7);

        assert_eq!(
            all,
            [
                (at("2026-03-27T07:00:00Z"), news(Urgency::Near, false)),
                (at("2026-03-30T06:00:00Z"), news(Urgency::Today, false)),
                (at("2026-03-30T16:00:00Z"), news(Urgency::Late, false)),
                (at("2026-03-31T06:00:00Z"), news(Urgency::Late, false)),
                (at("2026-04-01T06:00:00Z"), news(Urgency::Late, false)),
            ]
        );
    }

    #[test]
    fn those_who_lead_hear_once_of_what_is_three_days_late() {
        let all = told(&whose(0), at("2026-06-01T16:00:00Z"), at("2026-06-01T12:00:00Z"), 7);

        let leads: Vec<Timestamp> = all.iter().filter(|(_, news)| news.leads).map(|(at, _)| *at).collect();
        assert_eq!((all.len(), leads), (7, vec![at("2026-06-05T06:00:00Z")]));
    }

    proptest! {
        #[test]
        fn whoever_is_looked_at_goes_forward_and_is_told_once_a_day_and_when_it_is_late(
            lead in 0u32..31,
            due in 1_700_000_000_000i64..1_800_000_000_000,
            before in 1i64..40 * 86_400_000,
        ) {
            let (whose, due_at) = (whose(lead), Timestamp::from_ms(due));

            let all = told(&whose, due_at, Timestamp::from_ms(due - before), 60);

            prop_assert!(all.windows(2).all(|two| two[0].0 < two[1].0));
            let late = |news: &News| news.urgency == Urgency::Late;
            prop_assert!(all.iter().all(|(at, news)| late(news) == (*at >= due_at)));
            prop_assert!(all.iter().filter(|(_, news)| !late(news)).count() <= 2);
            let first_late = all.iter().find(|(_, news)| late(news)).map(|(at, _)| *at);
            prop_assert_eq!(first_late, Some(due_at));
            prop_assert!(all.iter().filter(|(_, news)| news.leads).count() <= 1);
        }
    }
}
