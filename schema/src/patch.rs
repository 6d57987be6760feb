//! JSON Merge Patch (RFC 7396) for one field: absent, null and a value are three different wishes. A field that
//! can't be cleared knows only two of them.

use crate::text::Text;
use garde::{Path, Report, Validate, rules::length::chars::Chars, rules::range::Bounds};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// What a PATCH says of a field that can be empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug, Default)]
pub enum Patch<T> {
    /// The field was not named: leave it.
    #[default]
    Keep,
    /// The field was null: clear it.
    Clear,
    /// The field has a new value.
    Set(T),
}

/// What a PATCH says of a field that always has a value: null is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug, Default)]
pub enum Edit<T> {
    /// The field was not named: leave it.
    #[default]
    Keep,
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

    /// The same wish about what a value stands for.
    pub fn map<U>(&self, make: impl FnOnce(&T) -> U) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(make(value)),
        }
    }

    /// True when the field was not named; for `skip_serializing_if`.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T> Edit<T> {
    /// The new value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep => None,
        }
    }

    /// True when the field was not named; for `skip_serializing_if`.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<K> Edit<Text<K>> {
    /// Applies the wish to the text that a row keeps.
    pub fn keep(&self, field: &mut String) {
        if let Self::Set(text) = self {
            text.text().clone_into(field);
        }
    }
}

impl<K> Patch<Text<K>> {
    /// Applies the wish to the text that a row keeps: cleared, it is empty.
    pub fn keep(&self, field: &mut String) {
        match self {
            Self::Keep => {}
            Self::Clear => field.clear(),
            Self::Set(text) => text.text().clone_into(field),
        }
    }

    /// The same wish about the text as a row keeps it.
    pub fn owned(&self) -> Patch<String> {
        self.map(Text::owned)
    }
}

impl<T: Clone> Edit<T> {
    /// Applies the wish to a field.
    pub fn apply(&self, field: &mut T) {
        if let Self::Set(value) = self {
            field.clone_from(value);
        }
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
impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}
impl<T: JsonSchema> JsonSchema for Edit<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A rule about a value holds for a wish that has one.
macro_rules! rules_of_the_value {
    ($wish:ident) => {
        impl<T: Validate> Validate for $wish<T> {
            type Context = T::Context;
            fn validate_into(
                &self,
                cx: &Self::Context,
                parent: &mut dyn FnMut() -> Path,
                report: &mut Report,
            ) {
                if let Some(value) = self.value() {
                    value.validate_into(cx, parent, report);
                }
            }
        }
        impl<T: Chars> Chars for $wish<T> {
            fn validate_num_chars(&self, min: usize, max: usize) -> Result<(), garde::Error> {
                self.value().map_or(Ok(()), |value| value.validate_num_chars(min, max))
            }
        }
        impl<T: Bounds> Bounds for $wish<T> {
            type Size = T::Size;
            const MIN: Self::Size = T::MIN;
            const MAX: Self::Size = T::MAX;
            fn validate_bounds(
                &self,
                low: Self::Size,
                high: Self::Size,
            ) -> Result<(), garde::rules::range::OutOfBounds> {
                self.value().map_or(Ok(()), |value| value.validate_bounds(low, high))
            }
        }
    };
}
rules_of_the_value!(Patch);
rules_of_the_value!(Edit);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Validate)]
    struct Body {
        #[serde(default)]
        #[garde(length(chars, max = 3))]
        name: Patch<String>,
        #[serde(default)]
        #[garde(range(min = 1, max = 9))]
        count: Edit<u32>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_wishes_and_null_is_none_for_what_must_stay() {
        let read = |text| serde_json::from_str::<Body>(text);

        assert_eq!(read("{}").unwrap().name, Patch::Keep);
        assert_eq!(read(r#"{"name": null}"#).unwrap().name, Patch::Clear);
        assert_eq!(read(r#"{"count": 4}"#).unwrap().count, Edit::Set(4));
        assert!(read(r#"{"count": null}"#).is_err());
    }

    #[test]
    fn a_rule_of_the_value_holds_for_the_wish() {
        let valid = |text| serde_json::from_str::<Body>(text).unwrap().validate().is_ok();

        assert!(valid(r#"{"name": "Awa", "count": 9}"#) && valid(r#"{"name": null}"#));
        assert!(!valid(r#"{"name": "Moussa"}"#));
        assert!(!valid(r#"{"count": 10}"#));
    }
}
