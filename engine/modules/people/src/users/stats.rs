//! How many people there are, of which kind.

use super::tables::User;
use engine::{Action, Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, id::UserId, key::KeyWriter, operation};
use serde_json::Value;
use std::collections::BTreeMap;
use storage::Range;

/// Entries read in one go.
const PAGE: usize = 2_000;
/// Where counting stops, as that of a list does.
const COUNTED_MAX: usize = 10_000;

/// People counted.
#[answer]
pub(super) struct Statistics {
    /// All of them.
    total: usize,
    /// There are more than were counted.
    total_capped: bool,
    /// Those of each role that anybody has.
    by_role: BTreeMap<String, usize>,
    /// Those in each state that anybody is in.
    by_status: BTreeMap<String, usize>,
    /// Accounts made in each month, `2030-05`.
    by_month: BTreeMap<String, usize>,
}

impl Statistics {
    fn count(&mut self, entry: &Value) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let month: String = text("created_at").chars().take(7).collect();
        self.total += 1;
        *self.by_role.entry(text("role").to_owned()).or_default() += 1;
        *self.by_status.entry(text("status").to_owned()).or_default() += 1;
        *self.by_month.entry(month).or_default() += 1;
    }
}

/// Counts the organization's people by role, by state and by the month in which they came.
#[operation]
pub(super) struct CountUsers {}

impl Endpoint for CountUsers {
    const ROUTE: Route = Route::get("/stats/");
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Whole<Statistics>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let mut counted = Statistics::default();
        let mut last: Option<KeyWriter> = None;
        while counted.total < COUNTED_MAX {
            let after = last.take();
            let within = KeyWriter::new().with(&cx.caller.org);
            let narrow = |range: Range| match after {
                Some(place) => range.after(place.finish()),
                None => range,
            };
            let page = cx.index::<User>("by_name", within, PAGE, narrow).await?;
            page.iter().for_each(|entry| counted.count(entry));
            let Some(entry) = page.last().filter(|_| page.len() == PAGE) else {
                return Outcome::ok(&counted);
            };
            last = Some(place(entry));
        }
        counted.total_capped = true;
        Outcome::ok(&counted)
    }
}

/// Where an entry stands in its index.
fn place(entry: &Value) -> KeyWriter {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let id: UserId = text("id").parse().unwrap_or_default();
    KeyWriter::new().with(text("last_name")).with(text("first_name")).with(&id)
}
