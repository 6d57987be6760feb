//! The frames of the socket. A client frame is decoded into [`Request`]; server frames are written by
//! the functions below, straight into bytes, because one encoding may go to ten thousand sockets.
//! An event's frame is its header plus the body as it lies in the log: nothing is encoded again.

use crate::{
    codec::{self, Codec},
    problem::Problem,
    room::RoomId,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a client sends. Which fields an `op` needs is checked by the one who handles it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `auth`, `refresh`, `join`, `leave`, `whisper`, `history`, `ping`, `call`, or the short name of
    /// an operation in the room's channel.
    pub op: String,
    /// Echoed in the one reply.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The room it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The operation's name, for `call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idem: Option<String>,
    /// The version a write is based on, as an entity tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// The operation's own data.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub d: Value,
}

/// What a frame from the server is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first frame after authentication.
    Hello,
    /// The one answer to a request.
    Reply,
    /// The one answer to a refused request.
    Error,
    /// A numbered fact of a room.
    Event,
    /// Something momentary: typing, presence, read markers. Never numbered, may be lost.
    Ephemeral,
    /// The missed events can't be replayed: reload through REST and go on from `seq`.
    Resync,
    /// The room may no longer be heard.
    Revoked,
    /// The server is about to close: reconnect after `after_ms`.
    Goaway,
    /// The answer to a ping.
    Pong,
}

/// A frame from the server, decoded: what a client sees.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Response {
    /// What it is.
    pub t: Kind,
    /// The request's `ref`.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The room it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The event's number in its room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Milliseconds since the epoch: the commit's instant for an event, else the server's present.
    #[serde(default)]
    pub ts: i64,
    /// The data, exactly the REST JSON model.
    #[serde(default)]
    pub d: Value,
}

impl Response {
    /// A frame about no room.
    #[must_use]
    pub const fn new(t: Kind, reference: Option<String>, ts: i64, d: Value) -> Self {
        Self { t, reference, room: None, seq: None, ts, d }
    }

    /// The same frame about a room.
    #[must_use]
    pub fn about(mut self, room: &RoomId) -> Self {
        self.room = Some(room.clone());
        self
    }

    /// The refusal of a request.
    #[must_use]
    pub fn refusal(reference: Option<String>, ts: i64, problem: &Problem) -> Self {
        let d = serde_json::to_value(problem).unwrap_or(Value::Null);
        Self::new(Kind::Error, reference, ts, d)
    }
}

/// Writes an event's payload around a body that is MessagePack already.
///
/// # Errors
/// When the body is not MessagePack (JSON sub-protocol only, which has to read it).
pub fn event(codec: Codec, room: &RoomId, seq: u64, ts: i64, body: &[u8]) -> Result<Bytes, codec::Error> {
    match codec {
        Codec::MsgPack => {
            #[derive(Serialize)]
            struct Header<'a> {
                t: Kind,
                room: &'a RoomId,
                seq: u64,
                ts: i64,
            }
            codec::to_msgpack_with(&Header { t: Kind::Event, room, seq, ts }, "d", body)
        }
        Codec::Json => {
            let d: Value = codec::from_msgpack(body)?;
            let frame =
                Response { t: Kind::Event, reference: None, room: Some(room.clone()), seq: Some(seq), ts, d };
            Codec::Json.encode(&frame).map(Bytes::from)
        }
    }
}

/// Puts the unmasked WebSocket header (RFC 6455 §5.2) of one whole message before its payload.
#[must_use]
pub fn message(codec: Codec, payload: &[u8]) -> Bytes {
    let opcode = match codec {
        Codec::MsgPack => 0x82,
        Codec::Json => 0x81,
    };
    let len = payload.len();
    // As long as it will be: bytes with room behind them are shared through one more allocation.
    let message = match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len), _) if len < 126 => [&[opcode, len], payload].concat(),
        (_, Ok(len)) => [&[opcode, 126], &len.to_be_bytes()[..], payload].concat(),
        _ => {
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            [&[opcode, 127], &len.to_be_bytes()[..], payload].concat()
        }
    };
    Bytes::from(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::to_msgpack;
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn both_spellings_of_an_event_say_the_same() {
        let room = RoomId::new("meeting", Uuid::from_u128(7));
        let body = to_msgpack(&json!({"name": "x.y.z", "data": {"n": 3, "list": [1, null]}})).unwrap();

        let packed = event(Codec::MsgPack, &room, 9, 1_000, &body).unwrap();
        let text = event(Codec::Json, &room, 9, 1_000, &body).unwrap();

        let one: Response = Codec::MsgPack.decode(&packed).unwrap();
        let two: Response = Codec::Json.decode(&text).unwrap();
        assert_eq!(one, two);
        assert_eq!((one.seq, one.d["data"]["n"].as_u64()), (Some(9), Some(3)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _ = Codec::MsgPack.decode::<Request>(&bytes);
            let _ = Codec::Json.decode::<Request>(&bytes);
        }

        #[test]
        fn a_request_survives_both_spellings(op in "[a-z_.]{1,20}", reference in proptest::option::of(".{0,8}"), n: u32) {
            let d = json!({"n": n});
            let request = Request { op, reference, d, ..Request::default() };

            for codec in [Codec::MsgPack, Codec::Json] {
                let bytes = codec.encode(&request).unwrap();
                prop_assert_eq!(&codec.decode::<Request>(&bytes).unwrap(), &request);
            }
        }
    }

    #[test]
    fn a_value_nested_too_deep_is_refused() {
        let mut deep = vec![0x91; 100_000];
        deep.push(0xc0);

        assert!(Codec::MsgPack.decode::<Value>(&deep).is_err());
    }
}
