//! The public half of the signing key, for other services that check our tokens.

use super::Auth;
use engine::{Context, Endpoint, Needs, Outcome, Result, Route, Scope};
use garde::Validate;
use schema::caller::Caller;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Answers the key set (RFC 7517) that access tokens are verified with.
#[derive(Serialize, Deserialize, Validate, Debug)]
#[serde(deny_unknown_fields)]
pub struct ListKeys {}

impl Endpoint for ListKeys {
    const ROUTE: Route = Route::get("/jwks/");
    const NEEDS: Needs = Needs::Public;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let auth: &Arc<Auth> = cx.part()?;
        Outcome::ok(&auth.key_set())
    }
}
