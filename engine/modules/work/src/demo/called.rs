//! What the scripts tell of meetings: when and with whom, what they are about, what is said and what came of it.
//! Reading only; `meeting` makes rows and calls of it.

use super::told::{add_line, list};
use crate::meetings::words::{AttendeeRole, MeetingKind, MeetingStatus, Rsvp, Urgency};
use engine::Result;
use people::demo::script::{self, Line, word};

/// All of it.
#[derive(Default)]
pub(super) struct Calendar {
    pub(super) meetings: Vec<Meeting>,
    pub(super) series: Vec<Series>,
    pub(super) templates: Vec<Template>,
}

/// What a meeting and a series have in common.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) kind: MeetingKind,
    pub(super) priority: Urgency,
    pub(super) project: Option<&'static str>,
    pub(super) organizer: &'static str,
    pub(super) title: &'static str,
    pub(super) description: String,
    pub(super) location: Option<&'static str>,
    pub(super) url: Option<&'static str>,
    pub(super) minutes: i64,
}

pub(super) struct Meeting {
    pub(super) call: Call,
    /// The day from today and the hour; nothing for the present half hour.
    pub(super) start: Option<(i32, i64)>,
    pub(super) status: MeetingStatus,
    /// Why it was put off or called off.
    pub(super) reason: Option<&'static str>,
    pub(super) guests: Vec<Guest>,
    pub(super) agenda: Vec<Point>,
    pub(super) talk: Vec<Said>,
    pub(super) report: String,
    pub(super) decisions: Vec<&'static str>,
    pub(super) actions: Vec<Action>,
}

pub(super) struct Guest {
    pub(super) who: &'static str,
    pub(super) role: AttendeeRole,
    pub(super) answer: Option<Rsvp>,
    pub(super) comment: Option<&'static str>,
}

pub(super) struct Point {
    pub(super) minutes: u32,
    pub(super) owner: Option<&'static str>,
    pub(super) done: bool,
    pub(super) title: &'static str,
}

pub(super) struct Said {
    pub(super) by: &'static str,
    pub(super) words: &'static str,
    /// A sign under it, and whose.
    pub(super) sign: Option<(&'static str, Vec<&'static str>)>,
    /// Who pinned it above the chat.
    pub(super) pinned_by: Option<&'static str>,
}

pub(super) struct Action {
    pub(super) who: &'static str,
    pub(super) due: i32,
    pub(super) priority: Urgency,
    pub(super) title: &'static str,
}

pub(super) struct Series {
    pub(super) call: Call,
    pub(super) hour: i64,
    pub(super) rule: &'static str,
    pub(super) guests: Vec<&'static str>,
}

pub(super) struct Template {
    pub(super) kind: MeetingKind,
    pub(super) minutes: u32,
    pub(super) author: &'static str,
    pub(super) location: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) guests: Vec<&'static str>,
    pub(super) agenda: Vec<(u32, &'static str)>,
}

/// What the lines that follow are about.
enum Open {
    Meeting,
    Series,
    Template,
}

impl Calendar {
    /// Reads a script.
    ///
    /// # Errors
    /// When a line can't be read.
    pub(super) fn read(text: &'static str) -> Result<Self> {
        let mut calendar = Self::default();
        let mut open = None;
        for line in script::lines(text) {
            match (line.word, &open) {
                ("meeting", _) => {
                    calendar.meetings.push(Meeting::begin(&line)?);
                    open = Some(Open::Meeting);
                }
                ("series", _) => {
                    let (rule, guests) = ("", Vec::new());
                    calendar.series.push(Series { call: Call::begin(&line)?, hour: 0, rule, guests });
                    open = Some(Open::Series);
                }
                ("template", _) => {
                    calendar.templates.push(Template::begin(&line)?);
                    open = Some(Open::Template);
                }
                (_, Some(Open::Meeting)) => last(&mut calendar.meetings, &line)?.line(&line)?,
                (_, Some(Open::Series)) => last(&mut calendar.series, &line)?.line(&line)?,
                (_, Some(Open::Template)) => last(&mut calendar.templates, &line)?.line(&line)?,
                (_, None) => return Err(line.unreadable("it belongs to nothing")),
            }
        }
        Ok(calendar)
    }
}

fn last<'a, T>(all: &'a mut [T], line: &Line<'_>) -> Result<&'a mut T> {
    all.last_mut().ok_or_else(|| line.unreadable("it belongs to nothing"))
}

impl Call {
    fn begin(line: &Line<'static>) -> Result<Self> {
        Ok(Self {
            name: line.text(0)?,
            kind: line.one_of(1)?,
            priority: line.one_of(2)?,
            project: line.at(3),
            organizer: line.text(4)?,
            title: line.text(5)?,
            description: String::new(),
            location: None,
            url: None,
            minutes: 0,
        })
    }

    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        match line.word {
            "about" => add_line(&mut self.description, line.rest),
            "place" => self.location = Some(line.rest),
            "url" => self.url = Some(line.rest),
            _ => return Err(line.unreadable("no such word")),
        }
        Ok(())
    }
}

impl Meeting {
    fn begin(line: &Line<'static>) -> Result<Self> {
        Ok(Self {
            call: Call::begin(line)?,
            start: None,
            status: MeetingStatus::Scheduled,
            reason: None,
            guests: Vec::new(),
            agenda: Vec::new(),
            talk: Vec::new(),
            report: String::new(),
            decisions: Vec::new(),
            actions: Vec::new(),
        })
    }

    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        match line.word {
            "when" => {
                self.start = match line.text(0)?.split_once(' ') {
                    Some((day, hour)) => Some(
                        day.parse()
                            .ok()
                            .zip(hour.parse().ok())
                            .ok_or_else(|| line.unreadable("a day and an hour are numbers"))?,
                    ),
                    None => None,
                };
                self.call.minutes = line.read(1)?;
                self.status = line.one_of(2)?;
            }
            "reason" => self.reason = Some(line.rest),
            "attend" => self.guests.push(guest(line)?),
            "agenda" => self.agenda.push(point(line)?),
            "say" => {
                let (by, words) = (line.text(0)?, line.text(1)?);
                self.talk.push(Said { by, words, sign: None, pinned_by: None });
            }
            "sign" => {
                let (sign, people) = line.rest.split_once(' ').unwrap_or_default();
                last(&mut self.talk, line)?.sign = Some((sign, list(people)));
            }
            "pin" => last(&mut self.talk, line)?.pinned_by = Some(line.rest),
            "minutes" => add_line(&mut self.report, line.rest),
            "decision" => self.decisions.push(line.rest),
            "action" => self.actions.push(action(line)?),
            _ => self.call.line(line)?,
        }
        Ok(())
    }
}

/// Three facts before a bar.
fn facts(line: &Line<'static>) -> Result<[&'static str; 3]> {
    let facts: Vec<&'static str> = line.text(0)?.split_whitespace().collect();
    facts.try_into().map_err(|_| line.unreadable("three facts are wanted"))
}

/// `who role answer | comment`.
fn guest(line: &Line<'static>) -> Result<Guest> {
    let [who, role, answer] = facts(line)?;
    let role = word(role).ok_or_else(|| line.unreadable("no such role"))?;
    Ok(Guest { who, role, answer: word(answer), comment: line.at(1) })
}

/// `minutes who done | title`.
fn point(line: &Line<'static>) -> Result<Point> {
    let [minutes, owner, done] = facts(line)?;
    let minutes = minutes.parse().map_err(|_| line.unreadable("minutes are a number"))?;
    Ok(Point {
        minutes,
        owner: Some(owner).filter(|owner| *owner != "-"),
        done: done == "done",
        title: line.text(1)?,
    })
}

/// `who due priority | title`.
fn action(line: &Line<'static>) -> Result<Action> {
    let [who, due, priority] = facts(line)?;
    let read = || Some((due.parse().ok()?, word(priority)?));
    let (due, priority) = read().ok_or_else(|| line.unreadable("a day and a priority are wanted"))?;
    Ok(Action { who, due, priority, title: line.text(1)? })
}

impl Series {
    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        match line.word {
            "when" => {
                self.hour = line.read(0)?;
                self.call.minutes = line.read(1)?;
                self.rule = line.text(2)?;
            }
            "attend" => self.guests = list(line.rest),
            _ => self.call.line(line)?,
        }
        Ok(())
    }
}

impl Template {
    fn begin(line: &Line<'static>) -> Result<Self> {
        Ok(Self {
            kind: line.one_of(1)?,
            minutes: line.read(2)?,
            author: line.text(3)?,
            location: line.at(4),
            name: line.text(5)?,
            guests: Vec::new(),
            agenda: Vec::new(),
        })
    }

    fn line(&mut self, line: &Line<'static>) -> Result<()> {
        match line.word {
            "attend" => self.guests = list(line.rest),
            "agenda" => self.agenda.push((line.read(0)?, line.text(1)?)),
            _ => return Err(line.unreadable("no such word")),
        }
        Ok(())
    }
}
