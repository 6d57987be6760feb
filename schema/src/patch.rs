//! JSON Merge Patch (RFC 7396) for one field: absent, null and a value are three different wishes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a PATCH says of one field. Fields of this type carry `#[serde(default)]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Patch<T> {
    /// The field was not named: leave it.
    #[default]
    Keep,
    /// The field was null: clear it.
    Clear,
    /// The field has a new value.
    Set(T),
}

impl<T> Patch<T> {
    /// Applies the wish to an optional field.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// The new value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// True when the field was not named; for `skip_serializing_if`.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}
