//! Looking people up. Whoever reads the whole organization sees everybody; others see themselves and the
//! organization's staff, whom they may need to turn to.

use super::{card::Profile, tables::User};
use crate::query;
use engine::{
    Action, Context, Endpoint, Error, Extent, Listed, Listing, Needs, Outcome, Query, Record, Result, Route,
    Scope,
};
use schema::{caller::Caller, id::UserId, key::KeyWriter, operation, table::Table as _};
use serde_json::{Value, json};

/// The most staff that is looked at for somebody who may not read everybody.
const STAFF_MAX: usize = 2_000;

const PEOPLE: Listing = Listing {
    spec: User::SPEC,
    sorts: &[("last_name", "by_name")],
    filters: &["last_name", "first_name", "email", "role", "status", "language"],
};

/// Lists people by name, as cards.
#[operation]
pub(super) struct ListUsers {
    /// `role`, `status`, `email`, `last_name`, `first_name`, `language`, `q`; `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListUsers {
    const ROUTE: Route = Route::get("/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&PEOPLE);
    type Output = Listed<User>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&cx.caller.org);
        if cx.level.read == Extent::Org {
            return Outcome::ok(&PEOPLE.page(cx, within, &self.query).await?);
        }
        let mut shown = cx.index::<User>("staff", within, STAFF_MAX, |range| range).await?;
        let me = super::find(cx, cx.caller.org, cx.caller.user).await?;
        if !me.is_active_staff() {
            shown.push(me.card());
        }
        let by_name = |members: &mut serde_json::Map<String, Value>| {
            members.entry("sort").or_insert_with(|| json!("last_name,first_name"));
        };
        Outcome::ok(&PEOPLE.page_of_rows(cx, shown, &query::rewritten(&self.query, by_name)?)?)
    }
}

/// Shows one person: the full profile to themselves and to whoever manages people, else the card.
#[operation]
pub(super) struct ShowUser {
    /// Who.
    user_id: UserId,
}

impl Endpoint for ShowUser {
    const ROUTE: Route = Route::get("/{user_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = super::find(cx, cx.caller.org, self.user_id).await?;
        let own = user.id == cx.caller.user;
        if own || cx.level.manage {
            return Outcome::record(&user.full(), user.version);
        }
        may_see(cx, &user)?;
        Outcome::record(&user.card(), user.version)
    }
}

/// Whether the caller may know of somebody.
///
/// # Errors
/// `not-found`.
pub(super) fn may_see(cx: &Context, user: &User) -> Result<()> {
    let own = user.id == cx.caller.user;
    // What lies in the trash is there for those who can take it out.
    let others = user.is_kept() && (cx.level.read == Extent::Org || user.is_active_staff());
    if own || cx.level.manage || others { Ok(()) } else { Err(Error::not_found("user")) }
}
