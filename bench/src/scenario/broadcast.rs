//! `broadcast`: one speaks and a whole room hears. In the same run the same people connect to a bare loop
//! that writes the same bytes to the same number of sockets: what the server costs beyond it is its own.
//! People who only listen are heard, too, by their heartbeats, and the loop hears nobody: what the
//! server spends in peace is measured beforehand and told beside.

use super::{
    Bench, curves,
    stage::{AT_ONCE, Company, MESSAGES, Stage, Talk, audit_stay, audit_talk, conditions, grouped_size},
};
use crate::{
    bare::Bare,
    console,
    crowd::order::{Room, Speakers, Wire},
    crowds::listeners,
    error::{Error, Result},
    meter::{Meter, Watched},
    number::{float, per, ratio},
    report::outcome::{Outcome, Target, Unit},
    schedule::Spacing,
    seats::Deal,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long after the last one came the room may still be telling who did.
const COMINGS: Duration = Duration::from_secs(3);

/// How long the room is left in peace before somebody speaks, to see what peace costs. Long enough for a good
/// part of everybody's heartbeats.
const PEACE: Duration = Duration::from_secs(10);

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people are in the room
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// Messages a second
    #[arg(long, default_value_t = 2.0)]
    rate: f64,
    /// For how long, in seconds
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// The length of a message
    #[arg(long, default_value_t = 120)]
    bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 10_000, rate: 2.0, seconds: 30.0, bytes: 120 }
    }
}

/// What one delivery cost whoever made it.
struct Cost {
    user_us: f64,
    system_us: f64,
}

impl Cost {
    fn total_us(&self) -> f64 {
        self.user_us + self.system_us
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        let people = grouped_size(self.people);
        format!("{people} people in one room, one says {}/s for {} s", self.rate, self.seconds)
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let company = Company {
            people: self.people,
            rooms: 1,
            listens_to: &[Room::Meeting],
            deal: Deal::People,
            slow: 0,
            returns: false,
            at_once: AT_ONCE,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        let arrived = stage.arrive(&company).await?;
        let heard_before = stage.crowds.tell().await?.deliveries;
        sleep(COMINGS).await;
        let all_in = stage.meter.mark();
        sleep(PEACE).await;
        let before = stage.meter.mark();
        let peace = before.since(&all_in);
        let talk = self.talk(bench, Speakers::First);
        let spoken = stage.talk(&talk).await?;
        let level = stage.settle(bench.patience).await?;
        let after = stage.meter.mark();
        let used = after.since(&before);
        let account = stage.crowds.tell().await?;
        let readings = stage.meter.readings();

        let mut outcome = Outcome::default();
        let (last, hearing) = account.spread(listeners(self.people));
        audit_stay(&mut outcome, MESSAGES, &account);
        audit_talk(&mut outcome, MESSAGES, &account, hearing, level);
        let deliveries = account.deliveries - heard_before;
        let server = Cost {
            user_us: ratio(used.server.user_us, deliveries),
            system_us: ratio(used.server.system_us, deliveries),
        };
        let sample =
            account.sample.clone().ok_or_else(|| Error::answer("listening", "nobody heard a message"))?;
        let peace_us = per(float(peace.server.total_us()), peace.seconds) * used.seconds;
        let bare = self.bare(bench, &mut stage, &company, sample).await?;
        stage.strike().await;

        outcome
            .figure("server CPU per delivery", server.total_us(), Unit::Micros)
            .target(Target::AtMost(11.0));
        outcome.figure("server CPU per delivery, in the kernel", server.system_us, Unit::Micros);
        outcome.figure("bare loop CPU per delivery", bare.total_us(), Unit::Micros);
        outcome.figure("bare loop CPU per delivery, in the kernel", bare.system_us, Unit::Micros);
        let times = per(server.total_us(), bare.total_us());
        outcome.figure("server to bare loop", times, Unit::Times).target(Target::AtMost(1.1));
        outcome.figure(
            "server CPU in peace, as if per delivery",
            per(peace_us, float(deliveries)),
            Unit::Micros,
        );
        outcome.figure("deliveries", float(deliveries), Unit::Count);
        outcome.figure(
            "bytes per delivery on the wire",
            ratio(account.bytes_read, account.deliveries),
            Unit::Bytes,
        );
        outcome.figure("server CPU, of one core", used.server_percent(), Unit::Percent);
        outcome.figure(
            "generator CPU per delivery",
            per(used.generators_us(), float(deliveries)),
            Unit::Micros,
        );
        outcome.figure("time until everybody was in", float(arrived.took_us) / 1e6, Unit::Seconds);
        outcome.latency("to the last hearer", last).p99_at_most(150_000);
        outcome.latency("to each hearer", account.heard.whole());
        outcome.latency("to the acknowledgement", account.answered.whole());
        conditions(&mut outcome, &used, Some(&spoken));
        outcome.percentiles("Latency", &["to the last hearer", "to each hearer", "to the acknowledgement"]);
        outcome.plots.push(curves::latency("To each hearer, second by second", &account.heard));
        outcome.plots.push(curves::cpu(&readings, talk.starts_at_us));
        outcome.plots.push(curves::memory(&readings, before.at_us));
        Ok(outcome)
    }

    fn talk(&self, bench: &Bench, speakers: Speakers) -> Talk {
        Talk {
            rate: self.rate,
            seconds: self.seconds,
            spacing: Spacing::Even,
            body_bytes: self.bytes,
            speakers,
            seed: bench.seed,
            starts_at_us: Talk::soon(),
        }
    }

    /// The same people, the same bytes, a bare loop.
    async fn bare(
        &self,
        bench: &Bench,
        stage: &mut Stage,
        company: &Company,
        sample: String,
    ) -> Result<Cost> {
        console::progress("the same to a bare loop");
        stage.meter.rest();
        let mut bare = Bare::start(self.people).await?;
        stage.bring(company, Wire::Bare, bare.address).await?;
        bare.full().await?;
        let meter = Meter::start(Watched::one(bare.pid), stage.crowds.pids(), stage.crowds.progress());
        let before = meter.mark();
        let talk = self.talk(bench, Speakers::Nobody);
        stage.talk(&talk).await?;
        let writes = bare.write(sample, talk.schedule(), talk.starts_at_us).await?;
        let until = Instant::now() + bench.patience;
        while meter.mark().progress.heard < writes {
            if Instant::now() >= until {
                return Err(Error::Late { step: "hearing the bare loop".into(), limit: bench.patience });
            }
            sleep(Duration::from_millis(100)).await;
        }
        let server = meter.mark().since(&before).server;
        Ok(Cost { user_us: ratio(server.user_us, writes), system_us: ratio(server.system_us, writes) })
    }
}
