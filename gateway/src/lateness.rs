//! How late this server is: what is due now is done once all that was due before it is, and what is read is read once
//! the store has answered those before. Whoever comes in costs those who are in, so a server that is late lets
//! nobody new in until it has caught up.

use crate::door::Door;
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// How often it is measured.
const EVERY: Duration = Duration::from_millis(100);

/// How late the server lately was.
#[derive(Default)]
pub(crate) struct Lateness(AtomicU64);

impl Lateness {
    /// In milliseconds. A bad moment is forgotten within a second or two.
    pub(crate) fn ms(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn note(&self, late: Duration) {
        let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
        let faded = self.ms() * 3 / 4;
        self.0.store(late.max(faded), Ordering::Release);
    }
}

impl Door {
    /// Measures for as long as the door is there: a task that has nothing to do but to be on time.
    pub(crate) fn watch_lateness(self: &Arc<Self>) {
        let door = Arc::downgrade(self);
        tokio::spawn(measure(door));
    }

    /// Whether whoever is here already has to wait.
    pub(crate) fn is_late(&self) -> bool {
        self.lateness.ms() > self.config.socket.late_max_ms
    }
}

async fn measure(door: Weak<Door>) {
    loop {
        let due = Instant::now() + EVERY;
        sleep_until(due).await;
        let Some(door) = door.upgrade() else { return };
        door.lateness.note(due.elapsed().max(door.engine.node().store().take_wait()));
        metrics::gauge!("server_late_seconds").set(Duration::from_millis(door.lateness.ms()).as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_moment_is_forgotten_soon_but_not_at_once() {
        let lateness = Lateness::default();

        lateness.note(Duration::from_secs(4));
        lateness.note(Duration::from_millis(3));
        assert_eq!(lateness.ms(), 3_000);
        for _ in 0..20 {
            lateness.note(Duration::from_millis(3));
        }

        assert!(lateness.ms() < 15, "{}", lateness.ms());
    }
}
