//! What a client asks for, one thing after the other: the worker of an inbox. It keeps the order, the pace
//! and the manners; each kind of request has a file of its own.

use super::{
    calls,
    connection::{Connection, NOT_SIGNED_IN},
    entrance,
    pace::Verdict,
    reading::{self, Unreadable},
    rooms, watching,
};
use actors::outbox::Close;
use engine::Error;
use schema::{
    caller::Caller,
    code::Code,
    frame::{Kind, Request, Response},
};
use serde_json::{Value, json};
use std::sync::Arc;

const GARBAGE: Close = Close { code: 1007, reason: "not a value of the sub-protocol" };
/// Who asks too fast goes on too long.
pub(super) const FLOOD: Close = Close { code: 4029, reason: "rate limited" };

/// Takes requests out until there are none.
pub(super) async fn work(connection: Arc<Connection>) {
    while let Some(message) = connection.inbox.take(&connection.outbox) {
        Box::pin(handle(&connection, &message)).await;
    }
}

/// Answers a heartbeat where it was heard, and says whether this message was one. It is most of what quiet
/// people say, and nothing in it has to be waited for, so it needs no worker. One that comes while others wait
/// is answered in its turn, and a stranger's is refused by the worker.
pub(super) fn is_answered_at_once(connection: &Connection, message: &[u8]) -> bool {
    let (outbox, config) = (&connection.outbox, connection.config());
    if !reading::may_be_ping(message) || !connection.inbox.is_idle() || outbox.is_half_full() {
        return false;
    }
    match reading::read(outbox.codec, message, config) {
        Ok(request) if request.op == "ping" && connection.is_signed_in() => {
            if is_in_pace(connection, message) {
                pong(connection, request.reference);
            }
            true
        }
        _ => false,
    }
}

fn pong(connection: &Connection, reference: Option<String>) {
    let now = connection.now_ms();
    connection.send(&Response::new(Kind::Pong, reference, now, json!({"server_time": now})));
}

async fn handle(connection: &Connection, message: &[u8]) {
    if !is_in_pace(connection, message) {
        return;
    }
    match (reading::read(connection.outbox.codec, message, connection.config()), connection.caller()) {
        (Ok(request), Some(caller)) => serve(connection, caller, request).await,
        (Ok(request), None) if request.op == "auth" => entrance::by_token(connection, request).await,
        (Ok(Request { reference, .. }) | Err(Unreadable::Refused(reference, _)), None) => {
            let error = Error::new(Code::NotAuthenticated, "the first frame is auth, with a token");
            connection.turn_away(reference, &error, NOT_SIGNED_IN);
        }
        (Err(Unreadable::Refused(reference, error)), Some(_)) => connection.refuse(reference, &error),
        (Err(Unreadable::Garbage), _) => connection.outbox.close(GARBAGE),
    }
}

/// Whether the client may ask for something now. If not, it has been told, or sent away.
fn is_in_pace(connection: &Connection, message: &[u8]) -> bool {
    match connection.pace() {
        Verdict::Go => return true,
        Verdict::Slower => {
            let error = Error::new(Code::RateLimited, "this connection asks too fast").with("retry_after", 1);
            connection.refuse(reading::reference(connection.outbox.codec, message), &error);
        }
        Verdict::Flood => connection.outbox.close(FLOOD),
    }
    false
}

async fn serve(connection: &Connection, caller: Caller, request: Request) {
    let reference = request.reference.clone();
    let outcome = match request.op.as_str() {
        "ping" => return pong(connection, reference),
        "auth" => Err(Error::new(Code::ProtocolError, "signed in already; refresh renews the token")),
        "refresh" => entrance::refresh(connection, &caller, request).await,
        "join" => rooms::join(connection, request).await,
        "leave" => rooms::leave(connection, request).await,
        "whisper" => rooms::whisper(connection, &caller, request).await,
        "presence.watch" => watching::watch(connection, &caller, request).await,
        "history" => rooms::history(connection, &caller, request).await,
        _ => calls::call(connection, caller, request).await,
    };
    if let Err(error) = outcome {
        connection.refuse(reference, &error);
    }
}

/// The room a request is about.
///
/// # Errors
/// `protocol-error` when it names none.
pub(super) fn room_of(request: &Request) -> Result<schema::room::RoomId, Error> {
    request
        .room
        .clone()
        .ok_or_else(|| Error::new(Code::ProtocolError, format!("{} needs a room", request.op)))
}

/// The data of a request, as what it needs to be.
///
/// # Errors
/// `protocol-error`, saying what is wrong.
pub(super) fn data<T: serde::de::DeserializeOwned>(op: &str, d: Value) -> Result<T, Error> {
    serde_json::from_value(d).map_err(|error| Error::new(Code::ProtocolError, format!("{op}: {error}")))
}
