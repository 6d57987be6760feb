//! What somebody's failures and an administrator's acts do in the person's own room, where locks and sign-ins are kept.

use super::{
    access::put,
    api_keys,
    control::{relay, their_room},
    events,
    events::Ended,
    lock,
    tables::{ApiKey, RevokeReason, Session},
};
use crate::{rooms, server};
use actors::BoxFuture;
use engine::{Cause, Engine, On, Reaction, Result};
use schema::{
    change::Change,
    id::{Id, SessionId},
    room::RoomId,
};
use serde_json::{from_value, json};

/// A wrong password, said where it is changed, counts like one said at the door.
pub(super) const COUNT_FAILURE: Reaction = Reaction {
    name: "count_failure",
    on: On::Names(&[events::PASSWORD_REFUSED]),
    acts_in: their_room,
    run: count_failure,
};

/// A lock is lifted.
pub(super) const UNLOCK: Reaction =
    Reaction { name: "unlock", on: On::Names(&[events::UNLOCKED]), acts_in: their_room, run: unlock };

/// One sign-in is ended by an administrator.
pub(super) const END_ONE: Reaction =
    Reaction { name: "end_one", on: On::Names(&[events::SESSION_ENDED]), acts_in: their_room, run: end_one };

/// A key is taken back by an administrator.
pub(super) const END_KEY: Reaction =
    Reaction { name: "end_key", on: On::Names(&[events::KEY_ENDED]), acts_in: their_room, run: end_key };

fn count_failure<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        let after = lock::failed(access, cause.event.occurred_at);
        let locks = after.lockouts > access.lockouts;
        let slot = put(change, access, after);
        if locks {
            let data = json!({"attempts": lock::FAILURES_MAX});
            let told = change.tell(events::LOCKED, slot).saying(move |_| data.clone());
            let _ = told.notify([access.user_id]);
        }
    }))
}

fn unlock<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(relay(engine, cause, |change, access| {
        put(change, access, lock::succeeded(access));
    }))
}

fn end_one<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let named = cause.event.data.get("session_id").cloned().unwrap_or_default();
        let Ok(named) = from_value::<SessionId>(named) else { return Ok(()) };
        let room = rooms::of_user(Id::new(cause.event.entity.id));
        server::settle(|| async {
            let session: Option<Session> = engine.reader().by_id(&room, named.cast()).await?;
            // Somebody else's is not in this room, and one that has ended stays as it is.
            let Some(session) = session.filter(|session| session.revoked_at.is_none()) else { return Ok(()) };
            let mut change = Change::new();
            let ended = session.revoked(cause.event.occurred_at, RevokeReason::Admin);
            let slot = change.update(&session, ended);
            events::tell_revoked(&mut change, slot, Ended::One(session.id), RevokeReason::Admin);
            change.unaudited();
            engine.effect(cause, &room, change).await.map(drop)
        })
        .await
    })
}

fn end_key<'a>(engine: &'a Engine, cause: &'a Cause, _: &'a [RoomId]) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let named = cause.event.data.get("key_id").cloned().unwrap_or_default();
        let Ok(named) = from_value::<Id<ApiKey>>(named) else { return Ok(()) };
        let room = rooms::of_user(Id::new(cause.event.entity.id));
        server::settle(|| async {
            let row: Option<ApiKey> = engine.reader().by_id(&room, named).await?;
            let Some(row) = row.filter(|row| row.revoked_at.is_none()) else { return Ok(()) };
            let mut change = Change::new();
            api_keys::revoked(&mut change, &row, cause.event.occurred_at);
            change.unaudited();
            engine.effect(cause, &room, change).await.map(drop)
        })
        .await
    })
}
