//! A forgotten password. Nobody learns from the answer whether an address has an account; and as there is no mail, its
//! organization's administrators are asked to hand a link on.

use super::{
    access::{access_of, put},
    events, login,
    tables::Access,
};
use crate::{rooms, server, users, users::tables::User};
use actors::room::Author;
use engine::{Accepted, Context, Endpoint, Needs, Outcome, Rate, Result, Route, Scope};
use schema::{caller::Caller, change::Change, id::UserId, key::KeyWriter, operation, reply::Reply};
use serde_json::{Value, json};

/// Administrators are asked once in this time, however often somebody forgets.
const QUIET_SECONDS: i64 = 3_600;
/// Administrators who are asked.
const ASKED_MAX: usize = 8;

/// Asks for a new password. It is always accepted; where the address is that of an active account, the administrators
/// of its organization are asked, once an hour at most, to hand a link on.
#[operation]
pub(super) struct AskForPassword {
    /// The address, in any case.
    #[garde(length(chars, min = 3, max = 254))]
    email: String,
}

impl Endpoint for AskForPassword {
    const ROUTE: Route = Route::post("/password/reset/").tells(&[events::PASSWORD_FORGOTTEN]);
    const NEEDS: Needs = Needs::Public;
    const RATE: Rate = Rate::Login;
    type Output = Accepted;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = login::holder(cx, &self.email).await?.filter(User::is_active);
        match user {
            Some(user) => ask(cx, &user).await?,
            // Asking is committed, so this pays for a commit too.
            None => cx.store().probe().await.map(drop)?,
        }
        Ok(Outcome::Answer(Reply::of(202, Value::Null)))
    }
}

async fn ask(cx: &Context, user: &User) -> Result<()> {
    let room = rooms::of_user(user.id);
    cx.at_home(&room)?;
    let within = KeyWriter::new().with(&user.org_id);
    let asked: Vec<UserId> = cx.column::<User, _>("administrators", within, "id", ASKED_MAX).await?;
    let data = json!({"title": user.name(), "user_id": user.id});
    let author =
        Author { request_id: cx.request.id.clone(), ..Author::system(user.org_id, "AskForPassword") };
    server::settle(|| async {
        let access = access_of(cx, user.id).await?;
        let now = cx.now();
        if access.reset_asked_at.is_some_and(|at| at.plus_seconds(QUIET_SECONDS) > now) {
            return Ok(cx.store().probe().await.map(drop)?);
        }
        let mut change = Change::new();
        let slot = put(&mut change, &access, Access { reset_asked_at: Some(now), ..access.clone() });
        let said = data.clone();
        let told = change.tell(events::PASSWORD_FORGOTTEN, slot).saying(move |_| said.clone());
        let _ = told.notify(asked.iter().copied());
        server::commit(cx.engine(), &room, author.clone(), change).await.map(drop)
    })
    .await
}

/// Lets somebody in again whose account was locked after too many failures.
#[operation]
pub(super) struct UnlockUser {
    /// Who.
    user_id: UserId,
}

impl Endpoint for UnlockUser {
    const ROUTE: Route = Route::post("/users/{user_id}/unlock/").tells(&[events::UNLOCKED]);
    const NEEDS: Needs = Needs::OrgLevel(engine::Action::Manage);
    type Output = Accepted;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(users::home(caller.org))
    }

    /// The lock is kept in the person's own room, so a reaction there lifts it.
    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let user = users::active(cx, cx.caller.org, self.user_id).await?;
        let mut change = Change::new();
        let slot = change.update(&user, user.clone());
        let _ = change.tell(events::UNLOCKED, slot).saying(|_| json!({}));
        change.reply(|_| Reply::of(202, Value::Null));
        Ok(Outcome::Commit(change))
    }
}
