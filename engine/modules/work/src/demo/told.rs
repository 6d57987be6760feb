//! What the scripts tell of a project: its plan with tasks and all that stands beside them, its risks and reports.
//! Reading only; `project` makes rows of it.

use crate::projects::words::{
    Grade, Health, MemberRole, Priority, ProjectStatus, RiskStatus, TaskStatus, Visibility,
};
use engine::Result;
use people::demo::script::{self, Line, word};

/// A project, as it is told.
#[derive(Clone)]
pub(super) struct Project {
    pub(super) key: &'static str,
    pub(super) status: ProjectStatus,
    pub(super) priority: Priority,
    pub(super) visibility: Visibility,
    pub(super) color: &'static str,
    /// First and last day, from today.
    pub(super) days: (i32, i32),
    pub(super) title: &'static str,
    pub(super) description: String,
    pub(super) tags: Vec<&'static str>,
    pub(super) budget: Option<i64>,
    /// Its owner first.
    pub(super) team: Vec<(&'static str, MemberRole)>,
    pub(super) labels: Vec<(&'static str, &'static str)>,
    pub(super) milestones: Vec<Milestone>,
    pub(super) tasks: Vec<Task>,
    pub(super) risks: Vec<Risk>,
    pub(super) reports: Vec<Report>,
}

#[derive(Clone)]
pub(super) struct Milestone {
    pub(super) title: &'static str,
    pub(super) due: i32,
    pub(super) reached: Option<i32>,
}

#[derive(Clone)]
pub(super) struct Task {
    pub(super) title: &'static str,
    pub(super) status: TaskStatus,
    pub(super) priority: Priority,
    pub(super) assignee: Option<&'static str>,
    /// Days from today.
    pub(super) due: Option<i32>,
    pub(super) hours: Option<u32>,
    /// The place of the task it is a part of.
    pub(super) parent: Option<usize>,
    /// The place of the milestone it leads to.
    pub(super) milestone: Option<usize>,
    /// What the others call it.
    pub(super) name: Option<&'static str>,
    pub(super) waits_for: Vec<&'static str>,
    pub(super) relates_to: Vec<&'static str>,
    pub(super) labels: Vec<&'static str>,
    pub(super) description: String,
    pub(super) blocked: Option<&'static str>,
    pub(super) checklist: Vec<(bool, &'static str)>,
    pub(super) talk: Vec<Remark>,
}

/// Something said about a task.
#[derive(Clone)]
pub(super) struct Remark {
    pub(super) by: &'static str,
    pub(super) words: &'static str,
    /// Whether it answers what was said before it.
    pub(super) answers: bool,
}

#[derive(Clone)]
pub(super) struct Risk {
    pub(super) likelihood: Grade,
    pub(super) impact: Grade,
    pub(super) status: RiskStatus,
    pub(super) owner: &'static str,
    pub(super) due: i32,
    pub(super) title: &'static str,
    pub(super) mitigation: &'static str,
}

#[derive(Clone)]
pub(super) struct Report {
    pub(super) period: (i32, i32),
    pub(super) health: Health,
    pub(super) by: &'static str,
    pub(super) summary: &'static str,
}

impl Project {
    /// Reads a script.
    ///
    /// # Errors
    /// When a line can't be read.
    pub(super) fn read(text: &'static str) -> Result<Self> {
        let mut lines = script::lines(text);
        let head = lines.next().filter(|line| line.word == "project");
        let mut project =
            Self::begin(&head.ok_or_else(|| script::broken("a script begins with its project"))?)?;
        for line in lines {
            project.line(&line)?;
        }
        Ok(project)
    }

    fn begin(line: &Line<'static>) -> Result<Self> {
        Ok(Self {
            key: line.text(0)?,
            status: line.one_of(1)?,
            priority: line.one_of(2)?,
            visibility: line.one_of(3)?,
            color: line.text(4)?,
            days: (line.read(5)?, line.read(6)?),
            title: line.text(7)?,
            description: String::new(),
            tags: Vec::new(),
            budget: None,
            team: Vec::new(),
            labels: Vec::new(),
            milestones: Vec::new(),
            tasks: Vec::new(),
            risks: Vec::new(),
            reports: Vec::new(),
        })
    }

    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        if let Some(role) = MemberRole::of(Some(line.word)) {
            self.team.extend(list(line.rest).into_iter().map(|person| (person, role)));
            return Ok(());
        }
        if let Some(status) = word(line.word) {
            let milestone = self.milestones.len().checked_sub(1);
            self.tasks.push(Task { milestone, ..task(status, line)? });
            return Ok(());
        }
        match line.word {
            "about" => add_line(&mut self.description, line.rest),
            "tags" => self.tags = list(line.rest),
            "budget" => self.budget = Some(line.read(0)?),
            "label" => self.labels.push((line.text(0)?, line.text(1)?)),
            "milestone" => self.milestones.push(Milestone {
                title: line.text(0)?,
                due: line.read(1)?,
                reached: line.maybe(2)?,
            }),
            "risk" => self.risks.push(risk(line)?),
            "report" => self.reports.push(report(line)?),
            "sub" => self.part(line)?,
            _ => self.tasks.last_mut().ok_or_else(|| line.unreadable("no such word"))?.line(line)?,
        }
        Ok(())
    }

    /// A part of the last task that is none itself.
    fn part(&mut self, line: &Line<'static>) -> Result<()> {
        let (status, rest) = line.rest.split_once(' ').unwrap_or_default();
        let line = Line { word: status, rest, ..line.clone() };
        let status = word(status).ok_or_else(|| line.unreadable("no such column"))?;
        let parent = self.tasks.iter().rposition(|task| task.parent.is_none());
        let whole = parent.and_then(|parent| self.tasks.get(parent));
        let milestone = whole.ok_or_else(|| line.unreadable("it is a part of nothing"))?.milestone;
        self.tasks.push(Task { parent, milestone, ..task(status, &line)? });
        Ok(())
    }
}

/// `priority assignee due hours | title | marks`, where a mark is `=name`, `<task it waits for`, `~task it has to do
/// with` or `#label`.
fn task(status: TaskStatus, line: &Line<'static>) -> Result<Task> {
    let mut facts = line.text(0)?.split_whitespace().map(|fact| Some(fact).filter(|fact| *fact != "-"));
    let mut fact = || facts.next().flatten();
    let number = |text: Option<&str>| {
        let number = text.map(str::parse::<i32>).transpose();
        number.map_err(|_| line.unreadable("days and hours are numbers"))
    };
    let priority = fact().and_then(word).ok_or_else(|| line.unreadable("no such priority"))?;
    let (assignee, due, hours) = (fact(), number(fact())?, number(fact())?);
    let mut task = Task {
        title: line.text(1)?,
        status,
        priority,
        assignee,
        due,
        hours: hours.and_then(|hours| u32::try_from(hours).ok()),
        parent: None,
        milestone: None,
        name: None,
        waits_for: Vec::new(),
        relates_to: Vec::new(),
        labels: Vec::new(),
        description: String::new(),
        blocked: None,
        checklist: Vec::new(),
        talk: Vec::new(),
    };
    for mark in line.at(2).unwrap_or_default().split_whitespace() {
        match (mark.chars().next(), mark.get(1..).unwrap_or_default()) {
            (Some('='), name) => task.name = Some(name),
            (Some('<'), name) => task.waits_for.push(name),
            (Some('~'), name) => task.relates_to.push(name),
            (Some('#'), name) => task.labels.push(name),
            _ => return Err(line.unreadable("no such mark")),
        }
    }
    Ok(task)
}

impl Task {
    /// What stands below it.
    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        match line.word {
            "note" => add_line(&mut self.description, line.rest),
            "stuck" => self.blocked = Some(line.rest),
            "item" => {
                let (state, text) = line.rest.split_once(' ').unwrap_or_default();
                self.checklist.push((state == "x", text));
            }
            "says" | "replies" => {
                let answers = line.word == "replies";
                self.talk.push(Remark { by: line.text(0)?, words: line.text(1)?, answers });
            }
            _ => return Err(line.unreadable("no such word")),
        }
        Ok(())
    }
}

/// `likelihood impact status owner due | title | mitigation`.
fn risk(line: &Line<'static>) -> Result<Risk> {
    let facts: Vec<&'static str> = line.text(0)?.split_whitespace().collect();
    let [likelihood, impact, status, owner, due] = facts.as_slice() else {
        return Err(line.unreadable("a risk has five facts"));
    };
    let read = |likelihood, impact, status, due: &str| {
        Some((word(likelihood)?, word(impact)?, word(status)?, due.parse().ok()?))
    };
    let (likelihood, impact, status, due) = read(likelihood, impact, status, due)
        .ok_or_else(|| line.unreadable("a fact is no word of its kind"))?;
    Ok(Risk { likelihood, impact, status, owner, due, title: line.text(1)?, mitigation: line.text(2)? })
}

/// `first-day last-day health author | summary`.
fn report(line: &Line<'static>) -> Result<Report> {
    let facts: Vec<&'static str> = line.text(0)?.split_whitespace().collect();
    let [from, until, health, by] = facts.as_slice() else {
        return Err(line.unreadable("a report has four facts"));
    };
    let period = from.parse().ok().zip(until.parse().ok());
    let (period, health) =
        period.zip(word(health)).ok_or_else(|| line.unreadable("days are numbers and health a colour"))?;
    Ok(Report { period, health, by, summary: line.text(1)? })
}

/// What stands between commas.
pub(super) fn list(text: &'static str) -> Vec<&'static str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

/// One more line of a text in Markdown.
pub(super) fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}
