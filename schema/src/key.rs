//! Order-preserving keys. A stored row is found by its table, its partition (one partition lives on
//! one machine and is scanned in one sweep) and its place inside the partition. The bytes of two
//! places compare as the values they were made from, so every store that can sort bytes can page.

use bytes::Bytes;
use serde::{Serialize, ser};
use std::fmt;

/// Where a row stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which table, index or claim list: see [`crate::table::Slot`].
    pub table: u16,
    /// What is read together; its bytes have no order that anybody may count on.
    pub partition: Bytes,
    /// The place in the partition, in order.
    pub sort: Bytes,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.table, self.partition.escape_ascii(), self.sort.escape_ascii())
    }
}

/// Builds one part of a key from column values, in order.
///
/// Scalars only: booleans, integers, strings, unit enum variants, ids, instants, dates and options
/// of these (an absent value sorts first). A float, a list or a map has no place in a key.
#[derive(Default, Debug, Clone)]
pub struct KeyWriter(Vec<u8>);

/// A value that can't stand in a key.
#[derive(Debug, thiserror::Error)]
#[error("{0} can't be part of a key")]
pub struct Error(String);

impl KeyWriter {
    /// An empty part.
    #[must_use]
    pub fn new() -> Self {
        // Enough for a command: a day, a person and the name that they gave it.
        Self(Vec::with_capacity(80))
    }

    /// Appends a value.
    ///
    /// # Errors
    /// When the value is not a scalar.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Scalar(&mut self.0))
    }

    /// Appends a value whose type is a column's; the derive checks column types when it expands, so a
    /// refusal here is a programming error.
    ///
    /// # Panics
    /// When the value is not a scalar.
    #[must_use]
    pub fn with<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        let outcome = self.put(value);
        assert!(outcome.is_ok(), "a key column must be a scalar: {outcome:?}");
        self
    }

    /// Appends a value of which the greater ones shall come first.
    ///
    /// # Panics
    /// As [`KeyWriter::with`].
    #[must_use]
    pub fn with_reversed<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let before = self.0.len();
        let mut whole = self.with(value);
        whole.0.iter_mut().skip(before).for_each(|byte| *byte = !*byte);
        whole
    }

    /// Appends the values of another part.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// Appends the beginning of a text, for finding every text that begins so.
    #[must_use]
    pub fn beginning(mut self, text: &str) -> Self {
        self.0.extend(text.bytes().filter(|byte| *byte != 0));
        self
    }

    /// The finished bytes.
    #[must_use]
    pub fn finish(self) -> Bytes {
        Bytes::from(self.0)
    }
}

/// The smallest byte string above every string that starts with `prefix`, or `None` when there is none.
#[must_use]
pub fn after_prefix(prefix: &[u8]) -> Option<Bytes> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(Bytes::from(end));
        }
    }
    None
}

/// Strings end in 00 00 and hold 00 as 00 FF, so that "a" sorts before "ab" whatever follows.
fn put_text(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        out.push(byte);
        if byte == 0 {
            out.push(u8::MAX);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

struct Scalar<'a>(&'a mut Vec<u8>);

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn refused<T>(what: &str) -> Result<T, Error> {
    Err(Error(what.to_owned()))
}

impl ser::Serializer for Scalar<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = ser::Impossible<(), Error>;
    type SerializeTuple = ser::Impossible<(), Error>;
    type SerializeTupleStruct = ser::Impossible<(), Error>;
    type SerializeTupleVariant = ser::Impossible<(), Error>;
    type SerializeMap = ser::Impossible<(), Error>;
    type SerializeStruct = ser::Impossible<(), Error>;
    type SerializeStructVariant = ser::Impossible<(), Error>;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bool(self, v: bool) -> Result<(), Error> {
        self.0.push(u8::from(v));
        Ok(())
    }
    fn serialize_i8(self, v: i8) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i16(self, v: i16) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i32(self, v: i32) -> Result<(), Error> {
        self.serialize_i64(v.into())
    }
    fn serialize_i64(self, v: i64) -> Result<(), Error> {
        // Flipping the sign bit makes two's complement sort as numbers do.
        self.0.extend_from_slice(&(v ^ i64::MIN).to_be_bytes());
        Ok(())
    }
    fn serialize_u8(self, v: u8) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u16(self, v: u16) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u32(self, v: u32) -> Result<(), Error> {
        self.serialize_u64(v.into())
    }
    fn serialize_u64(self, v: u64) -> Result<(), Error> {
        self.0.extend_from_slice(&v.to_be_bytes());
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Result<(), Error> {
        refused("a float")
    }
    fn serialize_f64(self, _: f64) -> Result<(), Error> {
        refused("a float")
    }
    fn serialize_char(self, v: char) -> Result<(), Error> {
        self.serialize_u32(v.into())
    }
    fn serialize_str(self, v: &str) -> Result<(), Error> {
        put_text(self.0, v.as_bytes());
        Ok(())
    }
    /// Ids only: sixteen bytes, no end mark.
    fn serialize_bytes(self, v: &[u8]) -> Result<(), Error> {
        if v.len() != 16 {
            return refused("a byte string");
        }
        self.0.extend_from_slice(v);
        Ok(())
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.0.push(0);
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.0.push(1);
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        refused("a unit")
    }
    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        refused(name)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        refused(name)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        refused("a list")
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        refused("a tuple")
    }
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        refused(name)
    }
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        refused(name)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        refused("a map")
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        refused(name)
    }
    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        refused(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn bytes<A: Serialize, B: Serialize>(a: &A, b: &B) -> Bytes {
        KeyWriter::new().with(a).with(b).finish()
    }

    proptest! {
        #[test]
        fn bytes_compare_as_the_values_do(
            a in any::<(String, i64)>(), b in any::<(String, i64)>(),
        ) {
            prop_assert_eq!(bytes(&a.0, &a.1).cmp(&bytes(&b.0, &b.1)), a.cmp(&b));
        }

        #[test]
        fn an_absent_value_sorts_first(a in any::<(Option<u64>, bool)>(), b in any::<(Option<u64>, bool)>()) {
            prop_assert_eq!(bytes(&a.0, &a.1).cmp(&bytes(&b.0, &b.1)), a.cmp(&b));
        }

        #[test]
        fn instants_sort_as_time_does(a: i64, b: i64) {
            let at = |ms| KeyWriter::new().with(&Timestamp::from_ms(ms)).finish();

            prop_assert_eq!(at(a).cmp(&at(b)), a.cmp(&b));
        }

        #[test]
        fn the_end_of_a_prefix_is_above_all_it_starts(prefix: Vec<u8>, tail: Vec<u8>) {
            let mut inside = prefix.clone();
            inside.extend(tail);

            if let Some(end) = after_prefix(&prefix) {
                prop_assert!(inside < end);
                prop_assert!(prefix < end);
            } else {
                prop_assert!(prefix.iter().all(|b| *b == u8::MAX));
            }
        }
    }

    #[test]
    fn a_list_has_no_place_in_a_key() {
        assert!(KeyWriter::new().put(&vec![1]).is_err());
        assert!(KeyWriter::new().put(&1.5).is_err());
    }
}
