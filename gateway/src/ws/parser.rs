//! Bytes from a client into messages: RFC 6455 §5, the server's side, strictly. It knows nothing of what a
//! message means and holds no bytes while none are half-way.
//!
//! It is our own because the ready-made parser (fastwebsockets 0.10) can't be cancelled between two bytes,
//! reassembles messages without an upper bound, reserves what a header claims before it has arrived, and
//! lets unmasked frames and over-long control frames pass.

use actors::outbox::Close;
use std::ops::ControlFlow;

/// What a client may send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Messages are text; otherwise binary.
    pub(crate) text: bool,
    /// The most bytes of one message, all its fragments together.
    pub(crate) message_bytes_max: usize,
    /// The most fragments of one message: each costs work, even an empty one.
    pub(crate) fragments_max: u32,
}

/// Something whole from the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Incoming {
    /// A message, its fragments put together.
    Message(Vec<u8>),
    /// To be answered with a pong of the same bytes.
    Ping(Vec<u8>),
    /// The answer to a ping, or unasked; nothing to do.
    Pong,
    /// The client ends the connection; the code it gave.
    Close(Option<u16>),
}

/// Where the parser stands between two reads: nothing at all, on a quiet connection.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The beginning of a frame whose end has not arrived.
    held: Vec<u8>,
    /// The fragments of a message so far.
    message: Option<Box<Partial>>,
}

#[derive(Debug)]
struct Partial {
    bytes: Vec<u8>,
    fragments: u32,
}

const fn protocol(reason: &'static str) -> Close {
    Close { code: 1002, reason }
}
const WRONG_KIND: Close = Close { code: 1003, reason: "text or binary, as the sub-protocol says" };
const NOT_UTF8: Close = Close { code: 1007, reason: "text is not UTF-8" };
const TOO_BIG: Close = Close { code: 1009, reason: "message too big" };
const TOO_MANY: Close = Close { code: 1009, reason: "message in too many fragments" };

/// A frame's header, checked.
struct Header {
    fin: bool,
    opcode: u8,
    key: [u8; 4],
    /// Where the payload begins and how long it is.
    starts_at: usize,
    len: usize,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const CONTROL_BYTES_MAX: usize = 125;

impl Parser {
    /// Keeps bytes that arrived before anybody was there to take them.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// Gives `take` everything that is whole by now, in order, until it breaks off; what is left is kept.
    ///
    /// # Errors
    /// How the connection must be closed, when the client broke the protocol. The parser is of no use
    /// afterwards.
    pub(crate) fn read(
        &mut self,
        fresh: &[u8],
        rules: &Rules,
        take: impl FnMut(Incoming) -> ControlFlow<()>,
    ) -> Result<(), Close> {
        if self.held.is_empty() {
            let rest = self.parse(fresh, rules, take)?;
            if !rest.is_empty() {
                self.held = rest.to_vec();
            }
            return Ok(());
        }
        let mut whole = std::mem::take(&mut self.held);
        whole.extend_from_slice(fresh);
        let left = self.parse(&whole, rules, take)?.len();
        whole.drain(..whole.len() - left);
        // A large frame's room is not kept for the few bytes behind it.
        if whole.capacity() > 2 * left + 1_024 {
            whole.shrink_to_fit();
        }
        self.held = whole;
        Ok(())
    }

    fn parse<'a>(
        &mut self,
        mut input: &'a [u8],
        rules: &Rules,
        mut take: impl FnMut(Incoming) -> ControlFlow<()>,
    ) -> Result<&'a [u8], Close> {
        while let Some(header) = Header::read(input, self.message.is_some(), rules)? {
            let Some(payload) = input.get(header.starts_at..).and_then(|rest| rest.get(..header.len)) else {
                break;
            };
            input = input.get(header.starts_at + header.len..).unwrap_or_default();
            let whole = if header.opcode < CLOSE {
                self.data(&header, payload, rules)?
            } else {
                Some(control(&header, payload)?)
            };
            if let Some(whole) = whole
                && take(whole).is_break()
            {
                break;
            }
        }
        Ok(input)
    }

    fn data(&mut self, header: &Header, payload: &[u8], rules: &Rules) -> Result<Option<Incoming>, Close> {
        let mut message = match self.message.take() {
            Some(partial) => partial,
            None if header.fin => {
                return finished(unmasked(Vec::new(), payload, header.key), rules).map(Some);
            }
            None => Box::new(Partial { bytes: Vec::new(), fragments: 0 }),
        };
        message.fragments += 1;
        if message.fragments > rules.fragments_max {
            return Err(TOO_MANY);
        }
        if message.bytes.len() + payload.len() > rules.message_bytes_max {
            return Err(TOO_BIG);
        }
        message.bytes = unmasked(message.bytes, payload, header.key);
        if header.fin {
            return finished(message.bytes, rules).map(Some);
        }
        self.message = Some(message);
        Ok(None)
    }
}

impl Header {
    /// The header at the front of `input`, or `None` while it is not whole. A fault is found in the first
    /// byte that shows it, and a length past the limit before any of it is waited for.
    fn read(input: &[u8], within_message: bool, rules: &Rules) -> Result<Option<Self>, Close> {
        let Some(first) = input.first() else { return Ok(None) };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        if first & 0x70 != 0 {
            return Err(protocol("reserved bit set"));
        }
        match opcode {
            CONTINUATION if !within_message => return Err(protocol("continuation of nothing")),
            TEXT | BINARY if within_message => return Err(protocol("message within a message")),
            TEXT if !rules.text => return Err(WRONG_KIND),
            BINARY if rules.text => return Err(WRONG_KIND),
            CLOSE | PING | PONG if !fin => return Err(protocol("fragmented control frame")),
            CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG => {}
            _ => return Err(protocol("unknown opcode")),
        }
        let Some(second) = input.get(1) else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err(protocol("unmasked frame"));
        }
        let short = usize::from(second & 0x7f);
        if opcode >= CLOSE && short > CONTROL_BYTES_MAX {
            return Err(protocol("control frame too long"));
        }
        let (len, key_at) = match short {
            126 => (field::<2>(input).map(|bytes| u64::from(u16::from_be_bytes(bytes))), 4),
            127 => (field::<8>(input).map(u64::from_be_bytes), 10),
            short => (u64::try_from(short).ok(), 2),
        };
        let Some(len) = len else { return Ok(None) };
        if (short == 126 && len < 126) || (short == 127 && len < 65_536) {
            return Err(protocol("length not in its shortest form"));
        }
        let len = usize::try_from(len).ok().filter(|len| *len <= rules.message_bytes_max).ok_or(TOO_BIG)?;
        let Some(key) = input.get(key_at..key_at + 4).and_then(|key| key.try_into().ok()) else {
            return Ok(None);
        };
        Ok(Some(Self { fin, opcode, key, starts_at: key_at + 4, len }))
    }
}

/// The bytes of an extended length.
fn field<const N: usize>(input: &[u8]) -> Option<[u8; N]> {
    input.get(2..2 + N)?.try_into().ok()
}

fn finished(bytes: Vec<u8>, rules: &Rules) -> Result<Incoming, Close> {
    if rules.text && std::str::from_utf8(&bytes).is_err() {
        return Err(NOT_UTF8);
    }
    Ok(Incoming::Message(bytes))
}

fn control(header: &Header, payload: &[u8]) -> Result<Incoming, Close> {
    match header.opcode {
        PING => Ok(Incoming::Ping(unmasked(Vec::new(), payload, header.key))),
        PONG => Ok(Incoming::Pong),
        _ => close(&unmasked(Vec::new(), payload, header.key)),
    }
}

/// A close frame's body: nothing, or a code that may be sent (§7.4) and a reason in UTF-8.
fn close(body: &[u8]) -> Result<Incoming, Close> {
    let Some((code, reason)) = body.split_first_chunk::<2>() else {
        return if body.is_empty() { Ok(Incoming::Close(None)) } else { Err(protocol("half a close code")) };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(protocol("close code that can't be sent"));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(NOT_UTF8);
    }
    Ok(Incoming::Close(Some(code)))
}

/// Appends the payload with its mask taken off (§5.3), four bytes at a time.
fn unmasked(mut into: Vec<u8>, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    into.reserve(payload.len());
    let mask = u32::from_ne_bytes(key);
    let (fours, rest) = payload.as_chunks::<4>();
    for four in fours {
        into.extend_from_slice(&(u32::from_ne_bytes(*four) ^ mask).to_ne_bytes());
    }
    into.extend(rest.iter().zip(key).map(|(byte, key)| byte ^ key));
    into
}

#[cfg(test)]
mod tests;
