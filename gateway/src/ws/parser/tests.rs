//! The parser against frames written by somebody else's encoder, cut anywhere; and against every fault.

use super::*;
use fastwebsockets::{Frame, OpCode};
use proptest::prelude::*;

const RULES: Rules = Rules { text: false, message_bytes_max: 100_000, fragments_max: 8 };
const AS_TEXT: Rules = Rules { text: true, ..RULES };

/// A frame as a client would send it, by an encoder that is not ours.
fn frame(fin: bool, opcode: OpCode, key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut frame = Frame::new(fin, opcode, Some(key), payload.to_vec().into());
    frame.mask();
    let mut buffer = Vec::new();
    frame.write(&mut buffer).to_vec()
}

fn read(bytes: &[u8], rules: &Rules) -> Result<Vec<Incoming>, Close> {
    let mut seen = Vec::new();
    Parser::default().read(bytes, rules, |incoming| {
        seen.push(incoming);
        ControlFlow::Continue(())
    })?;
    Ok(seen)
}

/// What a client may say: a message in one or more fragments, pings between them.
fn said() -> impl Strategy<Value = (Vec<u8>, Vec<Incoming>)> {
    let fragment = (prop::collection::vec(any::<u8>(), 0..300), any::<[u8; 4]>(), any::<bool>());
    prop::collection::vec(fragment, 1..8).prop_map(|fragments| {
        let (mut bytes, mut whole, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        let last = fragments.len() - 1;
        for (at, (payload, key, ping)) in fragments.into_iter().enumerate() {
            let opcode = if at == 0 { OpCode::Binary } else { OpCode::Continuation };
            bytes.extend(frame(at == last, opcode, key, &payload));
            whole.extend(payload);
            if ping && at < last {
                bytes.extend(frame(true, OpCode::Ping, key, b"still there?"));
                expected.push(Incoming::Ping(b"still there?".to_vec()));
            }
        }
        expected.push(Incoming::Message(whole));
        (bytes, expected)
    })
}

proptest! {
    #[test]
    fn what_another_encoder_wrote_is_read_however_it_is_cut(
        all in prop::collection::vec(said(), 1..4),
        cuts in prop::collection::vec(1_usize..700, 1..40),
    ) {
        let bytes: Vec<u8> = all.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let expected: Vec<Incoming> = all.into_iter().flat_map(|(_, expected)| expected).collect();

        let mut parser = Parser::default();
        let mut seen = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            let (piece, later) = rest.split_at((*cut).min(rest.len()));
            rest = later;
            parser.read(piece, &RULES, |incoming| {
                seen.push(incoming);
                ControlFlow::Continue(())
            }).unwrap();
            if rest.is_empty() {
                break;
            }
        }

        prop_assert_eq!(seen, expected);
        prop_assert!(parser.held.is_empty());
    }

    #[test]
    fn what_is_not_taken_at_once_is_kept_in_order(all in prop::collection::vec(said(), 1..4)) {
        let bytes: Vec<u8> = all.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let expected: Vec<Incoming> = all.into_iter().flat_map(|(_, expected)| expected).collect();

        let mut parser = Parser::default();
        let mut seen = Vec::new();
        let mut fresh = bytes.as_slice();
        loop {
            let before = seen.len();
            parser.read(fresh, &RULES, |incoming| {
                seen.push(incoming);
                ControlFlow::Break(())
            }).unwrap();
            fresh = &[];
            if seen.len() == before {
                break;
            }
        }

        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn no_bytes_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..8), text: bool) {
        let mut parser = Parser::default();
        for piece in pieces {
            if parser.read(&piece, &Rules { text, ..RULES }, |_| ControlFlow::Continue(())).is_err() {
                break;
            }
        }
    }

    #[test]
    fn every_length_has_one_spelling(len in 0_usize..70_000) {
        let payload = vec![7; len];

        let seen = read(&frame(true, OpCode::Binary, [1, 2, 3, 4], &payload), &RULES).unwrap();

        prop_assert_eq!(seen, vec![Incoming::Message(payload)]);
    }
}

#[test]
fn a_broken_protocol_is_told_by_its_close_code() {
    let key = [1, 2, 3, 4];
    let cases: [(&str, Vec<u8>, u16); 12] = [
        ("unmasked", vec![0x82, 0x01, 0x00], 1002),
        ("reserved bit", vec![0xc2], 1002),
        ("unknown opcode", vec![0x83], 1002),
        ("fragmented ping", vec![0x09], 1002),
        ("long ping", vec![0x89, 0x80 | 126], 1002),
        ("continuation of nothing", frame(true, OpCode::Continuation, key, b""), 1002),
        ("long spelling of a short length", vec![0x82, 0x80 | 126, 0, 5], 1002),
        ("half a close code", frame(true, OpCode::Close, key, &[3]), 1002),
        ("close code 1005", frame(true, OpCode::Close, key, &[3, 237]), 1002),
        ("text under a binary protocol", frame(true, OpCode::Text, key, b"{}"), 1003),
        ("a close reason that is no text", frame(true, OpCode::Close, key, &[3, 232, 0xff]), 1007),
        ("a length past the limit", vec![0x82, 0x80 | 127, 0, 0, 0, 0, 0, 2, 0, 0], 1009),
    ];

    for (what, bytes, code) in cases {
        assert_eq!(read(&bytes, &RULES).unwrap_err().code, code, "{what}");
    }
    let twice = [frame(false, OpCode::Binary, key, b"a"), frame(true, OpCode::Binary, key, b"b")].concat();
    assert_eq!(read(&twice, &RULES).unwrap_err().code, 1002, "a message within a message");
}

#[test]
fn text_is_checked_as_a_whole() {
    let (first, second) = "é".as_bytes().split_at(1);
    let halves = [
        frame(false, OpCode::Text, [1, 2, 3, 4], first),
        frame(true, OpCode::Continuation, [4, 3, 2, 1], second),
    ];

    assert_eq!(read(&halves.concat(), &AS_TEXT).unwrap(), [Incoming::Message("é".into())]);
    assert_eq!(read(&frame(true, OpCode::Text, [0; 4], first), &AS_TEXT).unwrap_err().code, 1007);
    assert_eq!(read(&frame(true, OpCode::Binary, [0; 4], b"{}"), &AS_TEXT).unwrap_err().code, 1003);
}

#[test]
fn neither_many_fragments_nor_their_sum_pass_the_limits() {
    let empty = frame(false, OpCode::Continuation, [0; 4], b"");
    let mut many = frame(false, OpCode::Binary, [0; 4], b"");
    many.extend(empty.repeat(8));
    let big = [
        frame(false, OpCode::Binary, [0; 4], &[0; 60_000]),
        frame(true, OpCode::Continuation, [0; 4], &[0; 60_000]),
    ];

    assert_eq!(read(&many, &RULES).unwrap_err(), TOO_MANY);
    assert_eq!(read(&big.concat(), &RULES).unwrap_err(), TOO_BIG);
}

#[test]
fn a_claimed_length_reserves_nothing() {
    let mut parser = Parser::default();

    parser.read(&[0x82, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0], &RULES, |_| ControlFlow::Continue(())).unwrap();

    assert!(parser.held.capacity() < 64);
}
