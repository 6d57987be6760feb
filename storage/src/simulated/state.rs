//! The memory of a simulated store, and the dice. Everything here happens at one instant, under a lock.

use super::{Faults, Flaw, faults::FLAW_ONE_IN};
use crate::{Batch, Direction, Error, Outcome, Range, Row, Write};
use bytes::Bytes;
use schema::{clock::Clock, key::Key, table::LOG};
use std::{collections::BTreeMap, ops::Bound};

pub(super) struct State {
    pub(super) faults: Faults,
    pub(super) stopped: bool,
    pub(super) rows: BTreeMap<Key, Bytes>,
    /// Which write to a key was the newest, whether it put something there or removed it.
    stamps: BTreeMap<Key, i64>,
    /// The last plain write's.
    stamped: i64,
    /// Answered as unknown, not applied yet.
    late: Vec<Batch>,
    /// What commits still owe behind their log rows.
    pub(super) owed: BTreeMap<Key, (i64, Vec<Write>)>,
}

impl State {
    pub(super) const fn new(faults: Faults) -> Self {
        Self {
            faults,
            stopped: false,
            rows: BTreeMap::new(),
            stamps: BTreeMap::new(),
            stamped: 0,
            late: Vec::new(),
            owed: BTreeMap::new(),
        }
    }

    pub(super) fn get(&mut self, key: &Key, clock: &Clock) -> Result<Option<Bytes>, Error> {
        self.begin_read(clock)?;
        Ok(self.rows.get(key).cloned())
    }

    pub(super) fn scan(&mut self, range: &Range, clock: &Clock) -> Result<Vec<Row>, Error> {
        self.begin_read(clock)?;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let row = |(key, value): (&Key, &Bytes)| Row { sort: key.sort.clone(), value: value.clone() };
        let found = self.rows.range(bounds(range));
        Ok(match range.direction {
            Direction::Forward => found.take(range.limit).map(row).collect(),
            Direction::Backward => found.rev().take(range.limit).map(row).collect(),
        })
    }

    pub(super) fn apply(&mut self, batch: Batch, clock: &Clock) -> Result<Outcome, Error> {
        self.begin(clock)?;
        if !happens(clock, self.faults.unknown_per_mille) {
            return self.write(batch, clock);
        }
        if !happens(clock, self.faults.lost_per_mille) {
            if happens(clock, self.faults.half_per_mille) {
                self.write_half(batch, clock)?;
            } else {
                let _ = self.write(batch, clock)?;
            }
        } else if !matches!(batch, Batch::Plain(_)) && happens(clock, self.faults.late_per_mille) {
            self.late.push(batch);
        }
        Ok(Outcome::Unknown)
    }

    /// Finishes what the last commit of a log owes.
    pub(super) fn redo(&mut self, partition: &Bytes, clock: &Clock) -> Result<(), Error> {
        self.begin_read(clock)?;
        let owing = self.owed.keys().find(|key| key.partition == *partition).cloned();
        if let Some((stamp, writes)) = owing.and_then(|key| self.owed.remove(&key)) {
            self.put_all(stamp, writes);
        }
        Ok(())
    }

    /// Writes what stands before the rest: of a commit its note and its log row.
    fn write_half(&mut self, batch: Batch, clock: &Clock) -> Result<(), Error> {
        let Batch::Commit(commit) = &batch else {
            return self.write(batch, clock).map(drop);
        };
        let (key, stamp, note) = (commit.key.clone(), commit.stamp, commit.note.clone());
        let (outcome, writes) = batch.judge(|key| Ok(self.rows.get(key).cloned()))?;
        if outcome == Outcome::Applied {
            let first = |write: &Write| *write.key() == key || note.as_ref() == Some(write);
            let (first, rest): (Vec<_>, Vec<_>) = writes.into_iter().partition(first);
            self.put_all(stamp, first);
            self.owed.retain(|owing, _| owing.partition != key.partition);
            self.owed.insert(key, (stamp, rest));
        }
        Ok(())
    }

    pub(super) fn begin_read(&mut self, clock: &Clock) -> Result<(), Error> {
        self.begin(clock)?;
        if happens(clock, self.faults.failed_reads_per_mille) {
            return Err(Error::Read("simulated".to_owned()));
        }
        Ok(())
    }

    fn begin(&mut self, clock: &Clock) -> Result<(), Error> {
        if self.stopped {
            return Err(Error::Stopped("simulated".to_owned()));
        }
        for batch in std::mem::take(&mut self.late) {
            if clock.below(4) == 0 {
                let _ = self.write(batch, clock)?;
            } else {
                self.late.push(batch);
            }
        }
        Ok(())
    }

    fn write(&mut self, batch: Batch, clock: &Clock) -> Result<Outcome, Error> {
        let flawed = self.faults.flaw != Flaw::None && clock.below(FLAW_ONE_IN) == 0;
        let flaw = if flawed { self.faults.flaw } else { Flaw::None };
        let (stamp, entry) = match &batch {
            Batch::Commit(commit) => (commit.stamp, Some((commit.key.clone(), commit.entry.clone()))),
            Batch::Plain(plain) => (plain.stamp.unwrap_or_else(|| self.stamp(clock)), None),
            Batch::Claim(_) => (0, None),
        };
        let (outcome, writes) = batch.judge(|key| Ok(self.rows.get(key).cloned()))?;
        if let Some((key, entry)) = entry {
            if outcome == Outcome::Applied {
                self.owed.retain(|owing, _| owing.partition != key.partition);
            } else if self.rows.get(&key) == Some(&entry)
                && let Some((stamp, rest)) = self.owed.remove(&key)
            {
                self.put_all(stamp, rest);
                return Ok(Outcome::Applied);
            }
        }
        match (&outcome, flaw) {
            (Outcome::Applied, Flaw::ForgetsAcked) => return Ok(outcome),
            (Outcome::Applied, _) | (Outcome::Fenced, Flaw::IgnoresFence) => {}
            _ => return Ok(outcome),
        }
        let torn = if flaw == Flaw::TearsBatch { writes.len() / 2 } else { 0 };
        self.put_all(stamp, writes.into_iter().skip(torn));
        Ok(Outcome::Applied)
    }

    fn stamp(&mut self, clock: &Clock) -> i64 {
        self.stamped = clock.now_us().max(self.stamped.saturating_add(1));
        self.stamped
    }

    /// Of two writes to a key the newer stays, of two with one stamp the removal. What is written on a condition
    /// is as it was written last.
    pub(super) fn put_all(&mut self, stamp: i64, writes: impl IntoIterator<Item = Write>) {
        for write in writes {
            let key = write.key();
            if key.table != LOG && !key.is_claim() {
                let newest = self.stamps.entry(key.clone()).or_insert(i64::MIN);
                let removed = !self.rows.contains_key(key);
                if *newest > stamp || (*newest == stamp && removed && matches!(write, Write::Put(..))) {
                    continue;
                }
                *newest = stamp;
            }
            match write {
                Write::Put(key, value) => self.rows.insert(key, value),
                Write::Delete(key) => self.rows.remove(&key),
            };
        }
    }
}

fn happens(clock: &Clock, per_mille: u64) -> bool {
    per_mille > 0 && clock.below(1_000) < per_mille
}

fn bounds(range: &Range) -> (Bound<Key>, Bound<Key>) {
    let key =
        |sort: &Bytes| Key { table: range.table, partition: range.partition.clone(), sort: sort.clone() };
    let from = match &range.from {
        Bound::Unbounded => Bound::Included(key(&Bytes::new())),
        bound => bound.as_ref().map(key),
    };
    let to = match &range.to {
        Bound::Unbounded => {
            // No partition stands between this one and it with a zero byte behind.
            let partition = [&range.partition, &b"\0"[..]].concat().into();
            Bound::Excluded(Key { table: range.table, partition, sort: Bytes::new() })
        }
        bound => bound.as_ref().map(key),
    };
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Commit;
    use schema::time::Timestamp;

    fn key(sort: &'static [u8]) -> Key {
        Key { table: 16, partition: Bytes::from_static(b"p"), sort: Bytes::from_static(sort) }
    }

    fn commit(value: &'static [u8]) -> Batch {
        let writes = vec![Write::Put(key(b"a"), Bytes::from_static(value)), Write::Delete(key(b"b"))];
        let (key, entry) = (key(b"log"), Bytes::from_static(value));
        Batch::from(Commit { key, entry, stamp: 1, note: None, writes, claims: Vec::new() })
    }

    /// Applies commits until the flaw shows, and returns what it answered and what stands.
    fn shown(flaw: Flaw, shows: fn(&State, &Outcome) -> bool) -> bool {
        let clock = Clock::seeded(1, Timestamp::default());
        (0..100).any(|_| {
            let mut state = State::new(Faults { flaw, ..Faults::default() });
            let _ = state.apply(commit(b"1"), &clock).unwrap();
            let outcome = state.apply(commit(b"2"), &clock).unwrap();
            shows(&state, &outcome)
        })
    }

    #[test]
    fn each_flaw_shows() {
        let forgot = |state: &State, _: &Outcome| state.rows.is_empty();
        let forked = |_: &State, outcome: &Outcome| *outcome == Outcome::Applied;
        let torn = |state: &State, _: &Outcome| state.rows.len() == 1;

        assert!(shown(Flaw::ForgetsAcked, |state, _| state.rows.is_empty()));
        assert!(shown(Flaw::IgnoresFence, forked));
        assert!(shown(Flaw::TearsBatch, torn));
        for shows in [forgot, forked, torn] {
            assert!(!shown(Flaw::None, shows));
        }
    }

    #[test]
    fn an_unknown_batch_was_applied_or_not() {
        let clock = Clock::seeded(2, Timestamp::default());
        let faults = Faults { unknown_per_mille: 1_000, lost_per_mille: 500, ..Faults::default() };

        let applied = (0..100).filter(|_| {
            let mut state = State::new(faults);
            assert_eq!(state.apply(commit(b"1"), &clock).unwrap(), Outcome::Unknown);
            !state.rows.is_empty()
        });

        assert!((20..80).contains(&applied.count()));
    }

    #[test]
    fn a_late_commit_meets_the_fence() {
        let clock = Clock::seeded(3, Timestamp::default());
        let faults = Faults {
            unknown_per_mille: 1_000,
            lost_per_mille: 1_000,
            late_per_mille: 1_000,
            ..Faults::default()
        };
        let mut state = State::new(faults);

        let lost = state.apply(commit(b"late"), &clock).unwrap();
        state.faults = Faults::default();
        let taken_before_it_landed = state.late.len() == 1;
        let won = state.apply(commit(b"won"), &clock).unwrap();
        for _ in 0..100 {
            let _ = state.get(&key(b"a"), &clock).unwrap();
        }

        assert!(taken_before_it_landed && lost == Outcome::Unknown);
        let expected = if won == Outcome::Applied { &b"won"[..] } else { b"late" };
        assert!(state.late.is_empty());
        assert_eq!(state.get(&key(b"log"), &clock).unwrap().unwrap(), expected);
    }

    #[test]
    fn the_same_seed_fails_at_the_same_places() {
        let faults = Faults { unknown_per_mille: 300, failed_reads_per_mille: 300, ..Faults::default() };
        let run = |seed| {
            let clock = Clock::seeded(seed, Timestamp::default());
            let mut state = State::new(faults);
            let mut step = || (state.apply(commit(b"1"), &clock).ok(), state.get(&key(b"a"), &clock).is_ok());
            (0..50).map(|_| step()).collect::<Vec<_>>()
        };

        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
