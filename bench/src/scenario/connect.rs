//! `connect`: how fast people get in. Each crowd keeps a number of people at the door, so this is the one
//! scenario in which the server sets the pace.

use super::{
    Bench, curves,
    stage::{Company, MESSAGES, Stage, audit_stay, conditions, grouped_size},
};
use crate::{
    error::Result,
    number::{float, per, ratio},
    report::outcome::{Outcome, Unit},
    seats::Deal,
};

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people come in
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// How many of each crowd are at the door at a time
    #[arg(long, default_value_t = 128)]
    at_once: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 10_000, at_once: 128 }
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!("{} people sign in, {} at a time from each crowd", grouped_size(self.people), self.at_once)
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let company = Company {
            people: self.people,
            rooms: self.people.div_ceil(10),
            listens_to: &[],
            deal: Deal::People,
            slow: 0,
            returns: false,
            at_once: self.at_once,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        let before = stage.meter.mark();
        let arrived = stage.arrive(&company).await?;
        let after = stage.meter.mark();
        let used = after.since(&before);
        let account = stage.crowds.tell().await?;
        let readings = stage.meter.readings();
        stage.strike().await;

        let mut outcome = Outcome::default();
        audit_stay(&mut outcome, MESSAGES, &account);
        let each = |cost: u64| ratio(cost, arrived.arrived);
        outcome.figure("people in", float(arrived.arrived), Unit::Count);
        let failed: u64 = arrived.turned_away.values().sum();
        outcome.figure("attempts that failed", float(failed), Unit::Count);
        outcome.figure("time", float(arrived.took_us) / 1e6, Unit::Seconds);
        outcome.figure(
            "handshakes",
            per(float(arrived.arrived) * 1e6, float(arrived.took_us)),
            Unit::PerSecond,
        );
        outcome.figure("server CPU per handshake", each(used.server.total_us()), Unit::Micros);
        outcome.figure("server CPU per handshake, in the kernel", each(used.server.system_us), Unit::Micros);
        let grown = after.resident_bytes.saturating_sub(before.resident_bytes);
        outcome.figure("server memory per session", each(grown), Unit::Bytes);
        outcome.latency("to the 101", arrived.opened);
        outcome.latency("to the hello", arrived.greeted);
        conditions(&mut outcome, &used, None);
        outcome.percentiles("Coming in", &["to the 101", "to the hello"]);
        outcome.plots.push(curves::people(&readings, before.at_us));
        outcome.plots.push(curves::cpu(&readings, before.at_us));
        Ok(outcome)
    }
}
