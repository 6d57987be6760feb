//! A bounded memory of recent answers. Two generations: when the young one is full it becomes the old
//! one and the former old one is forgotten, so that forgetting costs nothing and needs no clock.

use parking_lot::Mutex;
use std::{collections::HashMap, hash::Hash};

/// Remembers at most `2 × half` values.
pub(crate) struct Recent<K, V> {
    half: usize,
    generations: Mutex<Generations<K, V>>,
}

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    /// Remembers about `most` values.
    pub(crate) fn new(most: usize) -> Self {
        let generations = Generations { young: HashMap::new(), old: HashMap::new() };
        Self { half: (most / 2).max(1), generations: Mutex::new(generations) }
    }

    /// The remembered value; asking for it keeps it for another generation.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.generations.lock();
        if let Some(value) = generations.young.get(key) {
            return Some(value.clone());
        }
        let value = generations.old.remove(key)?;
        generations.put(self.half, key.clone(), value.clone());
        Some(value)
    }

    pub(crate) fn put(&self, key: K, value: V) {
        self.generations.lock().put(self.half, key, value);
    }

    pub(crate) fn forget(&self, key: &K) {
        let mut generations = self.generations.lock();
        generations.young.remove(key);
        generations.old.remove(key);
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn put(&mut self, half: usize, key: K, value: V) {
        if self.young.len() >= half {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_never_holds_more_than_it_may_and_never_lies(keys in proptest::collection::vec(0_u8..40, 0..400)) {
            let recent = Recent::new(16);
            for key in keys {
                prop_assert!(recent.get(&key).is_none_or(|value| value == u32::from(key) * 7));
                recent.put(key, u32::from(key) * 7);
                prop_assert_eq!(recent.get(&key), Some(u32::from(key) * 7));
                let held = recent.generations.lock();
                prop_assert!(held.young.len() + held.old.len() <= 17);
            }
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let recent = Recent::new(4);
        recent.put("kept", 1);

        for key in ["a", "b", "c", "d", "e", "f"] {
            recent.put(key, 2);
            assert_eq!(recent.get(&"kept"), Some(1));
        }

        assert_eq!(recent.get(&"a"), None);
    }
}
