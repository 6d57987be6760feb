//! Several changes of one room as one: whole or not at all.

use super::{Change, Data, Filled};
use crate::reply::Reply;
use std::{ops::Range, sync::Arc};

/// What one of several changes answers, once all are filled.
pub type Answering = Arc<dyn Fn(&Filled<'_>) -> Reply + Send + Sync>;

impl Change {
    /// True when both change the same row: then they are no two changes, but one that says two things.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let rows = |change: &Self| -> Vec<_> {
            let either = change.rows.iter().filter_map(|row| row.old.as_ref().or(row.new.as_ref()));
            either.map(|row| row.key()).collect()
        };
        let ours = rows(self);
        rows(other).iter().any(|key| ours.contains(key))
    }

    /// Takes another change in, behind this one: its rows, facts, counters, timers and events. Answers what it would
    /// have answered alone.
    pub fn absorb(&mut self, other: Self) -> Answering {
        let rows = self.rows.len()..self.rows.len() + other.rows.len();
        let events = self.events.len();
        self.rows.extend(other.rows);
        self.guards.extend(other.guards);
        self.counters.extend(other.counters);
        self.timers.extend(other.timers);
        for mut tell in other.events {
            tell.about += rows.start;
            if let Data::Made(make) = tell.data {
                let rows = rows.clone();
                tell.data = Data::Made(Arc::new(move |filled| make(&filled.part(rows.clone(), events))));
            }
            self.events.push(tell);
        }
        self.alone_since = self.alone_since.or(other.alone_since);
        self.audited |= other.audited;
        self.chosen |= other.chosen;
        let reply = other.reply;
        Arc::new(move |filled| reply(&filled.part(rows.clone(), events)))
    }
}

impl Filled<'_> {
    /// These rows as the change sees them that they belong to, whose events follow so many others.
    fn part(&self, rows: Range<usize>, events: usize) -> Filled<'_> {
        let events = u64::try_from(events).unwrap_or_default();
        Filled {
            old: self.old.get(rows.clone()).unwrap_or_default(),
            new: self.new.get(rows).unwrap_or_default(),
            counters: self.counters,
            first_seq: self.first_seq + events,
            at: self.at,
        }
    }
}
