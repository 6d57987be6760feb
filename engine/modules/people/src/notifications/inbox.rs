//! How an inbox is counted. Reading everything at once is one fact, "all up to this number", and no
//! row need change for it to hold: whoever asks whether something is read asks the fact too. Pure.

use super::tables::{Inbox, ReadThrough};
use schema::{id::UserId, time::Timestamp};
use std::collections::BTreeMap;

impl Inbox {
    /// Of somebody who never got anything.
    #[must_use]
    pub const fn of(recipient_id: UserId) -> Self {
        Self { recipient_id, unread: BTreeMap::new(), read: None, read_of: BTreeMap::new(), version: 0 }
    }

    /// How many are unread.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.unread.values().sum()
    }

    /// When a notification of this number was read together with others, if it was.
    #[must_use]
    pub fn read_at(&self, number: u64, category: &str) -> Option<Timestamp> {
        let facts = self.read.iter().chain(self.read_of.get(category));
        facts.filter(|fact| number <= fact.number).map(|fact| fact.at).min()
    }

    /// After one more came.
    #[must_use]
    pub fn with_one_more(&self, category: &str) -> Self {
        let mut after = self.clone();
        *after.unread.entry(category.to_owned()).or_default() += 1;
        after
    }

    /// After one that was unread was read.
    #[must_use]
    pub fn with_one_less(&self, category: &str) -> Self {
        let mut after = self.clone();
        if let Some(unread) = after.unread.get_mut(category) {
            *unread = unread.saturating_sub(1);
        }
        after.unread.retain(|_, unread| *unread > 0);
        after
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
        match category {
            Some(category) => {
                after.unread.remove(category);
                let known = after.read_of.entry(category.to_owned()).or_insert(fact);
                *known = ReadThrough { number: known.number.max(fact.number), ..fact };
            }
            None => {
                after.unread.clear();
                let number = after.read.map_or(fact.number, |known| known.number.max(fact.number));
                after.read = Some(ReadThrough { number, ..fact });
            }
        }
        for left in left.into_iter().filter(|left| category.is_none_or(|category| category == *left)) {
            *after.unread.entry(left.to_owned()).or_default() += 1;
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CATEGORIES: [&str; 3] = ["project", "meeting", "security"];

    /// What a person may do to an inbox.
    #[derive(Clone, Debug)]
    enum Act {
        Come(usize),
        Read(usize),
        ReadAll(usize, Option<usize>),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            3 => (0..3_usize).prop_map(Act::Come),
            1 => (0..40_usize).prop_map(Act::Read),
            1 => (0..40_usize, proptest::option::of(0..3_usize)).prop_map(|(to, of)| Act::ReadAll(to, of)),
        ]
    }

    /// An inbox kept the slow way beside the counted one: category and whether read, by number from 1.
    #[derive(Default)]
    struct Model(Vec<(usize, bool)>);

    impl Model {
        fn unread_after(&self, number: usize) -> Vec<&'static str> {
            self.0.iter().skip(number).filter(|(_, read)| !read).map(|(of, _)| CATEGORIES[*of]).collect()
        }
    }

    proptest! {
        #[test]
        fn the_counts_are_those_of_the_unread_whatever_is_done(acts in proptest::collection::vec(act(), 0..60)) {
            let (mut inbox, mut model) = (Inbox::of(UserId::NIL), Model::default());
            for act in acts {
                match act {
                    Act::Come(of) => {
                        model.0.push((of, false));
                        inbox = inbox.with_one_more(CATEGORIES[of]);
                    }
                    Act::Read(at) => {
                        if let Some((of, read)) = model.0.get_mut(at).filter(|(_, read)| !read) {
                            *read = true;
                            inbox = inbox.with_one_less(CATEGORIES[*of]);
                        }
                    }
                    Act::ReadAll(to, of) => {
                        let to = to.min(model.0.len());
                        let fact = ReadThrough { number: u64::try_from(to).unwrap(), at: Timestamp::default() };
                        let left = model.unread_after(to);
                        inbox = inbox.read_through(fact, of.map(|of| CATEGORIES[of]), left);
                        for (category, read) in model.0.iter_mut().take(to) {
                            *read |= of.is_none_or(|of| of == *category);
                        }
                    }
                }
                let mut counted = BTreeMap::new();
                for category in model.unread_after(0) {
                    *counted.entry(category.to_owned()).or_insert(0) += 1;
                }
                prop_assert_eq!(&inbox.unread, &counted);
                for (at, (of, read)) in model.0.iter().enumerate() {
                    let by_fact = inbox.read_at(u64::try_from(at + 1).unwrap(), CATEGORIES[*of]).is_some();
                    prop_assert!(*read || !by_fact, "an unread one is taken for read");
                }
            }
        }
    }
}
