//! Rows at hand: what was read by key lately, kept beside the tree. A room's busy rows (its memberships, the
//! record it is about) are read with every call and seldom written. Only rows are kept: logs are read as
//! ranges, and a command is looked for once.

use super::{Config, place::Place};
use bytes::Bytes;
use quick_cache::{
    Weighter,
    sync::{Cache, GuardResult},
};
use schema::table::Space;
use std::time::Duration;

/// What an entry weighs besides its bytes.
const ENTRY_BYTES: u64 = 128;
/// Of what weight rows are expected to be; it sizes the table.
const USUAL_BYTES: u64 = 512;

#[derive(Clone)]
struct Weight;

impl Weighter<Vec<u8>, Bytes> for Weight {
    fn weight(&self, key: &Vec<u8>, row: &Bytes) -> u64 {
        u64::try_from(key.len() + row.len()).unwrap_or(u64::MAX).saturating_add(ENTRY_BYTES)
    }
}

pub(super) struct Rows(Cache<Vec<u8>, Bytes, Weight>);

impl Rows {
    pub(super) fn new(config: &Config) -> Self {
        let items = usize::try_from(config.rows_bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(items, config.rows_bytes, Weight))
    }

    /// The value at a place: from here, else from `read`, which is then kept.
    ///
    /// What `read` finds is kept only if nobody has written there since it began: [`Rows::forget`] takes the
    /// seat away that was reserved for it. Until its write is acknowledged, the old value may still be found.
    pub(super) fn get<E>(
        &self,
        place: &Place,
        read: impl FnOnce() -> Result<Option<Bytes>, E>,
    ) -> Result<Option<Bytes>, E> {
        if place.space != Space::Rows {
            return read();
        }
        match self.0.get_value_or_guard(place.bytes.as_slice(), Some(Duration::ZERO)) {
            GuardResult::Value(row) => Ok(Some(row)),
            // Somebody else is reading it this very moment.
            GuardResult::Timeout => read(),
            GuardResult::Guard(seat) => {
                let found = read()?;
                if let Some(row) = &found {
                    let _ = seat.insert(row.clone());
                }
                Ok(found)
            }
        }
    }

    /// These places are written: called after the write is visible and before it is acknowledged.
    pub(super) fn forget<'a>(&self, written: impl Iterator<Item = &'a Place>) {
        for place in written.filter(|place| place.space == Space::Rows) {
            self.0.remove(place.bytes.as_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn place(name: &str) -> Place {
        Place { space: Space::Rows, bytes: name.as_bytes().to_vec() }
    }

    fn read(value: &'static str) -> Result<Option<Bytes>, Infallible> {
        Ok(Some(Bytes::from_static(value.as_bytes())))
    }

    #[test]
    fn a_row_is_read_once_until_it_is_written() {
        let rows = Rows::new(&Config::default());

        assert_eq!(rows.get(&place("a"), || read("old")), read("old"));
        assert_eq!(rows.get(&place("a"), || panic!("it is at hand")), read("old"));
        rows.forget([place("a")].iter());

        assert_eq!(rows.get(&place("a"), || read("new")), read("new"));
    }

    #[test]
    fn what_was_read_while_it_was_written_is_not_kept() {
        let rows = Rows::new(&Config::default());

        let seen = rows.get(&place("a"), || {
            let seen = read("old");
            rows.forget([place("a")].iter());
            seen
        });

        assert_eq!(seen, read("old"));
        assert_eq!(rows.get(&place("a"), || read("new")), read("new"));
    }

    #[test]
    fn two_who_read_the_same_row_at_once_do_not_wait_for_each_other() {
        let rows = Rows::new(&Config::default());

        let both = rows.get(&place("a"), || rows.get(&place("a"), || read("one")));

        assert_eq!(both, read("one"));
    }

    #[test]
    fn absent_rows_and_other_spaces_are_always_read() {
        let rows = Rows::new(&Config::default());
        let log = Place { space: Space::Log, ..place("a") };

        assert_eq!(rows.get(&place("a"), || Ok::<_, Infallible>(None)), Ok(None));
        assert_eq!(rows.get(&place("a"), || read("born")), read("born"));
        assert_eq!(rows.get(&log, || read("one")), read("one"));
        assert_eq!(rows.get(&log, || read("two")), read("two"));
    }
}
