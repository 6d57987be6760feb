//! `chat`: many small meetings at once, anybody speaks at any time. With `--kill` the server is killed in
//! the middle and started again; people come back by themselves, say again what was not answered, and in
//! the end every acknowledged message must stand in the history exactly once.

mod outage;

use super::{
    Bench,
    curves::{self, seconds},
    stage::{AT_ONCE, Company, MESSAGES, Stage, Talk, audit_stay, audit_talk, conditions, grouped_size},
};
use crate::{
    console,
    crowd::{
        account::Account,
        order::{Kept, Room, Speakers},
    },
    error::Result,
    meter::Used,
    metrics::Metrics,
    number::{count, float, grouped, per, ratio},
    report::outcome::{Outcome, Target, Unit},
    schedule::{Spacing, micros},
    seats::Deal,
};
use outage::{Crash, Outage};

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many meetings
    #[arg(long, default_value_t = 1_000)]
    meetings: usize,
    /// How many people in each
    #[arg(long, default_value_t = 10)]
    size: usize,
    /// Messages a second, all meetings together
    #[arg(long, default_value_t = 5_000.0)]
    rate: f64,
    /// For how long, in seconds
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// How messages are spread over time: poisson or even
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Spacing::Poisson)]
    spacing: Spacing,
    /// The length of a message
    #[arg(long, default_value_t = 120)]
    bytes: usize,
    /// Kill the server in the middle (SIGKILL) and start it again
    #[arg(long)]
    kill: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            meetings: 1_000,
            size: 10,
            rate: 5_000.0,
            seconds: 60.0,
            spacing: Spacing::Poisson,
            bytes: 120,
            kill: false,
        }
    }
}

impl Options {
    pub(super) fn with_kill() -> Self {
        Self { kill: true, ..Self::default() }
    }

    pub(super) const fn name(&self) -> &'static str {
        if self.kill { "chat-kill" } else { "chat" }
    }

    pub(super) fn setting(&self) -> String {
        format!(
            "{} meetings × {} people, {} messages/s for {} s{}",
            grouped_size(self.meetings),
            self.size,
            self.rate,
            self.seconds,
            if self.kill { ", kill -9 in the middle" } else { "" }
        )
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let company = Company {
            people: self.meetings * self.size,
            rooms: self.meetings,
            listens_to: &[Room::Inbox, Room::Meeting],
            deal: Deal::Meetings,
            slow: 0,
            returns: self.kill,
            at_once: AT_ONCE,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        stage.arrive(&company).await?;
        let metrics_before = stage.server.metrics().await;
        let before = stage.meter.mark();
        let talk = self.talk(bench);
        let crowds = stage.crowds.len();
        let crash = Crash {
            at_us: talk.starts_at_us + micros(self.seconds / 2.0),
            people: count(company.people),
            progress: stage.crowds.progress(),
            patience: bench.patience,
        };
        let (spoken, outage) = tokio::join!(stage.crowds.speak(|crowd| talk.speech(crowd, crowds)), async {
            match self.kill {
                true => outage::cause(&mut stage.server, &stage.meter, &crash).await.map(Some),
                false => Ok(None),
            }
        },);
        let (spoken, outage) = (spoken?, outage?);
        let spoke = stage.meter.mark();
        let level = stage.settle(bench.patience).await?;
        let used = stage.meter.mark().since(&before);
        let metrics = stage.server.metrics().await;
        let account = stage.crowds.tell().await?;
        let readings = stage.meter.readings();
        console::progress("reading every meeting's history");
        let kept = stage.crowds.verify().await?;
        stage.strike().await;

        let mut outcome = Outcome::default();
        audit_kept(&mut outcome, &kept);
        audit_talk(&mut outcome, MESSAGES, &account, account.hearing, level);
        match outage {
            None => audit_stay(&mut outcome, MESSAGES, &account),
            Some(outage) => {
                let found = if outage.back_us.is_some() { "all" } else { "not within the limit" };
                outcome.audit("everybody came back", outage.back_us.is_some(), found);
            }
        }
        let said_for = spoke.since(&before).seconds;
        self.figures(&mut outcome, &account, &used, outage, talk.starts_at_us);
        stored(&mut outcome, &metrics, &metrics_before, account.acknowledged, said_for);
        latencies(&mut outcome, &account, outage, talk.starts_at_us);
        conditions(&mut outcome, &used, Some(&spoken));
        outcome.percentiles("Latency", &["to the last hearer", "to each hearer", "to the acknowledgement"]);
        let mut plots = vec![
            curves::latency("To the last hearer, second by second", &account.last),
            curves::rate(
                "Messages, by the second they were meant for",
                &[("acknowledged", &account.answered)],
            ),
            curves::cpu(&readings, talk.starts_at_us),
            curves::memory(&readings, talk.starts_at_us),
        ];
        if let Some(outage) = outage {
            plots.push(curves::people(&readings, talk.starts_at_us));
            plots.iter_mut().for_each(|plot| outage.mark(plot, talk.starts_at_us));
        }
        outcome.plots.append(&mut plots);
        Ok(outcome)
    }

    fn talk(&self, bench: &Bench) -> Talk {
        Talk {
            rate: self.rate,
            seconds: self.seconds,
            spacing: self.spacing,
            body_bytes: self.bytes,
            speakers: Speakers::Everyone,
            seed: bench.seed,
            starts_at_us: Talk::soon(),
        }
    }

    fn figures(
        &self,
        outcome: &mut Outcome,
        account: &Account,
        used: &Used,
        outage: Option<Outage>,
        start: u64,
    ) {
        let rate = per(float(account.acknowledged), self.seconds);
        // A Poisson schedule has a few messages more or fewer than its rate says.
        outcome
            .figure("messages acknowledged", rate, Unit::PerSecond)
            .target(Target::AtLeast(self.rate * 0.99));
        outcome.figure("messages", float(account.acknowledged), Unit::Count);
        outcome.figure("deliveries", float(account.deliveries), Unit::Count);
        if let Some(outage) = outage {
            let ready = seconds(outage.killed_us, outage.ready_us);
            outcome.figure("from the kill to ready", ready, Unit::Seconds);
            let back = seconds(outage.killed_us, outage.back_us.unwrap_or(outage.ready_us));
            outcome.figure("from the kill until everybody is back", back, Unit::Seconds);
            outcome.figure("killed in second", seconds(start, outage.killed_us), Unit::Seconds);
        } else {
            outcome.figure("server CPU, of one core", used.server_percent(), Unit::Percent);
            let server = ratio(used.server.total_us(), account.deliveries);
            outcome.figure("server CPU per delivery", server, Unit::Micros);
            let kernel = ratio(used.server.system_us, account.deliveries);
            outcome.figure("server CPU per delivery, in the kernel", kernel, Unit::Micros);
            let written = ratio(used.written_bytes, account.acknowledged);
            outcome.figure("bytes written to disk per message", written, Unit::Bytes);
        }
        let generator = per(used.generators_us(), float(account.deliveries));
        outcome.figure("generator CPU per delivery", generator, Unit::Micros);
        outcome.figure(
            "bytes per delivery on the wire",
            ratio(account.bytes_read, account.deliveries),
            Unit::Bytes,
        );
    }
}

/// What the storage's counters say, as far as they are there.
fn stored(outcome: &mut Outcome, now: &Metrics, before: &Metrics, messages: u64, seconds: f64) {
    let rise = |name| now.rise(before, name);
    if let Some(rows) = rise("storage_rows_total") {
        outcome.figure("stored rows per message", per(rows, float(messages)), Unit::Count);
    }
    if let Some(bytes) = rise("storage_bytes_total") {
        outcome.figure("stored bytes per message", per(bytes, float(messages)), Unit::Bytes);
    }
    if let Some(commits) = rise("storage_commits_total") {
        outcome.figure("messages per commit", per(float(messages), commits), Unit::Count);
    }
    if let Some(syncs) = rise("storage_syncs_total") {
        outcome.figure("fsyncs", per(syncs, seconds), Unit::PerSecond);
        outcome.figure("messages per fsync", per(float(messages), syncs), Unit::Count);
    }
}

fn latencies(outcome: &mut Outcome, account: &Account, outage: Option<Outage>, starts_at_us: u64) {
    let out = |second| outage.is_some_and(|outage| outage.covers(second, starts_at_us));
    outcome.latency("to the last hearer", account.last.all_but(out)).p99_at_most(50_000);
    outcome.latency("to each hearer", account.heard.all_but(out));
    outcome.latency("to the acknowledgement", account.answered.all_but(out));
    if outage.is_some() {
        outcome.latency("to the last hearer, during the outage", account.last.all_but(|second| !out(second)));
    }
}

fn audit_kept(outcome: &mut Outcome, kept: &Kept) {
    let found = format!(
        "{} acknowledged, {} found, {} lost, {} twice",
        grouped(kept.acknowledged),
        grouped(kept.found),
        kept.lost,
        kept.twice
    );
    let holds = kept.lost == 0 && kept.twice == 0 && kept.acknowledged > 0;
    outcome.audit("every acknowledged message is in the history once", holds, found);
}
