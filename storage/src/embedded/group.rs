//! A group of batches on its way to the disk. Each batch is judged over what stands in the tree and
//! what the batches before it in the group will write, so that a group behaves as if each had been
//! written alone, in order.

use super::{ends::Ends, files::Files, place, place::Place};
use crate::{Batch, Error, Outcome, Write};
use bytes::Bytes;
use schema::key::Key;
use std::collections::BTreeMap;

/// What a group will write: each place once, with its last value, or `None` where it is removed. In the order
/// of the tree, so that neighbours are put in one after the other.
pub(super) type Writes = BTreeMap<Place, Option<Bytes>>;

pub(super) struct Group<'a> {
    files: &'a Files,
    ends: &'a mut Ends,
    writes: Writes,
    batches: usize,
    rows: usize,
}

impl<'a> Group<'a> {
    /// An empty group over what stands in the tree.
    pub(super) fn over(files: &'a Files, ends: &'a mut Ends) -> Self {
        Self { files, ends, writes: Writes::new(), batches: 0, rows: 0 }
    }

    /// Lets a batch in if its conditions hold; a refused one leaves no trace.
    pub(super) fn admit(&mut self, batch: Batch) -> Result<Outcome, Error> {
        let (outcome, writes) = batch.judge(|key| self.look(key))?;
        if outcome == Outcome::Applied {
            self.batches += 1;
            for write in writes {
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

    fn look(&mut self, key: &Key) -> Result<Option<Bytes>, Error> {
        if self.ends.is_beyond(key, self.files)? {
            return Ok(None);
        }
        let written = place::of(key).and_then(|place| self.writes.get(&place));
        written.map_or_else(|| self.files.get(key), |value| Ok(value.clone()))
    }

    fn put(&mut self, write: Write) {
        let (key, value) = match write {
            Write::Put(key, value) => (key, Some(value)),
            Write::Delete(key) => (key, None),
        };
        let place = place::of(&key);
        assert!(place.is_some(), "a batch is measured before it is queued");
        if let Some(place) = place {
            self.ends.written(&key);
            self.rows += 1;
            self.writes.insert(place, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Commit, embedded::Config};
    use schema::table::LOG;

    fn key(name: &'static str) -> Key {
        Key { table: 16, partition: Bytes::from_static(b"p"), sort: Bytes::from_static(name.as_bytes()) }
    }

    fn put(name: &'static str, value: &'static str) -> Write {
        Write::Put(key(name), Bytes::from_static(value.as_bytes()))
    }

    fn commit(writes: Vec<Write>) -> Batch {
        at(key("log"), writes)
    }

    fn at(key: Key, writes: Vec<Write>) -> Batch {
        Batch::from(Commit { key, entry: Bytes::new(), stamp: 1, note: None, writes, claims: Vec::new() })
    }

    fn claim(expected: Option<&'static str>) -> Batch {
        let expected = expected.map(|value| Bytes::from_static(value.as_bytes()));
        let value = Some(Bytes::from_static(b"mine"));
        Batch::Claim(vec![Claim { key: key("claim"), expected, value }])
    }

    /// Admits the batches as one group, over a tree in which `old` stands, and writes it.
    fn together(old: &'static str, batches: Vec<Batch>) -> (Vec<Outcome>, Vec<&'static str>) {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path(), &Config::default()).unwrap();
        write(&files, &mut Ends::default(), vec![Batch::plain(vec![put(old, "old")])]);

        let outcomes = write(&files, &mut Ends::default(), batches);

        let names = ["log", "claim", "a", "b"];
        (outcomes, names.into_iter().filter(|name| files.get(&key(name)).unwrap().is_some()).collect())
    }

    fn write(files: &Files, ends: &mut Ends, batches: Vec<Batch>) -> Vec<Outcome> {
        let mut group = Group::over(files, ends);
        let outcomes = batches.into_iter().map(|batch| group.admit(batch).unwrap()).collect();
        files.commit(&group.into_writes()).unwrap();
        outcomes
    }

    /// A commit into a log, at this place.
    fn entry(at: &'static str) -> Batch {
        self::at(Key { table: LOG, ..key(at) }, Vec::new())
    }

    #[test]
    fn a_commit_is_fenced_by_what_stands_at_its_place_whether_or_not_the_end_of_its_log_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path(), &Config::default()).unwrap();
        let ends = &mut Ends::default();
        let (applied, fenced) = (Outcome::Applied, Outcome::Fenced);

        assert_eq!(
            write(&files, ends, vec![entry("b"), entry("b"), entry("d")]),
            [applied.clone(), fenced.clone(), applied.clone()]
        );
        assert_eq!(
            write(&files, ends, vec![entry("d"), entry("c"), entry("e"), entry("e")]),
            [fenced.clone(), applied.clone(), applied.clone(), fenced.clone()]
        );
        // The next start knows no end.
        let fresh = &mut Ends::default();
        assert_eq!(
            write(&files, fresh, vec![entry("e"), entry("a"), entry("f"), entry("c")]),
            [fenced.clone(), applied.clone(), applied, fenced]
        );
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
        let release = || Batch::plain(vec![Write::Delete(key("claim"))]);

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
