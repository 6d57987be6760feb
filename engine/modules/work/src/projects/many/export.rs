//! The tasks of a project as a table, for a spreadsheet.

use super::table::{Beside, Writing};
use crate::projects::{
    beside::labels::LABELS_MAX,
    rooms::of_project,
    tables::{
        Project, ProjectId, Task,
        beside::{Label, LabelId},
    },
};
use engine::{
    Action, Context, Endpoint, Error, Media, Needs, Outcome, Param, Query, Result, Route, Scope, Texted,
};
use people::users;
use schema::{
    caller::Caller,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    reply::Reply,
    table::{Slot, Spec, Table as _},
};
use std::collections::HashMap;
use storage::Range;

/// Tasks of one table, and read in one go.
const TASKS_MAX: usize = 10_000;
const PAGE: usize = 500;
/// The largest table, in bytes: it is put together in memory.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// Who may take a project's tasks away with them.
const MAY_EXPORT: Needs =
    Needs::Any(&[Needs::OrgLevel(Action::Write), Needs::Member(&["owner", "lead", "sponsor"])]);

/// Comma-separated values.
pub(crate) struct Csv;

impl Media for Csv {
    const NAME: &'static str = "text/csv";
}

/// Writes a project's tasks, up to 10,000, as comma-separated values (RFC 4180) in UTF-8, in the order in which they were
/// made. What it writes, `POST …/tasks/import/` reads, but for blocked tasks: those are blocked by somebody, for a reason.
#[operation]
pub(crate) struct ExportTasks {
    /// The project.
    project_id: ProjectId,
    /// `delimiter`.
    query: Query,
}

impl Endpoint for ExportTasks {
    const ROUTE: Route = Route::get("/{project_id}/tasks/export/").refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = MAY_EXPORT;
    const ASKS: &'static [Param] = &[Param {
        name: "delimiter",
        format: "text",
        help: "What stands between cells: `comma`, or `semicolon`, which French spreadsheets expect.",
        required: false,
    }];
    type Output = Texted<Csv>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["delimiter"])?;
        let delimiter = match self.query.get("delimiter") {
            None | Some("comma") => b',',
            Some("semicolon") => b';',
            Some(_) => {
                let why = "delimiter: comma or semicolon";
                return Err(Error::new(Code::InvalidFilter, why));
            }
        };
        let project: Project = cx.here(self.project_id).await?;
        let text = write(cx, &project, delimiter).await?;
        Ok(Outcome::Answer(Reply::text(Csv::NAME, text)))
    }
}

async fn write(cx: &Context, project: &Project, delimiter: u8) -> Result<String> {
    let room = cx.room()?;
    let labels: Vec<Label> = cx.rows(room, LABELS_MAX).await?;
    let labels: HashMap<LabelId, String> = labels.into_iter().map(|label| (label.id, label.name)).collect();
    let mut addresses: HashMap<UserId, String> = HashMap::new();
    let mut writing = Writing::begin(delimiter).map_err(Error::broken)?;
    let table = Slot::Rows.number(Task::SPEC.id);
    let (mut range, mut written, mut bytes) = (Range::partition(table, Spec::partition(room), PAGE), 0, 0);
    while written < TASKS_MAX {
        let tasks: Vec<Task> = cx.range(&range).await?;
        let Some(last) = tasks.last() else { break };
        range = range.after(KeyWriter::new().with(&last.id).finish());
        for task in tasks.iter().filter(|task| task.is_kept()) {
            if let Some(person) = task.assignee_id.filter(|person| !addresses.contains_key(person)) {
                addresses.insert(person, users::find(cx, cx.caller.org, person).await?.email);
            }
            let beside = Beside {
                reference: format!("{}-{}", project.key, task.number),
                assignee: task.assignee_id.and_then(|person| addresses.get(&person).cloned()),
                labels: task.label_ids.iter().filter_map(|label| labels.get(label).cloned()).collect(),
            };
            writing.task(task, &beside).map_err(Error::broken)?;
            bytes += task.description.len() + task.title.len();
            if bytes > BYTES_MAX {
                return Err(Error::rule("the texts of this project are too large for one table"));
            }
            written += 1;
        }
    }
    writing.finish().map_err(Error::broken)
}
