//! Signing in: by a token in the first frame, or by a ticket in the path. Only then is there a session, and
//! only then is the wish of a product path granted.

use super::{
    connection::{Connection, NOT_SIGNED_IN},
    handshake::{Pass, Wish},
    requests::{self, FLOOD, data},
    rooms::{self, Admission},
};
use actors::{outbox::Close, session::Message};
use engine::Error;
use schema::{
    caller::Caller,
    code::Code,
    frame::{Kind, Request, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const FORBIDDEN: Close = Close { code: 4003, reason: "forbidden" };
const NO_SUCH_ROOM: Close = Close { code: 4004, reason: "no such room" };
/// What a connection is for before anything is asked on it: to know who one is.
const ENTERS: &str = "ShowMe";
/// The reference of an answer nobody asked for in words.
const AUTO: &str = "auto";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    token: String,
}

/// Signs in without a frame, then serves what was asked meanwhile.
pub(super) async fn by_pass(connection: Arc<Connection>, pass: Pass) {
    let caller = match pass {
        Pass::Ticket(ticket) => connection.engine().redeem(&ticket).await,
        Pass::Known(caller) => Ok(caller),
    };
    let entered = match caller {
        Ok(caller) => Box::pin(enter(&connection, caller, None)).await,
        Err(refused) => Err(refused),
    };
    match entered {
        Ok(()) => requests::work(connection).await,
        Err(refused) => turn_away(&connection, None, refused),
    }
}

/// Signs in by the first frame.
pub(super) async fn by_token(connection: &Connection, request: Request) {
    let entered = match token(connection, request.d) {
        Ok(caller) => Box::pin(enter(connection, caller, Some(request.reference.clone()))).await,
        Err(refused) => Err(refused),
    };
    if let Err(refused) = entered {
        turn_away(connection, request.reference, refused);
    }
}

fn turn_away(connection: &Connection, reference: Option<String>, refused: Error) {
    let error = connection.guest.limits.charge_guess(refused, connection.ip);
    connection.turn_away(reference, &error, close_for(&error));
}

/// Takes a fresher token of the same person.
pub(super) async fn refresh(
    connection: &Connection,
    present: &Caller,
    request: Request,
) -> Result<(), Error> {
    let caller = token(connection, request.d)?;
    if (caller.user, caller.org) != (present.user, present.org) {
        return Err(Error::forbidden("this token is another person's: open another connection for them"));
    }
    let engine = connection.engine();
    engine.identity().current(engine.reader(), &caller, Some(ENTERS)).await?;
    if let Some(session) = connection.session() {
        let _ = session.address.send(Message::Renew(caller));
    }
    connection.sign_in(caller);
    connection.send(&reply(request.reference, connection.now_ms(), &caller));
    Ok(())
}

fn token(connection: &Connection, d: Value) -> Result<Caller, Error> {
    let credentials: Credentials = data("auth", d)?;
    connection.engine().identity().verify(&credentials.token)
}

/// Opens the session of somebody who has proven who they are.
async fn enter(connection: &Connection, caller: Caller, asked: Option<Option<String>>) -> Result<(), Error> {
    let engine = connection.engine();
    engine.identity().current(engine.reader(), &caller, Some(ENTERS)).await?;
    engine.node().open(caller, Arc::clone(&connection.outbox));
    connection.sign_in(caller);
    if connection.is_over() {
        connection.leave();
        return Ok(());
    }
    let now = connection.now_ms();
    if let Some(reference) = asked {
        connection.send(&reply(reference, now, &caller));
    }
    connection.send(&hello(connection, now, &caller));
    grant(connection).await;
    Ok(())
}

fn reply(reference: Option<String>, now: i64, caller: &Caller) -> Response {
    let d = json!({"user_id": caller.user, "expires_at": caller.expires_at});
    Response::new(Kind::Reply, reference, now, d)
}

fn hello(connection: &Connection, now: i64, caller: &Caller) -> Response {
    let (config, actors) = (connection.config(), connection.engine().node().config());
    let d = json!({
        "connection_id": connection.outbox.id,
        "user_id": caller.user,
        "server_time": now,
        "heartbeat_ms": config.heartbeat_ms,
        "resume_window_s": config.resume_window_s,
        "limits": {
            "frame_bytes": config.frame_bytes_max,
            "call_bytes": config.call_bytes_max,
            "rooms": actors.rooms_per_session,
            "connections": actors.sessions_per_user,
            "ops_per_second": config.ops_per_second,
            "ops_burst": config.ops_burst,
            "history_events": config.history_events_max,
        },
    });
    Response::new(Kind::Hello, None, now, d)
}

/// Joins the room of a product path; whoever may not is told so by the close code.
async fn grant(connection: &Connection) {
    let (room, from) = match connection.take_wish() {
        Wish::Nothing => return,
        Wish::Operators => return grant_operators(connection).await,
        Wish::Room(room, from) => (room, from),
    };
    let admission = Admission { room, from, reference: Some(AUTO.to_owned()) };
    match rooms::admit(connection, admission).await {
        Ok(()) => {}
        Err(Code::NotFound) => connection.outbox.close(NO_SUCH_ROOM),
        Err(code) if code.status() == 403 => connection.outbox.close(FORBIDDEN),
        Err(code) => {
            let error = Error::new(code, "the room can't be joined now, try again");
            connection.turn_away(Some(AUTO.to_owned()), &error, Close::BROKEN);
        }
    }
}

/// Joins every room of operators that the caller may hear; whoever may hear none is told that there is none.
async fn grant_operators(connection: &Connection) {
    let Some(caller) = connection.caller() else { return };
    let mut heard = false;
    for room in people::alerts::open_to(&caller) {
        let admission = Admission { room, from: None, reference: Some(AUTO.to_owned()) };
        match rooms::admit(connection, admission).await {
            Ok(()) => heard = true,
            Err(code) if code.status() >= 500 => return connection.outbox.close(Close::BROKEN),
            Err(_) => {}
        }
    }
    if !heard {
        connection.outbox.close(NO_SUCH_ROOM);
    }
}

/// What is our fault must not sign anybody out.
fn close_for(error: &Error) -> Close {
    match error.code() {
        Code::RateLimited => FLOOD,
        code if code.status() >= 500 => Close::BROKEN,
        _ => NOT_SIGNED_IN,
    }
}
