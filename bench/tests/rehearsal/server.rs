//! A server in miniature: enough of the wire, the REST paths and the command line that the harness can be
//! rehearsed against it, one thread a connection, one file for what it keeps. It can be told to lie in one
//! particular way, so that the harness's audits can be seen to notice.

use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// One way of not keeping the promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lie {
    /// An honest server.
    None,
    /// One listener is not told one event.
    Skip,
    /// One listener is told one event twice.
    Repeat,
    /// One message is acknowledged and told, and not kept.
    Forget,
    /// One message is kept twice.
    Twice,
    /// A join does not count what was missed, and does not send it.
    NoResume,
    /// A page holds one record fewer than was asked for.
    Short,
}

impl Lie {
    /// The lie of this name.
    pub(crate) fn named(name: &str) -> Self {
        [Self::Skip, Self::Repeat, Self::Forget, Self::Twice, Self::NoResume, Self::Short]
            .into_iter()
            .find(|lie| format!("{lie:?}") == name)
            .unwrap_or(Self::None)
    }
}

/// The number of the message that is lied about.
const VICTIM: usize = 5;

struct State {
    lie: Lie,
    log: File,
    rooms: HashMap<String, Room>,
    /// Replies by `client_id`.
    answered: HashMap<String, Value>,
    posted: usize,
}

#[derive(Default)]
struct Room {
    /// The `d` of each event; the first has number one.
    events: Vec<Value>,
    kept: Vec<Value>,
    listeners: Vec<(usize, TcpStream)>,
}

/// Serves until the process ends.
pub(crate) fn serve(listen: SocketAddr, data: &Path, lie: Lie) {
    std::fs::create_dir_all(data).unwrap();
    let path = data.join("log.jsonl");
    let log = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    let mut state = State { lie, log, rooms: HashMap::new(), answered: HashMap::new(), posted: 0 };
    for line in BufReader::new(File::open(&path).unwrap()).lines() {
        state.recall(&serde_json::from_str(&line.unwrap()).unwrap());
    }
    let state = Arc::new(Mutex::new(state));
    for (number, stream) in TcpListener::bind(listen).unwrap().incoming().enumerate() {
        let (stream, state) = (stream.unwrap(), Arc::clone(&state));
        // A connection that breaks ends its thread; that is all a rehearsal needs.
        std::thread::spawn(move || http(stream, number, &state));
    }
}

/// Keep-alive HTTP, until the socket is upgraded or closed.
fn http(stream: TcpStream, number: usize, state: &Mutex<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut start, mut key, mut size) = (String::new(), String::new(), 0);
        reader.read_line(&mut start).ok()?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            match line.trim_end().split_once(": ") {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("sec-websocket-key") => key = value.into(),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    size = value.parse().ok()?
                }
                Some(_) => {}
            }
        }
        std::io::copy(&mut (&mut reader).take(size), &mut std::io::sink()).ok()?;
        let (method, path) = (start.split(' ').next()?, start.split(' ').nth(1)?);
        if path == "/ws/" {
            return socket(stream, reader, &key, number, state);
        }
        let (status, body) = rest(method, path, state);
        let head = format!("HTTP/1.1 {status} Made\r\ncontent-length: {}\r\n\r\n", body.len());
        (&stream).write_all((head + &body).as_bytes()).ok()?;
    }
}

fn rest(method: &str, path: &str, state: &Mutex<State>) -> (u16, String) {
    if let Some((meeting, query)) =
        path.strip_prefix("/api/v1/meetings/").and_then(|p| p.split_once("/messages/"))
    {
        let after = query.split(['=', '&']).nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
        let state = state.lock().unwrap();
        let kept = state.rooms.get(&format!("meeting:{meeting}")).map_or(&[][..], |room| &room.kept);
        let page: Vec<_> = kept.iter().filter(|m| m["seq"].as_u64() > Some(after)).take(100).collect();
        return (200, json!({"data": page, "page": {"limit": 100}}).to_string());
    }
    match (method, path) {
        ("POST", _) => (201, json!({"id": Uuid::from_u128(rand::random())}).to_string()),
        ("GET", "/health/") => {
            let listeners: usize =
                state.lock().unwrap().rooms.values().map(|room| room.listeners.len()).sum();
            (200, json!({"sessions": listeners / 2, "nodes": [{}]}).to_string())
        }
        ("GET", path) if path.contains("/tasks/?limit=") => (200, page(path, state.lock().unwrap().lie)),
        ("GET", "/metrics") => (200, "storage_rows_total 10\n".into()),
        ("GET", _) => (200, "{}".into()),
        _ => (405, String::new()),
    }
}

/// A page of tasks, of which there is no end.
fn page(path: &str, lie: Lie) -> String {
    let limit: usize = path.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    let rows = vec![json!({}); if lie == Lie::Short { limit - 1 } else { limit }];
    json!({"data": rows, "page": {"limit": limit, "next_cursor": "c", "total": 7}}).to_string()
}

/// The socket, after its handshake.
fn socket(
    stream: TcpStream,
    mut reader: BufReader<TcpStream>,
    key: &str,
    number: usize,
    state: &Mutex<State>,
) -> Option<()> {
    use base64::Engine as _;
    use sha1::Digest as _;
    let hash = sha1::Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::engine::general_purpose::STANDARD.encode(hash);
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: ecosystia.v1.msgpack\r\n\r\n"
    );
    (&stream).write_all(head.as_bytes()).ok()?;
    while let Some(asked) = read_frame(&mut reader) {
        let mut state = state.lock().unwrap();
        answer(&mut state, &stream, number, &asked)?;
    }
    state.lock().unwrap().rooms.values_mut().for_each(|room| room.listeners.retain(|(n, _)| *n != number));
    None
}

fn answer(state: &mut State, stream: &TcpStream, number: usize, asked: &Value) -> Option<()> {
    let reply = |d: Value| json!({"t": "reply", "ref": asked["ref"], "ts": 1, "d": d});
    match asked["op"].as_str()? {
        "auth" => {
            write_frame(stream, &reply(json!({})))?;
            write_frame(stream, &json!({"t": "hello", "ts": 1, "d": {"heartbeat_ms": 25_000}}))
        }
        "ping" => write_frame(stream, &json!({"t": "pong", "ref": asked["ref"], "d": {}})),
        "join" => {
            let honest = state.lie != Lie::NoResume;
            let name = asked["room"].as_str()?.to_owned();
            let room = state.rooms.entry(name.clone()).or_default();
            let head = room.events.len();
            let from = asked["d"]["after_seq"].as_u64().filter(|_| honest);
            let from = from.map_or(head, |after| usize::try_from(after).unwrap());
            let joined = json!({"epoch": "e", "seq": head, "presence": {}, "missed": head - from});
            write_frame(stream, &reply(joined))?;
            for (place, event) in room.events.iter().enumerate().skip(from) {
                write_frame(stream, &told(&name, place + 1, event))?;
            }
            room.listeners.push((number, stream.try_clone().ok()?));
            Some(())
        }
        "task.create" => {
            let d = state.post(asked["room"].as_str()?, asked["idem"].as_str()?, &asked["d"]["title"]);
            write_frame(stream, &reply(d))
        }
        "chat.send" => {
            let d =
                state.post(asked["room"].as_str()?, asked["d"]["client_id"].as_str()?, &asked["d"]["body"]);
            write_frame(stream, &reply(d))
        }
        other => panic!("{other} was never promised"),
    }
}

impl State {
    fn post(&mut self, name: &str, client_id: &str, body: &Value) -> Value {
        if let Some(before) = self.answered.get(client_id) {
            return before.clone();
        }
        let victim = self.posted == VICTIM;
        self.posted += 1;
        let seq = self.rooms.entry(name.into()).or_default().events.len() + 1;
        let id = Uuid::from_u128(rand::random());
        let message = json!({"room": name, "id": id, "seq": seq, "client_id": client_id, "body": body,
            "copies": match self.lie { Lie::Forget if victim => 0, Lie::Twice if victim => 2, _ => 1 }});
        writeln!(self.log, "{message}").unwrap();
        let d = self.recall(&message);
        let room = self.rooms.entry(name.into()).or_default();
        let frame = told(name, seq, &room.events[seq - 1]);
        for (place, (_, listener)) in room.listeners.iter().enumerate() {
            let times = match self.lie {
                Lie::Skip if victim && place == 0 => 0,
                Lie::Repeat if victim && place == 0 => 2,
                _ => 1,
            };
            (0..times).for_each(|_| write_frame(listener, &frame).unwrap_or_default());
        }
        d
    }

    /// Takes in a message that is in the log; answers its reply.
    fn recall(&mut self, message: &Value) -> Value {
        let room = self.rooms.entry(message["room"].as_str().unwrap().into()).or_default();
        let data = json!({"client_id": message["client_id"], "body": message["body"], "seq": message["seq"]});
        // A task's news does not say what it is called.
        room.events.push(match message["room"].as_str().unwrap().starts_with("project:") {
            true => json!({"id": message["id"], "name": "projects.task.created",
                "entity": {"type": "task", "id": message["id"]}, "data": {"number": message["seq"]}}),
            false => json!({"id": message["id"], "name": "meetings.chat.message_posted", "data": data}),
        });
        let copies = usize::try_from(message["copies"].as_u64().unwrap()).unwrap();
        room.kept.extend(std::iter::repeat_n(message.clone(), copies));
        let d = json!({"status": 201, "body": {"id": message["id"], "seq": message["seq"], "at": "now"}});
        self.answered.insert(message["client_id"].as_str().unwrap().into(), d.clone());
        d
    }
}

fn told(room: &str, seq: usize, d: &Value) -> Value {
    json!({"t": "event", "room": room, "seq": seq, "ts": 1, "d": d})
}

/// One masked binary frame, decoded; `None` at the end.
fn read_frame(reader: &mut impl Read) -> Option<Value> {
    let mut head = [0; 2];
    reader.read_exact(&mut head).ok()?;
    assert!(head[1] & 0x80 != 0, "a client masks");
    let size = match head[1] & 0x7f {
        126 => {
            let mut size = [0; 2];
            reader.read_exact(&mut size).ok()?;
            usize::from(u16::from_be_bytes(size))
        }
        small => usize::from(small),
    };
    let (mut key, mut payload) = ([0; 4], vec![0; size]);
    reader.read_exact(&mut key).ok()?;
    reader.read_exact(&mut payload).ok()?;
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    let value = rmpv::decode::read_value(&mut payload.as_slice()).unwrap();
    Some(serde_json::to_value(value).unwrap())
}

fn write_frame(mut stream: &TcpStream, value: &Value) -> Option<()> {
    let mut payload = Vec::new();
    let value: rmpv::Value = serde_json::from_value(value.clone()).unwrap();
    rmpv::encode::write_value(&mut payload, &value).unwrap();
    let mut frame = vec![0x82];
    match u8::try_from(payload.len()) {
        Ok(small @ 0..=125) => frame.push(small),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend(payload);
    stream.write_all(&frame).ok()
}

/// Writes the people that a server was seeded with.
pub(crate) fn seed(tokens: &Path, users: u128, rooms: u128) {
    let mut text = json!({"organization": Uuid::nil(), "base": ""}).to_string() + "\n";
    for user in 0..users {
        let room = Uuid::from_u128(1_000_000 + user % rooms);
        let seat = json!({"user": Uuid::from_u128(user), "token": "t", "project": room, "meeting": room});
        text += &format!("{seat}\n");
    }
    std::fs::write(tokens, text).unwrap();
}
