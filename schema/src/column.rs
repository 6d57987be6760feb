//! Single columns of a stored row, read from its bytes without building the row.

use crate::codec::{self, Error};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{borrow::Cow, fmt, io::Cursor, marker::PhantomData};

/// What stands in a column, as conditions and orders compare it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Column<'a> {
    /// Nothing.
    Absent,
    /// A whole number.
    Number(i64),
    /// A text, and whatever else has an order of its own as text: ids, instants, days, yes and no, a number that is
    /// no [`Column::Number`].
    Text(Cow<'a, str>),
    /// Several.
    List(Vec<Self>),
}

impl Column<'_> {
    /// The text of a value that is none itself.
    fn spelled(value: impl ToString) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }
}

impl<'a> Column<'a> {
    /// Reads a column from its bytes.
    ///
    /// # Errors
    /// When they are not one whole value.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        codec::walk(bytes, PhantomData)
    }
}

/// The columns of a row in MessagePack: each one's name and its bytes, in the order in which they were written.
///
/// # Errors
/// When the bytes are no row.
pub fn parts(row: &[u8]) -> Result<Vec<(&str, &[u8])>, Error> {
    let mut head = Cursor::new(row);
    let count = rmp::decode::read_map_len(&mut head).map_err(Error::broken)?;
    let mut reader = rmp_serde::Deserializer::new(head);
    reader.set_max_depth(codec::DEPTH_MAX);
    // No column is shorter than two bytes, whatever the row says of itself.
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(row.len());
    let mut parts = Vec::with_capacity(count);
    for _ in 0..count {
        let name_at = usize::try_from(reader.position()).map_err(Error::broken)?;
        IgnoredAny::deserialize(&mut reader).map_err(Error::broken)?;
        let at = usize::try_from(reader.position()).map_err(Error::broken)?;
        IgnoredAny::deserialize(&mut reader).map_err(Error::broken)?;
        let end = usize::try_from(reader.position()).map_err(Error::broken)?;
        let name = rmp::decode::read_str_from_slice(row.get(name_at..).unwrap_or_default());
        let (name, _) = name.map_err(Error::broken)?;
        parts.push((name, row.get(at..end).unwrap_or_default()));
    }
    Ok(parts)
}

impl<'a> From<&'a Value> for Column<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            other => other.as_i64().map_or_else(|| Self::spelled(other), Self::Number),
        }
    }
}

impl<'de> Deserialize<'de> for Column<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Column<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Column::Absent)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Column::Text(Cow::Borrowed(if value { "true" } else { "false" })))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Column::Number(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Column::spelled(value), Column::Number))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // What is no number is nothing, as in JSON.
        let number = Value::from(value);
        Ok(if number.is_null() { Column::Absent } else { Column::spelled(number) })
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Column::Text(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Column::spelled(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Column::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some((name, value)) = members.next_entry()? {
            object.insert(name, value);
        }
        Ok(Column::spelled(Value::Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_columns_of_the_bytes_are_those_of_the_row(
            row in proptest::collection::btree_map("[a-e]{1,2}", values(), 0..20),
        ) {
            let bytes = codec::to_bytes(&row).unwrap();

            let found = parts(&bytes).unwrap();

            let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
            prop_assert_eq!(names, row.keys().map(String::as_str).collect::<Vec<_>>());
            for ((_, column), value) in found.iter().zip(row.values()) {
                prop_assert_eq!(Column::read(column).unwrap(), Column::from(value));
                prop_assert_eq!(&codec::from_msgpack::<Value>(column).unwrap(), value);
            }
        }

        #[test]
        fn no_bytes_are_read_beyond_their_end(bytes: Vec<u8>) {
            drop(parts(&bytes));
            drop(Column::read(&bytes));
        }
    }

    #[test]
    fn what_is_no_row_has_no_columns() {
        let row = codec::to_bytes(&json!({"a": 1, "b": [2]})).unwrap();

        for torn in 0..row.len() {
            assert!(parts(&row[..torn]).is_err(), "{torn} bytes");
        }
        assert!(parts(&codec::to_bytes("a").unwrap()).is_err());
    }
}
