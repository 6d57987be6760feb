//! A sample of every frame. The ids and texts mean nothing; the shapes do.

use schema::{
    caller::ActorKind,
    code::Code,
    event::{Entity, Envelope},
    frame::{Kind, Request, Response},
    id::{OrgId, UserId},
    problem::Problem,
    room::RoomId,
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// An instant like any other.
pub(super) const AT_MS: i64 = 1_732_483_800_120;
/// The mark of a room's log, as a join tells it.
const EPOCH: &str = "5f3a9c0e7b2d4418";

/// Every kind of frame that the server sends.
pub(super) const KINDS: [Kind; 9] = [
    Kind::Hello,
    Kind::Reply,
    Kind::Error,
    Kind::Event,
    Kind::Ephemeral,
    Kind::Resync,
    Kind::Revoked,
    Kind::Goaway,
    Kind::Pong,
];

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_5fae_d5b8_7000_8000_0000_0000_0000 + n)
}

/// The room that the samples speak of.
pub(super) fn room() -> RoomId {
    RoomId::new("meeting", id(1))
}

fn request(op: &str, reference: &str, room: Option<RoomId>, d: Value) -> Request {
    let reference = Some(reference.to_owned());
    Request { op: op.to_owned(), reference, room, d, ..Request::default() }
}

/// What a client sends, each with what it is for.
pub(super) fn requests() -> Vec<(&'static str, Request)> {
    let here = || Some(room());
    let text = json!({"client_id": id(9), "body": "Bonjour à tous"});
    vec![
        (
            "who is there; the first frame, where no ticket was given",
            request("auth", "c1", None, json!({"token": "eyJ…"})),
        ),
        ("a fresher token on the same socket", request("refresh", "c2", None, json!({"token": "eyJ…"}))),
        ("listen to a room from now on", request("join", "c3", here(), Value::Null)),
        (
            "listen again, from where a former visit ended",
            request("join", "c4", here(), json!({"epoch": EPOCH, "after_seq": 42})),
        ),
        ("stop listening", request("leave", "c5", here(), Value::Null)),
        (
            "something momentary, for those who listen now",
            request("whisper", "c6", here(), json!({"kind": "typing", "on": true})),
        ),
        (
            "stored events of a room that is joined",
            request("history", "c7", here(), json!({"after_seq": 20, "limit": 100})),
        ),
        (
            "see how these people are from now on, and no others: up to 100",
            request("presence.watch", "c12", None, json!({"user_ids": [id(4)]})),
        ),
        ("still here", request("ping", "c8", None, Value::Null)),
        (
            "any operation of the catalogue; `d` is its REST body with the names of its path",
            Request {
                name: Some("CreateTask".into()),
                idem: Some(id(8).to_string()),
                ..request("call", "c9", None, json!({"project_id": id(2), "title": "Préparer l'atelier"}))
            },
        ),
        (
            "an operation based on a version, as `If-Match` is on REST",
            Request {
                name: Some("EditTask".into()),
                if_match: Some("\"v1.0\"".into()),
                ..request("call", "c10", None, json!({"task_id": id(3), "title": "Préparer la salle"}))
            },
        ),
        (
            "the same under a room's short name, the room's id filled in",
            request("chat.send", "c11", here(), text),
        ),
    ]
}

/// How somebody is.
fn presence_of() -> Value {
    let at = Timestamp::from_ms(AT_MS);
    let active = Timestamp::from_ms(AT_MS - AT_MS.rem_euclid(300_000));
    json!({"user_id": id(4), "state": "online", "last_activity_at": active, "at": at})
}

/// Frames of this kind. A kind without a sample does not compile.
pub(super) fn responses(kind: Kind) -> Vec<(&'static str, Response)> {
    let told = |d: Value| Response::new(kind, None, AT_MS, d);
    let answer = |reference: &str, d: Value| Response::new(kind, Some(reference.into()), AT_MS, d);
    match kind {
        Kind::Hello => {
            let limits = json!({
                "frame_bytes": 16_384,
                "call_bytes": 524_288,
                "rooms": 100,
                "connections": 10,
                "ops_per_second": 30,
                "ops_burst": 60,
                "history_events": 100,
            });
            let d = json!({
                "connection_id": 17,
                "user_id": id(4),
                "server_time": AT_MS,
                "heartbeat_ms": 25_000,
                "resume_window_s": 604_800,
                "limits": limits,
            });
            vec![("the socket is open and its holder known", told(d))]
        }
        Kind::Reply => {
            let entered = json!({"user_id": id(4), "expires_at": Timestamp::from_ms(AT_MS)});
            let presence = json!({"count": 1, "users": [id(4)]});
            let joined = json!({"epoch": EPOCH, "seq": 43, "presence": presence, "missed": 1});
            let told = [json!({"seq": 43, "ts": AT_MS, "d": envelope()})];
            let called = json!({"status": 201, "etag": "\"v1.0\"", "body": {"id": id(3), "number": 7}});
            vec![
                ("to auth and refresh: who it is, and until when", answer("c1", entered)),
                (
                    "to a join: where the room stands; what was missed follows as events",
                    answer("c4", joined).about(&room()),
                ),
                (
                    "to history: stored events in their order",
                    answer("c7", json!({"events": told, "has_more": true})).about(&room()),
                ),
                ("to leave and whisper: done", answer("c5", json!({})).about(&room())),
                (
                    "to presence.watch: how they are, and who may not be seen",
                    answer("c12", json!({"users": [presence_of()], "refused": []})),
                ),
                ("to a call: what REST would have answered", answer("c9", called)),
            ]
        }
        Kind::Error => {
            let problem =
                Problem::new(Code::NotFound, "there is no such room, or you may not know of it", false);
            let refusal = Response::refusal(Some("c3".into()), AT_MS, &problem).about(&room());
            vec![("the one answer to a refused request, a problem document of RFC 9457", refusal)]
        }
        Kind::Event => {
            let event =
                Response { seq: Some(43), ..told(serde_json::to_value(envelope()).unwrap()).about(&room()) };
            vec![("a fact of a room, numbered without a gap", event)]
        }
        Kind::Ephemeral => {
            let came =
                json!({"name": "presence.diff", "count": 3, "joined": [id(4)], "left": [], "changed": []});
            let typing = json!({"kind": "typing", "on": true, "user_id": id(4)});
            let seen = RoomId::new("presence", id(4));
            let changed = [presence_of()];
            let watched = json!({"name": "presence.diff", "joined": [id(4)], "left": [], "changed": changed});
            vec![
                ("who came and went, once a second at most", told(came).about(&room())),
                ("how somebody is who is watched", told(watched).about(&seen)),
                ("a whisper of another listener, which may be lost", told(typing).about(&room())),
            ]
        }
        Kind::Resync => {
            let about =
                "what was missed can't be told again: reload through REST, the room goes on after `seq`";
            vec![(about, told(json!({"reason": "epoch", "seq": 43})).about(&room()))]
        }
        Kind::Revoked => vec![("this room may no longer be heard", told(json!({})).about(&room()))],
        Kind::Goaway => {
            vec![(
                "the server is about to close: come back after `after_ms`",
                told(json!({"after_ms": 4_200})),
            )]
        }
        Kind::Pong => vec![("the answer to a ping", answer("c8", json!({"server_time": AT_MS})))],
    }
}

fn envelope() -> Envelope {
    Envelope {
        id: id(5),
        name: "meetings.chat.message_posted".into(),
        schema: 1,
        org_id: OrgId::new(id(6)),
        actor_id: Some(UserId::new(id(4))),
        actor_kind: ActorKind::User,
        entity: Entity { kind: "message".into(), id: id(7), version: 1 },
        data: message(),
        occurred_at: Timestamp::from_ms(AT_MS),
        request_id: Some(id(10).to_string()),
    }
}

/// What was said, as the meeting's listeners hear it.
fn message() -> Value {
    let at = Timestamp::from_ms(AT_MS);
    json!({
        "id": id(7),
        "org_id": id(6),
        "meeting_id": id(1),
        "seq": 43,
        "author_id": id(4),
        "kind": "text",
        "body": "Bonjour à tous",
        "client_id": id(9),
        "reply_to_id": null,
        "file_ids": [],
        "mention_ids": [],
        "created_at": at,
        "updated_at": at,
        "edited_at": null,
        "deleted_at": null,
        "pinned_at": null,
        "version": 1,
    })
}
