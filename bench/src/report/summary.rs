//! Several runs of one scenario: each figure's median and how far the runs lie apart. No run is left out,
//! and no mean is taken: one noisy run should show as spread, not hide in an average.

use super::outcome::{Audit, Figure, Latency, Outcome, Target, Unit};
use crate::{
    histogram,
    number::{float, per},
};
use serde::Serialize;

/// A number over all runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spread {
    /// What it is.
    pub(crate) name: String,
    /// The middle run's.
    pub(crate) median: f64,
    /// The lowest.
    pub(crate) low: f64,
    /// The highest.
    pub(crate) high: f64,
    /// Of what.
    pub(crate) unit: Unit,
    /// What it should be.
    pub(crate) target: Option<Target>,
}

/// Durations over all runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Latencies {
    /// What took so long.
    pub(crate) name: String,
    /// The median of each percentile.
    pub(crate) median: histogram::Summary,
    /// The 99th percentile over the runs.
    pub(crate) p99: Spread,
}

/// A scenario with all its runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// The scenario.
    pub(crate) scenario: String,
    /// What was done, in one sentence.
    pub(crate) setting: String,
    /// The audits: one that failed in any run failed.
    pub(crate) audits: Vec<Audit>,
    /// The numbers.
    pub(crate) figures: Vec<Spread>,
    /// The durations.
    pub(crate) latencies: Vec<Latencies>,
    /// How far the numbers can be trusted.
    pub(crate) conditions: Vec<Spread>,
    /// What a reader must know, as the first run says it.
    pub(crate) notes: Vec<String>,
    /// Which run is in the middle: its plots are shown.
    pub(crate) middle: usize,
    /// The runs.
    pub(crate) runs: Vec<Outcome>,
}

impl Summary {
    /// Sums up runs of one scenario.
    pub(crate) fn of(scenario: &str, setting: String, runs: Vec<Outcome>) -> Self {
        let first = runs.first().cloned().unwrap_or_default();
        let figures = spreads(&first.figures, &runs, |run| &run.figures);
        let conditions = spreads(&first.conditions, &runs, |run| &run.conditions);
        let latencies: Vec<_> = first.latencies.iter().map(|latency| latencies(latency, &runs)).collect();
        Self {
            scenario: scenario.into(),
            setting,
            audits: first.audits.iter().map(|audit| worst(audit, &runs)).collect(),
            notes: first.notes.clone(),
            middle: middle(&runs),
            figures,
            latencies,
            conditions,
            runs,
        }
    }

    /// Whether every audit of every run holds.
    pub(crate) fn is_clean(&self) -> bool {
        self.runs.iter().all(Outcome::is_clean)
    }
}

impl Spread {
    fn of(name: &str, unit: Unit, target: Option<Target>, values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(0.0);
        let median = f64::midpoint(at(values.len().saturating_sub(1) / 2), at(values.len() / 2));
        Self { name: name.into(), median, low: at(0), high: at(values.len().saturating_sub(1)), unit, target }
    }

    /// Whether the median meets the target; `None` without one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.target.map(|target| target.is_met_by(self.median))
    }

    /// How far the runs lie apart, as a share of the median.
    pub(crate) fn width(&self) -> f64 {
        per(self.high - self.low, self.median.abs())
    }
}

fn spreads<'a>(
    first: &'a [Figure],
    runs: &'a [Outcome],
    of: impl Fn(&'a Outcome) -> &'a [Figure],
) -> Vec<Spread> {
    let spread = |figure: &'a Figure| {
        let same = runs.iter().filter_map(|run| of(run).iter().find(|other| other.name == figure.name));
        Spread::of(&figure.name, figure.unit, figure.target, same.map(|same| same.value))
    };
    first.iter().map(spread).collect()
}

fn latencies(latency: &Latency, runs: &[Outcome]) -> Latencies {
    let same: Vec<_> = runs
        .iter()
        .filter_map(|run| run.latencies.iter().find(|other| other.name == latency.name))
        .map(|same| same.summary)
        .collect();
    let median = |of: fn(&histogram::Summary) -> u64| {
        let mut values: Vec<_> = same.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
    };
    let target = latency.p99_target_us.map(|micros| Target::AtMost(float(micros)));
    Latencies {
        name: latency.name.clone(),
        median: histogram::Summary {
            count: median(|summary| summary.count),
            p50: median(|summary| summary.p50),
            p95: median(|summary| summary.p95),
            p99: median(|summary| summary.p99),
            p999: median(|summary| summary.p999),
            max: median(|summary| summary.max),
        },
        p99: Spread::of("p99", Unit::Micros, target, same.iter().map(|summary| float(summary.p99))),
    }
}

/// An audit as the first run that failed it found it.
fn worst(audit: &Audit, runs: &[Outcome]) -> Audit {
    let same = runs.iter().flat_map(|run| &run.audits).filter(|other| other.claim == audit.claim);
    same.clone().find(|other| !other.holds).unwrap_or(audit).clone()
}

/// The run whose first duration, or else first figure, is in the middle.
fn middle(runs: &[Outcome]) -> usize {
    let lead = |run: &Outcome| {
        let latency = run.latencies.first().map(|latency| float(latency.summary.p99));
        latency.or_else(|| run.figures.first().map(|figure| figure.value)).unwrap_or(0.0)
    };
    let mut order: Vec<_> = runs.iter().map(lead).enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    order.get(order.len().saturating_sub(1) / 2).map_or(0, |(run, _)| *run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Histogram;

    fn run(value: f64, p99: u64, holds: bool) -> Outcome {
        let mut run = Outcome::default();
        run.figure("rate", value, Unit::PerSecond).target(Target::AtLeast(10.0));
        let mut histogram = Histogram::new();
        histogram.record(p99);
        run.latency("to each hearer", histogram);
        run.audit("no gap", holds, if holds { "none" } else { "3 gaps" });
        run
    }

    #[test]
    fn the_median_and_the_extremes_are_kept() {
        let summary =
            Summary::of("s", String::new(), vec![run(30.0, 9, true), run(10.0, 5, true), run(11.0, 7, true)]);

        let rate = &summary.figures[0];
        assert_eq!((rate.low, rate.median, rate.high), (10.0, 11.0, 30.0));
        assert_eq!(rate.is_met(), Some(true));
        assert_eq!(summary.latencies[0].median.p99, 7);
        assert_eq!(summary.middle, 2, "the run with the middle latency");
    }

    #[test]
    fn one_failed_run_fails_the_audit_with_what_it_found() {
        let summary =
            Summary::of("s", String::new(), vec![run(1.0, 1, true), run(1.0, 1, false), run(1.0, 1, true)]);

        assert!(!summary.is_clean());
        assert_eq!((summary.audits[0].holds, summary.audits[0].found.as_str()), (false, "3 gaps"));
    }
}
