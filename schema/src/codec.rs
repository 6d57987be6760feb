//! The two spellings of one model. MessagePack is written as named maps in human-readable mode, so
//! that a UUID is its text and an instant its RFC 3339 string: what a client decodes is exactly the
//! REST JSON.

use bytes::Bytes;
use rmp_serde::decode;
use serde::{
    Deserializer as _, Serialize, Serializer,
    de::{DeserializeOwned, DeserializeSeed, Visitor},
};
use std::{cell::Cell, fmt, io, marker::PhantomData};

/// How deep a value from outside may be nested. Past it the decoder stops, whatever the size.
pub const DEPTH_MAX: usize = 64;

/// Which sub-protocol a socket speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Codec {
    /// `ecosystia.v1.msgpack`, binary messages.
    MsgPack,
    /// `ecosystia.v1.json`, text messages.
    Json,
}

impl Codec {
    /// The `Sec-WebSocket-Protocol` token.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::MsgPack => "ecosystia.v1.msgpack",
            Self::Json => "ecosystia.v1.json",
        }
    }

    /// Encodes a value in this spelling.
    ///
    /// # Errors
    /// When the value itself refuses to serialise.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Vec<u8>, Error> {
        match self {
            Self::MsgPack => to_msgpack(value),
            Self::Json => serde_json::to_vec(value).map_err(|e| Error(e.to_string())),
        }
    }

    /// Decodes a value of this spelling.
    ///
    /// # Errors
    /// When the bytes are not one whole value of the expected shape, or nested too deep.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Error> {
        match self {
            Self::MsgPack => from_msgpack(bytes),
            Self::Json => serde_json::from_slice(bytes).map_err(|e| Error(e.to_string())),
        }
    }
}

/// Bytes that are not what they should be, or a value that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    pub(crate) fn broken(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

thread_local! {
    /// Where values are written before their length is known. What grows in small steps is moved and measured
    /// at every one of them; here the room is there already.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Room that a thread keeps for its next value.
const SCRATCH_BYTES_MAX: usize = 64 * 1024;

/// What is written, in as much memory as it takes. A value that writes others meanwhile finds no scratch and
/// makes its own.
fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<Vec<u8>, Error> {
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let written = write(&mut scratch).map(|()| scratch.as_slice().to_vec());
    if scratch.capacity() <= SCRATCH_BYTES_MAX {
        SCRATCH.set(scratch);
    }
    written
}

fn write_msgpack<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    let mut serializer = rmp_serde::Serializer::new(out).with_struct_map().with_human_readable();
    value.serialize(&mut serializer).map_err(|e| Error(e.to_string()))
}

/// Writes a value as a named MessagePack map in human-readable mode.
///
/// # Errors
/// When the value itself refuses to serialise.
pub fn to_msgpack<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    written(|out| write_msgpack(out, value))
}

/// Writes a map of fewer than fifteen members, and behind them one more that is MessagePack already, byte for
/// byte.
///
/// # Errors
/// When the value itself refuses to serialise.
pub(crate) fn to_msgpack_with<T: Serialize>(map: &T, name: &str, member: &[u8]) -> Result<Bytes, Error> {
    let whole = written(|out| {
        write_msgpack(out, map)?;
        // The first byte of so small a map is 0x80 and the number of its members.
        if let Some(head) = out.first_mut() {
            *head += 1;
        }
        write_msgpack(out, name)?;
        out.extend_from_slice(member);
        Ok(())
    })?;
    Ok(Bytes::from(whole))
}

/// Reads what [`to_msgpack`] wrote. Trailing bytes are an error.
///
/// # Errors
/// When the bytes are not one whole value of the expected shape, or nested deeper than [`DEPTH_MAX`].
pub fn from_msgpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    walk(bytes, PhantomData)
}

/// The same, read by something that knows what it looks for and may keep pieces of the bytes.
///
/// # Errors
/// As [`from_msgpack`].
pub(crate) fn walk<'a, S: DeserializeSeed<'a>>(bytes: &'a [u8], seed: S) -> Result<S::Value, Error> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    deserializer.set_max_depth(DEPTH_MAX);
    let value = seed.deserialize(&mut deserializer).map_err(|e| Error(e.to_string()))?;
    match deserializer.deserialize_any(End) {
        // Not even the first byte of another value.
        Err(decode::Error::InvalidMarkerRead(end)) if end.kind() == io::ErrorKind::UnexpectedEof => Ok(value),
        _ => Err(Error("trailing bytes".into())),
    }
}

/// Takes no value, whatever comes.
struct End;

impl Visitor<'_> for End {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing more")
    }
}

/// A value in MessagePack, as rows and index entries are stored. It is written in any other spelling in one
/// walk, without being built in between.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packed(pub Bytes);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut deserializer = rmp_serde::Deserializer::from_read_ref(&self.0);
        deserializer.set_max_depth(DEPTH_MAX);
        serde_transcode::transcode(&mut deserializer, serializer)
    }
}

/// The same as [`to_msgpack`], as shared bytes.
///
/// # Errors
/// When the value itself refuses to serialise.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, Error> {
    to_msgpack(value).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn everything() -> Value {
        json!({
            "text": "Kédougou \u{1f333} \"", "none": null, "yes": true, "small": -3, "large": u64::MAX,
            "lowest": i64::MIN, "half": 0.5, "list": [1, [], {}], "map": {"a": {"b": "c"}},
        })
    }

    #[test]
    fn packed_values_are_written_as_what_they_were_made_of() {
        let packed = Packed(to_bytes(&everything()).unwrap());

        assert_eq!(serde_json::to_value(&packed).unwrap(), everything());
        assert_eq!(from_msgpack::<Value>(&to_bytes(&packed).unwrap()).unwrap(), everything());
    }

    #[test]
    fn what_is_no_whole_value_is_not_packed_and_not_read() {
        let bytes = to_bytes(&everything()).unwrap();

        for length in 0..bytes.len() {
            let torn = bytes.slice(..length);
            assert!(from_msgpack::<Value>(&torn).is_err(), "{length} bytes");
            assert!(serde_json::to_vec(&Packed(torn)).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn bytes_behind_a_value_are_an_error_whatever_they_are() {
        for behind in 0..=u8::MAX {
            let bytes = [to_bytes("whole").unwrap().as_ref(), &[behind]].concat();
            assert!(from_msgpack::<String>(&bytes).is_err(), "{behind:#x}");
        }
    }
}
