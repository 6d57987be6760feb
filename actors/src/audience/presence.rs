//! Who is in a room: by person, however many sockets they have. Comings and goings are told once a
//! second as one difference; a crowd is told as a number.

use schema::id::UserId;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

#[derive(Default)]
pub(super) struct Presence {
    sockets: HashMap<UserId, u32>,
    joined: BTreeSet<UserId>,
    left: BTreeSet<UserId>,
}

impl Presence {
    /// A socket came; true when it is its person's first.
    pub(super) fn join(&mut self, user: UserId) -> bool {
        let sockets = self.sockets.entry(user).or_default();
        *sockets += 1;
        let first = *sockets == 1;
        if first && !self.left.remove(&user) {
            self.joined.insert(user);
        }
        first
    }

    /// A socket went; true when it was its person's last.
    pub(super) fn leave(&mut self, user: UserId) -> bool {
        let Some(sockets) = self.sockets.get_mut(&user) else { return false };
        *sockets -= 1;
        if *sockets > 0 {
            return false;
        }
        self.sockets.remove(&user);
        if !self.joined.remove(&user) {
            self.left.insert(user);
        }
        true
    }

    /// What a newcomer is told.
    pub(super) fn snapshot(&self, names_max: usize) -> Value {
        let count = self.sockets.len();
        if count > names_max {
            return json!({ "count": count });
        }
        let mut users: Vec<_> = self.sockets.keys().copied().collect();
        users.sort_unstable();
        json!({ "count": count, "users": users })
    }

    /// What happened since this was last asked, if anything did.
    pub(super) fn difference(&mut self, names_max: usize) -> Option<Value> {
        if self.joined.is_empty() && self.left.is_empty() {
            return None;
        }
        let (joined, left) = (std::mem::take(&mut self.joined), std::mem::take(&mut self.left));
        let count = self.sockets.len();
        if count > names_max {
            return Some(json!({ "name": "presence.diff", "count": count }));
        }
        Some(
            json!({ "name": "presence.diff", "count": count, "joined": joined, "left": left, "changed": [] }),
        )
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
        fn differences_add_up_to_the_snapshot(moves in proptest::collection::vec((0u8..4, any::<bool>(), any::<bool>()), 0..60)) {
            let mut presence = Presence::default();
            let mut sockets = [0u32; 4];
            let mut heard: BTreeSet<UserId> = BTreeSet::new();

            for (who, coming, look) in moves {
                let count = &mut sockets[usize::from(who)];
                if coming {
                    prop_assert_eq!(presence.join(user(who)), *count == 0);
                    *count += 1;
                } else if *count > 0 {
                    *count -= 1;
                    prop_assert_eq!(presence.leave(user(who)), *count == 0);
                }
                if look && let Some(diff) = presence.difference(100) {
                    let names = |field: &str| -> Vec<UserId> { serde_json::from_value(diff[field].clone()).unwrap() };
                    heard.extend(names("joined"));
                    for gone in names("left") {
                        prop_assert!(heard.remove(&gone), "left without having joined");
                    }
                }
            }

            if let Some(diff) = presence.difference(100) {
                heard.extend(serde_json::from_value::<Vec<UserId>>(diff["joined"].clone()).unwrap());
                for gone in serde_json::from_value::<Vec<UserId>>(diff["left"].clone()).unwrap() {
                    heard.remove(&gone);
                }
            }
            let there: BTreeSet<UserId> = (0..4u8).filter(|n| sockets[usize::from(*n)] > 0).map(user).collect();
            prop_assert_eq!(heard, there);
        }
    }
}
