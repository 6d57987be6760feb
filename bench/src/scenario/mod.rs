//! The scenarios: each is a small program over a stage (a fresh server, crowds, a meter), and fills an
//! outcome. What they share stands in `stage` and `curves`; none knows how its outcome is shown.

mod broadcast;
mod capacity;
mod chat;
mod connect;
mod curves;
mod idle;
mod lists;
mod rest;
mod resume;
mod slow_reader;
mod stage;

use crate::{
    console,
    error::{Error, Result},
    report::{
        outcome::{Outcome, Unit},
        summary::Summary,
    },
    server::Host,
    yardstick::loopback_us,
};
use std::time::Duration;

/// What all scenarios need to know.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    /// Which server is measured.
    pub(crate) host: Host,
    /// How many people one crowd process plays at most.
    pub(crate) people_a_crowd: usize,
    /// What chance begins with.
    pub(crate) seed: u64,
    /// How often each scenario is run.
    pub(crate) runs: usize,
    /// How long to wait for the last ones before going on without them.
    pub(crate) patience: Duration,
}

/// A scenario with its options.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Scenario {
    /// How fast people get in: handshake, signing in, hello.
    Connect(connect::Options),
    /// What a session costs that only listens: memory, CPU.
    Idle(idle::Options),
    /// One speaks, a whole room hears: CPU per delivery, against a bare loop.
    Broadcast(broadcast::Options),
    /// Many meetings at once: latency to the last hearer, and nothing lost (--kill: not by a crash either).
    Chat(chat::Options),
    /// A whole room drops, misses events, and comes back at once.
    Resume(resume::Options),
    /// Some stop reading: what they cost, and whether the others notice.
    SlowReader(slow_reader::Options),
    /// REST at a steady rate, then flat out.
    Rest(rest::Options),
    /// Pages of a large project in each order, a total with conditions, the first page after a start.
    Lists(lists::Options),
    /// A quarter of a million sessions on several servers: coming in, steady tasks, restarts, crashes, the knee.
    Capacity(Box<capacity::Options>),
    /// Every scenario for one server with its defaults, in one report.
    All,
}

impl Scenario {
    /// The name it is filed under.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Idle(_) => "idle",
            Self::Broadcast(_) => "broadcast",
            Self::Chat(options) => options.name(),
            Self::Resume(_) => "resume",
            Self::SlowReader(_) => "slow-reader",
            Self::Rest(_) => "rest",
            Self::Lists(_) => "lists",
            Self::Capacity(_) => "capacity",
            Self::All => "all",
        }
    }

    /// Runs it as often as asked, or every scenario in turn.
    ///
    /// # Errors
    /// When a run can't be carried through. A failed audit is part of the summary.
    pub(crate) async fn run(self, bench: &Bench) -> Result<Vec<Summary>> {
        let scenarios = match self {
            Self::All => Self::every(),
            one => vec![one],
        };
        let mut summaries = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            let mut runs = Vec::with_capacity(bench.runs);
            for run in 1..=bench.runs {
                console::heading(format!(
                    "{} · {} · run {run} of {}",
                    scenario.name(),
                    scenario.setting(),
                    bench.runs
                ));
                let yardstick = loopback_us().map_err(Error::io("measuring the machine"))?;
                let mut outcome = Box::pin(scenario.once(bench)).await?;
                outcome.condition("a write and a read over loopback, beforehand", yardstick, Unit::Micros);
                runs.push(outcome);
            }
            summaries.push(Summary::of(scenario.name(), scenario.setting(), runs));
        }
        Ok(summaries)
    }

    fn every() -> Vec<Self> {
        vec![
            Self::Connect(connect::Options::default()),
            Self::Idle(idle::Options::default()),
            Self::Broadcast(broadcast::Options::default()),
            Self::Chat(chat::Options::default()),
            Self::Chat(chat::Options::with_kill()),
            Self::Resume(resume::Options::default()),
            Self::SlowReader(slow_reader::Options::default()),
            Self::Rest(rest::Options::default()),
            Self::Lists(lists::Options::default()),
        ]
    }

    fn setting(&self) -> String {
        match self {
            Self::Connect(options) => options.setting(),
            Self::Idle(options) => options.setting(),
            Self::Broadcast(options) => options.setting(),
            Self::Chat(options) => options.setting(),
            Self::Resume(options) => options.setting(),
            Self::SlowReader(options) => options.setting(),
            Self::Rest(options) => options.setting(),
            Self::Lists(options) => options.setting(),
            Self::Capacity(options) => options.setting(),
            Self::All => String::new(),
        }
    }

    async fn once(&self, bench: &Bench) -> Result<Outcome> {
        match self {
            Self::Connect(options) => options.run(bench).await,
            Self::Idle(options) => options.run(bench).await,
            Self::Broadcast(options) => options.run(bench).await,
            Self::Chat(options) => options.run(bench).await,
            Self::Resume(options) => options.run(bench).await,
            Self::SlowReader(options) => options.run(bench).await,
            Self::Rest(options) => options.run(bench).await,
            Self::Lists(options) => options.run(bench).await,
            Self::Capacity(options) => options.run(bench).await,
            Self::All => Ok(Outcome::default()),
        }
    }
}
