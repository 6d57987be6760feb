//! `rest`: one half at a steady rate, open arrivals, measured from the intended instant: creating tasks,
//! then reading them (60 % a task, 30 % a list of 20 among 1,000, 10 % a board). The other half flat out:
//! every connection asks again as soon as it was answered. The harness itself is the generator.

mod load;
mod mix;

use super::{
    Bench, curves,
    stage::{conditions, grouped_size},
};
use crate::{
    console,
    error::Result,
    meter::{Meter, Watched},
    number::{count, float, per},
    report::outcome::{Outcome, Unit},
    schedule::{Schedule, Spacing},
    server::Server,
};
use load::{Load, Pool};
use mix::{Mix, Request};
use std::{rc::Rc, time::Duration};

/// People and projects of the run: reading happens in one project, creating in the others.
const PEOPLE: usize = 100;
const PROJECTS: usize = 10;

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Requests a second
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// For how long, in seconds; creating and reading each
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// For how long flat out, in seconds; each kind
    #[arg(long, default_value_t = 5.0)]
    flat_out: f64,
    /// Tasks in the project that is read
    #[arg(long, default_value_t = 1_000)]
    tasks: usize,
    /// Kept-alive connections
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { rate: 500.0, seconds: 30.0, flat_out: 5.0, tasks: 1_000, connections: 64 }
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!(
            "{} requests/s for {} s over {} connections: creating, then reading among {} tasks; then flat out",
            self.rate,
            self.seconds,
            self.connections,
            grouped_size(self.tasks)
        )
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        console::progress(format!("seeding {PEOPLE} people in {PROJECTS} projects"));
        let server = Server::set_up(&bench.host, PEOPLE, PROJECTS).await?;
        let meter = Meter::start(Watched::one(server.pid), Vec::new(), Vec::new());
        let pool = Pool::open(server.address, self.connections).await?;
        let load = Rc::new(Load::new(pool, self.connections));
        let mut mix = Mix::new(crate::seats::read(&server.tokens, PEOPLE)?, bench.seed);
        console::progress(format!("creating {} tasks to read", grouped_size(self.tasks)));
        mix.fill(&load, self.tasks).await?;
        let mix = Rc::new(mix);

        let mut outcome = Outcome::default();
        let before = meter.mark();
        let mut refused = 0;
        let steady: [(&str, &[Request], u64); 2] = [
            ("creating a task, durable", &[Request::Create], 10_000),
            ("reading", &[Request::Task, Request::List, Request::Board], 3_000),
        ];
        for (name, kinds, p99_us) in steady {
            console::progress(format!("{name}, {} /s for {} s", self.rate, self.seconds));
            let began = meter.mark();
            let done = load.steady(&mix, kinds, self.schedule(bench)).await?;
            let used = meter.mark().since(&began);
            refused += done.refused;
            outcome.latency(name, done.all()).p99_at_most(p99_us);
            if kinds.len() > 1 {
                for (kind, each) in done.by_kind {
                    outcome.latency(kind.name(), each);
                }
            }
            let cpu = per(float(used.server.total_us()), float(done.answered));
            outcome.figure(format!("{name}: server CPU per request"), cpu, Unit::Micros);
            outcome.condition(
                format!("{name}: lateness of the generator, p99"),
                float(done.lateness.at(0.99)),
                Unit::Micros,
            );
        }
        for kind in [Request::Create, Request::Task, Request::List, Request::Board] {
            console::progress(format!("{}, flat out for {} s", kind.name(), self.flat_out));
            let began = meter.mark();
            let done = load.flat_out(&mix, kind, Duration::from_secs_f64(self.flat_out)).await?;
            let used = meter.mark().since(&began);
            refused += done.refused;
            let rate = per(float(done.answered), used.seconds);
            outcome.figure(format!("flat out: {}", kind.name()), rate, Unit::PerSecond);
            let generator = used.generators_percent.iter().sum();
            outcome.condition(
                format!("flat out: {}: server CPU", kind.name()),
                used.server_percent(),
                Unit::Percent,
            );
            outcome.condition(format!("flat out: {}: generator CPU", kind.name()), generator, Unit::Percent);
        }
        let used = meter.mark().since(&before);
        let readings = meter.readings();
        server.stop().await;
        outcome.audit("every request was accepted", refused == 0, format!("{refused} refused"));
        conditions(&mut outcome, &used, None);
        outcome.percentiles(
            "At the steady rate",
            &["creating a task, durable", "a task", "a list of 20", "a board"],
        );
        outcome.plots.push(curves::cpu(&readings, before.at_us));
        outcome.plots.push(curves::memory(&readings, before.at_us));
        outcome.figure("tasks in the project that was read", float(count(self.tasks)), Unit::Count);
        Ok(outcome)
    }

    const fn schedule(&self, bench: &Bench) -> Schedule {
        Schedule { rate: self.rate, seconds: self.seconds, spacing: Spacing::Poisson, seed: bench.seed }
    }
}
