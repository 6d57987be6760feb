//! `idle`: what a session costs that only listens. Memory is read when the server is ready and when
//! everybody is in; then nothing happens but heartbeats, and the CPU is read.

use super::{
    Bench, curves,
    stage::{AT_ONCE, Company, MESSAGES, Stage, audit_order, audit_stay, conditions, grouped_size},
};
use crate::{
    console,
    crowd::order::Room,
    error::Result,
    number::{count, float, per, ratio},
    proc::resident_bytes,
    report::outcome::{Outcome, Target, Unit},
    seats::Deal,
};
use std::time::Duration;
use tokio::time::sleep;

/// How long the server is left alone after the last one came in, before memory is read.
const REST: Duration = Duration::from_secs(5);

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people listen
    #[arg(long, default_value_t = 15_000)]
    people: usize,
    /// How long nothing happens, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 15_000, seconds: 60 }
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!(
            "{} sessions, each in its inbox and one project, heartbeats on, for {} s",
            grouped_size(self.people),
            self.seconds
        )
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let company = Company {
            people: self.people,
            rooms: self.people.div_ceil(10),
            listens_to: &[Room::Inbox, Room::Project],
            deal: Deal::People,
            slow: 0,
            returns: false,
            at_once: AT_ONCE,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        let ready = stage.meter.mark();
        let generators: u64 = stage.crowds.pids().into_iter().map(resident_bytes).sum();
        let arrived = stage.arrive(&company).await?;
        sleep(REST).await;
        let full = stage.meter.mark();
        console::progress(format!("nothing happens for {} s", self.seconds));
        sleep(Duration::from_secs(self.seconds)).await;
        let end = stage.meter.mark();
        let used = end.since(&full);
        let account = stage.crowds.tell().await?;
        let generators_full: u64 = stage.crowds.pids().into_iter().map(resident_bytes).sum();
        let readings = stage.meter.readings();
        stage.strike().await;

        let mut outcome = Outcome::default();
        audit_stay(&mut outcome, MESSAGES, &account);
        audit_order(&mut outcome, MESSAGES, &account);
        let stayed = end.progress.connected;
        let found = format!("{stayed} of {}", self.people);
        outcome.audit("everybody stayed", stayed == count(self.people), found);
        let each = |bytes: f64| per(bytes, float(arrived.arrived));
        let grown = float(full.resident_bytes) - float(ready.resident_bytes);
        outcome
            .figure("server memory per session", each(grown), Unit::Bytes)
            .target(Target::AtMost(9.0 * 1024.0));
        outcome.figure("server memory when ready", float(ready.resident_bytes), Unit::Bytes);
        outcome.figure("server memory with everybody in", float(full.resident_bytes), Unit::Bytes);
        outcome.figure("server memory at the end", float(end.resident_bytes), Unit::Bytes);
        outcome
            .figure("idle CPU, of one core", used.server_percent(), Unit::Percent)
            .target(Target::AtMost(3.0));
        outcome.figure("time until everybody was in", float(arrived.took_us) / 1e6, Unit::Seconds);
        let slab = float(full.kernel.slab_bytes) - float(ready.kernel.slab_bytes);
        let sockets = float(full.kernel.sockets_bytes) - float(ready.kernel.sockets_bytes);
        let machine = float(ready.kernel.available_bytes) - float(full.kernel.available_bytes);
        outcome.figure("kernel slab per connection, both ends", each(slab), Unit::Bytes);
        outcome.figure("kernel socket buffers per connection, both ends", each(sockets), Unit::Bytes);
        outcome.figure("all memory of the machine per connection", each(machine), Unit::Bytes);
        let generators = ratio(generators_full.saturating_sub(generators), arrived.arrived);
        outcome.condition("generator memory per connection", generators, Unit::Bytes);
        outcome.latency("to the answer of the last join", arrived.joined);
        conditions(&mut outcome, &used, None);
        outcome.plots.push(curves::memory(&readings, ready.at_us));
        outcome.plots.push(curves::cpu(&readings, ready.at_us));
        outcome.plots.push(curves::people(&readings, ready.at_us));
        Ok(outcome)
    }
}
