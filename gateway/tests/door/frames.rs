//! What a client must not send, and how the connection ends when it does.

use crate::stage::{Stage, end_of, soon};
use fastwebsockets::{Frame, OpCode};
use gateway::client::{Options, Socket};
use schema::codec::Codec;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn masked(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Frame::new(true, opcode, Some([1, 2, 3, 4]), payload.to_vec().into());
    frame.mask();
    let mut buffer = Vec::new();
    frame.write(&mut buffer).to_vec()
}

#[tokio::test]
async fn a_broken_protocol_closes_the_connection_with_its_code() {
    let stage = Stage::new().await;
    let binary: [(&str, Vec<u8>, u16); 6] = [
        ("unmasked", vec![0x82, 0x01, 0x80], 1002),
        ("reserved bit", vec![0xf2, 0x80, 0, 0, 0, 0], 1002),
        ("text under MessagePack", masked(OpCode::Text, b"{}"), 1003),
        ("no value", masked(OpCode::Binary, b"\xc1"), 1007),
        ("a megabyte and more", vec![0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0], 1009),
        ("goodbye", masked(OpCode::Close, &4_000_u16.to_be_bytes()), 4_000),
    ];
    for (what, bytes, code) in binary {
        let mut socket = stage.socket(0).await;
        socket.send_raw(&bytes).await.unwrap();
        assert_eq!(end_of(&mut socket).await, code, "{what}");
    }
    let text: [(&str, Vec<u8>, u16); 2] = [
        ("binary under JSON", masked(OpCode::Binary, b"{}"), 1003),
        ("no UTF-8", masked(OpCode::Text, b"\"\xff\""), 1007),
    ];
    for (what, bytes, code) in text {
        let options = Options { codec: Codec::Json, ..Options::default() };
        let mut socket = Socket::connect_with(&stage.address(), &options).await.unwrap();
        socket.sign_in(stage.token(0)).await.unwrap();
        socket.send_raw(&bytes).await.unwrap();
        assert_eq!(end_of(&mut socket).await, code, "{what}");
    }
}

#[tokio::test]
async fn a_strangers_large_message_is_not_waited_for() {
    let stage = Stage::new().await;
    let large = [0x82, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0];
    let (mut stranger, mut known) = (stage.stranger().await, stage.socket(0).await);

    stranger.send_raw(&large).await.unwrap();
    known.send_raw(&large).await.unwrap();

    assert_eq!(end_of(&mut stranger).await, 1009);
    let patience = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(patience, known.next()).await.is_err(), "the rest is waited for");
}

#[tokio::test]
async fn a_ping_is_answered_with_its_own_bytes_and_unmasked() {
    let stage = Stage::new().await;
    let mut stream = tokio::net::TcpStream::connect(stage.server.addr()).await.unwrap();
    let handshake = "GET /ws/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    // The first frame comes together with the handshake, as an eager client sends it.
    let eager = [handshake.as_bytes(), &masked(OpCode::Ping, b"there?")].concat();
    stream.write_all(&eager).await.unwrap();

    let mut heard = Vec::new();
    while !heard.ends_with(b"\x8a\x06there?") {
        let n = soon(stream.read_buf(&mut heard)).await.unwrap();
        assert!(n > 0, "{}", String::from_utf8_lossy(&heard));
    }
    let head = String::from_utf8_lossy(&heard).to_lowercase();
    assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("sec-websocket-protocol"), "none was offered, so none is chosen: {head}");
}

#[tokio::test]
async fn a_frame_that_arrives_byte_by_byte_is_one_frame() {
    let stage = Stage::new().await;
    let mut socket = stage.socket(0).await;
    let request = Codec::MsgPack.encode(&serde_json::json!({"op": "ping", "ref": "slow"})).unwrap();

    for byte in masked(OpCode::Binary, &request) {
        socket.send_raw(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }

    assert_eq!(soon(socket.next()).await.unwrap().reference.as_deref(), Some("slow"));
}
