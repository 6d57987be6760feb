//! What a room tells. An event is an immutable fact with a name, the record it is about and the data
//! a listener needs to follow along.

use crate::{
    caller::ActorKind,
    codec,
    id::{OrgId, UserId},
    time::Timestamp,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The envelope every event travels in: the `d` of an event frame.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// Unique; consumers de-duplicate on it.
    pub id: Uuid,
    /// `module.entity.verb_past`.
    pub name: String,
    /// Version of the shape of `data`.
    pub schema: u32,
    /// The tenant.
    pub org_id: OrgId,
    /// Who did it; absent for the server itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// A person, a program or the server.
    pub actor_kind: ActorKind,
    /// The record the event is about.
    pub entity: Entity,
    /// `{title, changed: {field: new}, …}` and what the event's own page adds.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// The instant of the commit.
    pub occurred_at: Timestamp,
    /// The call that caused it, as in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Envelope {
    /// Writes the envelope around data that is MessagePack already; its own `data` stays out of it.
    ///
    /// # Errors
    /// When it refuses to serialise.
    pub fn around(self, data: &[u8]) -> Result<Bytes, codec::Error> {
        codec::to_msgpack_with(&Self { data: Value::Null, ..self }, "data", data)
    }
}

/// A reference to a record of any type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Entity {
    /// The record's type, e.g. the singular of its table.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record.
    pub id: Uuid,
    /// The record's version after the event.
    #[serde(default)]
    pub version: u64,
}

/// What an event does to those who are hearing the room: access is part of the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hearing {
    /// This person hears the event and nothing later, until a fresh check lets them in again.
    Drop(UserId),
    /// Everybody hears the event and nothing later, until a fresh check lets them in again.
    Recheck,
    /// The listener's own session must act on it: it was signed out or its rights changed.
    Control,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_envelope_around_encoded_data_reads_back_whole() {
        let envelope = |actor: Option<UserId>, data| Envelope {
            id: Uuid::from_u128(1),
            name: "boards.note.posted".to_owned(),
            schema: 1,
            org_id: OrgId::NIL,
            actor_id: actor,
            actor_kind: ActorKind::User,
            entity: Entity { kind: "note".to_owned(), id: Uuid::from_u128(2), version: 1 },
            data,
            occurred_at: Timestamp::from_ms(5),
            request_id: actor.map(|_| "r".to_owned()),
        };
        let data = json!({"body": "Bonjour", "mention_ids": [], "reply_to_id": null});

        for actor in [None, Some(UserId::NIL)] {
            let bytes = envelope(actor, Value::Null).around(&codec::to_msgpack(&data).unwrap()).unwrap();

            assert_eq!(codec::from_msgpack::<Envelope>(&bytes).unwrap(), envelope(actor, data.clone()));
        }
    }
}
