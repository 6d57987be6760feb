//! Where a key lies in the tree: table, length of the partition, partition, sort. The length keeps a
//! partition apart from those it is a prefix of; the sort bytes come last, so they order the rest.

use crate::Range;
use bytes::Bytes;
use schema::{
    key::{Key, after_prefix},
    table::Space,
};
use std::ops::Bound;

/// A key as the tree knows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Place {
    pub(super) space: Space,
    pub(super) bytes: Vec<u8>,
}

/// A stretch of the tree.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Stretch {
    pub(super) space: Space,
    pub(super) from: Bound<Vec<u8>>,
    pub(super) to: Bound<Vec<u8>>,
    /// How many bytes stand before the sort bytes of each key in it.
    pub(super) prefix: usize,
}

/// The place of a key, or `None` where no such key can be stored.
pub(super) fn of(key: &Key) -> Option<Place> {
    Some(Place { space: key.space(), bytes: joined(&prefix(key.table, &key.partition)?, &key.sort) })
}

/// The key whose place has these bytes, or `None` where no key's has.
pub(super) fn key(bytes: &[u8]) -> Option<Key> {
    let (table, rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (partition, sort) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (partition, sort) = (Bytes::copy_from_slice(partition), Bytes::copy_from_slice(sort));
    Some(Key { table: u16::from_be_bytes(*table), partition, sort })
}

/// The stretch that a range covers, or `None` where it can hold nothing.
pub(super) fn stretch(range: &Range) -> Option<Stretch> {
    let prefix = prefix(range.table, &range.partition)?;
    let from = match &range.from {
        Bound::Included(sort) => Bound::Included(joined(&prefix, sort)),
        Bound::Excluded(sort) => Bound::Excluded(joined(&prefix, sort)),
        Bound::Unbounded => Bound::Included(prefix.clone()),
    };
    let to = match &range.to {
        Bound::Included(sort) => Bound::Included(joined(&prefix, sort)),
        Bound::Excluded(sort) => Bound::Excluded(joined(&prefix, sort)),
        Bound::Unbounded => {
            after_prefix(&prefix).map_or(Bound::Unbounded, |end| Bound::Excluded(end.to_vec()))
        }
    };
    if range.is_empty() {
        return None;
    }
    let space =
        Key { table: range.table, partition: range.partition.clone(), sort: Default::default() }.space();
    Some(Stretch { space, from, to, prefix: prefix.len() })
}

fn prefix(table: u16, partition: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(partition.len()).ok()?;
    let mut prefix = Vec::with_capacity(4 + partition.len());
    prefix.extend_from_slice(&table.to_be_bytes());
    prefix.extend_from_slice(&length.to_be_bytes());
    prefix.extend_from_slice(partition);
    Some(prefix)
}

fn joined(prefix: &[u8], sort: &[u8]) -> Vec<u8> {
    [prefix, sort].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(table: u16, partition: &'static [u8], sort: &'static [u8]) -> Key {
        Key { table, partition: Bytes::from_static(partition), sort: Bytes::from_static(sort) }
    }

    #[test]
    fn the_bytes_of_a_key_are_table_length_partition_sort() {
        let place = of(&key(0x0102, b"ab", b"c")).unwrap();

        assert_eq!(place.bytes, [1, 2, 0, 2, b'a', b'b', b'c']);
    }

    #[test]
    fn a_key_is_read_back_from_its_place() {
        for known in [key(0x0102, b"ab", b"c"), key(0, b"", b""), key(16, b"", b"ab")] {
            assert_eq!(super::key(&of(&known).unwrap().bytes), Some(known));
        }
        assert_eq!(super::key(&[0, 1, 0, 9, b'a']), None);
    }

    #[test]
    fn moving_a_byte_from_the_sort_to_the_partition_makes_another_place() {
        assert_ne!(of(&key(16, b"a", b"bc")), of(&key(16, b"ab", b"c")));
    }

    #[test]
    fn a_whole_partition_ends_before_the_next_one() {
        let range = Range::partition(16, Bytes::from_static(b"a\xff"), 1);

        let stretch = stretch(&range).unwrap();

        assert_eq!(stretch.from, Bound::Included(vec![0, 16, 0, 2, b'a', 0xff]));
        assert_eq!(stretch.to, Bound::Excluded(vec![0, 16, 0, 2, b'b']));
    }

    #[test]
    fn a_partition_too_long_to_be_stored_has_no_place() {
        let partition = Bytes::from(vec![0; 70_000]);

        assert_eq!(of(&Key { table: 16, partition: partition.clone(), sort: Bytes::new() }), None);
        assert_eq!(stretch(&Range::partition(16, partition, 1)), None);
    }
}
