//! Which modules an organization uses. What is off answers nobody of it, whatever they may do; what it holds stays.

use super::{events, organization};
use crate::users::{self, matrix, tables::Organization};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{answer, caller::Caller, change::Change, operation, reply::Reply};
use serde_json::json;
use std::collections::BTreeMap;

/// Modules without which nobody could sign in, be told of anything, or switch a module on again.
const ALWAYS_ON: [&str; 4] = ["auth", "users", "notif", "core"];

/// The modules of an organization.
#[answer]
pub(super) struct Switches {
    /// By name: true while it is on. Only modules that may be off.
    modules: BTreeMap<String, bool>,
}

impl Switches {
    fn of(cx: &Context, organization: &Organization) -> Self {
        let on = |name: &str| !organization.modules_off.iter().any(|off| off == name);
        let modules = cx.engine().catalog().modules.iter().map(|module| module.name);
        let may_be_off = modules.filter(|name| !ALWAYS_ON.contains(name));
        Self { modules: may_be_off.map(|name| (name.to_owned(), on(name))).collect() }
    }
}

/// Shows which modules the organization uses.
#[operation]
pub(super) struct ShowModules {}

impl Endpoint for ShowModules {
    const ROUTE: Route = Route::get("/organization/modules/");
    const NEEDS: Needs = Needs::Auth;
    type Output = Record<Switches>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let organization = organization::own(cx).await?;
        Outcome::record(&Switches::of(cx, &organization), organization.version)
    }
}

/// Switches modules on or off; those that are not named stay as they are.
#[operation]
pub(super) struct SwitchModules {
    /// By name: true for on.
    modules: BTreeMap<String, bool>,
}

impl Endpoint for SwitchModules {
    const ROUTE: Route = Route::put("/organization/modules/").tells(&[events::ORGANIZATION_UPDATED]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Switches>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = organization::own(cx).await?;
        let known = Switches::of(cx, &old).modules;
        let mut off: Vec<String> = old.modules_off.clone();
        for (name, on) in &self.modules {
            if !known.contains_key(name) {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let pointer = format!("/modules/{name}");
                let why = format!("these may be switched: {}", names.join(", "));
                return Err(Error::field(&pointer, "unknown", why));
            }
            off.retain(|other| other != name);
            off.extend((!on).then(|| name.clone()));
        }
        // In the order of the matrix, so that the same choice is the same row.
        off.sort_by_key(|name| matrix::MODULES.iter().position(|module| module == name));
        if off == old.modules_off {
            return Outcome::record(&Switches::of(cx, &old), old.version);
        }
        let new = Organization { modules_off: off, ..old.clone() };
        let shown = json!(Switches::of(cx, &new));
        let mut change = Change::new();
        let slot = change.update(&old, new);
        change.tell(events::ORGANIZATION_UPDATED, slot);
        change.reply(move |filled| match filled.get(slot) {
            Some(row) => Reply::ok(shown.clone()).tagged(row.version),
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
}
