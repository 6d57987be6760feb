//! What somebody keeps for getting in, their keys and devices, seen and ended by themselves, and by whoever manages
//! sign-ins and may decide over their role.

use crate::{rooms, users};
use engine::{Action, Context, Error, Needs, Param, Query, Result, Scope};
use schema::{caller::Caller, id::UserId};

/// Oneself, and who manages sign-ins.
pub(super) const NEEDS: Needs = Needs::Any(&[Needs::Own, Needs::OrgLevel(Action::Manage)]);
/// The name by which another is meant.
pub(super) const ASKS: &[Param] = &[Param {
    name: "user_id",
    format: "text",
    help: "Whose it is; the caller's own unless said.",
    required: false,
}];

/// Whoever is meant, where it is not the caller.
pub(super) fn other(query: &Query, caller: &Caller) -> Option<UserId> {
    let user: Option<UserId> = query.parsed("user_id").ok().flatten();
    user.filter(|user| *user != caller.user)
}

/// The caller's own room; among the organization's people for somebody else, whose room nobody but they enter.
pub(super) fn place(query: &Query, caller: &Caller) -> Scope {
    let own = || rooms::of_user(caller.user);
    Scope::Room(other(query, caller).map_or_else(own, |_| users::home(caller.org)))
}

/// Whoever is meant.
///
/// # Errors
/// `not-found` where the caller may not know of them, `forbidden` where they may not decide over them.
pub(super) async fn person(query: &Query, cx: &Context) -> Result<UserId> {
    query.only(&["user_id"])?;
    query.parsed::<UserId>("user_id")?;
    let Some(other) = other(query, &cx.caller) else { return Ok(cx.caller.user) };
    if !cx.level.manage {
        return Err(Error::not_found("user"));
    }
    let user = users::find(cx, cx.caller.org, other).await?;
    users::rules::may_give(cx.caller.role, user.role)?;
    Ok(other)
}
