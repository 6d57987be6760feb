//! A project at a glance.

use super::snapshot;
use crate::projects::{
    rooms::of_project,
    rules,
    tables::{ProjectId, steering::Snapshot},
};
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, money::Currency, operation, time::Date};

/// A project at a glance.
#[answer]
pub(crate) struct Summary {
    /// Its numbers now.
    #[serde(flatten)]
    snapshot: Snapshot,
    /// The last day.
    due_date: Date,
    /// Days until then; negative once it is over.
    days_left: i64,
    /// What may be spent, in minor units; null to those who may not know.
    budget_amount: Option<i64>,
    /// What it is counted in.
    currency: Currency,
}

/// Sums a project up: tasks, risks, milestones, team, budget.
#[operation]
pub(crate) struct SummarizeProject {
    /// The project.
    project_id: ProjectId,
}

impl Endpoint for SummarizeProject {
    const ROUTE: Route = Route::get("/{project_id}/summary/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Whole<Summary>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let project = cx.here(self.project_id).await?;
        let snapshot = snapshot::of(cx, &project).await?;
        let today = people::calendar::today(cx, cx.caller.org).await?;
        Outcome::ok(&Summary {
            snapshot,
            due_date: project.due_date,
            days_left: i64::from(project.due_date.days()) - i64::from(today.days()),
            budget_amount: project.budget_amount.filter(|_| rules::Rights::of(cx).sees_money()),
            currency: project.currency,
        })
    }
}
