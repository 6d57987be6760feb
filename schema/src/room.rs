//! Room names. A room is the unit of order, of telling and of access; its name is
//! `kind:uuid` or `kind:uuid:topic`. Kinds are opaque here.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, sync::Arc};
use uuid::Uuid;

/// The name of a room; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(Arc<str>);

/// The longest name: a kind, a UUID and a topic of up to 32 characters each.
const BYTES_MAX: usize = 32 + 1 + 36 + 1 + 32;

impl RoomId {
    /// The room of this kind for this record.
    #[must_use]
    pub fn new(kind: &str, id: Uuid) -> Self {
        let mut text = Uuid::encode_buffer();
        Self([kind, ":", id.as_hyphenated().encode_lower(&mut text)].concat().into())
    }

    /// The room of this kind and topic for this record.
    #[must_use]
    pub fn with_topic(kind: &str, id: Uuid, topic: &str) -> Self {
        Self(format!("{kind}:{}:{topic}", id.as_hyphenated()).into())
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The UUID in the middle.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.split(':').nth(1).and_then(|part| part.parse().ok()).unwrap_or_default()
    }

    /// What stands after the second colon, or the empty string.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.0.split(':').nth(2).unwrap_or_default()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// No room: what a row holds before its operation says which one.
impl Default for RoomId {
    fn default() -> Self {
        Self::new("none", Uuid::nil())
    }
}
impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RoomId {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |part: &str| {
            (1..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        let mut parts = text.split(':');
        let kind = parts.next().is_some_and(word);
        let id = parts.next().is_some_and(|part| part.len() == 36 && part.parse::<Uuid>().is_ok());
        let topic = parts.next().is_none_or(word);
        if text.len() <= BYTES_MAX && kind && id && topic && parts.next().is_none() {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err("a room is kind:uuid or kind:uuid:topic")
        }
    }
}
impl Serialize for RoomId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for RoomId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_survives_its_text(kind in "[a-z_]{1,32}", id: u128, topic in proptest::option::of("[a-z_]{1,32}")) {
            let id = Uuid::from_u128(id);
            let room = topic.as_ref().map_or_else(|| RoomId::new(&kind, id), |t| RoomId::with_topic(&kind, id, t));

            let parsed: RoomId = room.as_str().parse().unwrap();

            prop_assert_eq!(parsed.kind(), kind);
            prop_assert_eq!(parsed.id(), id);
            prop_assert_eq!(parsed.topic(), topic.unwrap_or_default());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,120}") {
            let _ = text.parse::<RoomId>();
        }
    }
}
