//! Bytes on a socket: the parser of frames, fed in two pieces of any length, takes no message that breaks
//! its rules and comes to the same whatever the pieces.
#![no_main]

#[expect(dead_code, reason = "the gateway uses more of it")]
#[path = "../../../gateway/src/ws/parser.rs"]
mod parser;

use libfuzzer_sys::fuzz_target;
use parser::{Incoming, Parser, Rules};
use std::ops::ControlFlow;

const RULES: Rules = Rules { text: false, message_bytes_max: 512, fragments_max: 4 };

fuzz_target!(|input: (usize, &[u8])| {
    let (cut, bytes) = input;
    let (head, tail) = bytes.split_at(cut.min(bytes.len()));

    let whole = taken(&[bytes]);
    assert_eq!(whole, taken(&[head, tail]), "the same bytes came to something else in two pieces");
    for incoming in whole.0 {
        if let Incoming::Message(message) = incoming {
            assert!(message.len() <= RULES.message_bytes_max, "a message over the limit was taken");
        }
    }
});

/// What is taken of some pieces, and the close code if they break the protocol.
fn taken(pieces: &[&[u8]]) -> (Vec<Incoming>, Option<u16>) {
    let mut parser = Parser::default();
    let mut all = Vec::new();
    for piece in pieces {
        let read = parser.read(piece, &RULES, |incoming| {
            all.push(incoming);
            ControlFlow::Continue(())
        });
        if let Err(close) = read {
            return (all, Some(close.code));
        }
    }
    (all, None)
}
