//! The hearing end of links. Pieces of news are numbered by who sends them; a number that is missing means that
//! something was said and not heard, and its rooms are asked for.

use super::{
    Cluster, Run,
    wire::{Answer, Ask, Parcel},
};
use crate::env::Env;
use parking_lot::Mutex;
use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};
use tracing::debug;

/// How long a home may take to say where its rooms stand.
const MEND_WAIT: Duration = Duration::from_secs(2);
/// How often that is tried before every room of that home is attached anew.
const MEND_TRIES: u32 = 4;
/// A home that is not heard for so long, while it should say every other second that it is there, may have
/// forgotten us.
const SILENT_MS: u64 = 5_000;

#[derive(Default)]
struct Ear {
    /// The number of the next piece.
    next: u64,
    heard_at_ms: u64,
}

/// One for each home that we have attached to.
#[derive(Default)]
pub(super) struct Ears(Mutex<BTreeMap<Run, Ear>>);

impl Ears {
    /// A home will send us news.
    pub(super) fn open(&self, home: Run, now_ms: u64) {
        self.0.lock().entry(home).or_insert_with(|| Ear { next: 0, heard_at_ms: now_ms });
    }

    pub(super) fn retain(&self, keep: impl Fn(Run) -> bool) {
        self.0.lock().retain(|home, _| keep(*home));
    }

    /// Takes note of a parcel's numbers; answers the first stretch that is missing up to its end.
    fn hear(&self, parcel: &Parcel, now_ms: u64) -> Option<Range<u64>> {
        let mut ears = self.0.lock();
        let ear = ears.entry(parcel.from).or_default();
        ear.heard_at_ms = now_ms;
        let mut missing: Option<Range<u64>> = None;
        let ends = parcel.items.iter().map(|(number, _)| (*number, number + 1));
        for (number, next) in ends.chain([(parcel.next, parcel.next)]) {
            if number > ear.next {
                let first = missing.as_ref().map_or(ear.next, |missing| missing.start);
                missing = Some(first..number);
            }
            ear.next = ear.next.max(next);
        }
        missing
    }

    /// Homes that have not been heard for too long; each is given another while.
    pub(super) fn silent(&self, now_ms: u64) -> Vec<Run> {
        let mut ears = self.0.lock();
        let silent = ears.iter_mut().filter(|(_, ear)| now_ms.saturating_sub(ear.heard_at_ms) > SILENT_MS);
        silent
            .map(|(home, ear)| {
                ear.heard_at_ms = now_ms;
                *home
            })
            .collect()
    }
}

impl Cluster {
    /// Takes in news, and has what is missing mended.
    pub(super) fn hear(self: &Arc<Self>, env: &Arc<Env>, parcel: Parcel) {
        let missing = self.ears.hear(&parcel, self.clock.uptime_ms());
        let from = parcel.from;
        for (_, item) in parcel.items {
            self.take_in(env, &item);
        }
        #[cfg(feature = "flawed")]
        let missing = missing.filter(|_| !self.config.breaks(crate::Flaw::DeafToGaps));
        if let Some(missing) = missing {
            metrics::counter!("bus_gaps_total").increment(1);
            debug!(%from, ?missing, "news was lost");
            let (cluster, env) = (Arc::clone(self), Arc::clone(env));
            tokio::spawn(async move { cluster.mend(&env, from, missing).await });
        }
    }

    async fn mend(&self, env: &Env, home: Run, missing: Range<u64>) {
        for _ in 0..MEND_TRIES {
            let Some(me) = self.run() else { return };
            if !self.view.borrow().has(home) {
                return;
            }
            let ask = Ask::Mend { from: me, first: missing.start, end: missing.end };
            match self.ask(home, &ask, MEND_WAIT).await {
                Ok(Answer::Mended(Some(heads))) => {
                    for (room, seq) in heads {
                        env.audiences.head(&room, seq);
                    }
                    return;
                }
                Ok(Answer::Mended(None)) => break,
                _ => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
        env.audiences.attach_anew(home);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn parcel(numbers: &[u64], next: u64) -> Parcel {
        Parcel { from: Run::new(1), next, items: numbers.iter().map(|n| (*n, Bytes::new())).collect() }
    }

    #[test]
    fn a_missing_number_is_noticed_whether_something_or_nothing_follows() {
        let ears = Ears::default();

        assert_eq!(ears.hear(&parcel(&[0, 1], 2), 0), None);
        assert_eq!(ears.hear(&parcel(&[4], 5), 0), Some(2..4), "the next piece tells");
        assert_eq!(ears.hear(&parcel(&[], 7), 0), Some(5..7), "the beat tells of a lost last piece");
        assert_eq!(ears.hear(&parcel(&[3], 4), 0), None, "late ones are nothing new");
        assert_eq!(ears.hear(&parcel(&[7, 9, 12], 13), 0), Some(8..12), "one stretch over several holes");
    }

    #[test]
    fn a_silent_home_is_noticed_once_in_a_while() {
        let ears = Ears::default();
        ears.open(Run::new(1), 0);

        assert!(ears.silent(SILENT_MS).is_empty());
        assert_eq!(ears.silent(SILENT_MS + 1), [Run::new(1)]);
        assert!(ears.silent(SILENT_MS + 2).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_lost_lies_in_a_stretch_that_is_reported(lost in proptest::collection::vec(any::<bool>(), 1..40)) {
            let ears = Ears::default();
            let mut reported = Vec::new();
            let total = u64::try_from(lost.len()).unwrap();
            for (number, lost) in (0..).zip(&lost) {
                if !lost {
                    reported.extend(ears.hear(&parcel(&[number], number + 1), 0));
                }
            }
            reported.extend(ears.hear(&parcel(&[], total), 0));

            for (number, lost) in (0u64..).zip(&lost) {
                prop_assert_eq!(reported.iter().any(|range| range.contains(&number)), *lost);
            }
        }
    }
}
