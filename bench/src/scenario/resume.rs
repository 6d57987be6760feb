//! `resume`: a whole room drops at once, one who stayed goes on speaking, then everybody comes back with
//! full jitter and must hear exactly what was missed.

use super::{
    Bench,
    curves::{self, seconds},
    stage::{AT_ONCE, Company, MESSAGES, Stage, Talk, audit_talk, conditions, grouped_size},
};
use crate::{
    clock::now_us,
    console,
    crowd::order::{Order, Room, Speakers},
    crowds::listeners,
    error::Result,
    number::{count, float, grouped, per, ratio},
    report::outcome::{Outcome, Target, Unit},
    schedule::Spacing,
    seats::Deal,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

/// What the server may take to notice that everybody is gone.
const GONE: Duration = Duration::from_secs(2);
/// How often somebody may have to try.
const ATTEMPTS_MAX: u32 = 3;

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people are in the room
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// How many messages they miss
    #[arg(long, default_value_t = 1_000)]
    messages: u32,
    /// How fast those are said, a second
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// The length of a message
    #[arg(long, default_value_t = 120)]
    bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 10_000, messages: 1_000, rate: 500.0, bytes: 120 }
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        let (people, messages) = (grouped_size(self.people), grouped(self.messages.into()));
        format!("{people} people in one room drop at once, miss {messages} messages, come back at once")
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let company = Company {
            people: self.people,
            rooms: 1,
            listens_to: &[Room::Meeting],
            deal: Deal::People,
            slow: 0,
            returns: true,
            at_once: AT_ONCE,
        };
        let mut stage = Stage::set_up(bench, &company).await?;
        stage.arrive(&company).await?;
        stage.crowds.change(|crowd| Order::Cut { keep: usize::from(crowd == 0) }).await?;
        sleep(GONE).await;
        console::progress(format!("everybody is gone; {} messages are said", self.messages));
        let talk = self.talk(bench);
        let spoken = stage.talk(&talk).await?;
        stage.until_answered(bench.patience).await?;
        let before = stage.meter.mark();
        let returned_us = now_us();
        stage.crowds.change(|_| Order::Return).await?;
        let level = stage.settle(bench.patience).await?;
        let used = stage.meter.mark().since(&before);
        // A last curve point with everybody level.
        sleep(Duration::from_millis(500)).await;
        let account = stage.crowds.tell().await?;
        let readings = stage.meter.readings();
        stage.strike().await;

        let mut outcome = Outcome::default();
        let (_, hearing) = account.spread(listeners(self.people));
        audit_talk(&mut outcome, MESSAGES, &account, hearing, level);
        audit_attempts(&mut outcome, &account.attempts, self.people);
        let took = level.map_or_else(|| used.seconds, |level| seconds(returned_us, level));
        outcome.figure("until all are level again", took, Unit::Seconds).target(Target::AtMost(30.0));
        let missed = count(self.people.saturating_sub(1)) * u64::from(self.messages);
        outcome.figure("missed events heard", float(missed), Unit::Count);
        outcome.figure("missed events heard, a second", per(float(missed), took), Unit::PerSecond);
        for attempt in 1..=ATTEMPTS_MAX {
            let people = account.attempts.get(&attempt).copied().unwrap_or(0);
            outcome.figure(format!("in at attempt {attempt}"), float(people), Unit::Count);
        }
        outcome.figure("server CPU per missed event", ratio(used.server.total_us(), missed), Unit::Micros);
        outcome.figure("server CPU, of one core", used.server_percent(), Unit::Percent);
        let generator = per(used.generators_us(), float(missed));
        outcome.figure("generator CPU per missed event", generator, Unit::Micros);
        outcome.figure(
            "bytes per event on the wire",
            ratio(account.bytes_read, account.deliveries),
            Unit::Bytes,
        );
        conditions(&mut outcome, &used, Some(&spoken));
        let shown_from = returned_us.saturating_sub(1_000_000);
        for mut plot in [
            curves::people(&readings, shown_from),
            curves::cpu(&readings, shown_from),
            curves::memory(&readings, shown_from),
        ] {
            plot.moments.push((1.0, "the return begins".into()));
            outcome.plots.push(plot);
        }
        Ok(outcome)
    }

    fn talk(&self, bench: &Bench) -> Talk {
        Talk {
            rate: self.rate,
            // Half a gap less, so that rounding adds no message.
            seconds: (f64::from(self.messages) - 0.5) / self.rate,
            spacing: Spacing::Even,
            body_bytes: self.bytes,
            speakers: Speakers::First,
            seed: bench.seed,
            starts_at_us: Talk::soon(),
        }
    }
}

fn audit_attempts(outcome: &mut Outcome, attempts: &BTreeMap<u32, u64>, people: usize) {
    let within: u64 = attempts.range(..=ATTEMPTS_MAX).map(|(_, people)| people).sum();
    let more: u64 = attempts.range(ATTEMPTS_MAX + 1..).map(|(_, people)| people).sum();
    let found = format!("{} within, {more} beyond", grouped(within));
    let expected = count(people.saturating_sub(1));
    outcome.audit(
        format!("everybody came back within {ATTEMPTS_MAX} attempts"),
        within == expected && more == 0,
        found,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fourth_attempt_fails_the_audit() {
        let audit = |attempts: &[(u32, u64)]| {
            let mut outcome = Outcome::default();
            audit_attempts(&mut outcome, &attempts.iter().copied().collect(), 11);
            outcome.is_clean()
        };

        assert!(audit(&[(1, 7), (3, 3)]));
        assert!(!audit(&[(1, 9), (4, 1)]));
        assert!(!audit(&[(1, 9)]), "one never came back");
    }

    #[test]
    fn exactly_so_many_messages_are_scheduled() {
        let bench = Bench {
            host: crate::server::Host::Own { binary: "".into(), data: "".into() },
            people_a_crowd: 1,
            seed: 1,
            runs: 1,
            patience: Duration::from_secs(1),
        };

        for messages in [1, 7, 1_000] {
            let options = Options { messages, ..Options::default() };
            assert_eq!(
                options.talk(&bench).schedule().instants().count(),
                usize::try_from(messages).unwrap()
            );
        }
    }
}
