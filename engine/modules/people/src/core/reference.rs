//! The closed sets that clients draw their forms from. They change with the program, never with the data.

use engine::{Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, money::Currency, operation, role::Role, text::zones};
use std::collections::BTreeMap;

/// A currency.
#[answer]
pub(super) struct CurrencyShown {
    /// ISO 4217.
    code: String,
    /// How many decimals the minor unit has.
    exponent: u32,
}

/// The closed sets.
#[answer]
pub(super) struct Reference {
    /// The global roles.
    roles: Vec<String>,
    /// The currencies that books are kept in.
    currencies: Vec<CurrencyShown>,
    /// The languages of titles and texts.
    languages: Vec<String>,
    /// IANA time zones.
    timezones: Vec<String>,
    /// Types of records that can be commented on.
    entities: Vec<String>,
    /// What holds for everybody: sizes and counts.
    limits: BTreeMap<String, u64>,
}

/// Shows roles, currencies, languages, time zones and limits.
#[operation]
pub(super) struct GetReference {}

impl Endpoint for GetReference {
    const ROUTE: Route = Route::get("/reference/");
    const NEEDS: Needs = Needs::Public;
    type Output = Whole<Reference>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let currency = |currency: Currency| CurrencyShown {
            code: currency.code().to_owned(),
            exponent: currency.exponent(),
        };
        let limits = [("title_chars", 200), ("markdown_chars", 10_000), ("page_records", 100)];
        Outcome::ok(&Reference {
            roles: Role::ALL.map(|role| role.word().to_owned()).into(),
            currencies: Currency::ALL.map(currency).into(),
            languages: vec!["fr".into(), "en".into()],
            timezones: zones(),
            entities: cx.engine().catalog().entity_names().map(str::to_owned).collect(),
            limits: limits.map(|(name, limit)| (name.to_owned(), limit)).into(),
        })
    }
}
