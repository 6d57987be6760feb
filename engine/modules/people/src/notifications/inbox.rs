//! How an inbox is counted. Reading everything at once is one fact, "all up to this number", and no
//! row need change for it to hold: whoever asks whether something is read asks the fact too. A fact holds for what
//! was unread when it came to be: whatever becomes unread again later is of a later turn. Pure.

use super::tables::{Inbox, Notification, ReadThrough};
use schema::{id::UserId, time::Timestamp};
use std::collections::BTreeMap;

/// Notifications of an hour; what comes beyond becomes one that stands for many. It is what somebody can still read.
pub(super) const HOURLY_MAX: u32 = 60;
/// Facts that are kept of a kind: each but the first is about an instant before that of another one.
const FACTS_MAX: usize = 20;
const HOUR_SECONDS: i64 = 3_600;

impl Inbox {
    /// Of somebody who never got anything.
    #[must_use]
    pub const fn of(recipient_id: UserId) -> Self {
        Self {
            recipient_id,
            unread: BTreeMap::new(),
            read: Vec::new(),
            read_of: BTreeMap::new(),
            turn: 0,
            hour: None,
            came: 0,
            version: 0,
        }
    }

    /// How many are unread.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.unread.values().sum()
    }

    /// When a notification was read together with others, if it was.
    #[must_use]
    pub fn read_at(&self, notification: &Notification) -> Option<Timestamp> {
        // What is out of sight is not read with the rest.
        if notification.snoozed_until.is_some() || notification.archived_at.is_some() {
            return None;
        }
        let of_category = self.read_of.get(&notification.category);
        let facts = self.read.iter().chain(of_category.into_iter().flatten());
        let covers =
            |fact: &&ReadThrough| notification.number <= fact.number && notification.turn < fact.turn;
        facts.filter(covers).map(|fact| fact.at).min()
    }

    /// Whether a notification counts as unread.
    #[must_use]
    pub fn counts(&self, notification: &Notification) -> bool {
        notification.is_waiting() && self.read_at(notification).is_none()
    }

    /// The counts after a notification changed, came (there was none) or went (there is none).
    #[must_use]
    pub fn after(&self, old: Option<&Notification>, new: Option<&Notification>) -> Self {
        let mut after = self.clone();
        if let Some(old) = old.filter(|old| self.counts(old))
            && let Some(unread) = after.unread.get_mut(&old.category)
        {
            *unread = unread.saturating_sub(1);
        }
        if let Some(new) = new.filter(|new| self.counts(new)) {
            *after.unread.entry(new.category.clone()).or_default() += 1;
        }
        after.unread.retain(|_, unread| *unread > 0);
        after
    }

    /// The same after one more came within its hour.
    #[must_use]
    pub fn one_more_came(&self, now: Timestamp) -> Self {
        let this = self.hour.filter(|began| began.plus_seconds(HOUR_SECONDS) > now);
        let came = if this.is_some() { self.came.saturating_add(1) } else { 1 };
        Self { hour: this.or(Some(now)), came, ..self.clone() }
    }

    /// True when as many came within the hour as somebody can read.
    #[must_use]
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.came >= HOURLY_MAX && self.hour.is_some_and(|began| began.plus_seconds(HOUR_SECONDS) > now)
    }

    /// True when so many facts of ever fewer were put on each other that the next must be about all.
    #[must_use]
    pub fn is_patchy(&self) -> bool {
        self.read.len() >= FACTS_MAX || self.read_of.values().any(|facts| facts.len() >= FACTS_MAX)
    }

    /// After everything up to a number was read, of one category or of all. `left` are the categories of
    /// the unread notifications that came later.
    #[must_use]
    pub fn read_through<'a>(
        &self,
        fact: ReadThrough,
        category: Option<&str>,
        left: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut after = self.clone();
        after.turn += 1;
        let fact = ReadThrough { turn: after.turn, ..fact };
        let facts = match category {
            Some(category) => {
                after.unread.remove(category);
                after.read_of.entry(category.to_owned()).or_default()
            }
            None => {
                after.unread.clear();
                &mut after.read
            }
        };
        // A later fact says all that an earlier one said of fewer.
        facts.retain(|known| known.number > fact.number);
        facts.push(fact);
        for left in left.into_iter().filter(|left| category.is_none_or(|category| category == *left)) {
            *after.unread.entry(left.to_owned()).or_default() += 1;
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{option, prelude::*};

    const CATEGORIES: [&str; 3] = ["project", "meeting", "security"];

    const READ: Timestamp = Timestamp::from_ms(1);

    /// What may be done to an inbox.
    #[derive(Clone, Debug)]
    enum Act {
        Come(usize),
        Read(usize),
        Unread(usize),
        Snooze(usize),
        Wake(usize),
        Archive(usize),
        Unarchive(usize),
        Remove(usize),
        ReadAll(usize, Option<usize>),
    }

    fn act() -> impl Strategy<Value = Act> {
        let some = || 0..30_usize;
        prop_oneof![
            4 => (0..3_usize).prop_map(Act::Come),
            1 => some().prop_map(Act::Read),
            1 => some().prop_map(Act::Unread),
            1 => some().prop_map(Act::Snooze),
            1 => some().prop_map(Act::Wake),
            1 => some().prop_map(Act::Archive),
            1 => some().prop_map(Act::Unarchive),
            1 => some().prop_map(Act::Remove),
            1 => (some(), option::of(0..3_usize)).prop_map(|(to, of)| Act::ReadAll(to, of)),
        ]
    }

    /// A notification kept the slow way: what its person would say of it.
    #[derive(Clone, Debug, Default)]
    struct Slow {
        read: bool,
        snoozed: bool,
        archived: bool,
    }

    /// The inbox with its rows, and beside them the same kept the slow way.
    struct Kept {
        inbox: Inbox,
        rows: Vec<Option<(Notification, Slow)>>,
    }

    impl Kept {
        /// Changes a row as an operation does, and what its person would say.
        fn edit(&mut self, at: usize, row: impl Fn(&Inbox, &mut Notification), slow: impl Fn(&mut Slow)) {
            let inbox = self.inbox.clone();
            let Some((old, said)) = self.rows.get_mut(at).and_then(Option::as_mut) else { return };
            let mut new = old.clone();
            row(&inbox, &mut new);
            slow(said);
            self.inbox = inbox.after(Some(old), Some(&new));
            *old = new;
        }

        fn act(&mut self, act: Act) {
            match act {
                Act::Come(of) => {
                    let number = u64::try_from(self.rows.len()).unwrap() + 1;
                    let category = CATEGORIES[of].to_owned();
                    let new =
                        Notification { number, category, turn: self.inbox.turn, ..Notification::default() };
                    self.inbox = self.inbox.after(None, Some(&new));
                    self.rows.push(Some((new, Slow::default())));
                }
                Act::Read(which) => {
                    self.edit(which, |inbox, row| *row = row.read(inbox, READ), |slow| slow.read = true);
                }
                Act::Unread(which) => {
                    self.edit(which, |inbox, row| *row = row.unread_again(inbox), |slow| slow.read = false)
                }
                Act::Snooze(which) => self.edit(
                    which,
                    |inbox, row| *row = row.snoozed(inbox, Timestamp::from_ms(9)),
                    |slow| slow.snoozed = true,
                ),
                Act::Wake(which) => {
                    self.edit(which, |inbox, row| *row = row.woken(inbox), |slow| slow.snoozed = false)
                }
                Act::Archive(which) => {
                    self.edit(which, |inbox, row| *row = row.aside(inbox, READ), |slow| slow.archived = true);
                }
                Act::Unarchive(which) => self.edit(
                    which,
                    |inbox, row| *row = row.back_in_sight(inbox),
                    |slow| slow.archived = false,
                ),
                Act::Remove(which) => {
                    let Some((old, _)) = self.rows.get_mut(which).and_then(Option::take) else { return };
                    self.inbox = self.inbox.after(Some(&old), None);
                }
                Act::ReadAll(to, of) => self.read_all(to.min(self.rows.len()), of.map(|of| CATEGORIES[of])),
            }
        }

        fn read_all(&mut self, to: usize, of: Option<&str>) {
            let number = u64::try_from(to).unwrap();
            let later = self.rows.iter().skip(to).flatten().map(|(row, _)| row.clone());
            let left: Vec<String> =
                later.filter(|row| self.inbox.counts(row)).map(|row| row.category).collect();
            let fact = ReadThrough { number, ..ReadThrough::default() };
            self.inbox = self.inbox.read_through(fact, of, left.iter().map(String::as_str));
            for (row, slow) in self.rows.iter_mut().take(to).flatten() {
                let waits = !slow.snoozed && !slow.archived;
                slow.read |= waits && of.is_none_or(|of| of == row.category);
            }
        }
    }

    proptest! {
        #[test]
        fn the_counts_are_those_of_the_unread_whatever_is_done(acts in proptest::collection::vec(act(), 0..80)) {
            let mut kept = Kept { inbox: Inbox::of(UserId::NIL), rows: Vec::new() };
            for act in acts {
                kept.act(act);
                let mut counted = BTreeMap::new();
                for (row, slow) in kept.rows.iter().flatten() {
                    let waits = !slow.read && !slow.snoozed && !slow.archived;
                    prop_assert_eq!(kept.inbox.counts(row), waits, "{:?} {:?}", row, slow);
                    if waits {
                        *counted.entry(row.category.clone()).or_insert(0) += 1;
                    }
                }
                prop_assert_eq!(&kept.inbox.unread, &counted);
            }
        }

        #[test]
        fn no_hour_brings_more_than_its_share(gaps in proptest::collection::vec(0_i64..600, 0..300)) {
            let (mut inbox, mut now) = (Inbox::of(UserId::NIL), Timestamp::from_ms(0));
            let mut came: Vec<Timestamp> = Vec::new();
            for gap in gaps {
                now = now.plus_seconds(gap);
                if !inbox.is_full(now) {
                    inbox = inbox.one_more_came(now);
                    came.push(now);
                }
                let began = inbox.hour.unwrap();
                let within = came.iter().filter(|at| **at >= began).count();
                prop_assert!(within <= usize::try_from(HOURLY_MAX).unwrap());
            }
        }
    }
}
