//! Operations over the socket: under their own name, or under the short name of a room's channel, which
//! fills in the room's id. They take the same way as over REST and are answered the same.

use super::{connection::Connection, requests::room_of};
use crate::{
    carry::carry,
    committed,
    rest::{if_match, without_cookie},
};
use engine::{Call, Error};
use schema::{
    caller::Caller,
    code::Code,
    frame::{Kind, Request, Response},
    problem::Problem,
};
use serde_json::Value;

/// Carries a call out and answers it.
pub(super) async fn call(connection: &Connection, caller: Caller, mut request: Request) -> Result<(), Error> {
    let (name, input) = operation(connection, &mut request)?;
    let engine = connection.engine();
    let entry = *engine.catalog().operation(&name).ok_or_else(|| unknown(&name))?;
    let id = engine.node().clock().new_id::<()>().to_string();
    let call = Call {
        caller: Some(caller),
        operation: name,
        input,
        key: request.idem,
        if_match: if_match(request.if_match.as_deref())?,
        request: engine::Request {
            id: Some(id.clone()),
            ip: Some(connection.ip),
            user_agent: connection.user_agent.as_deref().map(str::to_owned),
            french: connection.french,
        },
    };
    let outcome = carry(&connection.guest, &entry, call).await.outcome;
    let answer = match outcome {
        Ok(called) => committed::refusal(&called.reply, connection.french).map_or(Ok(called), Err),
        Err(error) => Err(error.problem(connection.french)),
    };
    let now = connection.now_ms();
    let response = match answer {
        Ok(called) => {
            let d = serde_json::to_value(without_cookie(called.into_reply())).unwrap_or_default();
            Response::new(Kind::Reply, request.reference, now, d)
        }
        Err(problem) => {
            Response::refusal(request.reference, now, &Problem { request_id: Some(id), ..problem })
        }
    };
    let response = match request.room {
        Some(room) => response.about(&room),
        None => response,
    };
    if entry.operation.route.is_read() {
        connection.send(&response);
    } else {
        connection.send_with_event(&response).await;
    }
    Ok(())
}

/// The operation that is meant, and its input.
fn operation(connection: &Connection, request: &mut Request) -> Result<(String, Value), Error> {
    let mut input = std::mem::take(&mut request.d);
    let Some(members) = input.as_object_mut() else {
        return Err(Error::new(Code::ProtocolError, "d must be a map"));
    };
    if request.op == "call" {
        let name = request.name.take();
        let name =
            name.ok_or_else(|| Error::new(Code::ProtocolError, "call needs the name of an operation"))?;
        return Ok((name, input));
    }
    let room = room_of(request).map_err(|_| unknown(&request.op))?;
    let short = connection.engine().catalog().short(room.kind(), &request.op);
    let (name, field) = short.ok_or_else(|| unknown(&request.op))?;
    members.insert(field.to_owned(), room.id().to_string().into());
    Ok((name.to_owned(), input))
}

fn unknown(name: &str) -> Error {
    Error::new(Code::UnknownOperation, format!("there is no operation called {name} here"))
}
