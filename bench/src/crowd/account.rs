//! What a crowd measured, in a form that can be added up. Crowds are added by merging counts, never by
//! averaging percentiles.

use super::order::Rows;
use crate::{audit::Faults, histogram::Histogram};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Latencies by the second in which they were meant to begin, so that an outage in the middle of a run
/// can be told from the rest of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timeline {
    /// Where the first second begins, microseconds since the Unix epoch.
    pub(crate) starts_at_us: u64,
    seconds: Vec<Histogram>,
}

/// No run is longer; what lies beyond is counted in the last second.
const SECONDS_MAX: usize = 3_600;

impl Timeline {
    /// One whose first second begins at this instant.
    pub(crate) fn beginning_at(starts_at_us: u64) -> Self {
        Self { starts_at_us, seconds: Vec::new() }
    }

    /// Adds a latency that began at this instant. Unless the start is known, it is the first of these.
    pub(crate) fn record(&mut self, intended_us: u64, latency_us: u64) {
        if self.starts_at_us == 0 {
            self.starts_at_us = intended_us;
        }
        let second = intended_us.saturating_sub(self.starts_at_us) / 1_000_000;
        let place = usize::try_from(second).unwrap_or(usize::MAX).min(SECONDS_MAX);
        if self.seconds.len() <= place {
            self.seconds.resize_with(place + 1, Histogram::new);
        }
        if let Some(slice) = self.seconds.get_mut(place) {
            slice.record(latency_us);
        }
    }

    /// Adds another of the same start.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.starts_at_us = self.starts_at_us.max(other.starts_at_us);
        if self.seconds.len() < other.seconds.len() {
            self.seconds.resize_with(other.seconds.len(), Histogram::new);
        }
        self.seconds.iter_mut().zip(&other.seconds).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// The seconds in order, each with its number.
    pub(crate) fn seconds(&self) -> impl Iterator<Item = (u64, &Histogram)> {
        (0..).zip(&self.seconds)
    }

    /// All of it, but for the seconds that this refuses.
    pub(crate) fn all_but(&self, refused: impl Fn(u64) -> bool) -> Histogram {
        let mut whole = Histogram::new();
        self.seconds().filter(|(second, _)| !refused(*second)).for_each(|(_, slice)| whole.merge(slice));
        whole
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Histogram {
        self.all_but(|_| false)
    }
}

/// How often a message of a spread-out room was heard in one crowd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// By how many.
    pub(crate) heard: u32,
    /// How long after the intention by the last of those who were not slow, in microseconds.
    pub(crate) last_us: u32,
}

/// Whether those who should have heard a message did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hearing {
    /// Acknowledged messages that everybody in the room heard once.
    pub(crate) complete: u64,
    /// Acknowledged messages that somebody did not hear.
    pub(crate) short: u64,
    /// Messages that somebody heard twice.
    pub(crate) over: u64,
}

/// Everything that a crowd measured since its arrival.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    /// What the listeners' numbers proved wrong.
    pub(crate) faults: Faults,
    /// From the intention to each hearer who is not slow.
    pub(crate) heard: Timeline,
    /// From the intention to the last hearer of each message whose hearers are all in this crowd.
    pub(crate) last: Timeline,
    /// From the intention to the acknowledgement.
    pub(crate) answered: Timeline,
    /// Whether the acknowledged messages were heard, for rooms that are whole in this crowd.
    pub(crate) hearing: Hearing,
    /// How messages were heard, for rooms that are spread over crowds.
    pub(crate) rows: Rows,
    /// Events heard, all rooms and all people.
    pub(crate) deliveries: u64,
    /// Bytes read from all sockets.
    pub(crate) bytes_read: u64,
    /// Messages acknowledged.
    pub(crate) acknowledged: u64,
    /// Messages said that were neither acknowledged nor refused.
    pub(crate) unanswered: u64,
    /// Messages refused for good.
    pub(crate) given_up: u64,
    /// Refusals, also those after which the message was sent again, by problem code.
    pub(crate) refusals: BTreeMap<String, u64>,
    /// The first thing that broke the protocol.
    pub(crate) oddity: Option<String>,
    /// Ended connections of people who were in, by reason.
    pub(crate) ends: BTreeMap<String, u64>,
    /// Attempts to come in that failed, by reason.
    pub(crate) turned_away: BTreeMap<String, u64>,
    /// How many people came in at their nth attempt since the last return.
    pub(crate) attempts: BTreeMap<u32, u64>,
    /// A frame that told a message, as base64 of the whole WebSocket payload.
    pub(crate) sample: Option<String>,
}

impl Account {
    /// Adds what another crowd measured.
    pub(crate) fn add(&mut self, other: Self) {
        self.faults += other.faults;
        self.heard.merge(&other.heard);
        self.last.merge(&other.last);
        self.answered.merge(&other.answered);
        self.hearing.complete += other.hearing.complete;
        self.hearing.short += other.hearing.short;
        self.hearing.over += other.hearing.over;
        self.deliveries += other.deliveries;
        self.bytes_read += other.bytes_read;
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.given_up += other.given_up;
        for (crowd, rows) in other.rows {
            add_rows(self.rows.entry(crowd).or_default(), &rows);
        }
        add_counts(&mut self.refusals, other.refusals);
        add_counts(&mut self.ends, other.ends);
        add_counts(&mut self.turned_away, other.turned_away);
        add_counts(&mut self.attempts, other.attempts);
        self.sample = self.sample.take().or(other.sample);
        self.oddity = self.oddity.take().or(other.oddity);
    }

    /// The spread-out messages: from the intention to the last hearer, and whether all `listeners` heard.
    pub(crate) fn spread(&self, listeners: u32) -> (Histogram, Hearing) {
        let (mut last, mut hearing) = (Histogram::new(), Hearing::default());
        for row in self.rows.values().flatten() {
            last.record(row.last_us.into());
            match row.heard.cmp(&listeners) {
                std::cmp::Ordering::Less => hearing.short += 1,
                std::cmp::Ordering::Equal => hearing.complete += 1,
                std::cmp::Ordering::Greater => hearing.over += 1,
            }
        }
        (last, hearing)
    }
}

/// Adds numbers by name.
pub(crate) fn add_counts<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (name, times) in from {
        *to.entry(name).or_default() += times;
    }
}

fn add_rows(to: &mut Vec<Row>, from: &[Row]) {
    if to.len() < from.len() {
        to.resize_with(from.len(), Row::default);
    }
    for (mine, theirs) in to.iter_mut().zip(from) {
        mine.heard += theirs.heard;
        mine.last_us = mine.last_us.max(theirs.last_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(rows: &[(u32, u32)]) -> Account {
        let rows = rows.iter().map(|(heard, last_us)| Row { heard: *heard, last_us: *last_us }).collect();
        Account { rows: BTreeMap::from([(0, rows)]), ..Account::default() }
    }

    #[test]
    fn the_last_hearer_is_found_across_crowds() {
        let mut all = crowd(&[(5, 100), (5, 900)]);

        all.add(crowd(&[(5, 700), (5, 200)]));

        let (last, hearing) = all.spread(10);
        assert_eq!((last.at(0.0), last.at(1.0)), (700, 900));
        assert_eq!(hearing, Hearing { complete: 2, short: 0, over: 0 });
    }

    #[test]
    fn a_loss_and_a_double_hearing_do_not_cancel_out() {
        let mut all = crowd(&[(5, 1), (5, 1), (5, 1)]);

        all.add(crowd(&[(4, 1), (6, 1)]));

        assert_eq!(all.spread(10).1, Hearing { complete: 0, short: 2, over: 1 });
    }

    #[test]
    fn an_outage_can_be_told_from_the_rest() {
        let mut timeline = Timeline::beginning_at(1_000_000);
        (0..10).for_each(|second| {
            timeline.record(1_000_000 + second * 1_000_000, if second == 4 { 900_000 } else { 5 })
        });

        assert_eq!(timeline.whole().count(), 10);
        assert_eq!(timeline.all_but(|second| second == 4).summary().max, 5);
        assert_eq!(timeline.seconds().count(), 10);
    }
}
