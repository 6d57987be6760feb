//! How fast one connection may ask. A bucket of operations that fills with time, and a memory of how often
//! it was found empty: a client in a hurry is told so, one that goes on regardless is flooding.

use super::Config;

/// The bucket of one connection; full at first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Thousandths of an operation.
    credit: u32,
    at_ms: i64,
    refused: u16,
}

/// What an operation is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Go on.
    Go,
    /// Not now.
    Slower,
    /// Not any more.
    Flood,
}

const ONE: u32 = 1_000;

impl Pace {
    /// Takes one operation out of the bucket.
    pub(super) fn take(&mut self, now_ms: i64, config: &Config) -> Verdict {
        let full = config.ops_burst.saturating_mul(ONE);
        let elapsed = u32::try_from(now_ms.saturating_sub(self.at_ms).max(0)).unwrap_or(u32::MAX);
        self.at_ms = now_ms;
        self.credit = self.credit.saturating_add(elapsed.saturating_mul(config.ops_per_second)).min(full);
        if self.credit == full {
            self.refused = 0;
        }
        if let Some(left) = self.credit.checked_sub(ONE) {
            self.credit = left;
            return Verdict::Go;
        }
        self.refused = self.refused.saturating_add(1);
        if self.refused > config.flood_refusals { Verdict::Flood } else { Verdict::Slower }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_window_lets_more_through_than_burst_and_rate(gaps in prop::collection::vec(0_i64..200, 1..400)) {
            let config = Config { flood_refusals: u16::MAX, ..Config::default() };
            let (mut pace, mut now, mut passed) = (Pace::default(), 1_700_000_000_000, 0);
            let begun = now;

            for gap in gaps {
                now += gap;
                passed += i64::from(pace.take(now, &config) == Verdict::Go);
            }

            prop_assert!(passed <= 60 + (now - begun) * 30 / 1_000 + 1);
        }
    }

    #[test]
    fn a_client_that_goes_on_regardless_is_flooding_and_one_that_calms_down_is_not() {
        let config = Config { flood_refusals: 10, ..Config::default() };
        let (mut hasty, mut calm, now) = (Pace::default(), Pace::default(), 1_700_000_000_000);

        let verdicts: Vec<_> = (0..71).map(|_| hasty.take(now, &config)).collect();
        let before: Vec<_> = (0..70).map(|_| calm.take(now, &config)).collect();

        assert_eq!(
            verdicts[59..],
            [vec![Verdict::Go], vec![Verdict::Slower; 10], vec![Verdict::Flood]].concat()
        );
        assert_eq!(before.last(), Some(&Verdict::Slower));
        assert_eq!(calm.take(now + 10_000, &config), Verdict::Go);
        assert_eq!(calm.refused, 0);
    }
}
