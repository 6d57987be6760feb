//! The critical path: the chain of tasks, each waiting for the one before it, that takes longest. Pure. What waits in
//! a circle, which no project can hold, is on no path.

use std::collections::{BTreeMap, BTreeSet};

/// A task as the path sees it: how long it takes, in minutes.
pub(super) type Durations<K> = BTreeMap<K, u64>;

/// The longest chain, first task first. Of several as long as each other it is the one with the smallest names.
///
/// `waits` holds (task, what it waits for); pairs that name a task without a duration count for nothing.
pub(super) fn longest<K: Ord + Copy>(durations: &Durations<K>, waits: &[(K, K)]) -> Vec<K> {
    let known = |key: &K| durations.contains_key(key);
    let mut before: BTreeMap<K, BTreeSet<K>> = BTreeMap::new();
    let mut after: BTreeMap<K, BTreeSet<K>> = BTreeMap::new();
    for (task, first) in waits.iter().filter(|(task, first)| known(task) && known(first)) {
        before.entry(*task).or_default().insert(*first);
        after.entry(*first).or_default().insert(*task);
    }
    let mut open: BTreeMap<K, usize> =
        durations.keys().map(|key| (*key, before.get(key).map_or(0, BTreeSet::len))).collect();
    let mut ready: BTreeSet<K> = open.iter().filter(|(_, left)| **left == 0).map(|(key, _)| *key).collect();
    // How long the longest chain takes that ends with a task, and what comes before it there.
    let mut ends: BTreeMap<K, (u64, Option<K>)> = BTreeMap::new();
    while let Some(task) = ready.pop_first() {
        let earlier = before.get(&task).into_iter().flatten();
        let best = earlier.filter_map(|first| ends.get(first).map(|(length, _)| (*length, *first)));
        let best = best.fold(None, |best: Option<(u64, K)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        let own = durations.get(&task).copied().unwrap_or_default();
        let length = best.map_or(0, |(length, _)| length).saturating_add(own);
        ends.insert(task, (length, best.map(|(_, first)| first)));
        for next in after.get(&task).into_iter().flatten() {
            let left = open.entry(*next).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.insert(*next);
            }
        }
    }
    let mut last = ends.iter().fold(None, |best: Option<(u64, K)>, (key, (length, _))| match best {
        Some(best) if best.0 >= *length => Some(best),
        _ => Some((*length, *key)),
    });
    let mut path = Vec::new();
    while let Some((_, task)) = last {
        path.push(task);
        let earlier = ends.get(&task).and_then(|(_, first)| *first);
        last = earlier.map(|first| (0, first));
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The longest chain by walking all of them.
    fn by_force(durations: &Durations<u8>, waits: &[(u8, u8)]) -> u64 {
        fn from(task: u8, durations: &Durations<u8>, waits: &[(u8, u8)]) -> u64 {
            let earlier =
                waits.iter().filter(|(later, first)| *later == task && durations.contains_key(first));
            let longest = earlier.map(|(_, first)| from(*first, durations, waits)).max();
            durations[&task] + longest.unwrap_or(0)
        }
        durations.keys().map(|task| from(*task, durations, waits)).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_chain_takes_longer_and_each_task_waits_for_the_one_before(
            lengths in proptest::collection::vec(0u64..50, 0..9),
            pairs in proptest::collection::vec((0u8..9, 0u8..9), 0..20),
        ) {
            let durations: Durations<u8> = (0u8..).zip(lengths).collect();
            // Without circles: a task only waits for one with a smaller name.
            let waits: Vec<(u8, u8)> = pairs.into_iter().filter(|(later, first)| first < later).collect();

            let path = longest(&durations, &waits);

            prop_assert!(path.windows(2).all(|two| waits.contains(&(two[1], two[0]))));
            let length: u64 = path.iter().map(|task| durations[task]).sum();
            prop_assert_eq!(length, by_force(&durations, &waits));
        }
    }

    #[test]
    fn what_waits_in_a_circle_is_on_no_path() {
        let durations = Durations::from([(1, 5), (2, 5), (3, 4)]);

        assert_eq!(longest(&durations, &[(1, 2), (2, 1)]), [3]);
        assert!(longest::<u8>(&Durations::new(), &[]).is_empty());
    }
}
