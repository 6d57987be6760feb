//! The examiner of one listener in one room: are the numbers it hears whole, in order, each once? It
//! trusts nothing but the numbers, and never repairs what it finds; what it finds is counted.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// What was wrong, summed over listeners. All zero is a clean run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Faults {
    /// Times that a number was stepped over.
    pub(crate) gaps: u64,
    /// Numbers stepped over.
    pub(crate) missing: u64,
    /// Numbers heard again.
    pub(crate) duplicates: u64,
    /// Events of a room that was not being listened to.
    pub(crate) strays: u64,
    /// Joins whose count of missed events was not head minus place.
    pub(crate) miscounted: u64,
    /// Rooms that could not be resumed.
    pub(crate) resyncs: u64,
    /// Rooms taken away.
    pub(crate) revoked: u64,
    /// Frames that are not what the protocol promises.
    pub(crate) malformed: u64,
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.gaps += other.gaps;
        self.missing += other.missing;
        self.duplicates += other.duplicates;
        self.strays += other.strays;
        self.miscounted += other.miscounted;
        self.resyncs += other.resyncs;
        self.revoked += other.revoked;
        self.malformed += other.malformed;
    }
}

impl Faults {
    /// Whether nothing was wrong.
    pub(crate) fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// What was wrong, in words.
    pub(crate) fn describe(&self) -> String {
        let found = [
            (self.gaps, "gaps"),
            (self.missing, "missing"),
            (self.duplicates, "duplicates"),
            (self.strays, "strays"),
            (self.miscounted, "miscounted joins"),
            (self.resyncs, "resyncs"),
            (self.revoked, "revoked"),
            (self.malformed, "malformed frames"),
        ];
        let words: Vec<_> = found
            .iter()
            .filter(|(times, _)| *times > 0)
            .map(|(times, what)| format!("{times} {what}"))
            .collect();
        if words.is_empty() { "none".into() } else { words.join(", ") }
    }
}

/// A listener's place in a room. It outlives the connection: that is what resuming means.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    epoch: Option<Box<str>>,
    last: u64,
    is_listening: bool,
}

impl Cursor {
    /// The last number heard, or that the first join began after.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// The epoch and number to resume from, once the room was joined.
    pub(crate) fn place(&self) -> Option<(&str, u64)> {
        self.epoch.as_deref().map(|epoch| (epoch, self.last))
    }

    /// A join was answered. A first join begins at the head; a later one of the same epoch stays where
    /// it was, so that missed events have to prove themselves; another epoch waits for a resync.
    pub(crate) fn joined(&mut self, epoch: &str, head: u64, missed: u64, faults: &mut Faults) {
        self.is_listening = true;
        match self.epoch.as_deref() {
            None => self.last = head,
            Some(same) if same == epoch => {
                if self.last.checked_add(missed) != Some(head) {
                    faults.miscounted += 1;
                }
            }
            Some(_) => {}
        }
        self.epoch = Some(epoch.into());
    }

    /// An event arrived under this number.
    pub(crate) fn heard(&mut self, seq: u64, faults: &mut Faults) {
        if !self.is_listening {
            faults.strays += 1;
        } else if seq <= self.last {
            faults.duplicates += 1;
        } else {
            let skipped = seq - self.last - 1;
            if skipped > 0 {
                faults.gaps += 1;
                faults.missing += skipped;
            }
            self.last = seq;
        }
    }

    /// The room goes on from here; what lies before is lost to this listener.
    pub(crate) fn resynced(&mut self, seq: u64, faults: &mut Faults) {
        faults.resyncs += 1;
        self.last = seq;
    }

    /// The connection ended: until the next join nothing may be heard.
    pub(crate) fn left(&mut self) {
        self.is_listening = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A listener who joined at 10 and hears these numbers.
    fn hears(numbers: &[u64]) -> Faults {
        let (mut cursor, mut faults) = (Cursor::default(), Faults::default());
        cursor.joined("e", 10, 0, &mut faults);
        numbers.iter().for_each(|seq| cursor.heard(*seq, &mut faults));
        faults
    }

    #[test]
    fn whole_numbers_are_clean() {
        assert!(hears(&[11, 12, 13]).is_clean());
    }

    #[test]
    fn a_gap_is_caught_with_its_size() {
        assert_eq!(hears(&[11, 15]), Faults { gaps: 1, missing: 3, ..Faults::default() });
        assert_eq!(hears(&[12]), Faults { gaps: 1, missing: 1, ..Faults::default() }, "the first counts too");
    }

    #[test]
    fn a_duplicate_is_caught() {
        assert_eq!(hears(&[11, 12, 12]), Faults { duplicates: 1, ..Faults::default() });
        assert_eq!(hears(&[10]), Faults { duplicates: 1, ..Faults::default() }, "it was before the join");
    }

    #[test]
    fn an_exchange_of_two_is_a_gap_and_a_duplicate() {
        assert_eq!(hears(&[12, 11]), Faults { gaps: 1, missing: 1, duplicates: 1, ..Faults::default() });
    }

    #[test]
    fn a_resumed_listener_hears_exactly_what_it_missed() {
        let (mut cursor, mut faults) = (Cursor::default(), Faults::default());
        cursor.joined("e", 10, 0, &mut faults);
        cursor.left();

        cursor.joined("e", 12, 2, &mut faults);
        cursor.heard(11, &mut faults);
        cursor.heard(12, &mut faults);

        assert!(faults.is_clean(), "{faults:?}");
        assert_eq!(cursor.place(), Some(("e", 12)));
    }

    #[test]
    fn a_resume_that_forgets_is_caught() {
        let (mut cursor, mut faults) = (Cursor::default(), Faults::default());
        cursor.joined("e", 10, 0, &mut faults);
        cursor.left();

        cursor.joined("e", 13, 0, &mut faults);
        cursor.heard(14, &mut faults);

        assert_eq!(faults, Faults { miscounted: 1, gaps: 1, missing: 3, ..Faults::default() });
    }

    #[test]
    fn another_epoch_goes_on_from_its_resync() {
        let (mut cursor, mut faults) = (Cursor::default(), Faults::default());
        cursor.joined("e", 10, 0, &mut faults);
        cursor.left();

        cursor.joined("f", 3, 0, &mut faults);
        cursor.resynced(3, &mut faults);
        cursor.heard(4, &mut faults);

        assert_eq!(faults, Faults { resyncs: 1, ..Faults::default() });
    }

    #[test]
    fn nothing_may_be_heard_after_leaving() {
        let (mut cursor, mut faults) = (Cursor::default(), Faults::default());
        cursor.joined("e", 10, 0, &mut faults);
        cursor.left();

        cursor.heard(11, &mut faults);

        assert_eq!(faults, Faults { strays: 1, ..Faults::default() });
    }
}
