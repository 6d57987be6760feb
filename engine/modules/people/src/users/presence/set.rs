//! Saying how one is.

use super::{
    known::say,
    state::{Presence, Wish},
};
use crate::{authentication::Auth, rooms};
use engine::{Context, Endpoint, Error, Needs, Outcome, Result, Route, Scope, Whole};
use schema::{caller::Caller, id::UserId, operation};
use serde_json::json;
use std::sync::Arc;

/// Says how the caller is: online, away, busy or invisible. Without a state it says that they are doing something. It
/// holds as long as they have a connection, on all of them, and is written down nowhere.
///
/// On the socket it is a call under a short name like all others, so that it is answered, paced and refused the same,
/// and reaches the caller's home through any node.
#[operation]
pub(in crate::users) struct SetPresence {
    /// Whose: only ever one's own. A socket's short name fills it with its room.
    #[serde(default)]
    user_id: Option<UserId>,
    /// How they are.
    #[serde(default)]
    state: Option<Wish>,
}

impl Endpoint for SetPresence {
    const ROUTE: Route =
        Route::put("/me/presence/").tells_nobody("how somebody is, is whispered and never written down");
    const NEEDS: Needs = Needs::Own;
    type Output = Whole<Presence>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(rooms::of_user(caller.user))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if self.user_id.is_some_and(|user| user != cx.caller.user) {
            return Err(Error::forbidden("how somebody is, they say themselves"));
        }
        let auth: &Arc<Auth> = cx.part()?;
        let (user, now) = (cx.caller.user, cx.now());
        match self.state {
            Some(wish) => {
                auth.presences().wish(user, wish, now);
                let told = json!({"name": "presence.changed", "state": wish});
                say(cx.engine(), &rooms::of_user(user), &told);
            }
            None => auth.presences().touch(user, now),
        }
        Outcome::ok(&auth.presences().own(user, now))
    }
}
