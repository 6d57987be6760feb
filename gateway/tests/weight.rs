//! What a quiet session weighs on the heap, step by step. The clients are bare blocking sockets, which
//! weigh nothing here; the allocator counts, so this is a binary of its own.
#![cfg(test)]

use gateway::{Config, Server};
use schema::codec::Codec;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::{
    alloc::System,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SESSIONS: usize = 1_000;

/// Bytes on the heap.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

struct Client(TcpStream);

impl Client {
    fn open(server: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let handshake = "GET /ws/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(handshake.as_bytes()).unwrap();
        let mut byte = [0];
        let mut seen = [0; 4];
        while seen != *b"\r\n\r\n" {
            stream.read_exact(&mut byte).unwrap();
            seen.rotate_left(1);
            seen[3] = byte[0];
        }
        Self(stream)
    }

    /// Sends a request and reads this many frames.
    fn ask(&mut self, request: &Value, frames: usize) {
        let payload = Codec::MsgPack.encode(request).unwrap();
        let mut frame = vec![0x82, 0x80 | 126];
        frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        if payload.len() < 126 {
            frame = vec![0x82, 0x80 | u8::try_from(payload.len()).unwrap()];
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.0.write_all(&frame).unwrap();
        for _ in 0..frames {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).unwrap();
            let len = if head[1] == 126 {
                let mut long = [0; 2];
                self.0.read_exact(&mut long).unwrap();
                usize::from(u16::from_be_bytes(long))
            } else {
                usize::from(head[1])
            };
            self.0.read_exact(&mut vec![0; len]).unwrap();
        }
    }
}

#[test]
fn a_quiet_session_weighs_little() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: directory.path().join("store"),
        ..Config::default()
    };
    config.limits.enabled = false;
    // Rows at hand are bounded for the whole server, and no session's own.
    config.storage.rows_bytes = 16 << 10;
    config.socket.auth_wait_ms = 60_000;
    let (server, people, rooms) = runtime.block_on(async {
        let server = Server::start(config).await.unwrap();
        let engine = server.engine();
        let organization = people::first_organization(engine.reader()).await.unwrap().unwrap();
        let people = people::seed(engine, organization, SESSIONS).await.unwrap();
        let users: Vec<_> = people.iter().map(|(user, _)| *user).collect();
        let rooms = work::seed(engine, organization, &users, SESSIONS / 10).await.unwrap();
        (server, people, rooms)
    });
    let address = server.addr();
    let mut clients = Vec::with_capacity(SESSIONS);
    let mut scales = Scales { last: held() };

    clients.extend((0..SESSIONS).map(|_| Client::open(address)));
    let connected = scales.weigh("connected");
    for (client, (_, token)) in clients.iter_mut().zip(&people) {
        client.ask(&json!({"op": "auth", "d": {"token": token}}), 2);
    }
    let signed_in = scales.weigh("signed in");
    for (client, (user, _)) in clients.iter_mut().zip(&people) {
        client.ask(&json!({"op": "join", "room": format!("user:{user}"), "d": {}}), 1);
    }
    let inbox = scales.weigh("in the inbox");
    for (client, (project, _)) in clients.iter_mut().zip(rooms.iter().cycle()) {
        client.ask(&json!({"op": "join", "room": format!("project:{project}"), "d": {}}), 1);
    }
    let project = scales.weigh("in a project");
    for client in &mut clients {
        client.ask(&json!({"op": "ping"}), 1);
    }
    let ping = scales.weigh("after a ping");

    assert!(connected < 1_300, "a connection nobody has signed in on");
    assert!(connected + signed_in + inbox + project < 3_100, "a quiet session");
    assert!(ping < 16, "what was heard leaves nothing behind");
}

/// Weighs what was added, for each session.
struct Scales {
    last: usize,
}

impl Scales {
    fn weigh(&mut self, what: &str) -> usize {
        // Handshakes and workers that ended give back what they held a moment later.
        std::thread::sleep(Duration::from_millis(1_500));
        let now = held();
        let each = now.saturating_sub(self.last) / SESSIONS;
        self.last = now;
        eprintln!("{what:<14} {each:>6} B");
        each
    }
}
