//! What was said and what became of it: acknowledgements with their ids, and for each message how many
//! heard it and when the last one did. It judges nothing about order; that is the cursor's part.

use super::{
    account::{Hearing, Row, Timeline},
    order::{Kept, Rows},
};
use crate::{number::count, stamp::Stamp};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A message that the server acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledged {
    /// Which one.
    pub(crate) stamp: Stamp,
    /// The room it was said in.
    pub(crate) room: usize,
    /// The id that the server gave it.
    pub(crate) id: Uuid,
    /// The number that the server gave it.
    pub(crate) seq: u64,
}

/// A message as the history has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its number.
    pub(crate) seq: u64,
    /// The id that its author gave it.
    pub(crate) client_id: Option<Uuid>,
}

/// The messages of one crowd.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The number of the next message.
    next: u32,
    /// What was acknowledged, in the order of the acknowledgements.
    acknowledged: Vec<Acknowledged>,
    /// How many were acknowledged before the measurements began anew.
    answered_before: u64,
    /// Which message a task stands for.
    made: HashMap<Uuid, Stamp>,
    /// When tasks were heard of before their author was answered.
    early: HashMap<Uuid, Vec<u64>>,
    /// Heard messages, by the crowd that said them and their number.
    heard: BTreeMap<u16, Vec<Row>>,
}

impl Ledger {
    /// The number of the next message.
    pub(crate) fn next(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Messages said so far.
    pub(crate) fn said(&self) -> u64 {
        self.next.into()
    }

    /// What was acknowledged so far.
    pub(crate) fn acknowledged(&self) -> &[Acknowledged] {
        &self.acknowledged
    }

    /// How many were acknowledged in all.
    pub(crate) fn answered(&self) -> u64 {
        self.answered_before + count(self.acknowledged.len())
    }

    /// Which message a task stands for; when that is not known yet, the hearing is kept.
    pub(crate) fn stands_for(&mut self, task: Uuid, heard_us: u64) -> Option<Stamp> {
        let stamp = self.made.get(&task).copied();
        if stamp.is_none() {
            self.early.entry(task).or_default().push(heard_us);
        }
        stamp
    }

    /// This task stands for that message; gives back when it was heard of already.
    pub(crate) fn made(&mut self, task: Uuid, stamp: Stamp) -> Vec<u64> {
        self.made.insert(task, stamp);
        self.early.remove(&task).unwrap_or_default()
    }

    /// Forgets everything but the numbers.
    pub(crate) fn begin_anew(&mut self) {
        *self = Self { next: self.next, answered_before: self.answered(), ..Self::default() };
    }

    /// A message was acknowledged.
    pub(crate) fn acknowledge(&mut self, message: Acknowledged) {
        self.acknowledged.push(message);
    }

    /// Somebody heard a message. `latency_us` is absent for those who are slow on purpose.
    pub(crate) fn hear(&mut self, stamp: Stamp, latency_us: Option<u64>) {
        let rows = self.heard.entry(stamp.crowd).or_default();
        let place = usize::try_from(stamp.number).unwrap_or(usize::MAX);
        if rows.len() <= place {
            rows.resize_with(place + 1, Row::default);
        }
        if let Some(row) = rows.get_mut(place) {
            row.heard += 1;
            if let Some(latency) = latency_us {
                row.last_us = row.last_us.max(u32::try_from(latency).unwrap_or(u32::MAX));
            }
        }
    }

    /// Judges the acknowledged messages of rooms that are whole in this crowd: `people` says how many
    /// listen to a room. Also gives the latencies to the last hearer.
    pub(crate) fn whole(
        &self,
        crowd: u16,
        people: impl Fn(usize) -> u32,
        starts_at_us: u64,
    ) -> (Hearing, Timeline) {
        let rows = self.heard.get(&crowd).map_or(&[][..], Vec::as_slice);
        let mut hearing = Hearing::default();
        let mut last = Timeline::beginning_at(starts_at_us);
        for message in &self.acknowledged {
            let place = usize::try_from(message.stamp.number).unwrap_or(usize::MAX);
            let row = rows.get(place).copied().unwrap_or_default();
            match row.heard.cmp(&people(message.room)) {
                std::cmp::Ordering::Less => hearing.short += 1,
                std::cmp::Ordering::Greater => hearing.over += 1,
                std::cmp::Ordering::Equal => {
                    hearing.complete += 1;
                    last.record(message.stamp.intended_us, row.last_us.into());
                }
            }
        }
        (hearing, last)
    }

    /// The rows of every crowd that was heard here.
    pub(crate) fn rows(&self) -> Rows {
        self.heard.clone()
    }
}

/// Compares one room's acknowledgements with its history: each must stand there exactly once, under the
/// acknowledged id and number, and no message may stand there under two ids.
pub(crate) fn compare(acknowledged: &[Acknowledged], history: &[Stored]) -> Kept {
    let mut by_id: HashMap<Uuid, (u64, u64)> = HashMap::new();
    let mut by_author: HashMap<Uuid, u64> = HashMap::new();
    for stored in history {
        let (times, seq) = by_id.entry(stored.id).or_default();
        *times += 1;
        *seq = stored.seq;
        if let Some(client_id) = stored.client_id {
            *by_author.entry(client_id).or_default() += 1;
        }
    }
    let stands = |message: &&Acknowledged| by_id.get(&message.id).is_some_and(|(_, seq)| *seq == message.seq);
    let twice_by_id = by_id.values().filter(|(times, _)| *times > 1).count();
    let twice_by_author = by_author.values().filter(|times| **times > 1).count();
    let found = count(acknowledged.iter().filter(stands).count());
    let total = count(acknowledged.len());
    Kept { acknowledged: total, found, lost: total - found, twice: count(twice_by_id.max(twice_by_author)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(number: u32) -> Stamp {
        Stamp { intended_us: 1_000_000, crowd: 2, number }
    }

    fn acknowledged(number: u32) -> Acknowledged {
        let id = Uuid::from_u128(number.into());
        Acknowledged { stamp: stamp(number), room: 0, id, seq: u64::from(number) + 1 }
    }

    fn stored(number: u32) -> Stored {
        let Acknowledged { id, seq, stamp, .. } = acknowledged(number);
        Stored { id, seq, client_id: Some(stamp.client_id(1)) }
    }

    #[test]
    fn a_message_is_complete_when_everybody_heard_it_once() {
        let mut ledger = Ledger::default();
        for (number, hearers) in [(0, 3), (1, 2), (2, 4)] {
            ledger.acknowledge(acknowledged(number));
            (0..hearers).for_each(|hearer| ledger.hear(stamp(number), Some(100 * (hearer + 1))));
        }

        let (hearing, last) = ledger.whole(2, |_| 3, 1_000_000);

        assert_eq!(hearing, Hearing { complete: 1, short: 1, over: 1 });
        assert_eq!(last.whole().at(1.0), 300, "the last hearer of the complete one");
    }

    #[test]
    fn a_task_heard_of_before_its_author_was_answered_is_not_lost() {
        let mut ledger = Ledger::default();
        let task = Uuid::from_u128(7);

        assert_eq!(ledger.stands_for(task, 20), None);
        assert_eq!(ledger.stands_for(task, 30), None);

        assert_eq!(ledger.made(task, stamp(0)), [20, 30]);
        assert_eq!(ledger.stands_for(task, 40), Some(stamp(0)));
    }

    #[test]
    fn numbers_go_on_when_measurements_begin_anew() {
        let mut ledger = Ledger::default();
        ledger.next();
        ledger.acknowledge(acknowledged(0));

        ledger.begin_anew();

        assert_eq!((ledger.next(), ledger.answered(), ledger.acknowledged().len()), (1, 1, 0));
    }

    #[test]
    fn the_slow_count_as_hearers_but_not_as_the_last_one() {
        let mut ledger = Ledger::default();
        ledger.acknowledge(acknowledged(0));
        ledger.hear(stamp(0), Some(50));
        ledger.hear(stamp(0), None);

        assert_eq!(ledger.rows()[&2], [Row { heard: 2, last_us: 50 }]);
    }

    #[test]
    fn a_whole_history_loses_nothing() {
        let kept = compare(&[acknowledged(0), acknowledged(1)], &[stored(0), stored(1), stored(2)]);

        assert_eq!(kept, Kept { acknowledged: 2, found: 2, lost: 0, twice: 0 });
    }

    #[test]
    fn a_lost_acknowledgement_is_caught() {
        let kept = compare(&[acknowledged(0), acknowledged(1)], &[stored(1)]);

        assert_eq!(kept, Kept { acknowledged: 2, found: 1, lost: 1, twice: 0 });
    }

    #[test]
    fn an_id_under_another_number_is_a_loss() {
        let moved = Stored { seq: 99, ..stored(0) };

        assert_eq!(compare(&[acknowledged(0)], &[moved]).lost, 1);
    }

    #[test]
    fn a_message_stored_twice_is_caught_even_under_another_id() {
        let again = Stored { id: Uuid::from_u128(77), seq: 7, ..stored(0) };

        assert_eq!(compare(&[acknowledged(0)], &[stored(0), again]).twice, 1);
        assert_eq!(compare(&[acknowledged(0)], &[stored(0), stored(0)]).twice, 1);
    }
}
