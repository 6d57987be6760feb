//! Who is there, and so where each room lives. A room's home is found by every node alone, by the same arithmetic
//! over the same list (rendezvous hashing, Thaler and Ravishankar 1998): when a node comes or goes, only its own
//! share of the rooms moves.

use super::{Home, Run};
use schema::room::RoomId;

/// A node that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// What the operator calls it.
    pub name: String,
    /// Its present run.
    pub run: Run,
    /// It is about to go and homes nothing any more.
    pub leaving: bool,
    /// The program's version.
    pub version: String,
    /// Where clients reach it.
    pub address: String,
}

/// Everybody who is there, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct View {
    members: Vec<Member>,
    /// What each name hashes to, in the same order.
    places: Vec<u64>,
}

impl View {
    pub(super) fn of(mut members: Vec<Member>) -> Self {
        members.sort_by(|a, b| a.name.cmp(&b.name));
        // The name and not the run: a node that was restarted gets its own rooms back.
        let places = members.iter().map(|member| hash(member.name.as_bytes())).collect();
        Self { members, places }
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Everybody as this run sees it: where a room lived at that moment.
    pub(crate) fn home_for(&self, me: Run, room: &RoomId) -> Home {
        match self.home(room) {
            Some(run) if run == me => Home::Here,
            Some(run) => Home::There(run),
            None => Home::Nowhere,
        }
    }

    pub(crate) fn has(&self, run: Run) -> bool {
        self.members.iter().any(|member| member.run == run)
    }

    /// The node that homes a room; `None` when nobody is there.
    pub(super) fn home(&self, room: &RoomId) -> Option<Run> {
        let room = hash(room.as_str().as_bytes());
        let score = |place: &u64| mix(room ^ place);
        let all = || self.members.iter().zip(&self.places);
        let staying = all().filter(|(member, _)| !member.leaving).max_by_key(|(_, place)| score(place));
        // Where everybody is going, somebody still has to be home.
        staying.or_else(|| all().max_by_key(|(_, place)| score(place))).map(|(member, _)| member.run)
    }
}

/// The same in every version of the program, or two nodes would look for a room in two places.
fn hash(bytes: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(bytes).as_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Spreads the bits of a number over all of it (the finalizer of `SplitMix64`).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn member(n: u64) -> Member {
        Member {
            name: format!("node-{n}"),
            run: Run::new(n + 1),
            leaving: false,
            version: String::new(),
            address: String::new(),
        }
    }

    fn room(n: u128) -> RoomId {
        RoomId::new("room", Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn only_the_rooms_of_a_node_that_goes_move(nodes in 2u64..20, gone in 0u64..20, rooms in proptest::collection::vec(any::<u128>(), 1..50)) {
            let gone = gone % nodes;
            let before = View::of((0..nodes).map(member).collect());
            let after = View::of((0..nodes).rev().filter(|n| *n != gone).map(member).collect());

            for n in rooms {
                let home = before.home(&room(n)).unwrap();
                if home != Run::new(gone + 1) {
                    prop_assert_eq!(after.home(&room(n)), Some(home));
                }
            }
        }
    }

    #[test]
    fn every_node_gets_about_its_share() {
        let view = View::of((0..16).map(member).collect());
        let mut share = [0; 16];

        for n in 0..16_000 {
            let run = view.home(&room(n)).unwrap();
            share[usize::try_from(run.number()).unwrap() - 1] += 1;
        }

        assert!(share.iter().all(|rooms| (850..1_150).contains(rooms)), "{share:?}");
    }

    #[test]
    fn a_node_that_is_leaving_homes_nothing_unless_nobody_else_is_there() {
        let leaving = |n| Member { leaving: true, ..member(n) };

        let view = View::of(vec![leaving(0), member(1)]);
        assert!((0..100).all(|n| view.home(&room(n)) == Some(Run::new(2))));

        let view = View::of(vec![leaving(0), leaving(1)]);
        assert!(view.home(&room(1)).is_some());
        assert_eq!(View::default().home(&room(1)), None);
    }
}
