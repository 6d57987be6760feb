//! What the engine tells the actors: who may hear a room, what an event sets off, what a greeting says.

use crate::{Action, Call, Engine, Error, Request, permission::permit, reaction::Cause};
use actors::{BoxFuture, Hook, Host, Image, Policy, Verdict};
use bytes::Bytes;
use schema::{caller::Caller, code::Code, codec, id::UserId, log::Told, room::RoomId};
use serde_json::{Value, json};
use tracing::warn;

impl Host for Engine {
    fn policy(&self, room: &RoomId) -> Option<Policy> {
        self.catalog().room(room.kind()).and_then(|(kind, _)| kind.policy)
    }

    fn may_hear<'a>(&'a self, caller: &'a Caller, room: &'a RoomId) -> BoxFuture<'a, Result<(), Code>> {
        Box::pin(async move {
            let Some((kind, _)) = self.catalog().room(room.kind()) else { return Err(Code::NotFound) };
            let allowed = async {
                self.identity().current(self.reader(), caller, None).await?;
                let standing = (kind.standing)(self.reader(), caller, room).await?;
                let standing = standing.ok_or_else(|| Error::not_found("room"))?;
                let level = self.level_in(caller, room).await?;
                permit(&kind.hears, Action::Read, caller, level, &standing)
            };
            allowed.await.map_err(|error| error.code())
        })
    }

    fn reacts(&self, told: &Told) -> bool {
        self.catalog().reactions().any(|reaction| reaction.is_set_off_by(told))
    }

    fn react<'a>(
        &'a self,
        room: &'a RoomId,
        seq: u64,
        told: &'a Told,
    ) -> BoxFuture<'a, Result<(), actors::Error>> {
        Box::pin(async move {
            for reaction in self.catalog().reactions().filter(|reaction| reaction.is_set_off_by(told)) {
                let cause = Cause {
                    rule: reaction.name,
                    room: room.clone(),
                    seq,
                    event: codec::from_msgpack(&told.body)?,
                    notify: told.notify.clone(),
                };
                self.react_to(reaction, &cause).await?;
            }
            Ok(())
        })
    }

    fn carried<'a>(&'a self, _: &'a RoomId, body: Bytes) -> BoxFuture<'a, Bytes> {
        Box::pin(async move { self.run_errand(&body).await })
    }

    fn committed(&self, room: &RoomId, commit: u64, rows: &[Image]) {
        self.identity().committed(room, rows);
        self.sheets().committed(room, commit, rows);
    }

    fn control(&self, caller: &Caller, told: &Told) -> Verdict {
        self.identity().control(caller, told)
    }

    fn stirred(&self, user: UserId) {
        self.identity().stirred(self, user);
    }

    fn renewed<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Option<Caller>> {
        Box::pin(async move { self.identity().renewed(self.reader(), caller).await.ok() })
    }

    fn greeting<'a>(&'a self, caller: &'a Caller, room: &'a RoomId, fresh: bool) -> BoxFuture<'a, Value> {
        Box::pin(async move {
            let greeting = self.catalog().room(room.kind()).and_then(|(kind, _)| kind.greeting);
            match greeting.filter(|_| fresh) {
                Some(greeting) => greeting(self.reader(), caller, room).await.unwrap_or(Value::Null),
                None => Value::Null,
            }
        })
    }

    fn hook<'a>(&'a self, caller: &'a Caller, room: &'a RoomId, hook: Hook) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let named = self.catalog().room(room.kind()).and_then(|(kind, _)| match hook {
                Hook::Joined => kind.joined,
                Hook::Left => kind.left,
            });
            let Some((operation, field)) = named else { return };
            let call = Call {
                caller: Some(*caller),
                operation: operation.to_owned(),
                input: json!({ field: room.id() }),
                key: None,
                if_match: None,
                request: Request::default(),
            };
            if let Err(error) = self.call(call).await {
                warn!(%room, operation, %error, "a hook was refused");
            }
        })
    }
}
