//! The servers that a crowd may turn to, and which of them the next connection goes to: the one with the fewest
//! of this crowd's own people that nobody was sent away from just now. That is what a balancer in front of them
//! does; without it, everybody who is sent away from one server after another would end up on the last.

use crate::clock::now_us;
use rand::Rng;
use std::{cell::Cell, net::SocketAddr, time::Duration};

/// How long a server is left alone after it broke a connection or took none.
pub(crate) const BROKEN: Duration = Duration::from_secs(1);
/// How long a server is left alone after it sent somebody away: it is about to end.
pub(crate) const LEAVING: Duration = Duration::from_secs(3);

struct Node {
    address: SocketAddr,
    people: Cell<u64>,
    shut_until_us: Cell<u64>,
    /// Nobody came in there since it was shut.
    is_doubted: Cell<bool>,
}

/// All servers.
pub(crate) struct Nodes(Vec<Node>);

impl Nodes {
    /// These, with nobody on them yet.
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        let node = |address: &SocketAddr| Node {
            address: *address,
            people: Cell::default(),
            shut_until_us: Cell::default(),
            is_doubted: Cell::default(),
        };
        Self(addresses.iter().map(node).collect())
    }

    /// Where the next one goes, and its number; whoever was on `before` goes elsewhere if there is an elsewhere.
    /// Among equals chance decides, so that people of one room do not fall into step with the servers.
    pub(crate) fn choose(&self, before: Option<usize>, chance: &mut impl Rng) -> Option<(usize, SocketAddr)> {
        let now = now_us();
        let rank = |(number, node): &(usize, &Node)| {
            let is_shut = node.shut_until_us.get() > now;
            (is_shut, before == Some(*number), node.people.get())
        };
        let least = self.0.iter().enumerate().map(|each| rank(&each)).min()?;
        let equals = || self.0.iter().enumerate().filter(|each| rank(each) == least);
        let (number, node) = equals().nth(chance.random_range(0..equals().count().max(1)))?;
        node.people.set(node.people.get() + 1);
        if node.is_doubted.get() {
            // One goes and looks; the others wait for what becomes of that.
            self.shut(number, BROKEN);
        }
        Some((number, node.address))
    }

    /// Somebody is not there any more.
    pub(crate) fn left(&self, number: usize) {
        if let Some(node) = self.0.get(number) {
            node.people.set(node.people.get().saturating_sub(1));
        }
    }

    /// Nobody shall go there for a while, unless there is nowhere else to go.
    pub(crate) fn shut(&self, number: usize, time: Duration) {
        if let Some(node) = self.0.get(number) {
            let until = now_us() + u64::try_from(time.as_micros()).unwrap_or_default();
            node.shut_until_us.set(node.shut_until_us.get().max(until));
            node.is_doubted.set(true);
        }
    }

    /// Somebody came in there.
    pub(crate) fn let_in(&self, number: usize) {
        if let Some(node) = self.0.get(number).filter(|node| node.is_doubted.take()) {
            node.shut_until_us.set(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::SmallRng};

    fn nodes(count: u16) -> (Nodes, SmallRng) {
        let addresses: Vec<_> = (1..=count).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect();
        (Nodes::new(&addresses), SmallRng::seed_from_u64(1))
    }

    #[test]
    fn people_are_spread_evenly_over_the_servers() {
        let (nodes, mut chance) = nodes(4);

        assert!((0..400).all(|_| nodes.choose(None, &mut chance).is_some()));

        assert!(nodes.0.iter().all(|node| node.people.get() == 100));
    }

    #[test]
    fn whoever_was_sent_away_goes_elsewhere_and_the_empty_one_fills_first() {
        let (nodes, mut chance) = nodes(3);
        assert!((0..9).all(|_| nodes.choose(None, &mut chance).is_some()));
        (0..3).for_each(|_| nodes.left(1));

        assert_eq!(nodes.choose(Some(0), &mut chance).unwrap().0, 1);
        nodes.shut(1, LEAVING);
        assert_ne!(nodes.choose(Some(0), &mut chance).unwrap().0, 1, "it is about to end");
    }

    #[test]
    fn one_goes_and_looks_whether_a_broken_server_is_back() {
        let (nodes, mut chance) = nodes(2);
        (0..8).for_each(|_| assert!(nodes.choose(None, &mut chance).is_some()));
        (0..4).for_each(|_| nodes.left(0));
        nodes.shut(0, Duration::ZERO);

        assert_eq!(nodes.choose(None, &mut chance).unwrap().0, 0, "the time is over");
        assert_eq!(nodes.choose(None, &mut chance).unwrap().0, 1, "somebody is looking");
        nodes.let_in(0);
        assert_eq!(nodes.choose(None, &mut chance).unwrap().0, 0, "it is back");
    }

    #[test]
    fn where_there_is_one_server_everybody_comes_back_to_it() {
        let (nodes, mut chance) = nodes(1);
        nodes.shut(0, BROKEN);

        assert_eq!(nodes.choose(Some(0), &mut chance).unwrap().0, 0);
        assert_eq!(Nodes::new(&[]).choose(None, &mut chance), None);
    }
}
