//! Who the caller is and what they may do, as a client needs it to draw its screens.

use crate::users::{
    self,
    card::{Profile, Tenant},
    matrix,
    tables::Organization,
};
use engine::{Context, Endpoint, Error, Level, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, code::Code, id::SessionId, operation};
use std::collections::BTreeMap;

/// Who somebody is and what they may do.
#[answer]
pub(super) struct Me {
    /// Their profile.
    user: Profile,
    /// Where they belong.
    organization: Tenant,
    /// Their level in each module: `–`, `RO`, `R`, `WO`, `RW`, `W` or `M`.
    levels: BTreeMap<String, String>,
    /// This sign-in.
    session_id: SessionId,
}

/// Shows who is signed in, in which organization, and with what level in each module.
#[operation]
pub(super) struct ShowMe {}

impl Endpoint for ShowMe {
    const ROUTE: Route = Route::get("/me/");
    const NEEDS: Needs = Needs::Auth;
    type Output = Whole<Me>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::find(cx, cx.caller.org, cx.caller.user).await?;
        let organization: Option<Organization> = cx.by_id(cx.room()?, cx.caller.org.cast()).await?;
        let organization = organization.ok_or_else(|| Error::not_found("organization"))?;
        let mut levels = BTreeMap::new();
        for module in matrix::MODULES {
            let level = match cx.engine().identity().level(cx, &cx.caller, module).await {
                Err(error) if error.code() == Code::ModuleDisabled => Level::NONE,
                level => level?,
            };
            levels.insert(module.to_owned(), level.word().to_owned());
        }
        Outcome::ok(&Me {
            user: Profile::of(&user),
            organization: Tenant::of(&organization),
            levels,
            session_id: cx.caller.session,
        })
    }
}
