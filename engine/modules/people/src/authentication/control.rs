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

/// A suspended person is out, on every device.
pub(super) const END_SESSIONS: Reaction = Reaction {
    name: "end_sessions",
    on: On::Names(&[of_users::SUSPENDED]),
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

/// The person the event is about.
fn their_room(cause: &Cause) -> Vec<RoomId> {
    vec![rooms::of_user(Id::new(cause.event.entity.id))]
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
