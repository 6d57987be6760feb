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

/// Columns that no reader of a feed wants.
const SILENT: &[&str] =
    &["rank", "version", "updated_at", "updated_by", "created_at", "created_by", "org_id"];

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
        let hidden = [SILENT, money].concat();
        Outcome::ok(&deeds(cx, cx.room()?, &self.query, &hidden).await?)
    }
}
