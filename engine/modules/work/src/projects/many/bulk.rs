//! Several operations on tasks in one call.

use crate::projects::events;
use engine::{
    Context, Endpoint, Needs, Outcome, Param, Query, Result, Route, Scope, Whole,
    bulk::{BULK_MAX, Item, Results, each, together},
};
use schema::{caller::Caller, code::Code, operation};

/// What may be done so.
const ALLOWED: &[&str] = &[
    "CreateTask",
    "EditTask",
    "TransitionTask",
    "MoveTask",
    "DeleteTask",
    "RestoreTask",
    "AddChecklistItem",
    "WatchTask",
    "UnwatchTask",
];

/// Carries out up to 100 operations on tasks, in their order and each with its own permission: `CreateTask`, `EditTask`,
/// `TransitionTask`, `MoveTask`, `DeleteTask`, `RestoreTask`, `AddChecklistItem`, `WatchTask`, `UnwatchTask`. What is
/// refused holds nothing else up, unless the query says `atomic=true`: then all of them, about one project, are done or
/// none is.
#[operation]
pub(crate) struct BulkTasks {
    /// What is to be done.
    #[garde(length(min = 1, max = BULK_MAX), dive)]
    items: Vec<Item>,
    /// `atomic`.
    query: Query,
}

impl Endpoint for BulkTasks {
    const ROUTE: Route = Route::post("/tasks/bulk/")
        .tells(&[
            events::TASK_CREATED,
            events::TASK_UPDATED,
            events::TASK_STATUS_CHANGED,
            events::TASK_MOVED,
            events::TASK_DELETED,
        ])
        .refuses(&[Code::RuleViolation, Code::InvalidTransition])
        .keyed();
    const NEEDS: Needs = Needs::Auth;
    const ASKS: &'static [Param] = &[Param {
        name: "atomic",
        format: "boolean",
        help: "Whether all of it is done or none of it.",
        required: false,
    }];
    type Output = Whole<Results>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["atomic"])?;
        if self.query.parsed::<bool>("atomic")?.unwrap_or_default() {
            return together(cx, &self.items, ALLOWED).await;
        }
        each(cx, &self.items, ALLOWED).await
    }
}
