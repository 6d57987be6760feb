//! When to come back: full jitter, so that ten thousand clients who were cut off together do not return
//! together (Brooker, "Exponential backoff and jitter").

use rand::Rng;
use std::time::Duration;

/// The longest first wait.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait of all.
const LONGEST: Duration = Duration::from_secs(30);

/// The wait before the nth attempt in a row, counted from zero: anything up to twice the last bound.
pub(crate) fn wait(attempt: u32, chance: &mut impl Rng) -> Duration {
    let bound = FIRST.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST);
    bound.mul_f64(chance.random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::SmallRng};

    #[test]
    fn waits_are_spread_up_to_their_bound() {
        let mut chance = SmallRng::seed_from_u64(1);

        for (attempt, bound_s) in [(0, 0.5), (1, 1.0), (5, 16.0), (6, 30.0), (60, 30.0)] {
            let waits: Vec<_> = (0..1_000).map(|_| wait(attempt, &mut chance).as_secs_f64()).collect();

            let (least, most) = waits.iter().fold((f64::MAX, 0.0), |(a, b), w| (w.min(a), w.max(b)));
            assert!(most <= bound_s && most > 0.95 * bound_s, "{attempt}: {most}");
            assert!(least < 0.05 * bound_s, "{attempt}: {least}");
        }
    }
}
