//! What one run found out, as values: figures, latencies, audits and curves. A scenario fills it; nothing
//! here measures.

use crate::{
    histogram::{self, Histogram},
    number::{float, grouped},
};
use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Things.
    Count,
    /// Things a second.
    PerSecond,
    /// A duration in microseconds.
    Micros,
    /// A duration in seconds.
    Seconds,
    /// Memory.
    Bytes,
    /// Of a hundred; of CPU: of one core.
    Percent,
    /// How many times one thing is another.
    Times,
}

impl Unit {
    /// A value as people read it.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Count => whole(value),
            Self::PerSecond => format!("{} /s", whole(value)),
            Self::Micros if value < 1e3 => format!("{value:.1} µs"),
            Self::Micros if value < 1e4 => format!("{:.2} ms", value / 1e3),
            Self::Micros if value < 1e6 => format!("{:.1} ms", value / 1e3),
            Self::Micros => format!("{:.2} s", value / 1e6),
            Self::Seconds => format!("{value:.2} s"),
            Self::Bytes if value.abs() < 1024.0 => format!("{value:.0} B"),
            Self::Bytes if value.abs() < 1_048_576.0 => format!("{:.2} KB", value / 1024.0),
            Self::Bytes => format!("{:.1} MB", value / 1_048_576.0),
            Self::Percent => format!("{value:.1} %"),
            Self::Times => format!("{value:.2} ×"),
        }
    }
}

/// Small counts keep a decimal, because a mean of few is not whole; large ones are grouped.
fn whole(value: f64) -> String {
    let rounded = format!("{value:.0}");
    match rounded.parse() {
        Ok(count) if value >= 100.0 || (value - value.round()).abs() < 1e-9 => grouped(count),
        _ => format!("{value:.2}"),
    }
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Target {
    /// Whether a value meets it.
    pub(crate) fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    /// The target as people read it.
    pub(crate) fn show(self, unit: Unit) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", unit.show(most)),
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
        }
    }
}

/// One number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) name: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: Unit,
    /// What it should be.
    pub(crate) target: Option<Target>,
}

/// One distribution of durations.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Latency {
    /// What took so long.
    pub(crate) name: String,
    /// The percentiles, in microseconds.
    pub(crate) summary: histogram::Summary,
    /// The most that the 99th percentile should be, in microseconds.
    pub(crate) p99_target_us: Option<u64>,
    /// The whole distribution (HdrHistogram V2, base64).
    pub(crate) histogram: Histogram,
}

/// Something that must be so. One that fails makes the harness fail.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Audit {
    /// What must be so.
    pub(crate) claim: String,
    /// Whether it is.
    pub(crate) holds: bool,
    /// What was found.
    pub(crate) found: String,
}

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors.
    Log,
    /// 0 is the minimum, 1 is 90 %, 2 is 99 %, 3 is 99.9 %.
    Nines,
}

/// One axis.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Axis {
    /// What it shows.
    pub(crate) label: String,
    /// How it is divided.
    pub(crate) scale: Scale,
    /// What its numbers are.
    pub(crate) unit: Unit,
}

/// One line of a plot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// What it is.
    pub(crate) name: String,
    /// Its points.
    pub(crate) points: Vec<(f64, f64)>,
}

/// One plot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Plot {
    /// What it shows.
    pub(crate) title: String,
    /// Across.
    pub(crate) x: Axis,
    /// Up.
    pub(crate) y: Axis,
    /// What is drawn.
    pub(crate) lines: Vec<Line>,
    /// Moments on the x axis that explain what is seen.
    pub(crate) moments: Vec<(f64, String)>,
}

/// What one run found out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// What must be so.
    pub(crate) audits: Vec<Audit>,
    /// The numbers.
    pub(crate) figures: Vec<Figure>,
    /// The durations.
    pub(crate) latencies: Vec<Latency>,
    /// How far the numbers can be trusted: what the generator and the rest of the machine did.
    pub(crate) conditions: Vec<Figure>,
    /// The curves.
    pub(crate) plots: Vec<Plot>,
    /// What a reader must know who compares these numbers with others.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    /// Adds a number.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: Unit) -> &mut Figure {
        push(&mut self.figures, name.into(), value, unit)
    }

    /// Adds a number that says how far the others can be trusted.
    pub(crate) fn condition(&mut self, name: impl Into<String>, value: f64, unit: Unit) -> &mut Figure {
        push(&mut self.conditions, name.into(), value, unit)
    }

    /// Adds a sentence.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Adds durations.
    pub(crate) fn latency(&mut self, name: impl Into<String>, histogram: Histogram) -> &mut Latency {
        let latency =
            Latency { name: name.into(), summary: histogram.summary(), p99_target_us: None, histogram };
        push_and_get(&mut self.latencies, latency)
    }

    /// Adds something that must be so.
    pub(crate) fn audit(&mut self, claim: impl Into<String>, holds: bool, found: impl Into<String>) {
        self.audits.push(Audit { claim: claim.into(), holds, found: found.into() });
    }

    /// The percentile curves of these durations on one plot.
    pub(crate) fn percentiles(&mut self, title: &str, names: &[&str]) {
        let lines = self.latencies.iter().filter(|latency| names.contains(&latency.name.as_str()));
        let lines = lines.map(|latency| Line {
            name: latency.name.clone(),
            points: latency.histogram.curve().into_iter().map(|(nines, us)| (nines, float(us))).collect(),
        });
        let plot = Plot {
            title: title.into(),
            x: Axis { label: "percentile".into(), scale: Scale::Nines, unit: Unit::Percent },
            y: Axis { label: "latency".into(), scale: Scale::Log, unit: Unit::Micros },
            lines: lines.collect(),
            moments: Vec::new(),
        };
        self.plots.push(plot);
    }

    /// Whether every audit holds.
    pub(crate) fn is_clean(&self) -> bool {
        self.audits.iter().all(|audit| audit.holds)
    }
}

impl Figure {
    /// Says what it should be.
    pub(crate) fn target(&mut self, target: Target) {
        self.target = Some(target);
    }
}

impl Latency {
    /// Says what its 99th percentile should be at most, in microseconds.
    pub(crate) fn p99_at_most(&mut self, micros: u64) {
        self.p99_target_us = Some(micros);
    }
}

fn push(to: &mut Vec<Figure>, name: String, value: f64, unit: Unit) -> &mut Figure {
    push_and_get(to, Figure { name, value, unit, target: None })
}

fn push_and_get<T>(to: &mut Vec<T>, item: T) -> &mut T {
    let place = to.len();
    to.push(item);
    match to.get_mut(place) {
        Some(item) => item,
        None => unreachable!("it was pushed just now"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_the_size_people_think_in() {
        assert_eq!(Unit::Micros.show(8.34), "8.3 µs");
        assert_eq!(Unit::Micros.show(4_250.0), "4.25 ms");
        assert_eq!(Unit::Micros.show(48_000.0), "48.0 ms");
        assert_eq!(Unit::Bytes.show(8_704.0), "8.50 KB");
        assert_eq!(Unit::Count.show(300_000.0), "300,000");
        assert_eq!(Unit::Count.show(3.25), "3.25");
        assert_eq!(Unit::PerSecond.show(5_000.2), "5,000 /s");
    }

    #[test]
    fn targets_have_a_direction() {
        assert!(Target::AtMost(3.0).is_met_by(3.0));
        assert!(!Target::AtLeast(3.0).is_met_by(2.9));
    }
}
