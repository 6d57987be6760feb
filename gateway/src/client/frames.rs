//! WebSocket frames from the client's side (RFC 6455 §5): masked out, unmasked in. Reading keeps its place
//! when it is cancelled, so that a caller may wait with a timeout.

use super::{Error, Result};
use bytes::{Buf as _, BytesMut};

/// A server's frame larger than this is not one of ours.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a server sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Incoming {
    /// A whole message.
    Message(Vec<u8>),
    /// To be answered.
    Ping(Vec<u8>),
    /// The connection ends.
    Close(u16, String),
    /// Nothing to do.
    Other,
}

/// A text or binary message.
pub(crate) const TEXT: u8 = 1;
/// A text or binary message.
pub(crate) const BINARY: u8 = 2;
/// The answer to a ping.
pub(crate) const PONG: u8 = 10;
/// The end.
pub(crate) const CLOSE: u8 = 8;

/// One whole frame with its payload masked by a key.
pub(crate) fn masked(opcode: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 14);
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len), _) if len < 126 => out.push(0x80 | len),
        (_, Ok(len)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(&key);
    out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

/// Takes one whole frame off the front of the buffer, or nothing while it is not whole.
pub(crate) fn take(buffer: &mut BytesMut) -> Result<Option<Incoming>> {
    let (Some(first), Some(second)) = (buffer.first().copied(), buffer.get(1).copied()) else {
        return Ok(None);
    };
    if first & 0x70 != 0 || first & 0x80 == 0 || second & 0x80 != 0 {
        return Err(Error::Strange("a frame that is fragmented, masked or reserved".into()));
    }
    let extended = |from: usize, to: usize| {
        let bytes = buffer.get(from..to)?;
        usize::try_from(bytes.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))).ok()
    };
    let (len, starts_at) = match second {
        126 => (extended(2, 4), 4),
        127 => (extended(2, 10), 10),
        short => (Some(usize::from(short)), 2),
    };
    let Some(len) = len else { return Ok(None) };
    if len > FRAME_BYTES_MAX {
        return Err(Error::Strange(format!("a frame of {len} bytes")));
    }
    if buffer.len() < starts_at + len {
        return Ok(None);
    }
    buffer.advance(starts_at);
    let payload = buffer.split_to(len).to_vec();
    Ok(Some(match first & 0x0f {
        TEXT | BINARY => Incoming::Message(payload),
        9 => Incoming::Ping(payload),
        CLOSE => close(&payload),
        _ => Incoming::Other,
    }))
}

fn close(payload: &[u8]) -> Incoming {
    match payload.split_first_chunk::<2>() {
        Some((code, reason)) => {
            Incoming::Close(u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned())
        }
        None => Incoming::Close(1005, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_only_when_it_is_whole() {
        let whole = [&[0x82, 126, 0, 200][..], &[7; 200], &[0x88, 3, 15, 170, b'x']].concat();

        for cut in 0..204 {
            assert_eq!(take(&mut BytesMut::from(&whole[..cut])).unwrap(), None, "{cut}");
        }
        let mut buffer = BytesMut::from(&whole[..]);
        assert_eq!(take(&mut buffer).unwrap(), Some(Incoming::Message(vec![7; 200])));
        assert_eq!(take(&mut buffer).unwrap(), Some(Incoming::Close(4010, "x".into())));
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_masked_frame_differs_from_its_payload_by_the_key() {
        assert_eq!(masked(TEXT, b"ab", [1, 2, 3, 4]), [0x81, 0x82, 1, 2, 3, 4, b'a' ^ 1, b'b' ^ 2]);
    }
}
