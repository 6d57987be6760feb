//! A room as a stream of server-sent events, for programs that can hold a request open but no socket. Behind it stands a
//! socket like any other, with its cursor, its bounds and its rules; what it is told is spelled differently here, and
//! nothing can be said through it.

use super::{answer, input::bearer};
use crate::{
    client::frames::{self, Incoming},
    door::{Door, Guest},
    query,
    visit::Visit,
    ws::{self, Opening, Pass, Wish},
};
use axum::{body::Body, response::Response};
use bytes::{Bytes, BytesMut};
use engine::{Error, Rate};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header, request::Parts};
use schema::{
    caller::{ActorKind, Caller},
    code::Code,
    codec::Codec,
    frame::{Kind, Response as Frame},
    room::RoomId,
};
use serde_json::{Value, json};
use std::{os::fd::OwnedFd, os::unix::net::UnixStream, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

/// The place of a room's stream.
pub(crate) const PATH: &str = "/api/v1/core/rooms/{room}/stream/";
/// Where a former stream ended, said by whoever comes back (HTML, 9.2).
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often a quiet stream says that it is there: proxies close what is silent.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// How long a room may take to let somebody in.
const JOIN_WAIT: Duration = Duration::from_secs(10);
const PING: &[u8] = br#"{"op":"ping"}"#;

/// Answers with the stream of a room, or says why not.
pub(super) async fn answer(door: &Arc<Door>, visit: &Visit, room: &str, request: Request<Body>) -> Response {
    let (head, _) = request.into_parts();
    let begun = begin(door, visit, room, &head).await;
    match begun {
        Ok(line) => line.response(),
        Err(error) => answer::refusal(visit, &door.limits.charge_guess(error, visit.ip)),
    }
}

async fn begin(door: &Arc<Door>, visit: &Visit, room: &str, head: &Parts) -> Result<Far, Error> {
    let headers = &head.headers;
    let room: RoomId = room.parse().map_err(|_| Error::not_found("room"))?;
    let caller = caller(door, headers).await?;
    door.limits.draw(Rate::Standard, Some(caller.user), visit.ip)?;
    let from = position(headers, head.uri.query())?;
    let (near, far) = pair().map_err(Error::broken)?;
    let opening = Opening {
        codec: Codec::Json,
        wish: Wish::Room(room, from),
        pass: Some(Pass::Known(caller)),
        ip: visit.ip,
        french: visit.french,
        user_agent: visit.user_agent.clone(),
    };
    ws::open(Guest::of(door), near, Bytes::new(), opening);
    let mut far = Far {
        stream: far,
        read: BytesMut::new(),
        ready: Vec::new(),
        epoch: String::new(),
        over: false,
        pinged_at: Instant::now(),
    };
    let joined = timeout(JOIN_WAIT, far.until_joined()).await;
    joined.map_err(|_| Error::new(Code::Overloaded, "the room takes long to answer, try again"))??;
    Ok(far)
}

/// Who asks: a person by their token, or a program by its key.
async fn caller(door: &Door, headers: &HeaderMap) -> Result<Caller, Error> {
    let (identity, reader) = (door.engine.identity(), door.engine.reader());
    let caller = bearer(door, headers)?;
    if caller.kind == ActorKind::ApiKey {
        return identity.renewed(reader, &caller).await;
    }
    identity.current(reader, &caller, None).await?;
    Ok(caller)
}

/// Where to go on: `Last-Event-ID`, or `epoch` and `after_seq` as for a socket.
fn position(headers: &HeaderMap, asked: Option<&str>) -> Result<Option<(Option<String>, u64)>, Error> {
    let header = crate::visit::text(headers, &LAST_EVENT_ID).map(str::to_owned);
    if let Some(id) = header.or_else(|| query::first(asked, "last_event_id")) {
        let parts = id.split_once(':').and_then(|(epoch, seq)| Some((epoch.to_owned(), seq.parse().ok()?)));
        let (epoch, seq) = parts.ok_or_else(|| {
            Error::field("/last_event_id", "invalid", "send the `id` of the last event as it was")
        })?;
        return Ok(Some((Some(epoch), seq)));
    }
    match query::first(asked, "after_seq").map(|seq| seq.parse::<u64>()) {
        None => Ok(None),
        Some(Ok(seq)) => Ok(Some((query::first(asked, "epoch"), seq))),
        Some(Err(_)) => Err(Error::field("/query/after_seq", "invalid", "a number")),
    }
}

/// Both ends of a line inside this process. What is written to a socket works as well on this one: it is a stream of
/// bytes with a bounded buffer that wakes who waits.
fn pair() -> std::io::Result<(TcpStream, TcpStream)> {
    let (near, far) = UnixStream::pair()?;
    let end = |end: UnixStream| {
        end.set_nonblocking(true)?;
        TcpStream::from_std(OwnedFd::from(end).into())
    };
    Ok((end(near)?, end(far)?))
}

/// The far end of a socket, where a program listens.
struct Far {
    stream: TcpStream,
    read: BytesMut,
    /// Spelled already, and not sent.
    ready: Vec<Bytes>,
    epoch: String,
    over: bool,
    /// When the room's side last heard of this one.
    pinged_at: Instant,
}

impl Far {
    /// Reads until the room was joined.
    async fn until_joined(&mut self) -> Result<(), Error> {
        loop {
            match self.next().await {
                Some(Said::Frame(frame)) => match frame.t {
                    Kind::Hello => {}
                    Kind::Error => return Err(refusal(&frame.d)),
                    _ => {
                        self.spell(&frame);
                        if matches!(frame.t, Kind::Reply | Kind::Resync) {
                            return Ok(());
                        }
                    }
                },
                Some(Said::Closed(code)) => return Err(closed(code)),
                Some(Said::Nothing) => {}
                None => {
                    return Err(Error::new(
                        Code::Draining,
                        "the server is restarting, try again in a moment",
                    ));
                }
            }
        }
    }

    /// What is heard next; `None` when the line is broken.
    async fn next(&mut self) -> Option<Said> {
        loop {
            match frames::take(&mut self.read) {
                Ok(Some(Incoming::Message(text))) => {
                    return serde_json::from_slice(&text).ok().map(|frame| Said::Frame(Box::new(frame)));
                }
                Ok(Some(Incoming::Close(code, _))) => return Some(Said::Closed(code)),
                Ok(Some(Incoming::Ping(_) | Incoming::Other)) => return Some(Said::Nothing),
                Ok(None) => {}
                Err(_) => return None,
            }
            if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Spells a frame as an event of the stream (HTML, 9.2.5).
    fn spell(&mut self, frame: &Frame) {
        let seq = frame.seq.or_else(|| frame.d.get("seq").and_then(Value::as_u64));
        let (name, data, numbered) = match frame.t {
            Kind::Event => {
                let name = frame.d.get("name").and_then(Value::as_str).unwrap_or("event").to_owned();
                let data = json!({"seq": frame.seq, "ts": frame.ts, "event": frame.d});
                (name, data, true)
            }
            Kind::Reply | Kind::Resync => {
                if let Some(epoch) = frame.d.get("epoch").and_then(Value::as_str) {
                    epoch.clone_into(&mut self.epoch);
                }
                // What was missed follows, so whoever is cut off now is where they were.
                let missed = frame.d.get("missed").and_then(Value::as_u64).unwrap_or_default();
                let name = if frame.t == Kind::Resync { "resync" } else { "joined" };
                (name.to_owned(), frame.d.clone(), missed == 0)
            }
            Kind::Ephemeral => ("ephemeral".to_owned(), frame.d.clone(), false),
            Kind::Revoked => ("revoked".to_owned(), frame.d.clone(), false),
            Kind::Goaway => ("goaway".to_owned(), frame.d.clone(), false),
            Kind::Hello | Kind::Error | Kind::Pong => return,
        };
        let id =
            seq.filter(|_| numbered).map(|seq| format!("id: {}:{seq}\n", self.epoch)).unwrap_or_default();
        let wait = frame.d.get("after_ms").and_then(Value::as_u64);
        let retry = wait.map(|ms| format!("retry: {ms}\n")).unwrap_or_default();
        // The JSON of a value has no line breaks.
        self.ready.push(Bytes::from(format!("{id}{retry}event: {name}\ndata: {data}\n\n")));
        self.over |= matches!(frame.t, Kind::Revoked | Kind::Goaway);
    }

    /// The next piece of the stream; a comment where nothing is told for a while.
    async fn piece(&mut self) -> Option<Bytes> {
        loop {
            if !self.ready.is_empty() {
                return Some(self.ready.drain(..).flatten().collect());
            }
            if self.over {
                return None;
            }
            let due = self.pinged_at + SIGN_OF_LIFE;
            // However much is told: who says nothing for a minute is cut off.
            if Instant::now() >= due {
                let ping = frames::masked(frames::TEXT, PING, [0; 4]);
                self.stream.write_all(&ping).await.ok()?;
                self.pinged_at = Instant::now();
                return Some(Bytes::from_static(b": here\n\n"));
            }
            match timeout_at(due, self.next()).await {
                Ok(Some(Said::Frame(frame))) => self.spell(&frame),
                Ok(Some(Said::Nothing)) | Err(_) => {}
                Ok(Some(Said::Closed(_)) | None) => return None,
            }
        }
    }

    fn response(self) -> Response {
        let pieces = stream::unfold(self, |mut far| async move {
            let piece = far.piece().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), far))
        });
        let mut response = Response::new(Body::from_stream(pieces));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // What a proxy holds back is not told.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        response
    }
}

/// What is heard on a socket.
enum Said {
    Frame(Box<Frame>),
    Closed(u16),
    Nothing,
}

/// The refusal that an error frame carries.
fn refusal(problem: &Value) -> Error {
    let code: Option<Code> = problem.get("code").cloned().and_then(|code| serde_json::from_value(code).ok());
    let detail = problem.get("detail").and_then(Value::as_str).unwrap_or("this room can't be joined");
    Error::new(code.unwrap_or(Code::Internal), detail)
}

/// Why a socket was closed before its room was joined.
fn closed(code: u16) -> Error {
    match code {
        4003 => Error::forbidden("this room can't be joined"),
        4004 => Error::not_found("room"),
        4001 | 4009 => Error::new(Code::NotAuthenticated, "the session was ended, sign in again"),
        4010 => Error::new(Code::Draining, "the server is restarting, try again in a moment"),
        _ => Error::new(Code::Overloaded, "the room can't be joined now, try again"),
    }
}
