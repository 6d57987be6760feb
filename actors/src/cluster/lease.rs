//! By what right this node acts as a home: it was seen in the store lately, and it still hears itself on the wire.
//! Both are instants on its own clock, looked at before every act, so that a process that was stopped for a minute
//! knows it at once when it goes on.

use super::Run;
use std::sync::atomic::{AtomicU64, Ordering};

/// The right to act, and until when.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// The present run; 0 while there is none.
    run: AtomicU64,
    /// When the row in the store was last moved, as of the moment before it was asked for.
    renewed_at_ms: AtomicU64,
    /// When the last message that came back from the wire was sent.
    heard_at_ms: AtomicU64,
}

/// Whether a node may act, and if not, what it misses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It takes part.
    Present,
    /// It is not in yet, or is in between two runs.
    Apart,
    /// The store did not take its sign of life.
    WithoutStore,
    /// It does not hear itself on the wire.
    WithoutBus,
}

/// How long a sign of life lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) lease_ms: u64,
    pub(super) silent_ms: u64,
}

impl Lease {
    pub(super) fn begin(&self, run: Run, now_ms: u64) {
        self.heard_at_ms.store(now_ms, Ordering::Release);
        self.renewed_at_ms.store(now_ms, Ordering::Release);
        self.run.store(run.number(), Ordering::Release);
    }

    /// Ends the run; true if there was one.
    pub(super) fn end(&self) -> bool {
        self.run.swap(0, Ordering::AcqRel) != 0
    }

    pub(super) fn run(&self) -> Option<Run> {
        Some(Run::new(self.run.load(Ordering::Acquire))).filter(|run| run.number() != 0)
    }

    /// The store took a sign of life that was begun at this instant. A lease that was over by then is over.
    pub(super) fn renewed(&self, run: Run, begun_ms: u64, lease_ms: u64) {
        let since = begun_ms.saturating_sub(self.renewed_at_ms.load(Ordering::Acquire));
        if self.run() == Some(run) && since < lease_ms {
            self.renewed_at_ms.fetch_max(begun_ms, Ordering::AcqRel);
        }
    }

    /// A message to ourselves that was sent at this instant came back.
    pub(super) fn heard(&self, sent_ms: u64) {
        self.heard_at_ms.fetch_max(sent_ms, Ordering::AcqRel);
    }

    pub(super) fn standing(&self, now_ms: u64, terms: Terms) -> Standing {
        let since = |at: &AtomicU64| now_ms.saturating_sub(at.load(Ordering::Acquire));
        if self.run().is_none() {
            Standing::Apart
        } else if since(&self.renewed_at_ms) >= terms.lease_ms {
            Standing::WithoutStore
        } else if since(&self.heard_at_ms) >= terms.silent_ms {
            Standing::WithoutBus
        } else {
            Standing::Present
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { lease_ms: 8_000, silent_ms: 2_000 };

    #[test]
    fn a_node_is_present_while_the_store_and_the_wire_both_know_it() {
        let (lease, run) = (Lease::default(), Run::new(7));
        assert_eq!(lease.standing(0, TERMS), Standing::Apart);

        lease.begin(run, 1_000);
        assert_eq!(lease.standing(2_999, TERMS), Standing::Present);
        assert_eq!(lease.standing(3_000, TERMS), Standing::WithoutBus);

        lease.heard(9_500);
        assert_eq!(lease.standing(9_600, TERMS), Standing::WithoutStore);
        lease.renewed(run, 8_900, TERMS.lease_ms);
        assert_eq!(lease.standing(9_600, TERMS), Standing::Present);
    }

    #[test]
    fn a_lease_that_is_over_is_not_renewed() {
        let (lease, run) = (Lease::default(), Run::new(7));
        lease.begin(run, 1_000);

        lease.renewed(run, 9_000, TERMS.lease_ms);
        lease.heard(9_000);

        assert_eq!(lease.standing(9_000, TERMS), Standing::WithoutStore);
    }

    #[test]
    fn a_sign_of_life_of_another_run_renews_nothing() {
        let lease = Lease::default();
        lease.begin(Run::new(1), 0);

        lease.renewed(Run::new(2), 7_000, TERMS.lease_ms);
        lease.heard(8_000);

        assert_eq!(lease.standing(8_000, TERMS), Standing::WithoutStore);
        assert!(lease.end() && !lease.end());
    }
}
