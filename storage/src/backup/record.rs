//! One record of a backup: a row, a claim or a line of a log, as bytes. Numbers stand in little-endian order.

use crate::Error;
use bytes::{Buf as _, BufMut as _, Bytes};
use schema::key::Key;

/// A row, a claim or a line of a log; which of them is said by its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) value: Bytes,
    /// What a line of a log holds where the store keeps it.
    pub(crate) behind: Option<Behind>,
}

/// What lies behind a line of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Behind {
    /// Its commit's stamp.
    pub(crate) stamp: i64,
    /// What its commit wrote, where rows may have been copied before it did; see [`crate::redo`].
    pub(crate) redo: Option<Bytes>,
}

/// What follows the value.
const NOTHING: u8 = 0;
const STAMP: u8 = 1;
const STAMP_AND_REDO: u8 = 2;

impl Record {
    /// One that holds no more than a key and its value.
    pub(crate) const fn row(key: Key, value: Bytes) -> Self {
        Self { key, value, behind: None }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.put_u16_le(self.key.table);
        put(out, &self.key.partition);
        put(out, &self.key.sort);
        put(out, &self.value);
        match &self.behind {
            None => out.put_u8(NOTHING),
            Some(Behind { stamp, redo: None }) => {
                out.put_u8(STAMP);
                out.put_i64_le(*stamp);
            }
            Some(Behind { stamp, redo: Some(redo) }) => {
                out.put_u8(STAMP_AND_REDO);
                out.put_i64_le(*stamp);
                put(out, redo);
            }
        }
    }

    pub(super) fn take(from: &mut Bytes) -> Result<Self, Error> {
        Self::try_take(from).ok_or_else(|| Error::Damaged("a record in it is not understood".to_owned()))
    }

    fn try_take(from: &mut Bytes) -> Option<Self> {
        let table = from.try_get_u16_le().ok()?;
        let key = Key { table, partition: take(from)?, sort: take(from)? };
        let value = take(from)?;
        let behind = match from.try_get_u8().ok()? {
            NOTHING => None,
            STAMP => Some(Behind { stamp: from.try_get_i64_le().ok()?, redo: None }),
            STAMP_AND_REDO => Some(Behind { stamp: from.try_get_i64_le().ok()?, redo: Some(take(from)?) }),
            _ => return None,
        };
        Some(Self { key, value, behind })
    }
}

/// No key, value or redo comes near four gigabytes: a batch ends at [`crate::BATCH_BYTES_MAX`].
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u32_le(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

fn take(from: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(from.try_get_u32_le().ok()?).ok()?;
    (length <= from.len()).then(|| from.split_to(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Bytes> {
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
    }

    fn record() -> impl Strategy<Value = Record> {
        let behind = (any::<i64>(), proptest::option::of(bytes()));
        let behind = behind.prop_map(|(stamp, redo)| Behind { stamp, redo });
        (any::<u16>(), bytes(), bytes(), bytes(), proptest::option::of(behind)).prop_map(
            |(table, partition, sort, value, behind)| Record {
                key: Key { table, partition, sort },
                value,
                behind,
            },
        )
    }

    proptest! {
        #[test]
        fn records_come_back_one_after_the_other(records in proptest::collection::vec(record(), 0..8)) {
            let mut out = Vec::new();
            records.iter().for_each(|record| record.put(&mut out));

            let mut from = Bytes::from(out);
            let mut found = Vec::new();
            while !from.is_empty() {
                found.push(Record::take(&mut from).unwrap());
            }

            prop_assert_eq!(found, records);
        }

        #[test]
        fn foreign_bytes_are_refused_or_read_but_never_trusted(bytes in bytes()) {
            let mut from = bytes;
            while !from.is_empty() && Record::take(&mut from).is_ok() {}
        }
    }
}
