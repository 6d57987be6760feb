//! The numbers of a project at this moment, from its counters and short indexes.

use crate::projects::{
    progress,
    rooms::of_project,
    tables::{
        Project, ProjectMember, Task,
        steering::{Milestone, Risk, Snapshot},
    },
    words::{Grade, RiskStatus, TaskStatus},
};
use engine::{Context, Result};
use schema::{key::KeyWriter, time::Timestamp};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows of each kind that are looked at, as many as a request examines.
const ROWS_MAX: usize = 2_000;

/// Takes the numbers of a project.
///
/// # Errors
/// When the store fails.
pub(crate) async fn of(cx: &Context, project: &Project) -> Result<Snapshot> {
    let room = of_project(project.id);
    let within = || KeyWriter::new().with(&project.id);
    let milestones: Vec<Option<Timestamp>> =
        cx.column::<Milestone, _>("by_due", within(), "completed_at", ROWS_MAX).await?;
    let members: Vec<Value> = cx.column::<ProjectMember, _>("team", within(), "user_id", ROWS_MAX).await?;
    Ok(Snapshot {
        progress: progress::of(cx, &room, project.status).await?,
        tasks: progress::by_column(cx, &room).await?,
        late: late(cx, project).await?,
        risks: risks(cx, project).await?,
        milestones: count(milestones.len()),
        milestones_reached: count(milestones.iter().flatten().count()),
        members: count(members.len()),
    })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Open risks by level.
async fn risks(cx: &Context, project: &Project) -> Result<BTreeMap<String, u64>> {
    #[derive(Deserialize)]
    struct Found {
        score: u8,
        status: RiskStatus,
    }
    let within = KeyWriter::new().with(&project.id);
    let mut by_level: BTreeMap<String, u64> =
        Grade::ALL.into_iter().map(|grade| (grade.word().to_owned(), 0)).collect();
    for row in cx.index::<Risk>("register", within, ROWS_MAX, |range| range).await? {
        let Ok(Found { score, status }) = serde_json::from_value(row) else { continue };
        if status != RiskStatus::Closed {
            *by_level.entry(Grade::of_score(score).word().to_owned()).or_default() += 1;
        }
    }
    Ok(by_level)
}

/// Open tasks that should have been done by now.
pub(crate) async fn late(cx: &Context, project: &Project) -> Result<u64> {
    #[derive(Deserialize)]
    struct Found {
        due_at: Option<Timestamp>,
    }
    let mut late = 0;
    for status in TaskStatus::ALL.into_iter().filter(|status| status.is_open()) {
        let column = KeyWriter::new().with(&status).finish();
        let within = KeyWriter::new().with(&project.id);
        let rows = cx.index::<Task>("board", within, ROWS_MAX, |range| range.starting_with(&column)).await?;
        let due = rows.into_iter().filter_map(|row| serde_json::from_value::<Found>(row).ok());
        late += count(due.filter(|task| task.due_at.is_some_and(|due| due < cx.now())).count());
    }
    Ok(late)
}
