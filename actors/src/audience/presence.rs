//! Who is in a room: by person, however many sockets they have. Comings and goings are told as one difference
//! now and then; a crowd is told as a number.

use crate::Run;
use schema::id::UserId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// Who is in a room on one node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    /// When this was so, on that node's clock: an older one undoes nothing.
    pub(crate) at: u64,
    people: People,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum People {
    /// In order, each once.
    Names(Box<[UserId]>),
    /// Too many to be named.
    Count(usize),
}

impl Part {
    /// Nobody any more.
    pub(crate) fn nobody(at: u64) -> Self {
        Self { at, people: People::Names(Box::default()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names().is_empty() && self.nameless() == 0
    }

    fn has(&self, user: &UserId) -> bool {
        matches!(&self.people, People::Names(names) if names.binary_search(user).is_ok())
    }

    fn names(&self) -> &[UserId] {
        match &self.people {
            People::Names(names) => names,
            People::Count(_) => &[],
        }
    }

    /// Those who are not counted by their names.
    const fn nameless(&self) -> usize {
        match &self.people {
            People::Names(_) => 0,
            People::Count(count) => *count,
        }
    }
}

#[derive(Default)]
pub(super) struct Presence {
    sockets: HashMap<UserId, u32>,
    /// Who is here on the other nodes.
    elsewhere: Vec<(Run, Part)>,
    /// Who was here on nodes that are gone, and may be on the way back.
    missed: Vec<Missed>,
    joined: BTreeSet<UserId>,
    left: BTreeSet<UserId>,
    /// Something else happened that changes how many there are.
    stirred: bool,
}

/// The people of a node that is gone. Until then they count as here: most of them come back elsewhere, and a crash
/// shall not tell every room that people left and came.
struct Missed {
    until_ms: u64,
    names: BTreeSet<UserId>,
    /// Those who were not named.
    nameless: usize,
}

impl Presence {
    /// A socket came; true when it is its person's first, on whatever node.
    pub(super) fn join(&mut self, user: UserId) -> bool {
        let sockets = self.sockets.entry(user).or_default();
        *sockets += 1;
        let first = *sockets == 1 && !self.is_elsewhere(&user);
        if first {
            self.came(user);
        }
        self.is_back(&user);
        first
    }

    /// A socket went; true when it was its person's last, on whatever node.
    pub(super) fn leave(&mut self, user: UserId) -> bool {
        let Some(sockets) = self.sockets.get_mut(&user) else { return false };
        *sockets -= 1;
        if *sockets > 0 {
            return false;
        }
        self.sockets.remove(&user);
        let last = !self.is_elsewhere(&user);
        if last {
            self.went(user);
        }
        last
    }

    fn is_elsewhere(&self, user: &UserId) -> bool {
        self.elsewhere.iter().any(|(_, part)| part.has(user))
            || self.missed.iter().any(|missed| missed.names.contains(user))
    }

    /// From now on somebody is here as everybody else is.
    fn is_back(&mut self, user: &UserId) {
        for missed in &mut self.missed {
            missed.names.remove(user);
        }
    }

    fn came(&mut self, user: UserId) {
        if !self.left.remove(&user) {
            self.joined.insert(user);
        }
    }

    fn went(&mut self, user: UserId) {
        if !self.joined.remove(&user) {
            self.left.insert(user);
        }
    }

    /// Who is here on this node.
    pub(super) fn part(&self, at: u64, names_max: usize) -> Part {
        let people = if self.sockets.len() > names_max {
            People::Count(self.sockets.len())
        } else {
            let mut names: Vec<UserId> = self.sockets.keys().copied().collect();
            names.sort_unstable();
            People::Names(names.into())
        };
        Part { at, people }
    }

    /// Who is here on another node now.
    pub(super) fn put(&mut self, of: Run, part: Part) {
        let known = self.elsewhere.iter().position(|(run, _)| *run == of);
        if known.and_then(|at| self.elsewhere.get(at)).is_some_and(|(_, known)| known.at >= part.at) {
            return;
        }
        let before = known.map(|at| self.elsewhere.swap_remove(at).1);
        let is_new =
            |user: &&UserId| !before.as_ref().is_some_and(|before| before.has(user)) && !self.is_here(user);
        let came: Vec<UserId> = part.names().iter().filter(is_new).copied().collect();
        part.names().iter().for_each(|user| self.is_back(user));
        self.elsewhere.push((of, part));
        came.into_iter().for_each(|user| self.came(user));
        before.iter().for_each(|before| self.without(before.names().iter()));
        self.stirred = true;
    }

    /// Other nodes are gone. Whoever was here there is missed until then.
    pub(super) fn keep(&mut self, keep: impl Fn(Run) -> bool, until_ms: u64) {
        while let Some(at) = self.elsewhere.iter().position(|(run, _)| !keep(*run)) {
            let (_, gone) = self.elsewhere.swap_remove(at);
            let (names, nameless) = (gone.names().iter().copied().collect(), gone.nameless());
            self.missed.push(Missed { until_ms, names, nameless });
        }
    }

    /// Whether anybody is missed.
    pub(super) fn misses(&self) -> bool {
        !self.missed.is_empty()
    }

    /// Whoever was missed for too long has left.
    pub(super) fn give_up(&mut self, now_ms: u64) {
        while let Some(at) = self.missed.iter().position(|missed| missed.until_ms <= now_ms) {
            let gone = self.missed.swap_remove(at);
            self.without(gone.names.iter());
            self.stirred = true;
        }
    }

    /// What a node said before counts no longer: whoever is on no other node has left.
    fn without<'a>(&mut self, before: impl Iterator<Item = &'a UserId>) {
        let left: Vec<UserId> = before.filter(|user| !self.is_here(user)).copied().collect();
        left.into_iter().for_each(|user| self.went(user));
    }

    fn is_here(&self, user: &UserId) -> bool {
        self.sockets.contains_key(user) || self.is_elsewhere(user)
    }

    /// Whether they may be too many to be named; false is sure, and costs next to nothing.
    fn may_be_a_crowd(&self, names_max: usize) -> bool {
        let elsewhere = self.elsewhere.iter().map(|(_, part)| part.names().len() + part.nameless());
        let missed = self.missed.iter().map(|missed| missed.names.len() + missed.nameless);
        self.sockets.len() + elsewhere.chain(missed).sum::<usize>() > names_max
    }

    /// How many there are, and who, unless they are too many to be named.
    fn everybody(&self, names_max: usize) -> (usize, Option<BTreeSet<UserId>>) {
        let nameless = self.elsewhere.iter().map(|(_, part)| part.nameless());
        let nameless: usize = nameless.chain(self.missed.iter().map(|missed| missed.nameless)).sum();
        if self.elsewhere.is_empty() && !self.misses() && self.sockets.len() > names_max {
            return (self.sockets.len(), None);
        }
        let elsewhere = self.elsewhere.iter().flat_map(|(_, part)| part.names());
        let missed = self.missed.iter().flat_map(|missed| &missed.names);
        let names: BTreeSet<UserId> = self.sockets.keys().chain(elsewhere).chain(missed).copied().collect();
        let count = names.len() + nameless;
        (count, (count <= names_max && nameless == 0).then_some(names))
    }

    /// What a newcomer is told.
    pub(super) fn snapshot(&self, names_max: usize) -> Value {
        match self.everybody(names_max) {
            (count, Some(users)) => json!({ "count": count, "users": users }),
            (count, None) => json!({ "count": count }),
        }
    }

    /// What happened since this was last asked, if anything did.
    pub(super) fn difference(&mut self, names_max: usize) -> Option<Value> {
        let stirred = std::mem::take(&mut self.stirred);
        let (joined, left) = (std::mem::take(&mut self.joined), std::mem::take(&mut self.left));
        let nobody_moved = joined.is_empty() && left.is_empty();
        if nobody_moved && !(stirred && self.may_be_a_crowd(names_max)) {
            return None;
        }
        match self.everybody(names_max) {
            (_, Some(_)) if nobody_moved => None,
            (count, Some(_)) => Some(
                json!({ "name": "presence.diff", "count": count, "joined": joined, "left": left, "changed": [] }),
            ),
            (count, None) => Some(json!({ "name": "presence.diff", "count": count })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(n: u8) -> UserId {
        UserId::new(Uuid::from_u128(n.into()))
    }

    proptest! {
        #[test]
        fn differences_add_up_to_the_snapshot_whatever_other_nodes_say(
            moves in proptest::collection::vec((0u8..4, 0u64..4, any::<bool>(), any::<bool>()), 0..80),
        ) {
            let mut presence = Presence::default();
            let mut sockets = [[0u32; 4]; 4];
            let mut heard: BTreeSet<UserId> = BTreeSet::new();
            let named = |diff: &Value, field: &str| -> Vec<UserId> {
                serde_json::from_value(diff[field].clone()).unwrap()
            };

            for (turn, (who, node, coming, look)) in (1..).zip(moves) {
                let there = sockets.iter().any(|node| node[usize::from(who)] > 0);
                let of_node = &mut sockets[usize::try_from(node).unwrap()];
                let count = &mut of_node[usize::from(who)];
                match coming {
                    true => *count += 1,
                    false if *count == 0 => continue,
                    false => *count -= 1,
                }
                let names = (0..4u8).filter(|n| of_node[usize::from(*n)] > 0).map(user);
                let part = Part { at: turn, people: People::Names(names.collect()) };
                let still = sockets.iter().any(|node| node[usize::from(who)] > 0);
                match (node, coming) {
                    (0, true) => prop_assert_eq!(presence.join(user(who)), !there),
                    (0, false) => prop_assert_eq!(presence.leave(user(who)), !still),
                    // Every node but the first is another one; the last is gone whenever nobody is there.
                    (3, _) if part.names().is_empty() => {
                        presence.keep(|run| run != Run::new(3), 0);
                        presence.give_up(0);
                    }
                    _ => presence.put(Run::new(node), part),
                }
                if look && let Some(diff) = presence.difference(100) {
                    heard.extend(named(&diff, "joined"));
                    for gone in named(&diff, "left") {
                        prop_assert!(heard.remove(&gone), "left without having joined");
                    }
                    prop_assert_eq!(diff["count"].as_u64(), u64::try_from(heard.len()).ok());
                }
            }

            if let Some(diff) = presence.difference(100) {
                heard.extend(named(&diff, "joined"));
                for gone in named(&diff, "left") {
                    heard.remove(&gone);
                }
            }
            let somewhere = |n: &u8| sockets.iter().any(|node| node[usize::from(*n)] > 0);
            let there: BTreeSet<UserId> = (0..4u8).filter(somewhere).map(user).collect();
            prop_assert_eq!(&heard, &there);
            prop_assert_eq!(presence.snapshot(100)["users"].clone(), serde_json::to_value(&there).unwrap());
        }
    }

    #[test]
    fn people_of_a_node_that_is_gone_leave_only_if_they_do_not_come_back() {
        let mut presence = Presence::default();
        let part =
            |at, names: &[u8]| Part { at, people: People::Names(names.iter().copied().map(user).collect()) };
        presence.put(Run::new(1), part(1, &[1, 2, 3]));
        presence.difference(100);

        presence.keep(|_| false, 15_000);
        assert_eq!(presence.snapshot(100)["count"], 3);
        assert!(!presence.join(user(1)), "nobody saw him leave");
        presence.put(Run::new(2), part(2, &[2]));
        presence.give_up(14_999);
        assert_eq!(presence.difference(100), None);
        presence.give_up(15_000);

        let difference = presence.difference(100).unwrap();
        assert_eq!((&difference["count"], &difference["left"]), (&json!(2), &json!([user(3)])));
        assert!(!presence.misses());
        assert!(presence.leave(user(1)), "who is back leaves as everybody does");
    }

    #[test]
    fn an_older_word_of_a_node_undoes_no_newer_one() {
        let mut presence = Presence::default();
        let part =
            |at, names: &[u8]| Part { at, people: People::Names(names.iter().map(|n| user(*n)).collect()) };

        presence.put(Run::new(1), part(5, &[1, 2]));
        presence.put(Run::new(1), part(4, &[]));

        assert_eq!(presence.snapshot(100)["count"], 2);
    }

    #[test]
    fn a_crowd_over_several_nodes_is_a_number() {
        let mut presence = Presence::default();
        presence.join(user(1));
        presence.put(Run::new(1), Part { at: 1, people: People::Count(500) });

        assert_eq!(presence.difference(100), Some(json!({ "name": "presence.diff", "count": 501 })));
        assert_eq!(presence.snapshot(100), json!({ "count": 501 }));
    }
}
