//! Bytes that are no protocol: each kind has its close code, and the server goes on.

use crate::harness::{quiet_for, world};
use gateway::client::{Error, Options, Socket};
use schema::{code::Code, codec::Codec, frame::Kind, role::Role};
use serde_json::json;

/// The head of a client frame, masked with zeros so that the payload stands as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        short @ 0..126 => out.push(0x80 | u8::try_from(short).unwrap()),
        middle @ 126..65_536 => {
            out.push(0x80 | 126);
            out.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend(u64::try_from(long).unwrap().to_be_bytes());
        }
    }
    out.extend([0; 4]);
    out.extend(payload);
    out
}

async fn close_code(codec: Codec, bytes: &[u8]) -> Option<u16> {
    let awa = world().person("Awa", Role::Student).await;
    let mut socket = awa.socket_with(Options { codec, ..Options::default() }).await;
    // The server may close while we still write.
    let _ = socket.send_raw(bytes).await;
    match quiet_for(&mut socket, 5_000).await.1 {
        Some(Error::Closed { code, .. }) => Some(code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_malformed_frame_has_its_close_code() {
    let unmasked = [0x82, 0x01, 0xc0];
    let reserved_bit = frame(0xc2, &[0xc0]);
    let unknown_opcode = frame(0x83, &[0xc0]);
    let fragmented_ping = frame(0x09, b"");
    let long_ping = frame(0x89, &[0; 126]);
    let stray_continuation = frame(0x80, &[0xc0]);

    for bytes in
        [&unmasked[..], &reserved_bit, &unknown_opcode, &fragmented_ping, &long_ping, &stray_continuation]
    {
        assert_eq!(close_code(Codec::MsgPack, bytes).await, Some(1002), "{bytes:?}");
    }
    assert_eq!(close_code(Codec::MsgPack, &frame(0x81, b"{}")).await, Some(1003), "text under msgpack");
    assert_eq!(close_code(Codec::Json, &frame(0x81, b"\xff\xfe")).await, Some(1007), "not UTF-8");
    assert_eq!(close_code(Codec::MsgPack, &frame(0x82, &vec![0; 1 << 21])).await, Some(1009), "too big");
    assert_eq!(close_code(Codec::MsgPack, &frame(0x82, b"\xc1")).await, Some(1007), "not MessagePack");
}

#[tokio::test]
async fn an_unknown_operation_and_an_unknown_field_are_refused_and_the_socket_stays() {
    let awa = world().person("Awa", Role::Student).await;
    let mut socket = awa.socket().await;

    let unknown = socket.call("DestroyEverything", json!({}), None).await.unwrap_err();
    let field =
        socket.call("CreateProject", json!({"title": "x", "colour_of_owner": 1}), None).await.unwrap_err();

    assert_eq!(unknown.problem().unwrap().code, Code::UnknownOperation);
    assert_eq!(field.problem().unwrap().code, Code::UnknownField);
    socket.ping().await.unwrap();
    let (heard, _) = quiet_for(&mut socket, 500).await;
    assert!(heard.iter().any(|response| response.t == Kind::Pong));
}

#[tokio::test]
async fn a_strange_origin_or_sub_protocol_gets_no_socket() {
    let world = world();
    let client = world.anonymous();

    let options = Options { origin: Some("https://elsewhere.example".into()), ..Options::default() };
    let refused = Socket::connect_with(client.address(), &options).await;

    assert_eq!(refused.err().and_then(|error| error.problem().map(|p| p.status)), Some(403));
}

#[tokio::test]
async fn whoever_does_not_sign_in_is_closed() {
    let world = world();
    let client = world.anonymous();
    let mut socket = Socket::connect(client.address()).await.unwrap();

    let (_, end) = quiet_for(&mut socket, 8_000).await;

    assert!(matches!(end, Some(Error::Closed { code: 4001, .. })), "{end:?}");
}
