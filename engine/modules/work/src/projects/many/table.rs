//! Tasks as a table of text (RFC 4180): what its columns are called and what may stand in them. Pure.

use crate::{
    projects::{
        backlog::tasks::ESTIMATE_MAX,
        tables::Task,
        words::{Priority, TaskStatus},
    },
    zones,
};
use garde::Validate as _;
use jiff::tz::TimeZone;
use schema::{
    answer,
    text::Title,
    time::{Date, Timestamp},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Tasks of one table that is read in, and the bytes that it may have.
pub(super) const TASKS_MAX: usize = 500;
pub(super) const BYTES_MAX: usize = 64 * 1024;
/// Faults that are named; whoever made more of them has them all of one kind.
const FAULTS_MAX: usize = 50;

/// Columns that are read, in the order in which they are written.
pub(super) const COLUMNS: [&str; 9] = [
    "title",
    "status",
    "priority",
    "assignee",
    "start_date",
    "due_at",
    "estimated_minutes",
    "labels",
    "description",
];
/// Columns that are only written: what the project itself gives its tasks.
pub(super) const GIVEN: [&str; 3] = ["reference", "created_at", "completed_at"];

/// What is wrong in a table.
#[answer]
pub(crate) struct Fault {
    /// The line, from 1 for the one with the names of the columns.
    pub(super) line: u64,
    /// The column.
    pub(super) column: String,
    /// What is wrong.
    pub(super) message: String,
}

/// One task of a table.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) status: TaskStatus,
    pub(super) priority: Priority,
    /// An address.
    pub(super) assignee: Option<String>,
    pub(super) start_date: Option<Date>,
    pub(super) due_at: Option<Timestamp>,
    pub(super) estimated_minutes: Option<u32>,
    /// Names.
    pub(super) labels: Vec<String>,
}

/// What was found in a table.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<Fault>,
}

impl Table {
    /// Notes a fault.
    pub(super) fn fault(&mut self, line: u64, column: &str, message: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { line, column: column.to_owned(), message: message.into() });
        }
    }

    /// Reads a table: commas or semicolons between its cells, the names of its columns in the first line. Days end as they
    /// do in a zone.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let head = text.lines().next().unwrap_or_default();
        let delimiter = if head.matches(';').count() > head.matches(',').count() { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Self::default();
        let names = match reader.headers() {
            Ok(names) => names.iter().map(str::to_lowercase).collect::<Vec<_>>(),
            Err(error) => {
                table.fault(1, "", error.to_string());
                return table;
            }
        };
        for name in names.iter().filter(|name| !known(name)) {
            table.fault(1, name, format!("there is no such column: {}", COLUMNS.join(", ")));
        }
        if !names.iter().any(|name| name == "title") {
            table.fault(1, "title", "this column is required");
        }
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let number = record.position().map_or(0, csv::Position::line);
                    if record.len() > names.len() {
                        table.fault(number, "", "there are more cells than columns");
                    }
                    let cells = names.iter().map(String::as_str).zip(record.iter());
                    table.line(number, cells.filter(|(_, cell)| !cell.is_empty()), zone);
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    table.fault(line, "", error.to_string());
                }
            }
        }
        if table.lines.len() > TASKS_MAX {
            table.fault(1, "", format!("{TASKS_MAX} tasks at most: give it in parts"));
        }
        if table.lines.is_empty() && table.faults.is_empty() {
            table.fault(2, "title", "there is no task");
        }
        table
    }

    fn line<'a>(&mut self, number: u64, cells: impl Iterator<Item = (&'a str, &'a str)>, zone: &TimeZone) {
        let mut line = Line { number, ..Line::default() };
        for (column, cell) in cells {
            if let Err(why) = line.take(column, meant(cell), zone) {
                self.fault(number, column, why);
            }
        }
        if line.title.is_empty() {
            self.fault(number, "title", "a task has a title");
        }
        self.lines.push(line);
    }
}

fn known(name: &str) -> bool {
    COLUMNS.contains(&name) || GIVEN.contains(&name)
}

impl Line {
    fn take(&mut self, column: &str, cell: &str, zone: &TimeZone) -> Result<(), String> {
        match column {
            "title" => {
                let title: Title = word(cell)?;
                title.validate().map_err(|report| report.to_string().trim().to_owned())?;
                self.title = title.owned();
            }
            "description" => cell.clone_into(&mut self.description),
            "status" => {
                self.status = word(cell)?;
                if self.status == TaskStatus::Blocked {
                    return Err("a task is blocked by a transition, with its reason".to_owned());
                }
            }
            "priority" => self.priority = word(cell)?,
            "assignee" => self.assignee = Some(cell.to_owned()),
            "start_date" => self.start_date = Some(word(cell)?),
            "due_at" => self.due_at = Some(instant(cell, zone)?),
            "estimated_minutes" => {
                let minutes: u32 = cell.parse().map_err(|_| "a number of minutes".to_owned())?;
                if !(1..=ESTIMATE_MAX).contains(&minutes) {
                    return Err(format!("1 to {ESTIMATE_MAX} minutes"));
                }
                self.estimated_minutes = Some(minutes);
            }
            "labels" => {
                let labels = cell.split(['|', '\n']).map(str::trim).filter(|label| !label.is_empty());
                self.labels = labels.map(str::to_owned).collect();
            }
            _ => {}
        }
        Ok(())
    }
}

/// A value as the API takes it.
fn word<T: DeserializeOwned>(cell: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(cell.to_owned())).map_err(|error| error.to_string())
}

/// An instant, or a day, which ends at its last second.
fn instant(cell: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    match word::<Date>(cell) {
        Ok(day) => {
            zones::end_of(zone, day.civil()).map_err(|_| "a day that there is in your zone".to_owned())
        }
        Err(_) => word(cell),
    }
}

/// What stands beside a task in a table that is written.
pub(super) struct Beside {
    pub(super) reference: String,
    pub(super) assignee: Option<String>,
    pub(super) labels: Vec<String>,
}

/// Writes tables.
pub(super) struct Writing(csv::Writer<Vec<u8>>);

impl Writing {
    /// A table with nothing but the names of its columns.
    pub(super) fn begin(delimiter: u8) -> Result<Self, csv::Error> {
        // Without this mark, spreadsheets take the text for one of another encoding.
        let mut writer =
            csv::WriterBuilder::new().delimiter(delimiter).from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(GIVEN.iter().take(1).chain(&COLUMNS).chain(GIVEN.iter().skip(1)))?;
        Ok(Self(writer))
    }

    /// One more task.
    pub(super) fn task(&mut self, task: &Task, beside: &Beside) -> Result<(), csv::Error> {
        let text = |value: Option<String>| value.unwrap_or_default();
        self.0.write_record([
            beside.reference.clone(),
            harmless(&task.title),
            task.status.word().to_owned(),
            task.priority.word().to_owned(),
            text(beside.assignee.clone()),
            text(task.start_date.map(|day| day.to_string())),
            text(task.due_at.map(|at| at.to_string())),
            text(task.estimated_minutes.map(|minutes| minutes.to_string())),
            harmless(&beside.labels.join("|")),
            harmless(&task.description),
            task.created_at.to_string(),
            text(task.completed_at.map(|at| at.to_string())),
        ])
    }

    /// The table as text.
    pub(super) fn finish(self) -> Result<String, String> {
        let bytes = self.0.into_inner().map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }
}

/// What a spreadsheet takes for the beginning of a formula, and the mark before a text that is none.
const FORMULA: [char; 7] = ['\'', '=', '+', '-', '@', '\t', '\r'];

/// A cell that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// What such a cell stands for.
fn meant(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(FORMULA)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;
    use proptest::prelude::*;

    #[test]
    fn a_table_says_line_and_column_of_what_is_wrong() {
        let text = "title;status;due_at;priority\nUn;todo;2030-02-29;high\n;done;;\nTrois;blocked;;urgent\n";

        let faults = Table::read(text, &TimeZone::UTC).faults;

        let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column.as_str())).collect();
        assert_eq!(places, [(2, "due_at"), (3, "title"), (4, "status"), (4, "priority")]);
    }

    #[test]
    fn a_day_ends_at_its_last_second_and_an_unknown_column_is_refused() {
        let dakar = zones::named("Africa/Lagos").unwrap();
        let table = Table::read("Title,due_at,colour\nUn,2030-01-31,red\n", &dakar);

        assert_eq!(table.lines[0].due_at.unwrap(), zones::end_of(&dakar, civil::date(2030, 1, 31)).unwrap());
        assert_eq!((table.faults[0].line, table.faults[0].column.as_str()), (1, "colour"));
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("a=1"), "a=1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            titles in proptest::collection::vec("[A-Za-zé'=+@-][A-Za-zé ,;\"']{0,20}[a-z]", 1..8),
            semicolons: bool,
            minutes in proptest::option::of(1_u32..=ESTIMATE_MAX),
        ) {
            let mut writing = Writing::begin(if semicolons { b';' } else { b',' }).unwrap();
            for title in &titles {
                let task = Task { title: title.clone(), estimated_minutes: minutes, ..Task::default() };
                let beside = Beside { reference: "A-1".into(), assignee: None, labels: vec!["eau".into()] };
                writing.task(&task, &beside).unwrap();
            }

            let table = Table::read(&writing.finish().unwrap(), &TimeZone::UTC);

            prop_assert!(table.faults.is_empty(), "{:?}", table.faults);
            let read: Vec<_> = table.lines.iter().map(|line| line.title.clone()).collect();
            prop_assert_eq!(read, titles);
            prop_assert!(table.lines.iter().all(|line| line.estimated_minutes == minutes));
        }
    }
}
