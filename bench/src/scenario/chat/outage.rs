//! Killing the server in the middle of a talk, and what that did: when it was killed, when it was ready
//! again, when everybody was back.

use crate::{
    clock::{now_us, until},
    console,
    crowd::order::Progress,
    error::Result,
    meter::Meter,
    number::float,
    report::outcome::Plot,
    scenario::curves::seconds,
    server::Server,
};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// Seconds after everybody is back that still count as outage: the backlog drains.
const DRAIN_S: f64 = 2.0;
/// How often it is looked whether everybody is back; the crowds themselves count five times a second.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A crash in the making.
pub(super) struct Crash {
    /// When, microseconds since the Unix epoch.
    pub(super) at_us: u64,
    /// How many people have to come back.
    pub(super) people: u64,
    /// How the crowds are doing.
    pub(super) progress: Vec<watch::Receiver<Progress>>,
    /// How long they may take.
    pub(super) patience: Duration,
}

/// A crash that happened; instants are microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    /// When the server was killed.
    pub(super) killed_us: u64,
    /// When it was ready again.
    pub(super) ready_us: u64,
    /// When everybody was in again.
    pub(super) back_us: Option<u64>,
}

/// Waits, kills the server, starts it again, and waits until everybody is back.
///
/// # Errors
/// When the server is not ours, or does not become ready again.
pub(super) async fn cause(server: &mut Server, meter: &Meter, crash: &Crash) -> Result<Outage> {
    sleep(until(crash.at_us)).await;
    let killed_us = now_us();
    server.kill().await?;
    console::progress("killed");
    server.start_again().await?;
    meter.follow(0, server.pid);
    let ready_us = now_us();
    console::progress(format!("ready again after {:.2} s", seconds(killed_us, ready_us)));
    let limit = Instant::now() + crash.patience;
    while !crash.is_over(ready_us) && Instant::now() < limit {
        sleep(LOOK_EVERY).await;
    }
    let back_us = crash.is_over(ready_us).then(now_us);
    Ok(Outage { killed_us, ready_us, back_us })
}

impl Crash {
    /// Whether everybody is in, by counts that were made since this instant.
    fn is_over(&self, since_us: u64) -> bool {
        let inside = |crowd: &watch::Receiver<Progress>| {
            let moment = *crowd.borrow();
            if moment.at_us > since_us { moment.connected } else { 0 }
        };
        self.progress.iter().map(inside).sum::<u64>() >= self.people
    }
}

impl Outage {
    /// Whether this second of a talk belongs to it.
    pub(super) fn covers(&self, second: u64, starts_at_us: u64) -> bool {
        let begin = seconds(starts_at_us, self.killed_us).floor();
        let end = seconds(starts_at_us, self.back_us.unwrap_or(u64::MAX)) + DRAIN_S;
        (begin..=end).contains(&float(second))
    }

    /// Shows it on a plot of a talk.
    pub(super) fn mark(&self, plot: &mut Plot, starts_at_us: u64) {
        plot.moments.push((seconds(starts_at_us, self.killed_us), "kill -9".into()));
        if let Some(back) = self.back_us {
            plot.moments.push((seconds(starts_at_us, back), "all back".into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_covers_its_seconds_and_the_drain_after_it() {
        let outage = Outage { killed_us: 10_500_000, ready_us: 11_000_000, back_us: Some(12_200_000) };

        let covered: Vec<_> = (0..20).filter(|second| outage.covers(*second, 0)).collect();

        assert_eq!(covered, [10, 11, 12, 13, 14]);
    }
}
