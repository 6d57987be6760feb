//! Single columns of a stored row, read in one walk over its bytes without building the row.

use crate::codec::{self, Error};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{borrow::Cow, fmt};

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

/// Columns of a row in MessagePack by their names, each [`Column::Absent`] where the row has none of that name.
///
/// # Errors
/// When the bytes are no row.
pub fn columns<'a>(row: &'a [u8], names: &[&str]) -> Result<Vec<Column<'a>>, Error> {
    codec::walk(row, Named(names))
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

/// Reads the columns of these names.
struct Named<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = Vec<Column<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Named<'_> {
    type Value = Vec<Column<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![Column::Absent; self.0.len()];
        while let Some(name) = row.next_key::<&str>()? {
            if !self.0.contains(&name) {
                row.next_value::<IgnoredAny>()?;
                continue;
            }
            let column: Column<'de> = row.next_value()?;
            // A column may be asked for twice, by two conditions.
            let asked = self.0.iter().zip(&mut found).filter(|(asked, _)| **asked == name);
            asked.for_each(|(_, place)| place.clone_from(&column));
        }
        Ok(found)
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
        fn a_column_of_the_bytes_is_that_of_the_row(
            row in proptest::collection::btree_map("[a-e]{1,2}", values(), 0..6),
            names in proptest::collection::vec("[a-e]{1,2}", 0..6),
        ) {
            let bytes = codec::to_bytes(&row).unwrap();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();

            let found = columns(&bytes, &names).unwrap();

            let expected: Vec<_> =
                names.iter().map(|name| row.get(*name).map_or(Column::Absent, Column::from)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_is_no_row_has_no_columns() {
        let row = codec::to_bytes(&json!({"a": 1, "b": [2]})).unwrap();

        for torn in 0..row.len() {
            assert!(columns(&row[..torn], &["b"]).is_err(), "{torn} bytes");
        }
        assert!(columns(&codec::to_bytes("a").unwrap(), &["a"]).is_err());
    }
}
