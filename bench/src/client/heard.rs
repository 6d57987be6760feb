//! What a client hears: one frame of the server, told apart and borrowed. Fields that the harness does
//! not examine are stepped over; a frame that lacks what its kind requires is malformed, and counted.

use super::msgpack::{entries, field, number, text};

/// One frame from the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Heard<'a> {
    /// The signing in succeeded and the session is open.
    Hello,
    /// What an operation answered.
    Reply {
        /// The reference it was asked under.
        reference: &'a str,
        /// The model of the answer, still encoded.
        d: &'a [u8],
    },
    /// An operation was refused.
    Error {
        /// The reference it was asked under; empty for a frame that had none.
        reference: &'a str,
        /// The HTTP status of the refusal.
        status: u64,
        /// The problem code.
        code: &'a str,
    },
    /// A room tells something.
    Event {
        /// Which room.
        room: &'a str,
        /// Its number in that room.
        seq: u64,
        /// The envelope, still encoded.
        d: &'a [u8],
    },
    /// The missed events can't be sent: go on from here.
    Resync {
        /// Which room.
        room: &'a str,
        /// The last number before what will be heard.
        seq: u64,
    },
    /// A room may no longer be heard.
    Revoked,
    /// The server wants this client to leave and come back.
    GoAway {
        /// When to come back, in milliseconds.
        after_ms: u64,
    },
    /// Anything that carries no number: whispers, presence, answers to a ping.
    Aside,
}

/// What a join answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joined<'a> {
    /// The life of the room that its numbers belong to.
    pub(crate) epoch: &'a str,
    /// The last number of the room.
    pub(crate) seq: u64,
    /// How many events will follow that were missed.
    pub(crate) missed: u64,
}

/// What sending a chat message, or creating a task, answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posted<'a> {
    /// The HTTP status that REST would have answered.
    pub(crate) status: u64,
    /// The message's id.
    pub(crate) id: &'a str,
    /// Its number in the meeting; 0 for a task, whose answer names none.
    pub(crate) seq: u64,
}

impl<'a> Heard<'a> {
    /// Tells a frame's payload apart; `None` when it is malformed.
    pub(crate) fn read(payload: &'a [u8]) -> Option<Self> {
        let (mut kind, mut reference, mut room, mut seq, mut d) = (None, None, None, None, None);
        for (key, value) in entries(payload) {
            match key {
                b"t" => kind = text(value),
                b"ref" => reference = text(value),
                b"room" => room = text(value),
                b"seq" => seq = number(value),
                b"d" => d = Some(value),
                _ => {}
            }
        }
        let heard = match kind? {
            "event" => Self::Event { room: room?, seq: seq?, d: d? },
            "reply" => Self::Reply { reference: reference?, d: d.unwrap_or_default() },
            "error" => Self::Error {
                reference: reference.unwrap_or_default(),
                status: number(field(d?, "status")?)?,
                code: text(field(d?, "code")?)?,
            },
            "hello" => Self::Hello,
            "resync" => Self::Resync { room: room?, seq: number(field(d?, "seq")?)? },
            "revoked" => Self::Revoked,
            "goaway" => Self::GoAway { after_ms: number(field(d?, "after_ms")?)? },
            "pong" | "ephemeral" => Self::Aside,
            _ => return None,
        };
        Some(heard)
    }
}

impl<'a> Joined<'a> {
    /// Reads the `d` of a join's reply.
    pub(crate) fn read(d: &'a [u8]) -> Option<Self> {
        Some(Self {
            epoch: text(field(d, "epoch")?)?,
            seq: number(field(d, "seq")?)?,
            missed: number(field(d, "missed")?)?,
        })
    }
}

impl<'a> Posted<'a> {
    /// Reads the `d` of a sent message's reply.
    pub(crate) fn read(d: &'a [u8]) -> Option<Self> {
        let body = field(d, "body")?;
        Some(Self {
            status: number(field(d, "status")?)?,
            id: text(field(body, "id")?)?,
            seq: field(body, "seq").and_then(number).unwrap_or_default(),
        })
    }
}

/// The id of the task that an event tells to be new, if it tells of one.
pub(crate) fn created_task(d: &[u8]) -> Option<&str> {
    let name = text(field(d, "name")?)?;
    if name == "projects.task.created" { text(field(field(d, "entity")?, "id")?) } else { None }
}

/// The body of the chat message that an event tells, if it tells one.
pub(crate) fn chat_body(d: &[u8]) -> Option<&str> {
    text(field(field(d, "data")?, "body")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn encoded(frame: &Value) -> Vec<u8> {
        let value: rmpv::Value = serde_json::from_value(frame.clone()).unwrap();
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &value).unwrap();
        bytes
    }

    #[test]
    fn an_event_is_told_apart_with_its_message() {
        let bytes = encoded(&json!({
            "t": "event", "room": "meeting:m", "seq": 41, "ts": 1_732_480_000_123_u64,
            "d": {"id": "e", "name": "meetings.chat.message_posted", "entity": {"type": "m", "id": "x", "version": 1},
                  "data": {"client_id": "c", "seq": 41, "body": "hello", "mention_ids": []}}
        }));

        let Some(Heard::Event { room: "meeting:m", seq: 41, d }) = Heard::read(&bytes) else {
            panic!("not an event: {:?}", Heard::read(&bytes))
        };

        assert_eq!(chat_body(d), Some("hello"));
    }

    #[test]
    fn a_new_task_is_told_apart_from_other_news_of_its_project() {
        let event = |name: &str| {
            encoded(&json!({"id": "e", "name": name, "entity": {"type": "task", "id": "x", "version": 1},
                "data": {"project_id": "p", "number": 7}}))
        };

        assert_eq!(created_task(&event("projects.task.created")), Some("x"));
        assert_eq!(created_task(&event("projects.task.moved")), None);
    }

    #[test]
    fn replies_are_read_for_what_was_asked() {
        let joined = encoded(&json!({"t": "reply", "ref": "j0", "room": "user:u",
            "d": {"epoch": "e1", "seq": 9, "presence": {"count": 3}, "missed": 2}}));
        let posted = encoded(&json!({"t": "reply", "ref": "m1", "room": "meeting:m",
            "d": {"status": 201, "etag": "\"v1.0\"", "body": {"id": "x", "seq": 9, "at": "2026-01-01T00:00:00.000Z"}}}));

        let Some(Heard::Reply { reference: "j0", d }) = Heard::read(&joined) else { panic!() };
        assert_eq!(Joined::read(d), Some(Joined { epoch: "e1", seq: 9, missed: 2 }));
        let Some(Heard::Reply { reference: "m1", d }) = Heard::read(&posted) else { panic!() };
        assert_eq!(Posted::read(d), Some(Posted { status: 201, id: "x", seq: 9 }));
    }

    #[test]
    fn a_frame_that_lacks_what_it_needs_is_malformed() {
        for frame in [
            json!({"seq": 1}),
            json!({"t": "event", "room": "r", "d": {}}),
            json!({"t": "error", "ref": "a", "d": {"status": 401}}),
            json!({"t": "surprise"}),
            json!([1, 2]),
        ] {
            assert_eq!(Heard::read(&encoded(&frame)), None, "{frame}");
        }
    }
}
