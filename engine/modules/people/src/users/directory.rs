//! Looking people up. Whoever reads the whole organization sees everybody; others see themselves and the
//! organization's staff, whom they may need to turn to.

use super::tables::User;
use engine::{Action, Context, Endpoint, Error, Extent, Listing, Needs, Outcome, Query, Result, Route, Scope};
use garde::Validate;
use schema::{
    caller::Caller,
    id::UserId,
    key::KeyWriter,
    role::Role,
    table::Table as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const LISTING: Listing = Listing {
    spec: User::SPEC,
    sorts: &[("last_name", "by_name")],
    filters: &["role", "status", "email", "last_name", "first_name", "language"],
};

/// Lists people by name, as cards.
#[derive(Serialize, Deserialize, Validate, Debug)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// `role`, `status`, `email`, `last_name`, `first_name`, `language`; `limit`, `cursor`, `with_total`.
    #[serde(default)]
    #[garde(skip)]
    pub query: Query,
}

impl Endpoint for ListUsers {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        let page = LISTING.page_where(cx, within, &self.query, |card| is_shown(cx, card)).await?;
        Outcome::ok(&page)
    }
}

/// Shows one person: the full profile to themselves and to whoever manages people, else the card.
#[derive(Serialize, Deserialize, Validate, Debug)]
#[serde(deny_unknown_fields)]
pub struct ShowUser {
    /// Who.
    #[garde(skip)]
    pub user_id: UserId,
}

impl Endpoint for ShowUser {
    const ROUTE: Route = Route::get("/{user_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = super::find(cx, cx.caller.org, self.user_id).await?;
        let card = user.card();
        if !is_shown(cx, &card) {
            return Err(Error::not_found("user"));
        }
        let whole = user.id == cx.caller.user || cx.level.manage;
        Outcome::record(&if whole { user.full() } else { card }, user.version)
    }
}

fn is_shown(cx: &Context, card: &Value) -> bool {
    let own = card.get("id").and_then(Value::as_str).is_some_and(|id| id == cx.caller.user.to_string());
    let role: Option<Role> = card.get("role").cloned().and_then(|role| serde_json::from_value(role).ok());
    let active = card.get("status").and_then(Value::as_str) == Some("active");
    cx.level.read == Extent::Org || own || (active && role.is_some_and(Role::is_staff))
}
