//! What a client says: the operations of the socket, each one MessagePack map in one masked frame,
//! appended to bytes that are about to be sent. Nothing here waits for an answer.

use super::{
    frame::{self, Opcode},
    msgpack::{write_map, write_number, write_text},
};
use uuid::Uuid;

/// Where a listener was when it last heard its room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The life of the room that the number belongs to.
    pub(crate) epoch: &'a str,
    /// The last number heard.
    pub(crate) after_seq: u64,
}

/// `auth`: who is speaking.
pub(crate) fn auth(out: &mut Vec<u8>, reference: &str, token: &str) {
    message(out, |d| {
        write_map(d, 3);
        pair(d, "op", "auth");
        pair(d, "ref", reference);
        write_text(d, "d");
        write_map(d, 1);
        pair(d, "token", token);
    });
}

/// `join`: begins to listen to a room, from here on or from a place.
pub(crate) fn join(out: &mut Vec<u8>, reference: &str, room: &str, from: Option<Place<'_>>) {
    message(out, |d| {
        write_map(d, if from.is_some() { 4 } else { 3 });
        pair(d, "op", "join");
        pair(d, "ref", reference);
        pair(d, "room", room);
        if let Some(place) = from {
            write_text(d, "d");
            write_map(d, 2);
            pair(d, "epoch", place.epoch);
            write_text(d, "after_seq");
            write_number(d, place.after_seq);
        }
    });
}

/// `ping`: still here.
pub(crate) fn ping(out: &mut Vec<u8>, reference: &str) {
    message(out, |d| {
        write_map(d, 2);
        pair(d, "op", "ping");
        pair(d, "ref", reference);
    });
}

/// `chat.send`: a message to a meeting; saying it again under the same `client_id` changes nothing.
pub(crate) fn chat_send(out: &mut Vec<u8>, reference: &str, room: &str, client_id: Uuid, body: &str) {
    message(out, |d| {
        write_map(d, 4);
        pair(d, "op", "chat.send");
        pair(d, "ref", reference);
        pair(d, "room", room);
        write_text(d, "d");
        write_map(d, 2);
        pair(d, "client_id", client_id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        pair(d, "body", body);
    });
}

/// `task.create`: a task in a project; saying it again under the same `id` changes nothing.
pub(crate) fn task_create(out: &mut Vec<u8>, reference: &str, room: &str, id: Uuid, title: &str) {
    message(out, |d| {
        write_map(d, 5);
        pair(d, "op", "task.create");
        pair(d, "ref", reference);
        pair(d, "room", room);
        pair(d, "idem", id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        write_text(d, "d");
        write_map(d, 1);
        pair(d, "title", title);
    });
}

/// Answers a ping of the WebSocket layer (RFC 6455 §5.5.3).
pub(crate) fn pong(out: &mut Vec<u8>, payload: &[u8]) {
    frame::write(out, Opcode::Pong, payload, mask());
}

fn message(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut payload = Vec::with_capacity(256);
    fill(&mut payload);
    frame::write(out, Opcode::Binary, &payload, mask());
}

fn pair(out: &mut Vec<u8>, key: &str, value: &str) {
    write_text(out, key);
    write_text(out, value);
}

/// A fresh key for each frame: the mask must not be predictable (RFC 6455 §5.3).
fn mask() -> [u8; 4] {
    rand::random()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmpv::Value;

    /// Unmasks and decodes with another decoder.
    fn read(bytes: &[u8]) -> Value {
        let (head, key, masked) = match bytes[1] & 0x7f {
            126 => (4, &bytes[4..8], &bytes[8..]),
            _ => (2, &bytes[2..6], &bytes[6..]),
        };
        assert!(head <= 4 && bytes[0] == 0x82, "a final binary frame");
        let payload: Vec<u8> = masked.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        rmpv::decode::read_value(&mut payload.as_slice()).unwrap()
    }

    #[test]
    fn a_join_names_its_place_only_when_it_has_one() {
        let (mut fresh, mut resumed) = (Vec::new(), Vec::new());

        join(&mut fresh, "j0", "user:u", None);
        join(&mut resumed, "j1", "project:p", Some(Place { epoch: "e1", after_seq: 70_000 }));

        assert_eq!(read(&fresh).as_map().unwrap().len(), 3);
        let resumed = read(&resumed);
        assert_eq!(resumed["room"], Value::from("project:p"));
        assert_eq!(resumed["d"]["epoch"], Value::from("e1"));
        assert_eq!(resumed["d"]["after_seq"], Value::from(70_000));
    }

    #[test]
    fn a_task_is_created_under_a_name_of_its_own() {
        let mut said = Vec::new();

        task_create(&mut said, "m7", "project:p", Uuid::from_u128(0xAB), "Book the room");

        let said = read(&said);
        assert_eq!(said["op"], Value::from("task.create"));
        assert_eq!(said["idem"], Value::from("00000000-0000-0000-0000-0000000000ab"));
        assert_eq!(said["d"]["title"], Value::from("Book the room"));
    }

    #[test]
    fn a_message_carries_its_client_id_as_text() {
        let mut said = Vec::new();

        chat_send(&mut said, "m7", "meeting:m", Uuid::from_u128(0xAB), &"x".repeat(200));

        let said = read(&said);
        assert_eq!(said["op"], Value::from("chat.send"));
        assert_eq!(said["ref"], Value::from("m7"));
        assert_eq!(said["d"]["client_id"], Value::from("00000000-0000-0000-0000-0000000000ab"));
        assert_eq!(said["d"]["body"].as_str().map(str::len), Some(200));
    }
}
