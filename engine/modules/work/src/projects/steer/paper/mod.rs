//! A status report on paper: one page to hand round, more where its summary is long. It shows what the report keeps, and
//! of the present only names: nothing on it is counted anew.

mod words;

use crate::projects::{
    tables::{
        Project, ProjectId,
        steering::{ReportId, Snapshot, StatusReport},
    },
    words::{Grade, Health, TaskStatus},
};
use crate::zones;
use engine::{
    Context, Error, Media, Outcome, Result,
    print::{About, Cloth, Figure, Form, Ink, Masthead, Panel, Prose, Seal, Share, Sheet},
};
use jiff::civil::DateTime;
use people::users;
use schema::{code::Code, key::KeyWriter, time::Timestamp};
use serde::Deserialize;
use words::Words;

/// The most reports of a project that are counted to find a report's number; one among more has none.
const NUMBERED_MAX: usize = 1_000;
/// A summary up to this length stands before the figures, in bigger letters, in characters.
const LEAD_MAX: usize = 600;

/// A page description file (ISO 32000).
pub(crate) enum Pdf {}

impl Media for Pdf {
    const NAME: &'static str = "application/pdf";
}

/// What the page names besides what the report keeps.
struct Names {
    organization: String,
    project: String,
    key: String,
    /// Who published it.
    author: String,
    published: DateTime,
    /// Its number among the project's reports.
    number: Option<usize>,
    /// How the project did in the report before it.
    before: Option<Health>,
}

/// Answers a report as a PDF in the caller's language.
///
/// # Errors
/// When the store fails.
pub(crate) async fn print(cx: &Context, report: StatusReport) -> Result<Outcome> {
    let words = Words::of(cx.request.french);
    let names = names(cx, &report, words).await?;
    let file = format!("{}-{}-{}.pdf", names.key, words.file, report.period_end.civil());
    let version = report.version;
    // A long text takes tens of milliseconds, for which nobody else should wait.
    let laid_out = tokio::task::spawn_blocking(move || lay_out(&report, &names, words));
    let bytes = laid_out.await.map_err(Error::broken)??;
    Ok(Outcome::file(Pdf::NAME, file, &bytes, version))
}

async fn names(cx: &Context, report: &StatusReport, words: &Words) -> Result<Names> {
    let project: Project = cx.here(report.project_id).await?;
    let organization = users::organization(cx, report.org_id).await?;
    let author = match report.created_by {
        Some(user) => match users::name_of(cx, report.org_id, user).await {
            Err(error) if error.code() == Code::NotFound => words.somebody.to_owned(),
            name => name?,
        },
        None => words.somebody.to_owned(),
    };
    let zone = zones::named(&organization.timezone)?;
    let (number, before) = place(cx, report.project_id, report).await?;
    Ok(Names {
        organization: organization.name,
        project: project.title,
        key: project.key,
        author,
        published: zones::local(&zone, report.created_at)?,
        number,
        before,
    })
}

/// The number of a report among those of its project, in the order in which they were published, and what the one
/// before it said. Reports do not go away, so it stays.
async fn place(
    cx: &Context,
    project: ProjectId,
    report: &StatusReport,
) -> Result<(Option<usize>, Option<Health>)> {
    #[derive(Deserialize)]
    struct Found {
        id: ReportId,
        created_at: Timestamp,
        health: Health,
    }
    let within = KeyWriter::new().with(&project);
    let rows = cx.index::<StatusReport>("by_end", within, NUMBERED_MAX + 1, |range| range).await?;
    if rows.len() > NUMBERED_MAX {
        return Ok((None, None));
    }
    let own = (report.created_at, report.id);
    let found = rows.into_iter().filter_map(|row| serde_json::from_value::<Found>(row).ok());
    let earlier: Vec<Found> = found.filter(|other| (other.created_at, other.id) < own).collect();
    let last = earlier.iter().max_by_key(|other| (other.created_at, other.id));
    Ok((Some(earlier.len() + 1), last.map(|other| other.health)))
}

/// The pages.
fn lay_out(report: &StatusReport, names: &Names, words: &Words) -> Result<Vec<u8>> {
    let kind = match names.number {
        Some(number) => format!("{} {}{number}", words.kind, words.number),
        None => words.kind.to_owned(),
    };
    let period = words.period(report.period_start.civil(), report.period_end.civil());
    let mut sheet = Sheet::new(About {
        title: format!("{} · {kind}", names.project),
        subject: format!("{}, {period}", words.kind),
        author: names.author.clone(),
        language: words.language,
        made: report.created_at,
        foot: words.published(&names.author, names.published),
        page: words.page,
        lacking: words.lacking,
    })?;
    let before = names.number.zip(names.before).map(|(number, health)| {
        let said = words.health_of(health);
        format!("{said} {} {}{}", words.before, words.number, number.saturating_sub(1))
    });
    let (form, ink) = seal(report.health);
    let tasks = tasks(&report.snapshot, words);
    sheet.band(&tasks);
    sheet.masthead(&Masthead {
        from: &names.organization,
        kind: &kind,
        title: &names.project,
        under: &format!("{period} · {} {}", words.project, names.key),
        seal: Some(Seal {
            label: words.health,
            word: words.health_of(report.health),
            form,
            ink,
            note: before.as_deref(),
        }),
    });
    let is_lead = report.summary.chars().count() <= LEAD_MAX;
    if is_lead && !report.summary.trim().is_empty() {
        sheet.prose(&report.summary, Prose { size: 11.5, leading: 17.25, width: 436.0 });
        sheet.space(15.0);
    }
    sheet.figures(&figures(&report.snapshot, words));
    sheet.space(18.0);
    sheet.panels(&[
        Panel { title: words.tasks, shares: tasks, columns: 2 },
        Panel { title: words.risks, shares: risks(&report.snapshot, words), columns: 1 },
    ]);
    if !is_lead {
        sheet.space(22.0);
        sheet.heading(words.summary);
        sheet.prose(&report.summary, Prose { size: 10.5, leading: 16.0, width: 440.0 });
    }
    sheet.finish()
}

const fn seal(health: Health) -> (Form, Ink) {
    match health {
        Health::Green => (Form::Disc, Ink::SUCCESS),
        Health::Amber => (Form::Triangle, Ink::OCHRE),
        Health::Red => (Form::Diamond, Ink::DANGER),
    }
}

/// How many tasks stood in a column.
fn in_column(snapshot: &Snapshot, status: TaskStatus) -> u64 {
    let count = snapshot.tasks.get(status.word()).copied().unwrap_or_default();
    u64::try_from(count).unwrap_or_default()
}

/// The columns, from what is done to what waits.
fn tasks(snapshot: &Snapshot, words: &Words) -> Vec<Share<'static>> {
    let looks = [
        (TaskStatus::Done, Cloth::Solid, Ink::SUCCESS),
        (TaskStatus::InReview, Cloth::Dense, Ink::OCHRE),
        (TaskStatus::InProgress, Cloth::Half, Ink::ACCENT),
        (TaskStatus::Blocked, Cloth::Striped, Ink::DANGER),
        (TaskStatus::Todo, Cloth::Bare, Ink::IDLE),
        (TaskStatus::Cancelled, Cloth::Crossed, Ink::IDLE),
    ];
    let share = |(status, cloth, ink)| {
        let count = in_column(snapshot, status);
        Share { name: words.column(status), count, figure: words.figure(count), cloth, ink }
    };
    looks.into_iter().map(share).collect()
}

/// Risks from high to low.
fn risks(snapshot: &Snapshot, words: &Words) -> Vec<Share<'static>> {
    let looks = [
        (Grade::High, Cloth::Striped, Ink::DANGER),
        (Grade::Medium, Cloth::Dense, Ink::OCHRE),
        (Grade::Low, Cloth::Bare, Ink::IDLE),
    ];
    let share = |(grade, cloth, ink): (Grade, Cloth, Ink)| {
        let count = snapshot.risks.get(grade.word()).copied().unwrap_or_default();
        Share { name: words.level(grade), count, figure: words.figure(count), cloth, ink }
    };
    looks.into_iter().map(share).collect()
}

fn figures(snapshot: &Snapshot, words: &Words) -> [Figure; 4] {
    let of = |status: fn(TaskStatus) -> bool| -> u64 {
        let statuses = TaskStatus::ALL.into_iter().filter(|known| status(*known));
        statuses.map(|status| in_column(snapshot, status)).sum()
    };
    let live = of(|status| status != TaskStatus::Cancelled);
    let open = of(TaskStatus::is_open);
    let done = in_column(snapshot, TaskStatus::Done);
    let among = |part: u64, all: u64| format!("{} {} {}", words.figure(part), words.of, words.figure(all));
    let figure =
        |value: String, label: &str, note: String, ink| Figure { value, label: label.into(), note, ink };
    let progress = match live {
        0 => words.no_task.to_owned(),
        // A French number stands before what it counts, an English one before both.
        _ if words.language == "fr" => {
            format!(
                "{} {} {} {}",
                words.figure(done),
                words.count(done, &words.tasks_of),
                words.of,
                words.figure(live)
            )
        }
        _ => format!("{} {}", among(done, live), words.count(live, &words.tasks_of)),
    };
    let (reached, all) = (snapshot.milestones_reached, snapshot.milestones);
    let to_go = all.saturating_sub(reached);
    let milestones = match (all, to_go) {
        (0, _) => (words.figure(0), words.no_milestone, String::new()),
        (_, 0) => (among(reached, all), words.count(all, &words.milestones), words.all_reached.to_owned()),
        _ => {
            let note = format!("{} {}", words.figure(to_go), words.to_go);
            (among(reached, all), words.count(all, &words.milestones), note)
        }
    };
    let late_ink = if snapshot.late > 0 { Ink::DANGER } else { Ink::TEXT };
    let late_of = match open {
        0 => words.none_open.to_owned(),
        _ => format!("{} {} {}", words.of, words.figure(open), words.count(open, &words.open)),
    };
    [
        figure(words.percent(snapshot.progress), words.progress, progress, Ink::TEXT),
        figure(milestones.0, milestones.1, milestones.2, Ink::TEXT),
        figure(words.figure(snapshot.late), words.count(snapshot.late, &words.late), late_of, late_ink),
        figure(
            words.figure(snapshot.members),
            words.count(snapshot.members, &words.members),
            words.on_the_team.to_owned(),
            Ink::TEXT,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: Option<usize>, before: Option<Health>) -> Names {
        Names {
            organization: "Jëm Kanam".into(),
            project: "Insertion Thiès 2026".into(),
            key: "INS".into(),
            author: "Awa Ndiaye".into(),
            published: DateTime::default(),
            number,
            before,
        }
    }

    #[test]
    fn a_report_of_a_project_that_has_nothing_yet_is_printed_too() {
        let report = StatusReport::default();

        let printed =
            [Words::of(true), Words::of(false)].map(|words| lay_out(&report, &named(None, None), words));

        let [french, english] = printed.map(|file| file.unwrap());
        assert!(french.starts_with(b"%PDF") && english.starts_with(b"%PDF") && french != english);
    }

    #[test]
    fn the_same_report_has_the_same_bytes() {
        let report = StatusReport { summary: "Un **mot**. ".repeat(200), ..StatusReport::default() };
        let print = || lay_out(&report, &named(Some(2), Some(Health::Red)), Words::of(true)).unwrap();

        assert_eq!(print(), print());
    }

    #[test]
    fn figures_say_what_the_report_keeps_and_nothing_else() {
        let tasks =
            [("done", 1), ("todo", 2), ("cancelled", 5)].map(|(status, count)| (status.to_owned(), count));
        let snapshot = Snapshot {
            progress: 33,
            tasks: tasks.into(),
            late: 1,
            milestones: 3,
            milestones_reached: 1,
            members: 1_200,
            ..Snapshot::default()
        };

        let said = |words| {
            figures(&snapshot, words).map(|figure| [figure.value, figure.label, figure.note].join("|"))
        };

        assert_eq!(
            said(Words::of(true)),
            [
                "33\u{a0}%|d’avancement|1 tâche sur 3",
                "1 sur 3|jalons atteints|2 à atteindre",
                "1|tâche en retard|sur 2 ouvertes",
                "1\u{a0}200|membres|dans l’équipe",
            ]
        );
        assert_eq!(said(Words::of(false))[0], "33%|progress|1 of 3 tasks");
        let none = figures(&Snapshot::default(), Words::of(false)).map(|figure| figure.note);
        assert_eq!(none, ["no tasks", "", "none open", "on the team"]);
    }
}
