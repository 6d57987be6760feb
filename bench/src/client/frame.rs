//! The frames of RFC 6455 §5, seen from a client: what it writes is masked, what it reads must not be.
//! Reading borrows from the receive buffer and copies nothing. Fragmented messages are refused: the
//! server promises whole frames, and a harness that reassembled them would not notice.

/// What a frame carries (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
    /// The end, with an optional code.
    Close,
    /// Are you there?
    Ping,
    /// I am.
    Pong,
}

/// One whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// What it carries.
    pub(crate) opcode: Opcode,
    /// What it says.
    pub(crate) payload: &'a [u8],
}

/// Why the bytes are not frames of a well-behaved server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// §5.1: a client must close when a server masks.
    #[error("a masked frame from a server")]
    Masked,
    /// No extension was negotiated.
    #[error("a reserved bit is set")]
    Reserved,
    /// An opcode that §11.8 doesn't list.
    #[error("an unknown opcode")]
    Unknown,
    /// A message in pieces, or a piece without its beginning.
    #[error("a fragmented message")]
    Fragmented,
    /// A control frame over 125 bytes (§5.5).
    #[error("an overlong control frame")]
    Overlong,
    /// Larger than any frame that the server may send.
    #[error("a frame over {LARGEST} bytes")]
    TooLarge,
}

/// No frame that the harness asks for comes near it, and a whole one must fit into the read buffer.
pub(crate) const LARGEST: usize = 128 << 10;

impl Opcode {
    const fn code(self) -> u8 {
        match self {
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    const fn of(code: u8) -> Result<Self, Fault> {
        match code {
            0x0 => Err(Fault::Fragmented),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            _ => Err(Fault::Unknown),
        }
    }

    const fn is_control(self) -> bool {
        self.code() >= 0x8
    }
}

/// The first frame of these bytes and what follows it; `None` while the frame is not yet whole.
///
/// # Errors
/// As soon as the bytes can't become a frame that a server may send.
pub(crate) fn split(bytes: &[u8]) -> Result<Option<(Frame<'_>, &[u8])>, Fault> {
    let Some(([first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err(Fault::Reserved);
    }
    let opcode = Opcode::of(first & 0x0f)?;
    if first & 0x80 == 0 {
        return Err(Fault::Fragmented);
    }
    if second & 0x80 != 0 {
        return Err(Fault::Masked);
    }
    let (size, rest) = match second & 0x7f {
        126 => match rest.split_first_chunk() {
            Some((size, rest)) => (usize::from(u16::from_be_bytes(*size)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((size, rest)) => (usize::try_from(u64::from_be_bytes(*size)).unwrap_or(usize::MAX), rest),
            None => return Ok(None),
        },
        small => (usize::from(small), rest),
    };
    if opcode.is_control() && size > 125 {
        return Err(Fault::Overlong);
    }
    if size > LARGEST {
        return Err(Fault::TooLarge);
    }
    Ok(rest.split_at_checked(size).map(|(payload, rest)| (Frame { opcode, payload }, rest)))
}

/// Appends a frame masked with this key (§5.3).
pub(crate) fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], key: [u8; 4]) {
    write_head(out, opcode, payload.len(), 0x80);
    out.extend_from_slice(&key);
    out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
}

/// Appends a frame as a server writes it, for the bare loop.
pub(crate) fn write_unmasked(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    write_head(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// The shortest of the three encodings of the length (§5.2).
fn write_head(out: &mut Vec<u8>, opcode: Opcode, size: usize, mask_bit: u8) {
    out.push(0x80 | opcode.code());
    match (u8::try_from(size), u16::try_from(size)) {
        (Ok(small @ 0..=125), _) => out.push(mask_bit | small),
        (_, Ok(middle)) => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&u64::try_from(size).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
}

/// The code of a close frame; 1005 ("no status received", §7.4.1) when it carries none.
pub(crate) fn close_code(payload: &[u8]) -> u16 {
    payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastwebsockets::{Frame as Theirs, OpCode, Payload, Role, WebSocket};
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    /// The size boundaries of the three length encodings.
    const SIZES: [usize; 7] = [0, 1, 125, 126, 127, 65_535, 65_536];

    #[tokio::test]
    async fn fastwebsockets_reads_what_we_write() {
        for size in SIZES {
            let (mut ours, theirs) = duplex(1 << 20);
            let mut server = WebSocket::after_handshake(theirs, Role::Server);
            let payload = vec![0x5a; size];
            let mut bytes = Vec::new();

            write(&mut bytes, Opcode::Binary, &payload, [1, 2, 3, 4]);
            ours.write_all(&bytes).await.unwrap();

            let frame = server.read_frame().await.unwrap();
            assert_eq!(frame.opcode, OpCode::Binary);
            assert_eq!(&*frame.payload, payload, "{size} bytes");
        }
    }

    #[tokio::test]
    async fn we_read_what_fastwebsockets_writes() {
        for size in SIZES {
            let (mut ours, theirs) = duplex(1 << 20);
            let mut server = WebSocket::after_handshake(theirs, Role::Server);
            let payload = vec![0xa5; size];

            server.write_frame(Theirs::binary(Payload::Borrowed(&payload))).await.unwrap();
            drop(server);

            let mut bytes = Vec::new();
            ours.read_to_end(&mut bytes).await.unwrap();
            let (frame, rest) = split(&bytes).unwrap().unwrap();
            assert_eq!(frame, Frame { opcode: Opcode::Binary, payload: &payload });
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn misbehaviour_of_a_server_has_a_name() {
        let refused = |bytes: &[u8]| split(bytes).unwrap_err();

        assert_eq!(refused(&[0x82, 0x81, 0, 0, 0, 0, 0]), Fault::Masked);
        assert_eq!(refused(&[0xc2, 0x00]), Fault::Reserved);
        assert_eq!(refused(&[0x83, 0x00]), Fault::Unknown);
        assert_eq!(refused(&[0x02, 0x00]), Fault::Fragmented);
        assert_eq!(refused(&[0x80, 0x00]), Fault::Fragmented);
        assert_eq!(refused(&[0x88, 126, 0, 126]), Fault::Overlong);
        assert_eq!(refused(&[0x82, 127, 0, 0, 0, 0, 0, 2, 0, 1]), Fault::TooLarge);
    }

    #[test]
    fn a_close_frame_without_a_code_has_the_standard_one() {
        assert_eq!(close_code(&[]), 1005);
        assert_eq!(close_code(&[0x0f, 0xa8, b'x']), 4008);
    }

    proptest! {
        #[test]
        fn a_frame_in_any_two_pieces_is_the_same_frame(payload: Vec<u8>, cut: prop::sample::Index) {
            let mut bytes = Vec::new();
            write_unmasked(&mut bytes, Opcode::Binary, &payload);
            let cut = cut.index(bytes.len());

            prop_assert_eq!(split(&bytes[..cut]), Ok(None));
            let (frame, rest) = split(&bytes).unwrap().unwrap();
            prop_assert_eq!(frame.payload, payload.as_slice());
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
            let _ = split(&bytes);
        }
    }
}
