//! The opening handshake of RFC 6455 §4.1: one GET, one answer, checked as the RFC asks.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};
use std::net::SocketAddr;

/// The sub-protocol of every frame that the harness sends.
pub(crate) const PROTOCOL: &str = "ecosystia.v1.msgpack";

/// What a server appends to the key before hashing it (§4.2.2).
const SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// An answer longer than this is not one.
const HEAD_BYTES_MAX: usize = 8 << 10;

/// A key and the answer that proves it was understood. One per process: the key guards against caches
/// that confuse HTTP with WebSockets, not against an adversary.
#[derive(Clone, Debug)]
pub(crate) struct Handshake {
    key: String,
    accept: String,
}

/// Why the door stayed shut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another status than 101.
    #[error("HTTP {0}")]
    Status(u16),
    /// A 101 that breaks the protocol.
    #[error("the handshake's {0}")]
    Broken(&'static str),
}

impl Handshake {
    /// A handshake with a random key.
    pub(crate) fn new() -> Self {
        let key = STANDARD.encode(rand::random::<[u8; 16]>());
        let accept = STANDARD.encode(Sha1::new_with_prefix(key.as_bytes()).chain_update(SUFFIX).finalize());
        Self { key, accept }
    }

    /// The request.
    pub(crate) fn request(&self, server: SocketAddr) -> String {
        format!(
            "GET /ws/ HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n",
            self.key
        )
    }

    /// What follows the answer's head, once the head is whole.
    ///
    /// # Errors
    /// When the answer is anything but the acceptance of this key and sub-protocol.
    pub(crate) fn check<'a>(&self, bytes: &'a [u8]) -> Result<Option<&'a [u8]>, Refusal> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return if bytes.len() > HEAD_BYTES_MAX {
                Err(Refusal::Broken("head has no end"))
            } else {
                Ok(None)
            };
        };
        let (head, rest) = bytes.split_at(end + 4);
        let head = std::str::from_utf8(head).map_err(|_| Refusal::Broken("head is not text"))?;
        match head.split(' ').nth(1).and_then(|word| word.parse().ok()) {
            Some(101) => {}
            Some(other) => return Err(Refusal::Status(other)),
            None => return Err(Refusal::Broken("status line is unreadable")),
        }
        let header = |name: &str| {
            head.split("\r\n")
                .filter_map(|line| line.split_once(':'))
                .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.trim()))
        };
        if header("sec-websocket-accept") != Some(&self.accept) {
            return Err(Refusal::Broken("key was not accepted"));
        }
        if header("sec-websocket-protocol") != Some(PROTOCOL) {
            return Err(Refusal::Broken("sub-protocol is another one"));
        }
        Ok(Some(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(accept: &str, protocol: &str) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-accept: {accept}\r\nsec-websocket-protocol: {protocol}\r\n\r\nrest"
        )
    }

    #[test]
    fn the_answer_to_the_example_of_the_rfc_is_known() {
        let accept = STANDARD
            .encode(Sha1::new_with_prefix(b"dGhlIHNhbXBsZSBub25jZQ==").chain_update(SUFFIX).finalize());

        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn an_acceptance_in_any_two_pieces_is_accepted() {
        let handshake = Handshake::new();
        let answer = answer(&handshake.accept, PROTOCOL);
        let head = answer.len() - "rest".len();

        for cut in 0..head {
            assert_eq!(handshake.check(&answer.as_bytes()[..cut]), Ok(None));
        }
        assert_eq!(handshake.check(answer.as_bytes()), Ok(Some(b"rest".as_slice())));
    }

    #[test]
    fn anything_else_is_refused() {
        let handshake = Handshake::new();

        let busy = handshake.check(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\r\n");
        assert_eq!(busy, Err(Refusal::Status(503)));
        let key = answer("bm90IG91cnM=", PROTOCOL);
        assert!(matches!(handshake.check(key.as_bytes()), Err(Refusal::Broken(_))));
        let protocol = answer(&handshake.accept, "ecosystia.v1.json");
        assert!(matches!(handshake.check(protocol.as_bytes()), Err(Refusal::Broken(_))));
        assert!(handshake.check(&vec![b'x'; HEAD_BYTES_MAX + 1]).is_err());
    }
}
