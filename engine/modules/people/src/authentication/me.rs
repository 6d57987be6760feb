//! Who the caller is and what they may do, as a client needs it to draw its screens.

use crate::users::{self, matrix, tables::Organization};
use engine::{Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope};
use garde::Validate;
use schema::caller::Caller;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Answers `{user, organization, levels, session_id}`; `levels` names the caller's level in each module.
#[derive(Serialize, Deserialize, Validate, Debug)]
#[serde(deny_unknown_fields)]
pub struct ShowMe {}

impl Endpoint for ShowMe {
    const ROUTE: Route = Route::get("/me/");
    const NEEDS: Needs = Needs::Auth;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::find(cx, cx.caller.org, cx.caller.user).await?;
        let organization: Option<Organization> = cx.by_id(cx.room()?, cx.caller.org.cast()).await?;
        let organization = organization.ok_or_else(|| Error::not_found("organization"))?;
        let level = |module: &&str| {
            let level = cx.engine().identity().level(&cx.caller, module);
            ((*module).to_owned(), Value::from(level.word()))
        };
        let levels: Map<String, Value> = matrix::MODULES.iter().map(level).collect();
        Outcome::ok(&json!({
            "user": user.full(),
            "organization": organization.card(),
            "levels": levels,
            "session_id": cx.caller.session,
        }))
    }
}
