//! `slow-reader`: some stop reading while one speaks. What do they cost the server, do the others notice,
//! and do the slow ones hear everything in the end? The same is run without them, on a fresh server.

use super::{
    Bench, curves,
    stage::{AT_ONCE, Company, MESSAGES, Stage, Talk, audit_talk, conditions, grouped_size},
};
use crate::{
    console,
    crowd::{
        account::Account,
        order::{Order, Room, Speakers, Spoken},
    },
    crowds::listeners,
    error::Result,
    meter::{Reading, Used},
    number::{count, float, per},
    report::outcome::{Line, Outcome, Target, Unit},
    schedule::Spacing,
    seats::Deal,
};

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people are in the room, the slow ones included
    #[arg(long, default_value_t = 5_000)]
    people: usize,
    /// How many of them stop reading
    #[arg(long, default_value_t = 500)]
    slow: usize,
    /// Messages a second; a machine that is nearly full would show its own queue, not who is in the way
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// For how long, in seconds
    #[arg(long, default_value_t = 40.0)]
    seconds: f64,
    /// The length of a message
    #[arg(long, default_value_t = 1_024)]
    bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 5_000, slow: 500, rate: 10.0, seconds: 40.0, bytes: 1_024 }
    }
}

/// One of the two halves of a run.
struct Half {
    account: Account,
    used: Used,
    spoken: Spoken,
    level: Option<u64>,
    readings: Vec<Reading>,
    starts_at_us: u64,
    grown_bytes: f64,
    sockets_grown_bytes: f64,
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!(
            "{} people in one room, {} of them stop reading; {}/s of {} bytes for {} s",
            grouped_size(self.people),
            grouped_size(self.slow),
            self.rate,
            self.bytes,
            self.seconds
        )
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let others = self.people.saturating_sub(self.slow);
        console::progress(format!("first without them: {} people", grouped_size(others)));
        let without = self.half(bench, others, 0).await?;
        console::progress(format!("then with {} who stop reading", grouped_size(self.slow)));
        let with = self.half(bench, self.people, self.slow).await?;

        let mut outcome = Outcome::default();
        let (_, hearing) = with.account.spread(listeners(self.people));
        audit_talk(&mut outcome, MESSAGES, &with.account, hearing, with.level);
        let calm = without.account.faults.is_clean() && without.level.is_some();
        outcome.audit("the run without them is clean", calm, without.account.faults.describe());
        let each = |bytes: f64| per(bytes, float(count(self.slow)));
        let memory = each(with.grown_bytes - without.grown_bytes);
        let sockets = each(with.sockets_grown_bytes - without.sockets_grown_bytes);
        outcome
            .figure("memory per stalled client, server and sockets", memory + sockets, Unit::Bytes)
            .target(Target::AtMost(400.0 * 1024.0));
        outcome.figure("memory per stalled client, resident in the server", memory, Unit::Bytes);
        outcome.figure("memory per stalled client, socket buffers of both ends", sockets, Unit::Bytes);
        let (calm, stalled) = (without.account.heard.whole(), with.account.heard.whole());
        let times = per(float(stalled.at(0.99)), float(calm.at(0.99)));
        outcome.figure("p99 of the others, with to without", times, Unit::Times).target(Target::AtMost(1.2));
        let closed = |account: &Account| account.ends.get("close 4008").copied().unwrap_or(0);
        outcome.figure("closed as too slow (4008)", float(closed(&with.account)), Unit::Count);
        let (used, calm_used) = (with.used.server_percent(), without.used.server_percent());
        outcome.figure("server CPU with them, of one core", used, Unit::Percent);
        outcome.figure("server CPU without them, of one core", calm_used, Unit::Percent);
        outcome.latency("to each other hearer, with them", stalled);
        outcome.latency("to each hearer, without them", calm);
        conditions(&mut outcome, &with.used, Some(&with.spoken));
        let names = ["to each other hearer, with them", "to each hearer, without them"];
        outcome.percentiles("Latency of the others", &names);
        let mut memory = curves::memory(&with.readings, with.starts_at_us);
        let calm_memory = curves::memory(&without.readings, without.starts_at_us);
        memory.lines.extend(
            calm_memory
                .lines
                .into_iter()
                .map(|line| Line { name: format!("{} without them", line.name), ..line }),
        );
        outcome.plots.push(memory);
        outcome.plots.push(curves::people(&with.readings, with.starts_at_us));
        outcome.plots.push(curves::cpu(&with.readings, with.starts_at_us));
        Ok(outcome)
    }

    async fn half(&self, bench: &Bench, people: usize, slow: usize) -> Result<Half> {
        let company = Company {
            people,
            rooms: 1,
            listens_to: &[Room::Meeting],
            deal: Deal::People,
            slow,
            returns: true,
            at_once: AT_ONCE,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        stage.arrive(&company).await?;
        stage.crowds.change(|_| Order::Stall).await?;
        let before = stage.meter.mark();
        let talk = Talk {
            rate: self.rate,
            seconds: self.seconds,
            spacing: Spacing::Even,
            body_bytes: self.bytes,
            speakers: Speakers::First,
            seed: bench.seed,
            starts_at_us: Talk::soon(),
        };
        let spoken = stage.talk(&talk).await?;
        let level = stage.settle(bench.patience).await?;
        let after = stage.meter.mark();
        let readings = stage.meter.readings();
        let peak = |of: fn(&Reading) -> u64| {
            let during = readings.iter().filter(|reading| reading.at_us >= before.at_us).map(of).max();
            float(during.unwrap_or(0)) - float(of(&before))
        };
        let (grown_bytes, sockets_grown_bytes) =
            (peak(|reading| reading.resident_bytes), peak(|reading| reading.kernel.sockets_bytes));
        stage.crowds.change(|_| Order::Wake).await?;
        // The slow ones must be level too, whether they read on or were closed and resume.
        let caught_up = stage.settle(bench.patience).await?;
        let account = stage.crowds.tell().await?;
        let readings = stage.meter.readings();
        stage.strike().await;
        Ok(Half {
            account,
            used: after.since(&before),
            spoken,
            level: level.and(caught_up),
            readings,
            starts_at_us: talk.starts_at_us,
            grown_bytes,
            sockets_grown_bytes,
        })
    }
}
