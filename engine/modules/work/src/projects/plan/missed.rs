//! Milestones whose day is over. A project has few of them, so each has a timer of its own.

use crate::{
    projects::{
        events,
        rooms::of_project,
        rules,
        tables::{
            Project,
            steering::{Milestone, MilestoneId},
        },
        team,
    },
    zones,
};
use engine::{Context, Empty, Endpoint, Error, Needs, Outcome, Reader, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    code::Code,
    id::OrgId,
    operation,
    reply::Reply,
    time::{Date, Timestamp},
};
use serde_json::json;

/// When a day is over where an organization is.
async fn over_at(reader: &Reader, org: OrgId, day: Date) -> Result<Timestamp> {
    let name = people::calendar::zone(reader, org).await?;
    let zone = zones::named(if name.is_empty() { "UTC" } else { &name })?;
    zones::at_time(&zone, day.plus_days(1), (0, 0))
}

/// Has a milestone looked at when its day is over.
///
/// # Errors
/// When the store fails.
pub(in crate::projects) async fn watch(
    reader: &Reader,
    change: &mut Change,
    milestone: &Milestone,
) -> Result<()> {
    let at = over_at(reader, milestone.org_id, milestone.due_date).await?;
    if milestone.completed_at.is_none() && at > reader.now() {
        let input = json!({"milestone_id": milestone.id, "due_date": milestone.due_date});
        change.later(at, "MissMilestone", input);
    }
    Ok(())
}

/// Tells the team that a milestone was not reached on its day. The server does it by itself, once for each day that it
/// was set to.
#[operation]
pub(crate) struct MissMilestone {
    /// The milestone.
    milestone_id: MilestoneId,
    /// The day: set to another one, it is looked at again.
    due_date: Date,
}

impl Endpoint for MissMilestone {
    const ROUTE: Route = Route::post("/milestones/{milestone_id}/miss/")
        .tells(&[events::MILESTONE_MISSED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Empty;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.milestone_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let milestone: Milestone = cx.here(self.milestone_id).await?;
        let over = over_at(cx, milestone.org_id, self.due_date).await?;
        if cx.now() < over {
            return Err(Error::too_early(over, "its day is not over yet"));
        }
        let (room, mark) =
            (of_project(milestone.project_id), format!("missed:{}:{}", milestone.id, self.due_date));
        let project: Option<Project> = cx.by_id(&room, milestone.project_id).await?;
        let is_waited_for = milestone.completed_at.is_none()
            && milestone.due_date == self.due_date
            && project.is_some_and(|project| project.is_under_way());
        if !is_waited_for || cx.counter(&room, &mark).await? > 0 {
            return Ok(Outcome::Answer(Reply::empty()));
        }
        let mut change = Change::new();
        change.unaudited();
        change.add(&mark, 1);
        let slot = change.about(&milestone);
        let members = team::everybody(cx, milestone.project_id).await?;
        events::of_project(&mut change, events::MILESTONE_MISSED, slot, milestone.project_id).notify(members);
        Ok(Outcome::Commit(change))
    }
}
