//! What one node has seen of the others. A node shows that it lives by moving its counter in the store; who watches
//! measures by the watcher's own clock only, so that no clock has to agree with another.

use super::{
    Run,
    view::{Member, View},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A node's row in the store.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) run: Run,
    /// Moved every other second.
    pub(super) beat: u64,
    pub(super) leaving: bool,
    /// When this run began, by its own clock, in microseconds: of two runs under one name the newer counts.
    pub(super) since_us: i64,
    pub(super) version: String,
    pub(super) address: String,
}

#[derive(Debug)]
struct Seen {
    record: Record,
    moved_at_ms: u64,
    /// The wire says that nobody is there any more.
    lost: bool,
}

/// Everything seen so far.
#[derive(Debug, Default)]
pub(super) struct Sightings(HashMap<Run, Seen>);

impl Sightings {
    /// Takes in what stands in the store at this moment.
    pub(super) fn observe(&mut self, records: Vec<Record>, now_ms: u64) {
        self.0.retain(|run, _| records.iter().any(|record| record.run == *run));
        for record in records {
            match self.0.get_mut(&record.run) {
                Some(seen) => {
                    if seen.record != record {
                        seen.moved_at_ms = now_ms;
                        seen.record = record;
                    }
                }
                None => {
                    self.0.insert(record.run, Seen { record, moved_at_ms: now_ms, lost: false });
                }
            }
        }
    }

    /// A run that is not on the wire any more is over: it never comes back under this number.
    pub(super) fn lose(&mut self, run: Run) {
        if let Some(seen) = self.0.get_mut(&run) {
            seen.lost = true;
        }
    }

    /// Who is there: everybody whose counter moved within `gone_ms`, and of two under one name the newer.
    pub(super) fn view(&self, now_ms: u64, gone_ms: u64) -> View {
        let there = self.0.values().filter(|seen| !seen.lost && now_ms - seen.moved_at_ms < gone_ms);
        let newest = there.filter(|seen| self.newer(&seen.record).is_none());
        let members = newest.map(|seen| {
            let Record { name, run, leaving, version, address, .. } = seen.record.clone();
            Member { name, run, leaving, version, address }
        });
        View::of(members.collect())
    }

    /// A later run under the same name, if there is one.
    pub(super) fn newer(&self, than: &Record) -> Option<&Record> {
        let order = |record: &Record| (record.since_us, record.run);
        let named = self.0.values().map(|seen| &seen.record).filter(|record| record.name == than.name);
        named.max_by_key(|record| order(record)).filter(|newest| order(newest) > order(than))
    }

    /// Runs that nobody will ever hear of again, whose rows may go.
    pub(super) fn over(&self, now_ms: u64, forget_ms: u64) -> Vec<Run> {
        let over = |seen: &&Seen| now_ms - seen.moved_at_ms > forget_ms;
        self.0.values().filter(over).map(|seen| seen.record.run).collect()
    }

    /// Nobody else was ever seen.
    pub(super) fn is_alone(&self, me: Run) -> bool {
        self.0.keys().all(|run| *run == me)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, run: u64, beat: u64) -> Record {
        Record {
            name: name.into(),
            run: Run::new(run),
            beat,
            since_us: i64::try_from(run).unwrap(),
            ..Record::default()
        }
    }

    fn names(view: &View) -> Vec<(&str, u64)> {
        view.members().iter().map(|member| (member.name.as_str(), member.run.number())).collect()
    }

    #[test]
    fn a_counter_that_stands_still_is_a_node_that_is_gone() {
        let mut seen = Sightings::default();
        seen.observe(vec![record("a", 1, 1), record("b", 2, 1)], 0);
        seen.observe(vec![record("a", 1, 2), record("b", 2, 1)], 9_000);

        assert_eq!(names(&seen.view(9_999, 10_000)), [("a", 1), ("b", 2)]);
        assert_eq!(names(&seen.view(10_000, 10_000)), [("a", 1)]);

        seen.observe(vec![record("a", 1, 3), record("b", 2, 2)], 11_000);
        assert_eq!(names(&seen.view(11_000, 10_000)), [("a", 1), ("b", 2)], "it only slept");
    }

    #[test]
    fn a_node_started_again_takes_the_place_of_its_former_run_at_once() {
        let mut seen = Sightings::default();
        seen.observe(vec![record("a", 1, 7), record("a", 5, 1)], 0);

        assert_eq!(names(&seen.view(0, 10_000)), [("a", 5)]);
        assert!(seen.newer(&record("a", 1, 7)).is_some() && seen.newer(&record("a", 5, 1)).is_none());
    }

    #[test]
    fn a_run_that_the_wire_lost_stays_lost_whatever_its_counter_says() {
        let mut seen = Sightings::default();
        seen.observe(vec![record("a", 1, 1), record("b", 2, 1)], 0);

        seen.lose(Run::new(2));
        seen.observe(vec![record("a", 1, 2), record("b", 2, 2)], 100);

        assert_eq!(names(&seen.view(100, 10_000)), [("a", 1)]);
    }

    #[test]
    fn rows_of_runs_long_over_may_go() {
        let mut seen = Sightings::default();
        seen.observe(vec![record("a", 1, 1), record("b", 2, 1)], 0);
        seen.observe(vec![record("a", 1, 2), record("b", 2, 1)], 70_000);

        assert_eq!(seen.over(70_001, 60_000), [Run::new(2)]);
    }
}
