//! A message into a request: size, spelling and shape. What it asks for is not looked at beyond what its
//! size depends on.

use super::Config;
use engine::Error;
use schema::{code::Code, codec::Codec, frame::Request};
use serde::Deserialize;
use serde_json::Value;

/// Why a message is no request.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is not even a value of the sub-protocol: nothing after it can be trusted.
    Garbage,
    /// It is one, but not one that is taken.
    Refused(Option<String>, Error),
}

/// What decides about a large message before the rest of it is built in memory, where it would be many
/// times its size.
#[derive(Deserialize)]
struct Cover {
    #[serde(default)]
    op: Option<String>,
    #[serde(default, rename = "ref")]
    reference: Option<String>,
}

/// The most bytes of a `ref`: it is echoed.
const REFERENCE_BYTES_MAX: usize = 64;
/// Room for a `ping` with a `ref` of a few words.
const PING_BYTES_MAX: usize = 64;
/// Operations of the protocol itself. Any other is a call, under its own name or a short one.
const SMALL: [&str; 7] = ["auth", "refresh", "join", "leave", "whisper", "history", "ping"];

/// Whether a message may be a heartbeat, before anybody reads it.
pub(super) fn may_be_ping(message: &[u8]) -> bool {
    message.len() <= PING_BYTES_MAX && message.windows(4).any(|word| word == b"ping")
}

/// Reads a message.
///
/// # Errors
/// Why it is none.
pub(super) fn read(codec: Codec, message: &[u8], config: &Config) -> Result<Request, Unreadable> {
    if message.len() > config.frame_bytes_max {
        let cover: Cover = codec.decode(message).map_err(|_| Unreadable::Garbage)?;
        let small = cover.op.as_deref().is_some_and(|op| SMALL.contains(&op));
        if small || message.len() > config.call_bytes_max {
            let most = if small { config.frame_bytes_max } else { config.call_bytes_max } / 1024;
            let error = Error::new(Code::PayloadTooLarge, format!("this frame may have {most} KB"));
            return Err(Unreadable::Refused(short(cover.reference), error));
        }
    }
    let Ok(mut request) = codec.decode::<Request>(message) else { return Err(misshapen(codec, message)) };
    if request.reference.as_ref().is_some_and(|reference| reference.len() > REFERENCE_BYTES_MAX) {
        let error = Error::new(Code::ProtocolError, format!("`ref` may have {REFERENCE_BYTES_MAX} bytes"));
        return Err(Unreadable::Refused(None, error));
    }
    if request.d.is_null() {
        request.d = Value::Object(serde_json::Map::new());
    }
    Ok(request)
}

/// The reference of a message that is refused before it is read.
pub(super) fn reference(codec: Codec, message: &[u8]) -> Option<String> {
    short(codec.decode::<Cover>(message).ok()?.reference)
}

fn misshapen(codec: Codec, message: &[u8]) -> Unreadable {
    match codec.decode::<serde::de::IgnoredAny>(message) {
        Err(_) => Unreadable::Garbage,
        Ok(_) => {
            let detail = "a frame is a map of op, ref, room, name, idem, if_match and d, and nothing else";
            Unreadable::Refused(reference(codec, message), Error::new(Code::ProtocolError, detail))
        }
    }
}

fn short(reference: Option<String>) -> Option<String> {
    reference.filter(|reference| reference.len() <= REFERENCE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(codec: Codec, frame: &Value) -> (Option<String>, Code) {
        match read(codec, &codec.encode(frame).unwrap(), &Config::default()) {
            Err(Unreadable::Refused(reference, error)) => (reference, error.code()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_value_is_garbage_and_what_is_no_request_is_refused_by_its_reference() {
        for codec in [Codec::MsgPack, Codec::Json] {
            let half: &[u8] = if codec == Codec::Json { b"{\"op\":" } else { b"\x82\xa1a" };
            for garbage in [b"", &b"\xc1"[..], half] {
                assert!(
                    matches!(read(codec, garbage, &Config::default()), Err(Unreadable::Garbage)),
                    "{garbage:?}"
                );
            }
            let protocol = Code::ProtocolError;
            assert_eq!(refused(codec, &json!({"ref": "a"})), (Some("a".into()), protocol));
            assert_eq!(
                refused(codec, &json!({"op": "ping", "ref": "a", "x": 1})),
                (Some("a".into()), protocol)
            );
            assert_eq!(
                refused(codec, &json!({"op": "join", "ref": "a", "room": "nowhere"})),
                (Some("a".into()), protocol)
            );
            assert_eq!(refused(codec, &json!({"op": "ping", "ref": "a".repeat(65)})), (None, protocol));
            assert_eq!(refused(codec, &json!([1, 2])), (None, protocol));
        }
    }

    #[test]
    fn a_call_may_be_larger_than_other_frames_and_has_an_end_too() {
        let frame = |op: &str, bytes: usize| json!({"op": op, "ref": "a", "d": {"body": "x".repeat(bytes)}});
        let call = Codec::MsgPack.encode(&frame("call", 500_000)).unwrap();

        assert!(read(Codec::MsgPack, &call, &Config::default()).is_ok());
        let too_large = (Some("a".to_owned()), Code::PayloadTooLarge);
        assert_eq!(refused(Codec::MsgPack, &frame("join", 20_000)), too_large);
        assert_eq!(refused(Codec::MsgPack, &frame("call", 600_000)), too_large);
        assert_eq!(refused(Codec::Json, &frame("chat.send", 600_000)), too_large);
    }
}
