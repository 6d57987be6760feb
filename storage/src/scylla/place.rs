//! Where a log row stands, and what a bound of bytes means among such places.

use bytes::Bytes;
use schema::key::{Key, KeyWriter};
use std::ops::Bound;

/// A place in a log: the number of the first event, then the commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    pub(super) first_seq: u64,
    pub(super) commit: u64,
}

impl Place {
    /// Its sort bytes.
    pub(super) fn sort(self) -> Bytes {
        KeyWriter::new().with(&self.first_seq).with(&self.commit).finish()
    }

    pub(super) fn of(key: &Key) -> Option<Self> {
        Self::parse(&key.sort)
    }

    pub(super) fn parse(sort: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(sort).ok().map(u128::from_be_bytes).map(Self::at)
    }

    fn at(place: u128) -> Self {
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        Self { first_seq: half(place >> 64), commit: half(place) }
    }

    pub(super) const fn next(self) -> Self {
        Self { commit: self.commit.saturating_add(1), ..self }
    }
}

/// A place holds sixteen bytes: a bound with fewer stands before all that it begins, one with more behind it.
fn padded(sort: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    for (byte, given) in bytes.iter_mut().zip(sort) {
        *byte = *given;
    }
    u128::from_be_bytes(bytes)
}

pub(super) fn lower(bound: &Bound<Bytes>) -> Place {
    Place::at(match bound {
        Bound::Included(sort) => padded(sort).saturating_add(u128::from(sort.len() > 16)),
        Bound::Excluded(sort) => padded(sort).saturating_add(u128::from(sort.len() >= 16)),
        Bound::Unbounded => 0,
    })
}

pub(super) fn upper(bound: &Bound<Bytes>) -> Place {
    Place::at(match bound {
        Bound::Included(sort) => padded(sort).saturating_add(u128::from(sort.len() >= 16)),
        Bound::Excluded(sort) => padded(sort).saturating_add(u128::from(sort.len() > 16)),
        Bound::Unbounded => u128::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bound(sort: Bytes, kind: u8) -> Bound<Bytes> {
        [Bound::Included(sort.clone()), Bound::Excluded(sort), Bound::Unbounded][usize::from(kind % 3)]
            .clone()
    }

    proptest! {
        #[test]
        fn bounds_of_any_length_mean_what_their_bytes_mean(
            place in any::<[u8; 16]>(), cut in 0_usize..20, kind: u8,
        ) {
            // A bound that is the place itself, a beginning of it, or more than it.
            let sort = Bytes::from([&place[..], &[0, 0, 0, 0]].concat()).slice(..cut);
            let at = Place::parse(&place).unwrap();
            let row = Bytes::copy_from_slice(&place);
            let (from, to) = (bound(sort.clone(), kind), bound(sort, kind));

            let above = match &from {
                Bound::Included(sort) => row >= *sort,
                Bound::Excluded(sort) => row > *sort,
                Bound::Unbounded => true,
            };
            let below = match &to {
                Bound::Included(sort) => row <= *sort,
                Bound::Excluded(sort) => row < *sort,
                Bound::Unbounded => true,
            };

            prop_assert_eq!(at >= lower(&from), above);
            prop_assert_eq!(at < upper(&to) || at == Place::at(u128::MAX), below);
        }
    }
}
