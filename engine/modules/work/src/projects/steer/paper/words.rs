//! What a printed report says by itself, in two languages, and how each of them writes numbers and days.

use crate::projects::words::{Grade, Health, TaskStatus};
use jiff::civil::{Date, DateTime};

/// A space that no line is broken at.
const NARROW: char = '\u{a0}';

/// A word for one of a thing, and for any other number of it.
pub(super) struct Counted(&'static str, &'static str);

/// What stands on the page, in one language.
pub(super) struct Words {
    pub(super) language: &'static str,
    is_french: bool,
    months: [&'static str; 12],
    pub(super) kind: &'static str,
    pub(super) number: &'static str,
    pub(super) project: &'static str,
    /// The middle of a file's name.
    pub(super) file: &'static str,
    pub(super) health: &'static str,
    pub(super) before: &'static str,
    pub(super) of: &'static str,
    pub(super) progress: &'static str,
    pub(super) no_task: &'static str,
    pub(super) tasks: &'static str,
    pub(super) tasks_of: Counted,
    pub(super) milestones: Counted,
    pub(super) no_milestone: &'static str,
    pub(super) to_go: &'static str,
    pub(super) all_reached: &'static str,
    pub(super) late: Counted,
    pub(super) open: Counted,
    pub(super) none_open: &'static str,
    pub(super) members: Counted,
    pub(super) on_the_team: &'static str,
    pub(super) risks: &'static str,
    pub(super) summary: &'static str,
    pub(super) somebody: &'static str,
    pub(super) lacking: &'static str,
    pub(super) page: fn(usize, usize) -> String,
}

pub(super) const FRENCH: Words = Words {
    language: "fr",
    is_french: true,
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    kind: "Rapport d’avancement",
    number: "n°\u{a0}",
    project: "projet",
    file: "rapport",
    health: "Santé du projet",
    before: "au rapport",
    of: "sur",
    progress: "d’avancement",
    no_task: "aucune tâche",
    tasks: "Tâches",
    tasks_of: Counted("tâche", "tâches"),
    milestones: Counted("jalon atteint", "jalons atteints"),
    no_milestone: "jalon fixé",
    to_go: "à atteindre",
    all_reached: "tous sont atteints",
    late: Counted("tâche en retard", "tâches en retard"),
    open: Counted("ouverte", "ouvertes"),
    none_open: "aucune ouverte",
    members: Counted("membre", "membres"),
    on_the_team: "dans l’équipe",
    risks: "Risques ouverts",
    summary: "Résumé",
    somebody: "un ancien membre",
    lacking: "◊ tient la place d’un mot ou d’un signe que la police n’a pas.",
    page: |page, pages| format!("Page {page} sur {pages}"),
};

pub(super) const ENGLISH: Words = Words {
    language: "en",
    is_french: false,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    kind: "Status report",
    number: "no.\u{a0}",
    project: "project",
    file: "report",
    health: "Project health",
    before: "in report",
    of: "of",
    progress: "progress",
    no_task: "no tasks",
    tasks: "Tasks",
    tasks_of: Counted("task", "tasks"),
    milestones: Counted("milestone reached", "milestones reached"),
    no_milestone: "milestones set",
    to_go: "to go",
    all_reached: "all of them",
    late: Counted("overdue task", "overdue tasks"),
    open: Counted("open", "open"),
    none_open: "none open",
    members: Counted("member", "members"),
    on_the_team: "on the team",
    risks: "Open risks",
    summary: "Summary",
    somebody: "a former member",
    lacking: "◊ stands for a word or sign that the font lacks.",
    page: |page, pages| format!("Page {page} of {pages}"),
};

impl Words {
    pub(super) const fn of(french: bool) -> &'static Self {
        if french { &FRENCH } else { &ENGLISH }
    }

    /// The word for so many: in French nothing is one, too.
    pub(super) const fn count(&self, count: u64, words: &Counted) -> &'static str {
        let is_one = count == 1 || (count == 0 && self.is_french);
        if is_one { words.0 } else { words.1 }
    }

    pub(super) const fn health_of(&self, health: Health) -> &'static str {
        match (health, self.is_french) {
            (Health::Green, true) => "En bonne voie",
            (Health::Amber, true) => "À surveiller",
            (Health::Red, true) => "En difficulté",
            (Health::Green, false) => "On track",
            (Health::Amber, false) => "At risk",
            (Health::Red, false) => "Off track",
        }
    }

    pub(super) const fn column(&self, status: TaskStatus) -> &'static str {
        match (status, self.is_french) {
            (TaskStatus::Todo, true) => "À faire",
            (TaskStatus::InProgress, true) => "En cours",
            (TaskStatus::InReview, true) => "En revue",
            (TaskStatus::Blocked, true) => "Bloquées",
            (TaskStatus::Done, true) => "Terminées",
            (TaskStatus::Cancelled, true) => "Annulées",
            (TaskStatus::Todo, false) => "To do",
            (TaskStatus::InProgress, false) => "In progress",
            (TaskStatus::InReview, false) => "In review",
            (TaskStatus::Blocked, false) => "Blocked",
            (TaskStatus::Done, false) => "Done",
            (TaskStatus::Cancelled, false) => "Cancelled",
        }
    }

    pub(super) const fn level(&self, grade: Grade) -> &'static str {
        match (grade, self.is_french) {
            (Grade::High, true) => "Élevés",
            (Grade::Medium, true) => "Moyens",
            (Grade::Low, true) => "Faibles",
            (Grade::High, false) => "High",
            (Grade::Medium, false) => "Medium",
            (Grade::Low, false) => "Low",
        }
    }

    /// A number with its thousands apart.
    pub(super) fn figure(&self, number: u64) -> String {
        let digits = number.to_string();
        let between = if self.is_french { NARROW } else { ',' };
        let mut said = String::with_capacity(digits.len() * 2);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                said.push(between);
            }
            said.push(digit);
        }
        said
    }

    pub(super) fn percent(&self, number: u8) -> String {
        if self.is_french { format!("{number}{NARROW}%") } else { format!("{number}%") }
    }

    /// A day with its month and year.
    pub(super) fn day(&self, day: Date) -> String {
        format!("{} {} {}", self.of_month(day), self.month(day), day.year())
    }

    /// From one day to another, with no word twice.
    pub(super) fn period(&self, start: Date, end: Date) -> String {
        if start == end {
            return if self.is_french { format!("Le {}", self.day(end)) } else { self.day(end) };
        }
        let first = match (start.year() == end.year(), start.month() == end.month()) {
            (true, true) => self.of_month(start),
            (true, false) => format!("{} {}", self.of_month(start), self.month(start)),
            _ => self.day(start),
        };
        let end = self.day(end);
        if self.is_french { format!("Du {first} au {end}") } else { format!("{first} to {end}") }
    }

    /// Who published when.
    pub(super) fn published(&self, name: &str, at: DateTime) -> String {
        let (day, time) = (self.day(at.date()), at.strftime("%H:%M"));
        if self.is_french {
            format!("Publié par {name} le {day} à {time}. Chiffres figés à cette heure.")
        } else {
            format!("Published by {name} on {day} at {time}. Figures frozen at that time.")
        }
    }

    fn of_month(&self, day: Date) -> String {
        if self.is_french && day.day() == 1 { "1er".to_owned() } else { day.day().to_string() }
    }

    fn month(&self, day: Date) -> &'static str {
        let at = usize::try_from(day.month()).unwrap_or_default().saturating_sub(1);
        self.months.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_says_no_month_and_no_year_twice() {
        let said = |start, end| (FRENCH.period(start, end), ENGLISH.period(start, end));
        let end = date(2026, 11, 22);

        let within = said(date(2026, 11, 9), end);
        assert_eq!(within, ("Du 9 au 22 novembre 2026".into(), "9 to 22 November 2026".into()));
        let months = said(date(2026, 9, 1), end);
        assert_eq!(
            months,
            ("Du 1er septembre au 22 novembre 2026".into(), "1 September to 22 November 2026".into())
        );
        let years = said(date(2025, 11, 9), end);
        assert_eq!(years.0, "Du 9 novembre 2025 au 22 novembre 2026");
        assert_eq!(said(end, end), ("Le 22 novembre 2026".into(), "22 November 2026".into()));
    }

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        assert_eq!(
            (FRENCH.figure(1_234_567), ENGLISH.figure(1_234)),
            ("1\u{a0}234\u{a0}567".into(), "1,234".into())
        );
        assert_eq!((FRENCH.percent(80), ENGLISH.percent(80)), ("80\u{a0}%".into(), "80%".into()));
        assert_eq!(
            (FRENCH.count(0, &FRENCH.late), ENGLISH.count(0, &ENGLISH.late)),
            ("tâche en retard", "overdue tasks")
        );
    }
}
