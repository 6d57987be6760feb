//! Where the latency gives way: the same crowd, and more and more tasks a second, until the 99th percentile to each
//! hearer passes its bound. If it was beyond the bound already, fewer and fewer, until it is not.

use super::{
    Options,
    ground::{Ground, Talked},
};
use crate::{
    console,
    error::Result,
    meter::Used,
    number::{float, grouped, per, ratio},
};

/// The bound.
pub(super) const P99_US: u64 = 50_000;
/// The share of what was said that must have been acknowledged.
const KEPT: f64 = 0.95;
/// Of fewer tasks a step says nothing about the 99th percentile: one that is late is heard late by all its hearers.
const TASKS_MIN: f64 = 50.0;
/// From step to step.
const UP: f64 = 1.25;
const DOWN: f64 = 0.5;
/// Steps in each direction.
const UP_MAX: usize = 16;
const DOWN_MAX: usize = 6;

/// One rate.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Deliveries a second that were meant.
    pub(super) meant: f64,
    /// Deliveries a second that were made while people spoke.
    pub(super) made: f64,
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    pub(super) used: Used,
    /// How late the generator itself was, 99th percentile, in microseconds.
    pub(super) late_us: u64,
    /// Whether latency and rate were kept.
    pub(super) holds: bool,
    /// What the audit of numbers found; empty when nothing.
    pub(super) faults: String,
}

/// All steps, by rate.
pub(super) struct Knee {
    pub(super) steps: Vec<Step>,
}

impl Knee {
    /// The highest rate that was kept.
    pub(super) fn last_kept(&self) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.holds)
    }

    /// The lowest rate that was not.
    pub(super) fn first_lost(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.holds)
    }
}

/// Looks for it.
///
/// # Errors
/// When a crowd or what is below the servers falls.
pub(super) async fn find(ground: &mut Ground, options: &Options, steady: &Talked) -> Result<Knee> {
    let mut rate = options.rate;
    let first = Step::of(steady, options.rate);
    let rises = first.holds;
    let mut steps = vec![first];
    for _ in 0..if rises { UP_MAX } else { DOWN_MAX } {
        rate *= if rises { UP } else { DOWN };
        if options.tasks(rate) * options.step_seconds < TASKS_MIN {
            break;
        }
        console::progress(format!("the knee: {rate:.0} deliveries/s"));
        let talked = ground.talk(options.tasks(rate), options.step_seconds).await?;
        let step = Step::of(&talked, rate);
        console::progress(format!(
            "{} deliveries/s, p99 {:.1} ms",
            grouped_rate(step.made),
            float(step.p99_us) / 1e3
        ));
        let (holds, is_level) = (step.holds, talked.level.is_some());
        steps.push(step);
        if holds != rises || !is_level {
            break;
        }
    }
    steps.sort_by(|a, b| a.meant.total_cmp(&b.meant));
    Ok(Knee { steps })
}

/// A rate as people read it.
pub(super) fn grouped_rate(rate: f64) -> String {
    format!("{rate:.0}").parse().map_or_else(|_| format!("{rate:.0}"), grouped)
}

impl Step {
    fn of(talked: &Talked, meant: f64) -> Self {
        let heard = talked.account.heard.whole();
        // What was meant in that time and heard at all, by each hearer: a backlog shows in the latency.
        let made = per(float(heard.count()), talked.seconds);
        let kept = ratio(talked.account.acknowledged, talked.spoken.said);
        let (p50_us, p99_us) = (heard.at(0.5), heard.at(0.99));
        let faults = talked.account.faults;
        Self {
            meant,
            made,
            p50_us,
            p99_us,
            used: talked.used.clone(),
            late_us: talked.spoken.lateness.at(0.99),
            holds: p99_us <= P99_US && kept >= KEPT && talked.level.is_some(),
            faults: if faults.is_clean() { String::new() } else { faults.describe() },
        }
    }
}
