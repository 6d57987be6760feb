//! Projects by the number: how many stand where, how many are late, how much everybody has to do.

use crate::projects::{project, tables::Task, words::ProjectStatus};
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, key::KeyWriter, operation, time::Date};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The caller's own open tasks that are counted at most.
const TASKS_MAX: usize = 2_000;

/// Projects by the number.
#[answer]
pub(crate) struct ProjectStats {
    /// Projects that the caller may read and that are not put aside.
    total: u64,
    /// How many stand in each state.
    by_status: BTreeMap<String, u64>,
    /// How many are not done though their last day is over.
    late: u64,
    /// True when there are more than were counted.
    total_capped: bool,
    /// Open tasks that are the caller's.
    my_open_tasks: u64,
    /// Those of them that should have been done.
    my_late_tasks: u64,
}

/// Counts the projects that the caller may read, by state, and the caller's own open tasks.
#[operation]
pub(crate) struct CountProjects {}

impl Endpoint for CountProjects {
    const ROUTE: Route = Route::get("/stats/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<ProjectStats>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        #[derive(Deserialize)]
        struct Found {
            status: ProjectStatus,
            due_date: Date,
            archived_at: Option<schema::time::Timestamp>,
        }
        let today = people::calendar::today(cx, cx.caller.org).await?;
        let (rows, total_capped) = project::visible(cx).await?;
        let mut stats = ProjectStats { total_capped, ..ProjectStats::default() };
        stats.by_status =
            ProjectStatus::ALL.into_iter().map(|status| (status.word().to_owned(), 0)).collect();
        let found = rows.into_iter().filter_map(|row| serde_json::from_value::<Found>(row).ok());
        for project in found.filter(|project| project.archived_at.is_none()) {
            stats.total += 1;
            *stats.by_status.entry(project.status.word().to_owned()).or_default() += 1;
            let open = !matches!(project.status, ProjectStatus::Completed | ProjectStatus::Cancelled);
            stats.late += u64::from(open && project.due_date < today);
        }
        let within = KeyWriter::new().with(&Some(cx.caller.user));
        let due: Vec<Option<schema::time::Timestamp>> =
            cx.column::<Task, _>("mine", within, "due_at", TASKS_MAX).await?;
        stats.my_open_tasks = u64::try_from(due.len()).unwrap_or(u64::MAX);
        let late = due.iter().flatten().filter(|due| **due < cx.now()).count();
        stats.my_late_tasks = u64::try_from(late).unwrap_or(u64::MAX);
        Outcome::ok(&stats)
    }
}
