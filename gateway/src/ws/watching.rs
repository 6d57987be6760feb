//! Watching how people are: one frame for a list of them. It is a frame of its own, and no call, because it is about
//! what this connection listens to.

use super::{connection::Connection, requests::data, rooms::gone};
use crate::carry::carry;
use actors::session::Message;
use engine::{Call, Error};
use schema::{
    caller::Caller,
    code::Code,
    frame::{Kind, Request, Response},
    id::UserId,
    room::RoomId,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// People whom one connection watches.
const WATCHED_MAX: usize = 100;
/// The kind of the rooms in which it is whispered how somebody is.
const ROOM: &str = "presence";
/// The operation that shows how people are.
const SHOWS: &str = "ListPresence";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Watched {
    user_ids: Vec<UserId>,
}

/// Watches these people and no others from now on, and answers how they are. They are listened to first and looked at
/// then, so that no change is lost in between; of two answers the one with the later `at` counts.
pub(super) async fn watch(connection: &Connection, caller: &Caller, request: Request) -> Result<(), Error> {
    let Watched { user_ids } = data("presence.watch", request.d)?;
    if user_ids.len() > WATCHED_MAX {
        return Err(Error::new(Code::Validation, format!("{WATCHED_MAX} people at most")).and_field(
            "/user_ids",
            "length",
            "too many",
        ));
    }
    let rooms = user_ids.iter().map(|user| RoomId::new(ROOM, user.uuid())).collect();
    let (report, reported) = oneshot::channel();
    let session = connection.session().ok_or_else(gone)?;
    session.address.send(Message::Watch(rooms, report)).map_err(|_| gone())?;
    let refused: Vec<UserId> =
        reported.await.map_err(|_| gone())?.iter().map(|room| UserId::new(room.id())).collect();
    let seen: Vec<String> =
        user_ids.iter().filter(|user| !refused.contains(user)).map(UserId::to_string).collect();
    let users = if seen.is_empty() { json!([]) } else { look(connection, caller, &seen).await? };
    let d = json!({"users": users, "refused": refused});
    connection.send(&Response::new(Kind::Reply, request.reference, connection.now_ms(), d));
    Ok(())
}

async fn look(connection: &Connection, caller: &Caller, ids: &[String]) -> Result<Value, Error> {
    let engine = connection.engine();
    let entry = engine.catalog().operation(SHOWS).copied();
    let entry = entry.ok_or_else(|| Error::new(Code::UnknownOperation, "nobody can be watched here"))?;
    let call = Call {
        caller: Some(*caller),
        operation: SHOWS.to_owned(),
        input: json!({"query": {"ids": ids.join(",")}}),
        key: None,
        if_match: None,
        request: engine::Request {
            ip: Some(connection.ip),
            french: connection.french,
            ..engine::Request::default()
        },
    };
    let mut reply = carry(&connection.guest, &entry, call).await.outcome?.into_reply();
    Ok(reply.body.get_mut("data").map(Value::take).unwrap_or_default())
}
