//! The open arrival model: when each thing is meant to happen, decided before anything is sent. A
//! schedule never looks at replies, so a slow server can't slow it down and thereby hide its slowness
//! (Tene, "How NOT to measure latency": coordinated omission).

use crate::number::float;
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How arrivals are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spacing {
    /// Independent people: exponential gaps, with the bursts that real crowds have.
    Poisson,
    /// A metronome: equal gaps.
    Even,
}

/// A rate kept up for a while.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// Arrivals a second.
    pub(crate) rate: f64,
    /// How long it is kept up, in seconds.
    pub(crate) seconds: f64,
    /// How the arrivals are spread.
    pub(crate) spacing: Spacing,
    /// The same seed gives the same instants.
    pub(crate) seed: u64,
}

impl Schedule {
    /// The instants, as microseconds after the start, in order.
    pub(crate) fn instants(self) -> impl Iterator<Item = u64> {
        let mut chance = SmallRng::seed_from_u64(self.seed);
        let rate = self.rate.max(f64::MIN_POSITIVE);
        let mut before = 0.0;
        (0_u64..).map_while(move |number| {
            let at = match self.spacing {
                // Not a sum of gaps, whose rounding would add up.
                Spacing::Even => float(number) / rate,
                // Inverse transform: 1 - u lies in (0, 1], so the logarithm is finite.
                Spacing::Poisson => before - (1.0 - chance.random::<f64>()).ln() / rate,
            };
            before = at;
            (at < self.seconds).then(|| micros(at))
        })
    }
}

/// Seconds as whole microseconds.
pub(crate) fn micros(seconds: f64) -> u64 {
    let exact = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    u64::try_from(exact.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::count;

    fn schedule(spacing: Spacing) -> Schedule {
        Schedule { rate: 5_000.0, seconds: 20.0, spacing, seed: 7 }
    }

    #[test]
    fn even_spacing_does_not_drift() {
        let instants: Vec<_> = schedule(Spacing::Even).instants().collect();

        assert_eq!(instants.len(), 100_000);
        assert!(instants[50_000].abs_diff(10_000_000) <= 2, "{}", instants[50_000]);
    }

    #[test]
    fn poisson_spacing_keeps_its_rate_and_has_exponential_gaps() {
        let instants: Vec<_> = schedule(Spacing::Poisson).instants().collect();

        // The number of arrivals has standard deviation √100,000 ≈ 316.
        assert!(instants.len().abs_diff(100_000) < 1_600, "{}", instants.len());
        let longer = instants.windows(2).filter(|pair| pair[1] - pair[0] > 200).count();
        let share = float(count(longer)) / float(count(instants.len()));
        assert!((share - (-1.0_f64).exp()).abs() < 0.01, "P(gap > mean) is 1/e, not {share}");
    }

    #[test]
    fn the_same_seed_gives_the_same_instants_in_order() {
        let once: Vec<_> = schedule(Spacing::Poisson).instants().collect();
        let again: Vec<_> = schedule(Spacing::Poisson).instants().collect();

        assert_eq!(once, again);
        assert!(once.is_sorted());
    }
}
