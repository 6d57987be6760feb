//! What was done to a record, and what one did with one's own account.

use super::{comments::asked, discussing::record};
use crate::rooms;
use engine::{
    Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole,
    listing::{Deed, deeds},
};
use schema::{caller::Caller, operation, page::Page};

/// Where a comment lives says nothing to a reader.
const HIDDEN: &[&str] = &["room"];

/// Which feed is asked for.
const FEED: &[Param] = &[
    Param {
        name: "entity_type",
        format: "text",
        help: "The record's type, such as `task`.",
        required: false,
    },
    Param {
        name: "entity_id",
        format: "uuid",
        help: "The record; without one, your own account.",
        required: false,
    },
    Param { name: "limit", format: "integer", help: "How many a page holds, 1 to 100.", required: false },
    Param { name: "cursor", format: "text", help: "Where the last page ended.", required: false },
];

/// Lists what was done to a record, or with one's own account, newest first.
#[operation]
pub(super) struct ListActivityOf {
    /// `entity_type`, `entity_id`, `limit`, `cursor`.
    query: Query,
}

impl Endpoint for ListActivityOf {
    const ROUTE: Route = Route::get("/activity/");
    const NEEDS: Needs = Needs::Auth;
    const ASKS: &'static [Param] = FEED;
    type Output = Whole<Page<Deed>>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let names = ["entity_type", "entity_id"];
        let query = crate::query::rewritten(&self.query, |members| {
            members.retain(|name, _| !names.contains(&name.as_str()));
        })?;
        if names.iter().all(|name| self.query.get(name).is_none()) {
            return Outcome::ok(&deeds(cx, &rooms::of_user(cx.caller.user), &query, HIDDEN).await?);
        }
        let (kind, id) = asked(cx, &self.query)?;
        let seen = record(cx, &kind, id).await?;
        if !seen.traced {
            return Err(Error::not_found("history of this record"));
        }
        let mut page = deeds(cx, &seen.room, &query, &[HIDDEN, seen.hidden].concat()).await?;
        let name = format!("{kind}:{id}");
        // A room may hold more than the record; a page is short where others were busy.
        if seen.room.id() != id {
            page.data.retain(|deed| deed.changes.contains_key(&name));
        }
        Outcome::ok(&page)
    }
}
