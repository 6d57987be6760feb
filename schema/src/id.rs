//! Typed identifiers. An `Id<K>` is a UUIDv7 (RFC 9562) that knows what it names; on the wire it is
//! the lower-case hyphenated string, in a key its sixteen bytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};
use uuid::Uuid;

/// An identifier of one kind of thing. `K` is only a name: it is never built.
pub struct Id<K: ?Sized>(Uuid, PhantomData<fn() -> K>);

/// Names a person.
pub enum User {}
/// Names an organization, the tenant every row belongs to.
pub enum Org {}
/// Names one signed-in device.
pub enum Session {}

/// A person's id.
pub type UserId = Id<User>;
/// An organization's id.
pub type OrgId = Id<Org>;
/// A sign-in's id.
pub type SessionId = Id<Session>;

/// How many low bits of a sequenced id hold its event's number.
const SEQ_BITS: u32 = 48;

impl<K: ?Sized> Id<K> {
    /// The all-zero id: a placeholder that the committing room fills.
    pub const NIL: Self = Self(Uuid::nil(), PhantomData);

    /// Gives a bare UUID its type.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.0
    }

    /// The same bits under another name, where one record is named after another.
    #[must_use]
    pub const fn cast<L: ?Sized>(&self) -> Id<L> {
        Id::new(self.0)
    }

    /// The id with its low 48 bits replaced by an event number, so that a row found by id needs no
    /// index to be found by number. The timestamp, version and variant bits stay as they were.
    #[must_use]
    pub const fn with_seq(&self, seq: u64) -> Self {
        let mask = (1u128 << SEQ_BITS) - 1;
        let low = u128_of(seq) & mask;
        Self::new(Uuid::from_u128((self.0.as_u128() & !mask) | low))
    }

    /// The event number that [`Id::with_seq`] put in. Any id answers; only a stored row proves it.
    #[must_use]
    pub fn seq(&self) -> u64 {
        let low = self.0.as_u128() & ((1u128 << SEQ_BITS) - 1);
        u64::try_from(low).unwrap_or(u64::MAX)
    }
}

/// Widens in a `const fn`, where `From` can't be called yet.
const fn u128_of(n: u64) -> u128 {
    let [a, b, c, d, e, f, g, h] = n.to_be_bytes();
    u128::from_be_bytes([0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

impl<K: ?Sized> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: ?Sized> Copy for Id<K> {}
impl<K: ?Sized> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: ?Sized> Eq for Id<K> {}
impl<K: ?Sized> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: ?Sized> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: ?Sized> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: ?Sized> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<K: ?Sized> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<K: ?Sized> Default for Id<K> {
    fn default() -> Self {
        Self::NIL
    }
}
impl<K: ?Sized> FromStr for Id<K> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(text).map(Self::new)
    }
}

impl<K: ?Sized> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut text))
        } else {
            serializer.serialize_bytes(self.0.as_bytes())
        }
    }
}

impl<'de, K: ?Sized> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<K: ?Sized>(PhantomData<fn() -> K>);
        impl<K: ?Sized> de::Visitor<'_> for Visitor<K> {
            type Value = Id<K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UUID")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Uuid::from_slice(bytes)
                    .map(Id::new)
                    .map_err(|_| E::invalid_value(de::Unexpected::Bytes(bytes), &self))
            }
        }
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sequenced_id_gives_its_number_back(bits: u128, seq in 0u64..(1 << 48)) {
            let id = UserId::new(Uuid::from_u128(bits)).with_seq(seq);

            prop_assert_eq!(id.seq(), seq);
            prop_assert_eq!(id.uuid().as_u128() >> 48, bits >> 48);
        }
    }
}
