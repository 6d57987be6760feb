//! The opening handshake (RFC 6455 §4.2): whether a request may become a socket, in which spelling, and
//! where it wants to go. It answers, and opens nothing.

use crate::{door::Door, query, rest, visit::Visit};
use actors::Standing;
use axum::{body::Body, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Error;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use schema::{caller::Caller, code::Code, codec::Codec, room::RoomId};
use sha1::{Digest as _, Sha1};
use std::net::IpAddr;
use uuid::Uuid;

/// What a server appends to the key before hashing it.
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION: &str = "13";
/// The one version this server speaks, as a header of a refusal.
const SPOKEN: [(HeaderName, HeaderValue); 2] = [
    (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION)),
    (header::UPGRADE, HeaderValue::from_static("websocket")),
];
/// The path of rooms for operators: not one room but all that the caller may hear.
const OPERATORS: &str = "/ws/system/";

/// What a new connection brings with it.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) codec: Codec,
    pub(crate) wish: Wish,
    /// Signs in without a frame.
    pub(crate) pass: Option<Pass>,
    pub(crate) ip: IpAddr,
    pub(crate) french: bool,
    pub(crate) user_agent: Option<Box<str>>,
}

/// What somebody shows who need not say who they are.
#[derive(Debug)]
pub(crate) enum Pass {
    /// A ticket, which is looked up.
    Ticket(String),
    /// They have shown it before.
    Known(Caller),
}

/// Where a connection wants to go by itself, once it is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    /// Nowhere: it will say.
    Nothing,
    /// Into this room, from where a former visit ended.
    Room(RoomId, Option<(Option<String>, u64)>),
    /// Into every room of operators.
    Operators,
}

/// Whether a path is the socket's.
pub(crate) fn is_for_socket(path: &str) -> bool {
    path == "/ws" || path.starts_with("/ws/")
}

/// Looks at a request for a socket. `Ok` is the 101 and what to open after it was sent.
///
/// # Errors
/// The response that refuses it.
pub(crate) fn examine<B>(
    door: &Door,
    peer: IpAddr,
    request: &Request<B>,
) -> Result<(Response, Opening), Box<Response>> {
    let visit = Visit::of(request, peer, &door.config, door.engine.node().clock());
    let refuse = |code, detail: &str| Box::new(rest::refusal(&visit, &Error::new(code, detail)));
    if door.is_closing() {
        return Err(refuse(Code::Draining, "the server is restarting, try again in a moment"));
    }
    if door.engine.node().standing() != Standing::Present {
        return Err(refuse(Code::Draining, "this server is cut off from the others, try again in a moment"));
    }
    if door.is_late() {
        metrics::counter!("ws_turned_away_total").increment(1);
        return Err(refuse(
            Code::Overloaded,
            "this server is busy with those who are here, try again in a moment",
        ));
    }
    let Some(wish) = wish(door, request.uri().path(), request.uri().query()) else {
        return Err(refuse(Code::NotFound, "there is no socket at this path"));
    };
    let headers = request.headers();
    if request.method() != Method::GET || !asks_for_websocket(headers) {
        let mut response = refuse(Code::ProtocolError, "this is a WebSocket: connect with ws://");
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response.headers_mut().extend(SPOKEN);
        return Err(response);
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        let mut response = refuse(Code::ProtocolError, "this server speaks version 13 of the protocol");
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response.headers_mut().extend(SPOKEN);
        return Err(response);
    }
    if !door.origins.admits(headers.get(header::ORIGIN)) {
        return Err(refuse(Code::Forbidden, "this origin is not listed: add it to `origins`"));
    }
    let Some(accept) = headers.get(header::SEC_WEBSOCKET_KEY).and_then(accept) else {
        return Err(refuse(Code::ProtocolError, "Sec-WebSocket-Key must be 16 bytes in base64"));
    };
    let Some((codec, offered)) = codec(headers) else {
        return Err(refuse(Code::ProtocolError, "offer ecosystia.v1.msgpack or ecosystia.v1.json"));
    };
    let opening = Opening {
        codec,
        wish,
        pass: query::first(request.uri().query(), "ticket").map(Pass::Ticket),
        ip: visit.ip,
        french: visit.french,
        user_agent: visit.user_agent.clone(),
    };
    Ok((switching(accept, offered.then_some(codec)), opening))
}

fn switching(accept: HeaderValue, chosen: Option<Codec>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(codec) = chosen {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(codec.protocol()));
    }
    response
}

fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let has = |name, token: &str| words(headers, name).any(|word| word.eq_ignore_ascii_case(token));
    has(header::UPGRADE, "websocket") && has(header::CONNECTION, "upgrade")
}

fn words(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// The proof that the key was understood.
fn accept(key: &HeaderValue) -> Option<HeaderValue> {
    let key = key.as_bytes().trim_ascii();
    STANDARD.decode(key).ok().filter(|bytes| bytes.len() == 16)?;
    let proof = Sha1::new_with_prefix(key).chain_update(SUFFIX).finalize();
    HeaderValue::from_str(&STANDARD.encode(proof)).ok()
}

/// The first offered spelling that we know, and whether any was offered. A client that offers none gets
/// MessagePack; one that offers only strangers gets nothing.
fn codec(headers: &HeaderMap) -> Option<(Codec, bool)> {
    let mut offered = words(headers, header::SEC_WEBSOCKET_PROTOCOL).peekable();
    if offered.peek().is_none() {
        return Some((Codec::MsgPack, false));
    }
    let known = [Codec::MsgPack, Codec::Json];
    offered
        .find_map(|word| known.into_iter().find(|codec| codec.protocol() == word))
        .map(|codec| (codec, true))
}

fn wish(door: &Door, path: &str, query: Option<&str>) -> Option<Wish> {
    let path = path.trim_end_matches('/');
    if path == "/ws" {
        return Some(Wish::Nothing);
    }
    if path == OPERATORS.trim_end_matches('/') {
        return Some(Wish::Operators);
    }
    let sockets = door.engine.catalog().modules.iter().flat_map(|module| module.sockets);
    let room = sockets.into_iter().find_map(|socket| room_at(socket.path, socket.kind, path))?;
    let after: Option<u64> = query::first(query, "after_seq").and_then(|seq| seq.parse().ok());
    Some(Wish::Room(room, after.map(|after| (query::first(query, "epoch"), after))))
}

/// The room that a path names, by a pattern with its id in braces.
fn room_at(pattern: &str, kind: &str, path: &str) -> Option<RoomId> {
    let pattern = pattern.trim_end_matches('/');
    if pattern.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut id = None;
    for (wanted, found) in pattern.split('/').zip(path.split('/')) {
        if wanted.starts_with('{') {
            id = Some(found.parse::<Uuid>().ok()?);
        } else if wanted != found {
            return None;
        }
    }
    id.map(|id| RoomId::new(kind, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(protocols: &[&'static str]) -> HeaderMap {
        protocols
            .iter()
            .map(|protocol| (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol)))
            .collect()
    }

    #[test]
    fn the_example_of_the_rfc_is_answered_as_there() {
        let accepted = accept(&HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));

        assert_eq!(accepted.unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accept(&HeaderValue::from_static("c2hvcnQ=")), None);
    }

    #[test]
    fn the_first_known_spelling_is_chosen_and_a_stranger_alone_is_refused() {
        assert_eq!(codec(&offering(&[])), Some((Codec::MsgPack, false)));
        assert_eq!(codec(&offering(&["graphql, ecosystia.v1.json"])), Some((Codec::Json, true)));
        assert_eq!(
            codec(&offering(&["ecosystia.v1.msgpack", "ecosystia.v1.json"])),
            Some((Codec::MsgPack, true))
        );
        assert_eq!(codec(&offering(&["ecosystia.v2.msgpack"])), None);
    }

    #[test]
    fn a_product_path_names_its_room() {
        let id = Uuid::from_u128(7);
        let path = format!("/ws/boards/{id}/chat");

        assert_eq!(room_at("/ws/boards/{board}/chat/", "board", &path), Some(RoomId::new("board", id)));
        assert_eq!(room_at("/ws/boards/{board}/", "board", &path), None);
        assert_eq!(room_at("/ws/boards/{board}/chat/", "board", "/ws/boards/7/chat"), None);
    }
}
