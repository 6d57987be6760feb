//! Durations, kept as an HdrHistogram in microseconds (three significant digits, up to ten minutes).
//! Children send theirs as base64 of the V2 deflate format, so a report's histograms can be opened by
//! any HdrHistogram tool. Nothing is averaged: percentiles are read only after merging counts.

use crate::number::count;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::serialization::{Deserializer as Reader, Serializer as _, V2DeflateSerializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// The longest duration told apart: whatever takes longer is counted as this.
const LONGEST_US: u64 = 600_000_000;

/// The percentiles every report shows.
const SHOWN: [f64; 4] = [0.50, 0.95, 0.99, 0.999];

/// A distribution of durations.
#[derive(Clone, Debug)]
pub(crate) struct Histogram(hdrhistogram::Histogram<u64>);

/// The figures of a distribution that people read, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How many durations were recorded.
    pub(crate) count: u64,
    /// The median.
    pub(crate) p50: u64,
    /// 95 in a hundred were no longer.
    pub(crate) p95: u64,
    /// 99 in a hundred were no longer.
    pub(crate) p99: u64,
    /// 999 in a thousand were no longer.
    pub(crate) p999: u64,
    /// The longest.
    pub(crate) max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty one; it grows with the largest duration it meets.
    pub(crate) fn new() -> Self {
        match hdrhistogram::Histogram::new(3) {
            Ok(inner) => Self(inner),
            Err(refused) => unreachable!("three significant digits are within 0..=5: {refused}"),
        }
    }

    /// Adds one duration.
    pub(crate) fn record(&mut self, micros: u64) {
        let recorded = self.0.record(micros.min(LONGEST_US));
        assert!(recorded.is_ok(), "it grows on demand, and ten minutes are within any size");
    }

    /// Adds every duration of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        let merged = self.0.add(&other.0);
        assert!(merged.is_ok(), "both grow on demand, so either can hold the other");
    }

    /// How many durations are in it.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The duration that this share of all did not exceed, in microseconds.
    pub(crate) fn at(&self, quantile: f64) -> u64 {
        if self.0.is_empty() { 0 } else { self.0.value_at_quantile(quantile) }
    }

    /// The figures that people read.
    pub(crate) fn summary(&self) -> Summary {
        let [p50, p95, p99, p999] = SHOWN.map(|quantile| self.at(quantile));
        Summary {
            count: self.count(),
            p50,
            p95,
            p99,
            p999,
            max: if self.0.is_empty() { 0 } else { self.0.max() },
        }
    }

    /// The percentile curve: pairs of "nines" (0 is the minimum, 1 is 90 %, 2 is 99 %, 3 is 99.9 %) and
    /// microseconds, up to the last nine that ten recordings or more lie beyond.
    pub(crate) fn curve(&self) -> Vec<(f64, u64)> {
        const STEPS_A_NINE: u32 = 12;
        let nines = self.count().max(1).to_string().len().saturating_sub(2).clamp(1, 6);
        let steps = u32::try_from(count(nines)).unwrap_or_default() * STEPS_A_NINE;
        (0..=steps)
            .map(|step| {
                let nines = f64::from(step) / f64::from(STEPS_A_NINE);
                (nines, self.at(1.0 - 10_f64.powf(-nines)))
            })
            .collect()
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(|e| ser::Error::custom(format!("{e:?}")))?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        let mut inner: hdrhistogram::Histogram<u64> = Reader::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|e| de::Error::custom(format!("{e:?}")))?;
        inner.auto(true);
        Ok(Self(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        micros.into_iter().for_each(|each| histogram.record(each));
        histogram
    }

    #[test]
    fn merging_is_the_same_as_recording_everything_in_one_place() {
        let together = of((1..=10_000).chain(50_000..=60_000));

        let mut merged = of(1..=10_000);
        merged.merge(&of(50_000..=60_000));

        assert_eq!(merged.summary(), together.summary());
        assert_eq!(merged.curve(), together.curve());
    }

    #[test]
    fn a_histogram_survives_its_text() {
        let before = of([1, 20, 300, 4_000, 50_000, 6_000_000]);

        let text = serde_json::to_string(&before).unwrap();
        let mut after: Histogram = serde_json::from_str(&text).unwrap();

        assert_eq!(after.summary(), before.summary());
        after.merge(&of([LONGEST_US]));
        assert_eq!(after.count(), 7, "what was read back must still grow");
    }

    #[test]
    fn what_takes_longer_than_the_bound_still_counts() {
        let histogram = of([u64::MAX]);

        assert_eq!(histogram.count(), 1);
        assert!(histogram.summary().max >= LONGEST_US);
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        assert_eq!(Histogram::new().summary(), Summary::default());
    }
}
