//! The organization that one belongs to: what it is called and how it counts.

use super::events;
use crate::users::{
    self,
    card::Tenant,
    tables::{Language, Organization},
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::Change,
    money::Currency,
    operation,
    patch::Edit,
    reply::Reply,
    text::{Line, Zone},
    words,
};
use serde_json::json;

/// The first day of a week.
#[words]
pub(super) enum Weekday {
    Monday,
    Saturday,
    Sunday,
}

/// Shows the caller's organization.
#[operation]
pub(super) struct GetOrganization {}

impl Endpoint for GetOrganization {
    const ROUTE: Route = Route::get("/organization/");
    const NEEDS: Needs = Needs::Auth;
    type Output = Record<Tenant>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let organization = own(cx).await?;
        Outcome::record(&Tenant::of(&organization), organization.version)
    }
}

pub(super) async fn own(cx: &Context) -> Result<Organization> {
    let found: Option<Organization> = cx.by_id(cx.room()?, cx.caller.org.cast()).await?;
    found.ok_or_else(|| Error::not_found("organization"))
}

/// Edits the organization's name and how it counts: language, zone, currency, week.
#[operation]
pub(super) struct EditOrganization {
    /// Its name.
    name: Edit<Line<120>>,
    /// What it speaks where nobody chose.
    default_language: Edit<Language>,
    /// The zone whose days it counts.
    timezone: Edit<Zone>,
    /// What it counts money in.
    #[garde(skip)]
    currency: Edit<Currency>,
    /// Where it is, in ISO 3166-1 alpha-2.
    #[garde(custom(is_country))]
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: Edit<String>,
    /// The first day of its week.
    week_start: Edit<Weekday>,
}

fn is_country(country: &Edit<String>, _: &()) -> garde::Result {
    match country.value() {
        Some(code) if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            Err(garde::Error::new("two capitals, such as SN"))
        }
        _ => Ok(()),
    }
}

impl Endpoint for EditOrganization {
    const ROUTE: Route = Route::patch("/organization/").tells(&[events::ORGANIZATION_UPDATED]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Tenant>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = own(cx).await?;
        let mut new = old.clone();
        self.name.keep(&mut new.name);
        self.default_language.apply(&mut new.default_language);
        self.timezone.keep(&mut new.timezone);
        if let Some(currency) = self.currency.value() {
            currency.code().clone_into(&mut new.currency);
        }
        self.country.apply(&mut new.country);
        if let Some(day) = self.week_start.value() {
            day.word().clone_into(&mut new.week_start);
        }
        if new == old {
            return Outcome::record(&Tenant::of(&old), old.version);
        }
        let mut change = Change::new();
        let slot = change.update(&old, new);
        change.tell(events::ORGANIZATION_UPDATED, slot);
        change.reply(move |filled| match filled.get(slot) {
            Some(row) => Reply::ok(json!(Tenant::of(row))).tagged(row.version),
            None => Reply::empty(),
        });
        Ok(Outcome::Commit(change))
    }
}
