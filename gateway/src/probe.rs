//! Looks every half minute how the server is and tells its operators when something has not been well for a while, and
//! when it is again. One server does it for all: the one where the operators' room lives.

use crate::{door::Door, house::store_works};
use engine::{Engine, Error};
use people::alerts::{Topic, platform, raise_health, was_degraded};
use schema::time::Timestamp;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// What is looked at.
const COMPONENTS: [&str; 2] = ["store", "response_times"];
/// Results of one kind that are believed, and not one by itself.
const IN_A_ROW: u32 = 3;
/// A store that answers later than this does not answer.
const STORE_WAIT: Duration = Duration::from_secs(5);

/// What was seen of one component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Record {
    /// What operators believe.
    degraded: bool,
    /// Results in a row that say otherwise, and when the first of them came.
    against: u32,
    since: Timestamp,
}

impl Record {
    const fn new(degraded: bool, now: Timestamp) -> Self {
        Self { degraded, against: 0, since: now }
    }

    /// Takes one result in; answers whether operators have to be told that it is otherwise than they believe.
    fn note(&mut self, well: bool, now: Timestamp) -> bool {
        if well != self.degraded {
            self.against = 0;
            return false;
        }
        if self.against == 0 {
            self.since = now;
        }
        self.against = self.against.saturating_add(1);
        self.against >= IN_A_ROW
    }

    /// They were told.
    const fn told(&mut self) {
        (self.degraded, self.against) = (!self.degraded, 0);
    }
}

impl Door {
    /// Probes for as long as the door is there.
    pub(crate) fn watch_health(self: &Arc<Self>) {
        tokio::spawn(probe(Arc::downgrade(self)));
    }
}

async fn probe(door: Weak<Door>) {
    let Some(every) = door.upgrade().map(|door| Duration::from_millis(door.config.health_probe_ms)) else {
        return;
    };
    let mut records: Option<Vec<Record>> = None;
    loop {
        sleep(every).await;
        let Some(door) = door.upgrade() else { return };
        let now = door.engine.node().clock().now();
        if door.is_closing() || !door.engine.node().homes(&platform(Topic::Health)) {
            // Another one believes something else by now.
            records = None;
            continue;
        }
        let known = match records.take() {
            Some(known) => Ok(known),
            None => believed(&door.engine, now).await,
        };
        let mut known = match known {
            Ok(known) => known,
            Err(error) => {
                warn!(%error, "it can't be read what operators believe");
                continue;
            }
        };
        let store = timeout(STORE_WAIT, store_works(&door.engine)).await;
        let results = [store.is_ok_and(|works| works.is_ok()), !door.is_late()];
        for ((component, record), well) in COMPONENTS.iter().zip(&mut known).zip(results) {
            if !record.note(well, now) {
                continue;
            }
            // A store that takes nothing takes this neither: it is said again until it is taken.
            match raise_health(&door.engine, component, !well, record.since).await {
                Ok(()) => {
                    info!(component, degraded = !well, "told operators how it is");
                    record.told();
                }
                Err(error) => warn!(component, %error, "operators can't be told how it is"),
            }
        }
        records = Some(known);
    }
}

/// What operators believe of each component: they may have been told by another server, or before a restart.
async fn believed(engine: &Engine, now: Timestamp) -> Result<Vec<Record>, Error> {
    let mut records = Vec::new();
    for component in COMPONENTS {
        records.push(Record::new(was_degraded(engine, component).await?, now));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_results_in_a_row_are_told_once_and_less_is_a_bad_moment() {
        let at = Timestamp::from_ms;
        let mut record = Record::new(false, at(0));
        let mut note = |well, ms| {
            let told = record.note(well, at(ms));
            if told {
                record.told();
            }
            (told, record.since.ms())
        };

        let bad_moment = [note(false, 1), note(false, 2), note(true, 3)];
        let degraded = [note(false, 4), note(false, 5), note(false, 6), note(false, 7)];
        let recovered = [note(true, 8), note(true, 9), note(true, 10)];

        assert!(bad_moment.iter().all(|(told, _)| !told));
        assert_eq!(degraded.map(|(told, _)| told), [false, false, true, false]);
        assert_eq!(degraded[2].1, 4, "since the first of them");
        assert_eq!(recovered.map(|(told, _)| told), [false, false, true]);
    }
}
