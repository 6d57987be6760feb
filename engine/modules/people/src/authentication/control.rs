//! What an administrator's act on an account does to its person's devices. The act is committed among
//! the organization's people; the devices listen to the person's own room, so a reaction carries it over.

use super::{
    access::{access_of, put},
    events,
    events::Ended,
    session::person,
    tables::{Access, RevokeReason},
};
use crate::{rooms, server, users::events as of_users};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{change::Change, event::Hearing, id::Id, room::RoomId};
use serde_json::json;

/// A person who was suspended, or put into the trash, is out, on every device.
pub(super) const END_SESSIONS: Reaction = Reaction {
    name: "end_sessions",
    on: On::Names(&[of_users::SUSPENDED, of_users::DELETED]),
    acts_in: their_room,
    run: end_sessions,
};

/// A person whose role changed reloads what it lets them do.
pub(super) const RELOAD_RIGHTS: Reaction = Reaction {
    name: "reload_rights",
    on: On::Names(&[of_users::ROLE_CHANGED]),
    acts_in: their_room,
    run: reload_rights,
};

/// A person's devices show the name that they have now.
pub(super) const RELOAD_PROFILE: Reaction = Reaction {
    name: "reload_profile",
    on: On::Names(&[of_users::PROFILE_UPDATED]),
    acts_in: told_elsewhere,
    run: reload_profile,
};

/// The person the event is about.
fn their_room(cause: &Cause) -> Vec<RoomId> {
    vec![rooms::of_user(Id::new(cause.event.entity.id))]
}

/// The same, unless it was told there already.
fn told_elsewhere(cause: &Cause) -> Vec<RoomId> {
    if cause.room.kind() == rooms::USER.kind { Vec::new() } else { their_room(cause) }
}

fn end_sessions<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let at = access.sessions_ended_at.max(Some(cause.event.occurred_at));
        let slot = put(change, access, Access { sessions_ended_at: at, ..access.clone() });
        events::tell_revoked(change, slot, Ended::All, RevokeReason::Admin);
    }))
}

fn reload_rights<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let at = access.rights_changed_at.max(Some(cause.event.occurred_at));
        let slot = put(change, access, Access { rights_changed_at: at, ..access.clone() });
        let data = json!({"role": cause.event.data.get("to")});
        let _ = change
            .tell(events::PERMISSION_CHANGED, slot)
            .saying(move |_| data.clone())
            .hearing(Hearing::Control);
    }))
}

fn reload_profile<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let slot = put(change, access, access.clone());
        let card = cause.event.data.clone();
        let _ = change.tell(of_users::PROFILE_UPDATED, slot).saying(move |_| card.clone());
    }))
}

/// Commits what `effect` says in the room of the person the cause is about.
async fn relay(
    engine: &Engine,
    cause: &Cause,
    effect: impl Fn(&mut Change, &Access) + Send + Sync,
) -> Result<()> {
    let Some(user) = person(engine.reader(), Id::new(cause.event.entity.id)).await? else { return Ok(()) };
    server::settle(|| async {
        let access = access_of(engine.reader(), user.id).await?;
        let mut change = Change::new();
        effect(&mut change, &access);
        change.unaudited();
        engine.effect(cause, &rooms::of_user(user.id), change).await
    })
    .await?;
    Ok(())
}
