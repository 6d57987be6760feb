//! Listening: joining and leaving rooms, whispering in them, reading what they told before. Whether a room
//! may be heard is decided by the session and the engine.

use super::{
    connection::Connection,
    requests::{data, room_of},
};
use actors::{
    Host as _,
    room::log_after,
    session::{Join, Message},
};
use engine::Error;
use schema::{
    caller::Caller,
    code::Code,
    codec,
    frame::{Kind, Request, Response},
    room::RoomId,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// A wish to be let into a room.
pub(super) struct Admission {
    pub(super) room: RoomId,
    /// The epoch and the last event of a former visit.
    pub(super) from: Option<(Option<String>, u64)>,
    pub(super) reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    #[serde(default)]
    epoch: Option<String>,
    #[serde(default)]
    after_seq: Option<u64>,
}

/// Joins a room; the session answers the client.
pub(super) async fn join(connection: &Connection, request: Request) -> Result<(), Error> {
    let room = room_of(&request)?;
    let From { epoch, after_seq } = data("join", request.d)?;
    let from = after_seq.map(|after| (epoch, after));
    let admission = Admission { room, from, reference: request.reference };
    admit(connection, admission).await.map_err(|code| match code {
        Code::NotFound => Error::not_found("room"),
        Code::CapacityReached => Error::new(code, "this connection listens to as many rooms as it may"),
        code => Error::new(code, "this room can't be joined"),
    })
}

/// Asks the session to let the client into a room.
pub(super) async fn admit(connection: &Connection, admission: Admission) -> Result<(), Code> {
    let Admission { room, from, reference } = admission;
    let (report, reported) = oneshot::channel();
    let join = Join { room, reference, from };
    let session = connection.session().ok_or(Code::Internal)?;
    session.address.send(Message::Join(join, report)).map_err(|_| Code::Internal)?;
    reported.await.map_err(|_| Code::Internal)?
}

/// Stops listening to a room.
pub(super) async fn leave(connection: &Connection, request: Request) -> Result<(), Error> {
    let room = room_of(&request)?;
    let (report, reported) = oneshot::channel();
    let session = connection.session().ok_or_else(gone)?;
    session.address.send(Message::Leave(room.clone(), report)).map_err(|_| gone())?;
    reported.await.map_err(|_| gone())?;
    connection
        .send(&Response::new(Kind::Reply, request.reference, connection.now_ms(), json!({})).about(&room));
    Ok(())
}

/// Passes something momentary on to the others in a room. It may be lost, so a client that goes too fast is
/// told only if it asked to be.
pub(super) async fn whisper(connection: &Connection, caller: &Caller, request: Request) -> Result<(), Error> {
    let room = room_of(&request)?;
    let mut d: Map<String, Value> = data("whisper", request.d)?;
    let said = d.remove("kind");
    let policy = connection.engine().policy(&room).ok_or_else(|| Error::not_found("room"))?;
    let kind = policy.whispers.iter().find(|kind| said.as_ref().and_then(Value::as_str) == Some(kind));
    let Some(kind) = kind.copied() else {
        let known = policy.whispers.join(", ");
        return Err(Error::new(
            Code::ProtocolError,
            format!("this room has no such kind of whisper; it has: {known}"),
        ));
    };
    if !hears(connection, &room).await? {
        return Err(Error::new(Code::Forbidden, "join the room first"));
    }
    d.insert("kind".to_owned(), kind.into());
    d.insert("user_id".to_owned(), json!(caller.user));
    let d = Value::Object(d);
    if serde_json::to_vec(&d).map_or(0, |bytes| bytes.len()) > connection.config().whisper_bytes_max {
        return Err(Error::new(Code::PayloadTooLarge, "a whisper is a few words"));
    }
    let passed = connection.may_whisper(kind);
    if passed {
        connection.engine().acted(caller);
        connection.engine().node().audiences().whisper(&room, connection.outbox.id, d);
    }
    match request.reference {
        None => Ok(()),
        Some(_) if !passed => {
            Err(Error::new(Code::RateLimited, format!("one {kind} a second")).with("retry_after", 1))
        }
        reference => {
            connection
                .send(&Response::new(Kind::Reply, reference, connection.now_ms(), json!({})).about(&room));
            Ok(())
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    #[serde(default)]
    after_seq: u64,
    #[serde(default)]
    limit: Option<usize>,
}

/// One page of what a joined room told.
pub(super) async fn history(connection: &Connection, caller: &Caller, request: Request) -> Result<(), Error> {
    let room = room_of(&request)?;
    let since: Since = data("history", request.d)?;
    let config = connection.config();
    let limit = since.limit.unwrap_or(config.history_events_max);
    if !(1..=config.history_events_max).contains(&limit) {
        let most = config.history_events_max;
        return Err(Error::field("/limit", "range", format!("a page holds 1 to {most} events")));
    }
    let engine = connection.engine();
    if !hears(connection, &room).await? {
        return Err(Error::new(Code::Forbidden, "join the room first"));
    }
    engine
        .may_hear(caller, &room)
        .await
        .map_err(|code| Error::new(code, "this room may no longer be heard"))?;
    // What lies further on in the log may be half written.
    let end = engine.node().directory().head(&room).await?.seq;
    let entries = log_after(engine.node().store(), &room, since.after_seq, limit + 1).await?;
    // Commits that told nothing lie in the log too: a full page of entries may hold few events.
    let full = entries.len() > limit && entries.last().is_some_and(|entry| entry.last_seq() < end);
    let told = entries.into_iter().flat_map(|entry| {
        let ts = entry.at.ms();
        (entry.first_seq..).zip(entry.events).map(move |(seq, told)| (seq, ts, told))
    });
    let (mut events, mut bytes, mut has_more) = (Vec::new(), 0, full);
    for (seq, ts, told) in told.filter(|(seq, ..)| *seq > since.after_seq && *seq <= end) {
        bytes += told.body.len();
        if events.len() == limit || (bytes > config.history_bytes_max && !events.is_empty()) {
            has_more = true;
            break;
        }
        let d: Value = codec::from_msgpack(&told.body)?;
        events.push(json!({"seq": seq, "ts": ts, "d": d}));
    }
    let d = json!({"events": events, "has_more": has_more});
    connection.send(&Response::new(Kind::Reply, request.reference, connection.now_ms(), d).about(&room));
    Ok(())
}

/// Whether this connection listens to a room now.
async fn hears(connection: &Connection, room: &RoomId) -> Result<bool, Error> {
    let (report, reported) = oneshot::channel();
    let session = connection.session().ok_or_else(gone)?;
    session.address.send(Message::Hears(room.clone(), report)).map_err(|_| gone())?;
    reported.await.map_err(|_| gone())
}

pub(super) fn gone() -> Error {
    Error::new(Code::Internal, "the session is over").because("its actor does not answer")
}
