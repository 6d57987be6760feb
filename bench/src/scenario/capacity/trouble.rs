//! What happens to servers while people speak: each is restarted in turn, or one is killed. And how the people who
//! were there come back: when they were away is read from the meter's curve afterwards.

use super::ground::Talked;
use crate::{
    clock::now_us,
    cluster::Cluster,
    console,
    crowd::order::Progress,
    error::{Error, Result},
    meter::{Meter, Reading},
    number::{float, grouped},
    scenario::curves::seconds,
};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// How often it is looked whether everybody is back; the crowds themselves count five times a second.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Peace before and after each, so that the curve shows where it comes from and where it goes.
const PEACE: Duration = Duration::from_secs(2);

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Event {
    /// Every server in turn is asked to end and started again
    RollingRestart,
    /// The fullest server is killed, and started again when everybody is back on the others
    NodeCrash,
}

/// Where it happens.
pub(super) struct Scene<'a> {
    pub(super) meter: &'a Meter,
    pub(super) progress: Vec<watch::Receiver<Progress>>,
    /// How many sessions there were.
    pub(super) people: u64,
    pub(super) patience: Duration,
}

/// One server that went away; instants are microseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub(super) struct Blow {
    /// Which server.
    pub(super) node: String,
    /// When it was asked to end, or killed.
    pub(super) at_us: u64,
    /// When its process had ended.
    pub(super) gone_us: u64,
    /// Whether it ended as it should: in order and in time.
    pub(super) in_order: bool,
    /// When it was ready again.
    pub(super) ready_us: u64,
    /// Sessions that were there.
    pub(super) sessions: u64,
}

/// How long it took until people were back, in seconds from the blow; `None` where that was not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Back {
    /// Nearly all: 95 in a hundred of those who had been there.
    pub(super) most: Option<f64>,
    /// All.
    pub(super) all: Option<f64>,
    /// The most that were away at a time.
    pub(super) away_max: u64,
}

/// An event and what it did.
pub(super) struct Troubled {
    pub(super) event: Event,
    /// How many sessions there were.
    pub(super) people: u64,
    pub(super) blows: Vec<Blow>,
    /// For each of them.
    pub(super) backs: Vec<Back>,
    /// What people said and heard meanwhile.
    pub(super) talked: Talked,
}

impl Event {
    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RollingRestart => "rolling restart",
            Self::NodeCrash => "node crash",
        }
    }
}

/// Lets it happen.
///
/// # Errors
/// When a server does not come back.
pub(super) async fn cause(cluster: &mut Cluster, scene: &Scene<'_>, event: Event) -> Result<Vec<Blow>> {
    sleep(PEACE).await;
    let mut blows = Vec::new();
    match event {
        Event::RollingRestart => {
            for place in 0..cluster.nodes.len() {
                blows.push(restart(cluster, scene, place).await?);
            }
        }
        Event::NodeCrash => {
            let fullest = fullest(cluster).await?;
            blows.push(crash(cluster, scene, fullest).await?);
        }
    }
    Ok(blows)
}

async fn restart(cluster: &mut Cluster, scene: &Scene<'_>, place: usize) -> Result<Blow> {
    let (node, sessions) = present(cluster, place).await?;
    let at_us = now_us();
    let in_order = match cluster.end(place).await {
        Ok(()) => true,
        // That it did not is a result: it stands in the report, and the next one is asked.
        Err(error @ (Error::Late { .. } | Error::Program { .. })) => {
            console::progress(format!("{node} did not end in order: {error}"));
            false
        }
        Err(error) => return Err(error),
    };
    let gone_us = now_us();
    let ready_us = started_again(cluster, scene, place, gone_us).await?;
    tell(&node, sessions, at_us, gone_us, ready_us);
    sleep(PEACE).await;
    Ok(Blow { node, at_us, gone_us, in_order, ready_us, sessions })
}

async fn crash(cluster: &mut Cluster, scene: &Scene<'_>, place: usize) -> Result<Blow> {
    let (node, sessions) = present(cluster, place).await?;
    let at_us = now_us();
    cluster.kill(place).await?;
    let gone_us = now_us();
    // With one server there are no others to come back to.
    if cluster.nodes.len() > 1 {
        scene.everybody_back(gone_us).await;
    }
    let ready_us = started_again(cluster, scene, place, gone_us).await?;
    tell(&node, sessions, at_us, gone_us, ready_us);
    sleep(PEACE).await;
    Ok(Blow { node, at_us, gone_us, in_order: true, ready_us, sessions })
}

/// Starts a server again that is gone and waits for everybody; answers when it was ready.
async fn started_again(cluster: &mut Cluster, scene: &Scene<'_>, place: usize, gone_us: u64) -> Result<u64> {
    let pid = cluster.start_again(place).await?;
    scene.meter.follow(place, pid);
    let ready_us = now_us();
    cluster.together().await?;
    scene.everybody_back(gone_us).await;
    Ok(ready_us)
}

/// The server with the most sessions: whoever was restarted last has none.
async fn fullest(cluster: &Cluster) -> Result<usize> {
    let (mut fullest, mut most) = (0, 0);
    for place in 0..cluster.nodes.len() {
        let sessions = cluster.health(place).await?.sessions;
        if sessions > most {
            (fullest, most) = (place, sessions);
        }
    }
    Ok(fullest)
}

async fn present(cluster: &Cluster, place: usize) -> Result<(String, u64)> {
    let name = cluster.nodes.get(place).map(|node| node.name.clone()).unwrap_or_default();
    Ok((name, cluster.health(place).await?.sessions))
}

fn tell(node: &str, sessions: u64, at_us: u64, gone_us: u64, ready_us: u64) {
    console::progress(format!(
        "{node} with {} sessions: ended after {:.1} s, ready after {:.1} s, all settled after {:.1} s",
        grouped(sessions),
        seconds(at_us, gone_us),
        seconds(at_us, ready_us),
        seconds(at_us, now_us())
    ));
}

impl Scene<'_> {
    /// Waits until everybody is in, by counts that were made since this instant, as long as there is patience.
    async fn everybody_back(&self, since_us: u64) {
        let until = Instant::now() + self.patience;
        let inside = |crowd: &watch::Receiver<Progress>| {
            let moment = *crowd.borrow();
            if moment.at_us > since_us { moment.connected } else { 0 }
        };
        while self.progress.iter().map(inside).sum::<u64>() < self.people && Instant::now() < until {
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Blow {
    /// Reads from the curve how people came back, up to the next blow.
    pub(super) fn back(&self, readings: &[Reading], until_us: u64, people: u64) -> Back {
        let span = self.at_us..until_us;
        let away: Vec<(u64, u64)> = readings
            .iter()
            .filter(|reading| span.contains(&reading.at_us))
            .map(|reading| (reading.at_us, people.saturating_sub(reading.progress.connected)))
            .collect();
        let away_max = away.iter().map(|(_, away)| *away).max().unwrap_or(0);
        // People leave one after another: they are back when for the last time too many were away.
        let back = |few: f64| {
            let last = away.iter().rposition(|(_, away)| float(*away) > few);
            let at = last.map_or(0, |last| last + 1);
            away.get(at).map(|(at_us, _)| seconds(self.at_us, *at_us))
        };
        Back { most: back(float(self.sessions) * 0.05), all: back(0.0), away_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proc::{Cores, Cpu, Kernel};

    fn readings(connected: &[u64]) -> Vec<Reading> {
        let reading = |(at_s, connected): (u64, &u64)| Reading {
            at_us: at_s * 1_000_000,
            server: Cpu::default(),
            resident_bytes: 0,
            written_bytes: 0,
            below: Vec::new(),
            generators_us: Vec::new(),
            kernel: Kernel::default(),
            cores: Cores::default(),
            progress: Progress { connected: *connected, ..Progress::default() },
        };
        (0..).zip(connected).map(reading).collect()
    }

    fn blow() -> Blow {
        let node = "n1".to_owned();
        Blow {
            node,
            at_us: 1_000_000,
            gone_us: 2_000_000,
            in_order: true,
            ready_us: 2_000_000,
            sessions: 100,
        }
    }

    #[test]
    fn people_are_back_when_for_the_last_time_somebody_was_away() {
        let curve = readings(&[400, 400, 330, 350, 320, 396, 399, 400, 400]);

        let back = blow().back(&curve, u64::MAX, 400);

        assert_eq!(back, Back { most: Some(4.0), all: Some(6.0), away_max: 80 });
    }

    #[test]
    fn who_never_came_back_is_not_back() {
        let curve = readings(&[400, 400, 330, 399, 399]);

        assert_eq!(blow().back(&curve, u64::MAX, 400), Back { most: Some(2.0), all: None, away_max: 70 });
        assert_eq!(blow().back(&curve, 2_500_000, 400).most, None, "before the next blow");
    }
}
