//! The public half of the signing key, for other services that check our tokens.

use super::Auth;
use engine::{Context, Endpoint, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, operation};
use std::sync::Arc;

/// A set of public keys.
#[answer]
pub(super) struct KeySet {
    /// Each as a JSON Web Key.
    keys: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// Answers the key set (RFC 7517) that access tokens are verified with.
#[operation]
pub(super) struct ListKeys {}

impl Endpoint for ListKeys {
    const ROUTE: Route = Route::get("/jwks/");
    const NEEDS: Needs = Needs::Public;
    type Output = Whole<KeySet>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        Outcome::ok(&auth.key_set())
    }
}
