//! What the scenario stands on: servers, crowds that spread over them, a meter over all, and the talks that are
//! held there. Each talk is measured by itself, and everybody stays in between.

use super::{
    Options,
    trouble::{self, Event, Scene, Troubled},
};
use crate::{
    clock::now_us,
    cluster::{Cluster, Plan},
    console,
    crowd::{
        account::Account,
        order::{Arrival, Arrived, Order, Room, Speakers, Spoken, Wire},
    },
    crowds::Crowds,
    error::{Error, Result},
    meter::{Meter, Reading, Used, Watched},
    number::{float, grouped},
    scenario::{Bench, stage::Talk},
    schedule::{Spacing, micros},
    seats::{Deal, Share},
    server::Host,
};
use std::{cell::Cell, time::Duration};

/// How long each piece of a talk is that goes on until something else is over.
const PIECE_S: f64 = 5.0;
/// From the order for such a piece to its first task: shorter than for a talk of its own, so that hardly anything
/// is missing between two pieces.
const PIECE_BEGINS_AFTER_US: u64 = 150_000;

/// Servers, crowds and a meter.
pub(super) struct Ground {
    pub(super) cluster: Cluster,
    pub(super) crowds: Crowds,
    pub(super) meter: Meter,
    patience: Duration,
    bytes: usize,
    seed: u64,
    tag: u64,
}

/// What a reader must know of the ground when it is gone.
pub(super) struct About {
    /// What stood below the servers.
    pub(super) below: [String; 2],
    /// Which of the two were watched, by name.
    pub(super) watched: Vec<&'static str>,
    /// How long seeding took.
    pub(super) seeded_in: Option<Duration>,
}

/// A talk and what it did.
pub(super) struct Talked {
    /// When it began, microseconds since the Unix epoch.
    pub(super) starts_at_us: u64,
    /// For how long tasks were meant to be created, in seconds.
    pub(super) seconds: f64,
    pub(super) spoken: Spoken,
    pub(super) account: Account,
    /// What was used while people spoke.
    pub(super) used: Used,
    /// When everybody was level; `None` when that did not happen in time.
    pub(super) level: Option<u64>,
}

impl Ground {
    /// Starts and seeds everything; nobody has arrived yet.
    pub(super) async fn set_up(bench: &Bench, options: &Options) -> Result<Self> {
        let Host::Own { binary, data } = &bench.host else {
            return Err(Error::answer("capacity", "it starts its own servers: leave out --attach"));
        };
        let plan = Plan {
            binary: binary.clone(),
            folder: data.join("capacity"),
            keyspace: options.keyspace.clone(),
            nodes: options.nodes,
            people: options.sessions,
            rooms: options.rooms(),
            again: options.again,
            below: options.below.clone(),
        };
        let cluster = Cluster::set_up(plan).await?;
        let crowds = Crowds::start(options.sessions, options.sessions.div_ceil(options.crowds))?;
        let below = [&cluster.cql, &cluster.nats].into_iter().filter_map(|support| support.pid()).collect();
        let watched = Watched { servers: cluster.pids(), below };
        let meter = Meter::start(watched, crowds.pids(), crowds.progress());
        let (patience, seed) = (bench.patience, bench.seed);
        Ok(Self { cluster, crowds, meter, patience, bytes: options.bytes, seed, tag: now_us() })
    }

    /// Brings in as many as come in within the time.
    pub(super) async fn arrive(&mut self, options: &Options) -> Result<Arrived> {
        let (file, servers, tag) = (self.cluster.tokens.clone(), self.cluster.addresses(), self.tag);
        let arrival = |crowd, crowds| Arrival {
            servers: servers.clone(),
            wire: Wire::Session,
            share: Share {
                file: file.clone(),
                people: options.sessions,
                // A crowd hears the whole of its rooms, and so knows by itself whether everybody heard.
                deal: Deal::Projects,
                crowd,
                crowds,
            },
            rooms: vec![Room::Inbox, Room::Project],
            at_once: options.at_once,
            slow: 0,
            returns: true,
            tag,
            limit_ms: options.arrive_within.saturating_mul(1_000),
        };
        let Self { cluster, crowds, .. } = self;
        let arrived = tokio::select! {
            arrived = crowds.gather(arrival) => arrived?,
            error = Cluster::collapsed(&mut cluster.cql, &mut cluster.nats) => return Err(error),
        };
        if arrived.arrived == 0 {
            let why = format!("turned away: {:?}", arrived.turned_away);
            return Err(Error::Absent { arrived: 0, expected: arrived.expected, why });
        }
        let seconds = float(arrived.took_us) / 1e6;
        console::progress(format!("{} sessions in after {seconds:.1} s", grouped(arrived.arrived)));
        Ok(arrived)
    }

    /// Sessions on each server.
    pub(super) async fn spread(&self) -> Result<Vec<u64>> {
        let mut sessions = Vec::with_capacity(self.cluster.nodes.len());
        for place in 0..self.cluster.nodes.len() {
            sessions.push(self.cluster.health(place).await?.sessions);
        }
        Ok(sessions)
    }

    /// Lets people create so many tasks a second, and waits until everybody is level.
    pub(super) async fn talk(&mut self, rate: f64, seconds: f64) -> Result<Talked> {
        self.crowds.change(|_| Order::Anew).await?;
        let before = self.meter.mark();
        let talk = self.piece(rate, seconds, Talk::soon());
        let count = self.crowds.len();
        let Self { cluster, crowds, .. } = self;
        let spoken = tokio::select! {
            spoken = crowds.speak(|crowd| talk.speech(crowd, count)) => spoken?,
            error = Cluster::collapsed(&mut cluster.cql, &mut cluster.nats) => return Err(error),
        };
        self.listen(spoken, &before, seconds, talk.starts_at_us).await
    }

    /// The same for as long as something happens to the servers.
    pub(super) async fn trouble(&mut self, event: Event, rate: f64, people: u64) -> Result<Troubled> {
        console::progress(format!("{} while people speak", event.name()));
        self.crowds.change(|_| Order::Anew).await?;
        let before = self.meter.mark();
        let (starts_at_us, count) = (Talk::soon(), self.crowds.len());
        let progress = self.crowds.progress();
        let first = self.piece(rate, PIECE_S, starts_at_us);
        let scene = Scene { meter: &self.meter, progress, people, patience: self.patience };
        let is_over = Cell::new(false);
        let (cluster, crowds) = (&mut self.cluster, &mut self.crowds);
        let talking = async {
            let (mut sum, mut at, mut number) = (Spoken::default(), starts_at_us, 1);
            while !is_over.get() {
                let talk = Talk { starts_at_us: at, seed: first.seed.wrapping_add(1_000 * number), ..first };
                let spoken = crowds.speak(|crowd| talk.speech(crowd, count)).await?;
                sum.said += spoken.said;
                sum.lateness.merge(&spoken.lateness);
                at = (at + micros(PIECE_S)).max(now_us() + PIECE_BEGINS_AFTER_US);
                number += 1;
            }
            Ok::<_, Error>((sum, at))
        };
        let causing = async {
            let blows = trouble::cause(cluster, &scene, event).await;
            is_over.set(true);
            blows
        };
        let (talked, blows) = tokio::join!(talking, causing);
        let ((spoken, ended_us), blows) = (talked?, blows?);
        let seconds = float(ended_us.saturating_sub(starts_at_us)) / 1e6;
        let talked = self.listen(spoken, &before, seconds, starts_at_us).await?;
        let readings = self.meter.readings();
        let backs = blows.iter().zip(1..).map(|(blow, next)| {
            let until_us = blows.get(next).map_or(u64::MAX, |next| next.at_us);
            blow.back(&readings, until_us, people)
        });
        let backs = backs.collect();
        Ok(Troubled { event, people, blows, backs, talked })
    }

    /// Ends all of it.
    pub(super) fn strike(self) -> About {
        let Cluster { cql, nats, seeded_in, .. } = &self.cluster;
        let watched =
            [("CQL", cql), ("NATS", nats)].into_iter().filter(|(_, support)| support.pid().is_some());
        About {
            watched: watched.map(|(name, _)| name).collect(),
            below: [cql.is.clone(), nats.is.clone()],
            seeded_in: *seeded_in,
        }
    }

    fn piece(&self, rate: f64, seconds: f64, starts_at_us: u64) -> Talk {
        Talk {
            rate,
            seconds,
            spacing: Spacing::Poisson,
            body_bytes: self.bytes,
            speakers: Speakers::Everyone,
            seed: self.seed,
            starts_at_us,
        }
    }

    async fn listen(
        &mut self,
        spoken: Spoken,
        before: &Reading,
        seconds: f64,
        starts_at_us: u64,
    ) -> Result<Talked> {
        let used = self.meter.mark().since(before);
        let level = self.crowds.settle(self.patience).await?;
        let account = self.crowds.tell().await?;
        Ok(Talked { starts_at_us, seconds, spoken, account, used, level })
    }
}
