//! What was done in a project, newest first.

use crate::projects::{
    rooms::of_project,
    rules,
    tables::{MONEY, ProjectId},
};
use engine::{
    Action, Context, Endpoint, Needs, Outcome, Param, Query, Result, Route, Scope, Whole,
    listing::{Deed, PAGE, deeds},
};
use schema::{caller::Caller, operation, page::Page};

/// Lists what was done in a project, newest first.
#[operation]
pub(crate) struct ListActivity {
    /// The project.
    project_id: ProjectId,
    /// `limit`, `cursor`.
    query: Query,
}

impl Endpoint for ListActivity {
    const ROUTE: Route = Route::get("/{project_id}/activity/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const ASKS: &'static [Param] = PAGE;
    type Output = Whole<Page<Deed>>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let money = if rules::Rights::of(cx).sees_money() { &[] } else { MONEY };
        Outcome::ok(&deeds(cx, cx.room()?, &self.query, money).await?)
    }
}
