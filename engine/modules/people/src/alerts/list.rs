//! Looking through alerts.

use super::{
    rooms::{OPERATOR, Topic, of},
    tables::Alert,
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{
    answer,
    caller::Caller,
    code::Code,
    id::OrgId,
    operation,
    table::{Slot, Spec, Table as _},
};
use storage::Range;

/// Alerts shown at once; older ones were handled or are history.
const SHOWN_MAX: usize = 100;

/// Alerts of one topic.
#[answer]
pub(crate) struct Alerts {
    /// The latest first, 100 at most.
    data: Vec<Alert>,
}

/// Lists the latest alerts of a topic: `security`, `health`, `jobs` or `signups`; of the organization, or for super
/// administrators of the platform.
#[operation]
pub(crate) struct ListAlerts {
    /// `topic`, `platform`.
    query: Query,
}

impl ListAlerts {
    fn topic(&self) -> Option<Topic> {
        let topic = self.query.get("topic")?;
        Topic::ALL.iter().copied().find(|known| known.word() == topic)
    }
}

impl Endpoint for ListAlerts {
    const ROUTE: Route = Route::get("/alerts/");
    const NEEDS: Needs = Needs::Any(&[Needs::OrgLevel(Action::Manage), Needs::Member(&[OPERATOR])]);
    const ASKS: &'static [Param] = &[
        Param { name: "topic", format: "text", help: "What they are about.", required: true },
        Param {
            name: "platform",
            format: "boolean",
            help: "Those of the platform and not of the organization.",
            required: false,
        },
    ];
    type Output = Whole<Alerts>;

    fn scope(&self, caller: &Caller) -> Scope {
        let org = if self.query.get("platform") == Some("true") { OrgId::NIL } else { caller.org };
        // Which topic is wrong is said to those alone who may hear one.
        Scope::Room(of(org, self.topic().unwrap_or(Topic::Security)))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["topic", "platform"])?;
        if self.topic().is_none() {
            let refused = Error::new(Code::InvalidFilter, "topic: security, health, jobs or signups");
            return Err(refused.and_field("/query/topic", "unknown", "there is no such topic"));
        }
        let rows = Slot::Rows.number(Alert::SPEC.id);
        // Ids begin with the instant.
        let latest = Range::partition(rows, Spec::partition(cx.room()?), SHOWN_MAX).backward();
        Outcome::ok(&Alerts { data: cx.range(&latest).await? })
    }
}
