//! A group of batches on its way to the disk. Each batch is judged over what stands in the tree and
//! what the batches before it in the group will write, so that a group behaves as if each had been
//! written alone, in order.

use super::{files::Files, place, place::Place};
use crate::{Batch, Error, Outcome, Write};
use bytes::Bytes;
use std::collections::HashMap;

/// What a group will write: each place once, with its last value, or `None` where it is removed.
pub(super) type Writes = HashMap<Place, Option<Bytes>>;

#[derive(Default)]
pub(super) struct Group {
    writes: Writes,
    batches: usize,
    rows: usize,
}

impl Group {
    /// Lets a batch in if its conditions hold; a refused one leaves no trace.
    pub(super) fn admit(&mut self, batch: Batch, files: &Files) -> Result<Outcome, Error> {
        let outcome = batch.judge(|key| self.look(key, files))?;
        if outcome == Outcome::Applied {
            self.batches += 1;
            for write in batch.into_writes() {
                self.put(write);
            }
        }
        Ok(outcome)
    }

    pub(super) const fn batches(&self) -> usize {
        self.batches
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn into_writes(self) -> Writes {
        self.writes
    }

    fn look(&self, key: &schema::key::Key, files: &Files) -> Result<Option<Bytes>, Error> {
        let written = place::of(key).and_then(|place| self.writes.get(&place));
        written.map_or_else(|| files.get(key), |value| Ok(value.clone()))
    }

    fn put(&mut self, write: Write) {
        let (key, value) = match write {
            Write::Put(key, value) => (key, Some(value)),
            Write::Delete(key) => (key, None),
        };
        let place = place::of(&key);
        assert!(place.is_some(), "a batch is measured before it is queued");
        if let Some(place) = place {
            self.rows += 1;
            self.writes.insert(place, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, embedded::Config};
    use schema::key::Key;

    fn key(name: &'static str) -> Key {
        Key { table: 16, partition: Bytes::from_static(b"p"), sort: Bytes::from_static(name.as_bytes()) }
    }

    fn put(name: &'static str, value: &'static str) -> Write {
        Write::Put(key(name), Bytes::from_static(value.as_bytes()))
    }

    fn commit(writes: Vec<Write>) -> Batch {
        Batch::Commit { key: key("log"), entry: Bytes::new(), writes }
    }

    fn claim(expected: Option<&'static str>) -> Batch {
        let expected = expected.map(|value| Bytes::from_static(value.as_bytes()));
        Batch::Claim(vec![Claim { key: key("claim"), expected, value: Bytes::from_static(b"mine") }])
    }

    /// Admits the batches as one group, over a tree in which `old` stands, and writes it.
    fn together(old: &'static str, batches: Vec<Batch>) -> (Vec<Outcome>, Vec<&'static str>) {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path(), &Config::default()).unwrap();
        let mut before = Group::default();
        let _ = before.admit(Batch::Plain(vec![put(old, "old")]), &files).unwrap();
        files.commit(&before.into_writes()).unwrap();

        let mut group = Group::default();
        let outcomes = batches.into_iter().map(|batch| group.admit(batch, &files).unwrap()).collect();
        files.commit(&group.into_writes()).unwrap();

        let names = ["log", "claim", "a", "b"];
        (outcomes, names.into_iter().filter(|name| files.get(&key(name)).unwrap().is_some()).collect())
    }

    #[test]
    fn the_second_commit_under_a_key_is_fenced_within_its_group_and_leaves_no_trace() {
        let (outcomes, stands) =
            together("other", vec![commit(vec![put("a", "1")]), commit(vec![put("b", "2")])]);

        assert_eq!(outcomes, [Outcome::Applied, Outcome::Fenced]);
        assert_eq!(stands, ["log", "a"]);
    }

    #[test]
    fn a_claim_sees_what_its_group_has_taken_and_released() {
        let release = || Batch::Plain(vec![Write::Delete(key("claim"))]);

        let (outcomes, stands) = together(
            "claim",
            vec![claim(None), claim(Some("old")), claim(Some("old")), release(), claim(None), release()],
        );

        let taken = || Outcome::Taken(vec![key("claim")]);
        let applied = || Outcome::Applied;
        assert_eq!(outcomes, [taken(), applied(), taken(), applied(), applied(), applied()]);
        assert_eq!(stands, Vec::<&str>::new());
    }
}
