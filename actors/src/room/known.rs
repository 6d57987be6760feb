//! What an awake room knows by heart, for those around it: where it ends, and a mark of each that was begun here or carried out within
//! the days that commands are kept. A command without a mark is new, and saying so takes no read; finding
//! nothing in the store would take several.

use super::Head;
use crate::own::Mark;
use hashbrown::HashSet;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Marks of one room. A room with more commands than this in two days looks in the store.
pub(super) const MARKS_MAX: usize = 4_096;

/// That a command was not carried out before, and who says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unseen(u64);

impl Unseen {
    /// The command has a name that nobody ever used.
    pub const EVER: Self = Self(u64::MAX);
    /// Nobody can tell: the room has to look.
    pub const UNKNOWN: Self = Self(0);

    pub(super) const fn word(self) -> u64 {
        self.0
    }

    pub(super) const fn from_word(word: u64) -> Self {
        Self(word)
    }
}

/// The knowledge of one waking of a room.
pub(crate) struct Known {
    waking: u64,
    marks: Mutex<Marks>,
    /// The last commit whose rows are all there; `None` before the log was read and after the room has left.
    head: Mutex<Option<Head>>,
}

enum Marks {
    /// The store was not read yet: what was begun since the waking.
    Some(HashSet<Mark>),
    All(HashSet<Mark>),
    TooMany,
}

impl Known {
    /// Of a room that is about to wake.
    pub(crate) fn new() -> Self {
        static WAKINGS: AtomicU64 = AtomicU64::new(1);
        let waking = WAKINGS.fetch_add(1, Ordering::Relaxed);
        Self { waking, marks: Mutex::new(Marks::Some(HashSet::new())), head: Mutex::new(None) }
    }

    /// A command is about to be sent to the room. What becomes of it, it is not new any more.
    pub(crate) fn begin(&self, mark: Mark) {
        let mut marks = self.marks.lock();
        if let Marks::Some(known) | Marks::All(known) = &mut *marks {
            known.insert(mark);
            if known.len() > MARKS_MAX {
                *marks = Marks::TooMany;
            }
        }
    }

    /// These are all that the store holds.
    pub(super) fn stored(&self, stored: &HashSet<Mark>) {
        let mut marks = self.marks.lock();
        if let Marks::Some(known) = &mut *marks {
            let mut known = std::mem::take(known);
            known.extend(stored);
            *marks = if known.len() > MARKS_MAX { Marks::TooMany } else { Marks::All(known) };
        }
    }

    /// The room is leaving: what is in flight now is not known here.
    pub(super) fn end(&self) {
        *self.marks.lock() = Marks::TooMany;
        *self.head.lock() = None;
    }

    /// The room ends here now.
    pub(super) fn ends_at(&self, head: Head) {
        *self.head.lock() = Some(head);
    }

    /// Where the room ends, while it is awake.
    pub(crate) fn head(&self) -> Option<Head> {
        *self.head.lock()
    }

    /// Whether this command is new. It stays so for whoever keeps others from running it meanwhile.
    pub(crate) fn vouch(&self, mark: Mark) -> Option<Unseen> {
        match &*self.marks.lock() {
            Marks::All(known) if !known.contains(&mark) => Some(Unseen(self.waking)),
            _ => None,
        }
    }

    /// Whether the word of this waking, or of nobody in need of one, was given.
    pub(super) const fn stands_by(&self, unseen: Unseen) -> bool {
        unseen.0 == self.waking || unseen.0 == Unseen::EVER.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(n: u64) -> Mark {
        Mark::of(&[[0; 8], n.to_be_bytes()].concat())
    }

    #[test]
    fn a_command_is_new_until_it_was_begun() {
        let known = Known::new();
        known.stored(&HashSet::from([mark(1)]));

        let word = known.vouch(mark(2)).unwrap();
        known.begin(mark(2));

        assert!(known.stands_by(word));
        assert_eq!(known.vouch(mark(1)), None);
        assert_eq!(known.vouch(mark(2)), None);
    }

    #[test]
    fn nothing_is_new_before_the_store_was_read_nor_after_the_room_has_left() {
        let known = Known::new();
        assert_eq!(known.vouch(mark(1)), None);

        known.stored(&HashSet::new());
        assert!(known.vouch(mark(1)).is_some());
        known.end();
        known.stored(&HashSet::new());

        assert_eq!(known.vouch(mark(1)), None);
    }

    #[test]
    fn the_word_of_another_waking_counts_for_nothing() {
        let (before, now) = (Known::new(), Known::new());
        before.stored(&HashSet::new());

        assert!(!now.stands_by(before.vouch(mark(1)).unwrap()));
        assert!(!now.stands_by(Unseen::UNKNOWN));
        assert!(now.stands_by(Unseen::EVER));
    }

    #[test]
    fn too_many_commands_are_not_remembered() {
        let known = Known::new();
        known.stored(&HashSet::new());

        for n in 0..=u64::try_from(MARKS_MAX).unwrap() {
            known.begin(mark(n));
        }

        assert_eq!(known.vouch(mark(u64::MAX)), None);
    }
}
