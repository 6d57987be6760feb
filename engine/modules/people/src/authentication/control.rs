//! What an administrator's act on an account does to its person's devices. The act is committed among
//! the organization's people; the devices listen to the person's own room, so a reaction carries it over.

use super::{
    Auth,
    access::{access_of, put},
    events,
    events::Ended,
    lock,
    session::person,
    tables::{Access, RevokeReason},
};
use crate::{rooms, server, users::events as of_users};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{
    change::{Change, Slot},
    event::Hearing,
    id::{Id, SessionId, UserId},
    room::RoomId,
};
use serde_json::json;
use std::sync::Arc;

/// A person who was suspended, or put into the trash, is out, on every device.
pub(super) const END_SESSIONS: Reaction = Reaction {
    name: "end_sessions",
    on: On::Names(&[of_users::SUSPENDED, of_users::DELETED, of_users::DEACTIVATED, events::PASSWORD_CHANGED]),
    acts_in: their_room,
    run: end_sessions,
};

/// A person whose role changed reloads what it lets them do.
pub(super) const RELOAD_RIGHTS: Reaction = Reaction {
    name: "reload_rights",
    on: On::Names(&[of_users::ROLE_CHANGED, events::PERMISSION_CHANGED]),
    acts_in: told_elsewhere,
    run: reload_rights,
};

/// People whose role lets them do something else now reload it.
pub(super) const RELOAD_ROLE: Reaction = Reaction {
    name: "reload_role",
    on: On::Names(&[of_users::ROLE_LEVELS_CHANGED]),
    acts_in: their_rooms,
    run: reload_role,
};

/// A person's devices show the name that they have now.
pub(super) const RELOAD_PROFILE: Reaction = Reaction {
    name: "reload_profile",
    on: On::Names(&[of_users::PROFILE_UPDATED]),
    acts_in: told_elsewhere,
    run: reload_profile,
};

/// The person the event is about.
pub(super) fn their_room(cause: &Cause) -> Vec<RoomId> {
    vec![rooms::of_user(Id::new(cause.event.entity.id))]
}

/// The people that the event names.
fn their_rooms(cause: &Cause) -> Vec<RoomId> {
    let people = cause.event.data.get("people").cloned().unwrap_or_default();
    let people: Vec<UserId> = serde_json::from_value(people).unwrap_or_default();
    people.into_iter().map(rooms::of_user).collect()
}

/// The same, unless it was told there already.
fn told_elsewhere(cause: &Cause) -> Vec<RoomId> {
    if cause.room.kind() == rooms::USER.kind { Vec::new() } else { their_room(cause) }
}

fn end_sessions<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let at = access.sessions_ended_at.max(Some(cause.event.occurred_at));
        let kept = said_session(cause, "kept");
        let ended = Access { sessions_ended_at: at, session_kept: kept, ..access.clone() };
        let (after, reason) = match cause.event.name.as_str() {
            // Whoever has a new password starts anew.
            events::PASSWORD_CHANGED => (lock::succeeded(&ended), RevokeReason::PasswordChange),
            _ => (ended, RevokeReason::Admin),
        };
        let slot = put(change, access, after);
        events::tell_revoked(change, slot, kept.map_or(Ended::All, Ended::AllBut), reason);
    }))
}

/// A sign-in that the event names.
fn said_session(cause: &Cause, name: &str) -> Option<SessionId> {
    cause.event.data.get(name).and_then(|id| serde_json::from_value(id.clone()).ok())
}

fn reload_rights<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let at = access.rights_changed_at.max(Some(cause.event.occurred_at));
        let slot = put(change, access, Access { rights_changed_at: at, ..access.clone() });
        tell_reload(change, slot, cause);
    }))
}

/// What the person may do now is asked for anew; the event says why.
fn tell_reload(change: &mut Change, slot: Slot<Access>, cause: &Cause) {
    let said = |name| cause.event.data.get(name).cloned();
    let data = json!({"role": said("to"), "modules": said("modules")});
    let told = change.tell(events::PERMISSION_CHANGED, slot).saying(move |_| data.clone());
    let _ = told.hearing(Hearing::Control);
}

fn reload_role<'a>(engine: &'a Engine, cause: &'a Cause, theirs: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        for room in theirs {
            relay_to(engine, cause, Id::new(room.id()), |change, access| {
                let at = access.rights_changed_at.max(Some(cause.event.occurred_at));
                let slot = put(change, access, Access { rights_changed_at: at, ..access.clone() });
                tell_reload(change, slot, cause);
            })
            .await?;
        }
        Ok(())
    })
}

fn reload_profile<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        relay(engine, cause, |change, access| {
            let slot = put(change, access, access.clone());
            let card = cause.event.data.clone();
            let _ = change.tell(of_users::PROFILE_UPDATED, slot).saying(move |_| card.clone());
        })
        .await?;
        let auth: &Arc<Auth> = engine.part()?;
        auth.presences().reread(engine, Id::new(cause.event.entity.id));
        Ok(())
    })
}

/// Commits what `effect` says in the room of the person the cause is about.
pub(super) async fn relay(
    engine: &Engine,
    cause: &Cause,
    effect: impl Fn(&mut Change, &Access) + Send + Sync,
) -> Result<()> {
    let Some(user) = person(engine.reader(), Id::new(cause.event.entity.id)).await? else { return Ok(()) };
    relay_to(engine, cause, user.id, effect).await
}

/// Commits what `effect` says in somebody's room.
async fn relay_to(
    engine: &Engine,
    cause: &Cause,
    user: UserId,
    effect: impl Fn(&mut Change, &Access) + Send + Sync,
) -> Result<()> {
    server::settle(|| async {
        let access = access_of(engine.reader(), user).await?;
        let mut change = Change::new();
        effect(&mut change, &access);
        change.unaudited();
        engine.effect(cause, &rooms::of_user(user), change).await
    })
    .await?;
    Ok(())
}
