//! `capacity`: a quarter of a million sessions on several servers of one machine. Everybody comes in, joins an inbox
//! and a project; tasks are created at a steady rate and every listener is audited. Then, if asked for, servers are
//! restarted or killed under the same crowd, and the rate is raised until the latency gives way.

mod found;
mod ground;
mod knee;
mod plots;
mod trouble;

use super::{Bench, stage::grouped_size};
use crate::{cluster::below::Below, console, error::Result, number::float, report::outcome::Outcome};
use found::Found;
use ground::Ground;
use std::time::Duration;
use tokio::time::sleep;
use trouble::Event;

/// How long the servers are left alone after the last one came in, before memory is read.
const REST: Duration = Duration::from_secs(5);

/// What can be chosen.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How many sessions, each of a person of their own
    #[arg(long, default_value_t = 250_000, value_parser = at_least_one)]
    sessions: usize,
    /// How many servers
    #[arg(long, default_value_t = 16, value_parser = at_least_one)]
    nodes: usize,
    /// How many processes play the people; each needs a file for every session
    #[arg(long, default_value_t = 16, value_parser = at_least_one)]
    crowds: usize,
    /// How many people in a project
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    per_project: usize,
    /// Deliveries a second: each task is heard by everybody in its project
    #[arg(long, default_value_t = 20_000.0)]
    rate: f64,
    /// For how long, in seconds
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// For how long nothing happens but heartbeats before that, to see what they cost, in seconds
    #[arg(long, default_value_t = 20)]
    calm_seconds: u64,
    /// The length of a task's title, up to 200
    #[arg(long, default_value_t = 120)]
    bytes: usize,
    /// What happens to the servers under the same crowd
    #[arg(long, value_enum, value_delimiter = ',')]
    events: Vec<Event>,
    /// Raise the rate step by step until p99 passes 50 ms
    #[arg(long)]
    knee: bool,
    /// How long each step of it is, in seconds
    #[arg(long, default_value_t = 20.0)]
    step_seconds: f64,
    /// How many of each crowd are at the door at a time
    #[arg(long, default_value_t = 64)]
    at_once: usize,
    /// How long everybody may take to come in, in seconds
    #[arg(long, default_value_t = 3_600)]
    arrive_within: u64,
    /// The keyspace that the servers share
    #[arg(long, default_value = "capacity")]
    keyspace: String,
    /// Take the people that an earlier run of the same size seeded; its tokens are good for a day
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    below: Below,
}

fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

impl Options {
    pub(super) fn setting(&self) -> String {
        format!(
            "{} sessions on {} servers, each in its inbox and a project of {}; {} deliveries/s for {} s",
            grouped_size(self.sessions),
            self.nodes,
            self.per_project,
            knee::grouped_rate(self.rate),
            self.seconds
        )
    }

    /// How many projects.
    fn rooms(&self) -> usize {
        self.sessions.div_ceil(self.per_project)
    }

    /// Tasks a second that make so many deliveries.
    fn tasks(&self, deliveries: f64) -> f64 {
        deliveries / float(crate::number::count(self.per_project.min(self.sessions)))
    }

    pub(super) async fn run(&self, bench: &Bench) -> Result<Outcome> {
        let mut ground = Ground::set_up(bench, self).await?;
        let ready = ground.meter.mark();
        let arrived = ground.arrive(self).await?;
        sleep(REST).await;
        let full = ground.meter.mark();
        console::progress(format!("nothing happens for {} s", self.calm_seconds));
        sleep(Duration::from_secs(self.calm_seconds)).await;
        let calm = ground.meter.mark();
        let spread = ground.spread().await?;
        console::progress(format!("{} deliveries/s for {} s", knee::grouped_rate(self.rate), self.seconds));
        let steady = ground.talk(self.tasks(self.rate), self.seconds).await?;
        let mut troubles = Vec::with_capacity(self.events.len());
        for event in &self.events {
            troubles.push(ground.trouble(*event, self.tasks(self.rate), arrived.arrived).await?);
        }
        let knee = match self.knee {
            true => Some(knee::find(&mut ground, self, &steady).await?),
            false => None,
        };
        let readings = ground.meter.readings();
        let about = ground.strike();
        let found = Found {
            options: self,
            about,
            ready,
            full,
            calm,
            arrived,
            spread,
            steady,
            troubles,
            knee,
            readings,
        };
        Ok(found.outcome())
    }
}
