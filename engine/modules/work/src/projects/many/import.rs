//! A table of tasks read in: checked first, then made task by task while its caller does something else.

use super::{
    check::Meaning,
    table::{BYTES_MAX, Fault, Table},
};
use crate::{
    projects::{permitted, rooms::of_project, rules, tables::ProjectId},
    zones,
};
use actors::BoxFuture;
use engine::{
    Action, Context, Endpoint, Error, JobKind, Later, Needs, Outcome, Result, Route, Scope, Whole, Work,
};
use people::{
    core::{
        events::JOB_QUEUED,
        jobs::{JobCard, Wish, queue},
    },
    rooms::of_user,
};
use schema::{answer, caller::Caller, code::Code, id::Id, operation};
use serde_json::{Value, json};

/// Refusals that a job keeps.
const KEPT_MAX: usize = 100;

/// The work of reading a table in.
pub(crate) const IMPORT: JobKind = JobKind { name: "projects.import_tasks", run: import };

/// What a table would come to.
#[answer]
pub(crate) struct Checked {
    /// How many tasks it has.
    tasks: usize,
    /// What is wrong with it, up to 50 faults; nothing is read in while there is one.
    faults: Vec<Fault>,
}

/// Looks through a table of tasks and says what is wrong with it.
#[operation]
pub(crate) struct CheckImport {
    /// The project.
    project_id: ProjectId,
    /// Comma-separated or semicolon-separated values (RFC 4180), the names of the columns in the first line: `title`, and
    /// any of `status`, `priority`, `assignee` (an address), `start_date`, `due_at`, `estimated_minutes`, `labels` (with
    /// `|` between them) and `description`.
    #[garde(length(bytes, min = 1, max = BYTES_MAX))]
    csv: String,
}

impl Endpoint for CheckImport {
    const ROUTE: Route = Route::post("/{project_id}/tasks/import/check/").tells_nobody("it only looks");
    const NEEDS: Needs = rules::LEAD;
    type Output = Whole<Checked>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let (_, mut table) = read(cx, &self.csv).await?;
        Meaning::find(cx, cx.caller.org, self.project_id, &mut table).await?;
        Outcome::ok(&Checked { tasks: table.lines.len(), faults: table.faults })
    }
}

/// Reads a table of tasks in, for who leads the project, as `POST …/tasks/import/check/` describes it: up to 500 tasks, each made as if its caller
/// had made it. A table with faults is refused whole, with the line and the column of each.
#[operation]
pub(crate) struct ImportTasks {
    /// The project.
    project_id: ProjectId,
    /// The table.
    #[garde(length(bytes, min = 1, max = BYTES_MAX))]
    csv: String,
}

impl Endpoint for ImportTasks {
    const ROUTE: Route = Route::post("/{project_id}/tasks/import/")
        .tells(&[JOB_QUEUED])
        .refuses(&[Code::CapacityReached])
        .keyed();
    const NEEDS: Needs = Needs::Auth;
    type Output = Later<JobCard>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let project = permitted(cx, self.project_id, &rules::LEAD, Action::Write).await?;
        let (zone, mut table) = read(cx, &self.csv).await?;
        let meaning = Meaning::find(cx, cx.caller.org, self.project_id, &mut table).await?;
        if let Some(refused) = refused(&table.faults) {
            return Err(refused);
        }
        let wish = Wish {
            kind: IMPORT.name,
            title: project.title,
            steps: table.lines.len(),
            input: json!({"project_id": self.project_id, "csv": self.csv, "zone": zone, "meaning": meaning}),
        };
        Ok(Outcome::Commit(queue(cx, wish).await?))
    }
}

/// A table, with its days those of the organization, and the zone that these are in.
async fn read(cx: &Context, csv: &str) -> Result<(String, Table)> {
    let zone = people::calendar::zone(cx, cx.caller.org).await?;
    let table = Table::read(csv, &zones::named(&zone)?);
    Ok((zone, table))
}

/// The refusal of a table with faults.
fn refused(faults: &[Fault]) -> Option<Error> {
    let mut refused = (!faults.is_empty()).then(|| Error::new(Code::Validation, "the table has faults"))?;
    for fault in faults {
        let pointer = format!("/csv/{}/{}", fault.line, fault.column);
        refused = refused.and_field(&pointer, "invalid", fault.message.clone());
    }
    Some(refused)
}

/// Whether a line was refused for what is no fault of the line.
fn is_about_all(error: &Error) -> bool {
    matches!(error.code(), Code::NotFound | Code::Forbidden | Code::ModuleDisabled)
}

fn import<'a>(work: &'a Work<'a>) -> BoxFuture<'a, Result<Value>> {
    Box::pin(async move {
        let text = |name: &str| work.input.get(name).and_then(Value::as_str).unwrap_or_default();
        let project: ProjectId = Id::new(text("project_id").parse().map_err(Error::broken)?);
        let table = Table::read(text("csv"), &zones::named(text("zone"))?);
        // What it stood for then: who has left the team since is refused line by line.
        let meaning = work.input.get("meaning").cloned().unwrap_or_default();
        let meaning: Meaning = serde_json::from_value(meaning).map_err(Error::broken)?;
        let (mut made, mut refused) = (0_u64, Vec::new());
        for (step, line) in table.lines.iter().enumerate() {
            match work.call(step, "CreateTask", meaning.creation(line)).await {
                Ok(_) => made += 1,
                // The project is gone, or its owner may not write to it any more: so it is for all lines.
                Err(error) if error.is_passing() || is_about_all(&error) => return Err(error),
                Err(error) => {
                    let problem = error.problem(work.french);
                    refused
                        .push(json!({"line": line.number, "code": problem.code, "detail": problem.detail}));
                }
            }
            work.done(u64::try_from(step).unwrap_or(u64::MAX) + 1).await?;
        }
        let count = refused.len();
        refused.truncate(KEPT_MAX);
        Ok(json!({"project_id": project, "created": made, "refused": count, "refusals": refused}))
    })
}
