//! What every scenario with sockets needs: a server with people in it, crowds that play them, and a meter
//! that watches both. And what every outcome must say: who heard what, and whether the generator kept up.

use super::Bench;
use crate::{
    clock::now_us,
    console,
    crowd::{
        account::{Account, Hearing},
        order::{Arrival, Arrived, Room, Speakers, Speech, Spoken, Wire},
    },
    crowds::Crowds,
    error::{Error, Result},
    meter::{Meter, Used, Watched},
    number::{float, grouped},
    report::outcome::{Outcome, Unit},
    schedule::{Schedule, Spacing},
    seats::{Deal, Share},
    server::Server,
};
use std::{net::SocketAddr, path::Path, time::Duration};
use tokio::time::{Instant, sleep};

/// How long everybody may take to come in.
const ARRIVE_LIMIT_MS: u64 = 180_000;
/// From the order to talk to the first message: every crowd has read the order by then.
const TALK_BEGINS_AFTER_US: u64 = 500_000;
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Who takes part, and how.
#[derive(Clone, Debug)]
pub(super) struct Company {
    /// How many people.
    pub(super) people: usize,
    /// Over how many projects and meetings they are spread.
    pub(super) rooms: usize,
    /// Which rooms each of them listens to.
    pub(super) listens_to: &'static [Room],
    /// What is dealt out to the crowds.
    pub(super) deal: Deal,
    /// How many can be made to stop reading.
    pub(super) slow: usize,
    /// Whether people come back by themselves.
    pub(super) returns: bool,
    /// How many of a crowd may be at the door at a time.
    pub(super) at_once: usize,
}

/// How many of a crowd may be at the door at a time, unless a scenario is about the door.
pub(super) const AT_ONCE: usize = 128;

/// A server, its crowds and a meter.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) crowds: Crowds,
    pub(super) meter: Meter,
    tag: u64,
}

impl Stage {
    /// Seeds and starts a server for this company, and starts crowds, who have not arrived yet.
    pub(super) async fn set_up(bench: &Bench, company: &Company) -> Result<Self> {
        console::progress(format!(
            "seeding {} people in {} rooms",
            grouped_size(company.people),
            company.rooms
        ));
        let server = Server::set_up(&bench.host, company.people, company.rooms).await?;
        console::progress(format!(
            "ready after {:.2} s at {}",
            server.ready_after.as_secs_f64(),
            server.address
        ));
        let crowds = Crowds::start(company.people, bench.people_a_crowd)?;
        let meter = Meter::start(Watched::one(server.pid), crowds.pids(), crowds.progress());
        Ok(Self { server, crowds, meter, tag: now_us() })
    }

    /// Brings the company in.
    pub(super) async fn arrive(&mut self, company: &Company) -> Result<Arrived> {
        let server = self.server.address;
        let arrived = self.bring(company, Wire::Session, server).await?;
        let (people, seconds) = (grouped(arrived.arrived), float(arrived.took_us) / 1e6);
        console::progress(format!("{people} people in after {seconds:.1} s"));
        Ok(arrived)
    }

    /// Connects the company to something else than the server; whoever was in leaves.
    pub(super) async fn bring(
        &mut self,
        company: &Company,
        wire: Wire,
        server: SocketAddr,
    ) -> Result<Arrived> {
        let tokens = self.server.tokens.clone();
        let tag = self.tag;
        let arrival = |crowd, crowds| arrival(company, &tokens, tag, wire, server, crowd, crowds);
        tokio::select! {
            arrived = self.crowds.arrive(arrival) => arrived,
            error = self.server.died() => Err(error),
        }
    }

    /// Lets people talk. With `Speakers::First` one person speaks, and all crowds listen.
    pub(super) async fn talk(&mut self, talk: &Talk) -> Result<Spoken> {
        let crowds = self.crowds.len();
        tokio::select! {
            spoken = self.crowds.speak(|crowd| talk.speech(crowd, crowds)) => spoken,
            error = self.server.died() => Err(error),
        }
    }

    /// Waits until everybody is level; `None` when that did not happen in time.
    pub(super) async fn settle(&mut self, limit: Duration) -> Result<Option<u64>> {
        tokio::select! {
            level = self.crowds.settle(limit) => level,
            error = self.server.died() => Err(error),
        }
    }

    /// Waits until what was said was answered, whoever may be out.
    pub(super) async fn until_answered(&self, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        loop {
            let progress = self.meter.mark().progress;
            if progress.said > 0 && progress.said == progress.answered {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Error::Late { step: "answering what was said".into(), limit });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Ends the crowds and the server.
    pub(super) async fn strike(self) {
        drop(self.crowds);
        self.server.stop().await;
    }
}

/// A talk in the making.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk {
    /// Messages a second, all crowds together.
    pub(super) rate: f64,
    /// For how long, in seconds.
    pub(super) seconds: f64,
    /// How they are spread.
    pub(super) spacing: Spacing,
    /// How long each is.
    pub(super) body_bytes: usize,
    /// Who says them.
    pub(super) speakers: Speakers,
    /// What chance begins with.
    pub(super) seed: u64,
    /// When it begins, microseconds since the Unix epoch.
    pub(super) starts_at_us: u64,
}

impl Talk {
    /// The instant at which a talk begins that is ordered now.
    pub(super) fn soon() -> u64 {
        now_us() + TALK_BEGINS_AFTER_US
    }

    /// The whole schedule.
    pub(super) const fn schedule(&self) -> Schedule {
        Schedule { rate: self.rate, seconds: self.seconds, spacing: self.spacing, seed: self.seed }
    }

    /// One crowd's part of it.
    pub(super) fn speech(&self, crowd: usize, crowds: usize) -> Speech {
        let share = match self.speakers {
            Speakers::Everyone => float(crate::number::count(crowds)),
            Speakers::First | Speakers::Nobody => 1.0,
        };
        let speakers =
            if self.speakers == Speakers::First && crowd > 0 { Speakers::Nobody } else { self.speakers };
        let seed = self.seed.wrapping_add(crate::number::count(crowd));
        let schedule = Schedule { rate: self.rate / share, seed, ..self.schedule() };
        Speech { schedule, starts_at_us: self.starts_at_us, body_bytes: self.body_bytes, speakers }
    }
}

fn arrival(
    company: &Company,
    tokens: &Path,
    tag: u64,
    wire: Wire,
    server: SocketAddr,
    crowd: usize,
    crowds: usize,
) -> Arrival {
    // The remainder goes to the last crowd, so that the first one, who speaks, is never all slow.
    let slow = company.slow / crowds + if crowd + 1 == crowds { company.slow % crowds } else { 0 };
    Arrival {
        servers: vec![server],
        wire,
        share: Share { file: tokens.into(), people: company.people, deal: company.deal, crowd, crowds },
        rooms: company.listens_to.to_vec(),
        at_once: company.at_once,
        slow,
        returns: company.returns,
        tag,
        limit_ms: ARRIVE_LIMIT_MS,
    }
}

/// What the claims of an audit are about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Which talk, where a run has several.
    pub(super) talk: Option<&'a str>,
    /// What people say to each other in it.
    pub(super) word: &'a str,
}

/// The one talk of a run.
pub(super) const MESSAGES: Subject<'static> = Subject { talk: None, word: "message" };

impl Subject<'_> {
    fn claim(self, text: &str) -> String {
        self.talk.map_or_else(|| text.to_owned(), |talk| format!("{talk}: {text}"))
    }
}

/// The audits that every talk must pass.
pub(super) fn audit_talk(
    outcome: &mut Outcome,
    about: Subject<'_>,
    account: &Account,
    hearing: Hearing,
    level: Option<u64>,
) {
    audit_order(outcome, about, account);
    let Hearing { complete, short, over } = hearing;
    let found = format!("{} by all, {short} not by all, {over} by some twice", grouped(complete));
    let claim = about.claim(&format!("everybody heard every {} once", about.word));
    outcome.audit(claim, short == 0 && over == 0 && complete > 0, found);
    let found = format!(
        "{} acknowledged, {} unanswered, {} refused for good {}",
        grouped(account.acknowledged),
        account.unanswered,
        account.given_up,
        names(&account.refusals)
    );
    let all = account.unanswered == 0 && account.given_up == 0 && account.acknowledged > 0;
    let claim = about.claim(&format!("every {} was acknowledged", about.word));
    outcome.audit(claim, all, found.trim_end());
    let found = if level.is_some() { "all" } else { "not within the limit" };
    outcome.audit(about.claim("everybody became level"), level.is_some(), found);
}

/// The audit of numbers.
pub(super) fn audit_order(outcome: &mut Outcome, about: Subject<'_>, account: &Account) {
    let mut found = format!("{} in {} events", account.faults.describe(), grouped(account.deliveries));
    if let Some(oddity) = &account.oddity {
        found += &format!("; first {oddity}");
    }
    let claim = about.claim("no gap, no duplicate, nothing malformed");
    outcome.audit(claim, account.faults.is_clean(), found);
}

/// The audit that nobody was sent away.
pub(super) fn audit_stay(outcome: &mut Outcome, about: Subject<'_>, account: &Account) {
    let found = if account.ends.is_empty() { "none".into() } else { names(&account.ends) };
    outcome.audit(about.claim("no connection ended"), account.ends.is_empty(), found);
}

/// Numbers by name.
pub(super) fn names(counts: &std::collections::BTreeMap<String, u64>) -> String {
    counts.iter().map(|(name, times)| format!("({name}: {times})")).collect::<Vec<_>>().join(" ")
}

/// What the generator and the rest of the machine did meanwhile.
pub(super) fn conditions(outcome: &mut Outcome, used: &Used, spoken: Option<&Spoken>) {
    if let Some((harness, crowds)) = used.generators_percent.split_last() {
        for (crowd, percent) in crowds.iter().enumerate() {
            outcome.condition(format!("crowd {}: CPU of one core", crowd + 1), *percent, Unit::Percent);
        }
        outcome.condition("harness: CPU of one core", *harness, Unit::Percent);
    }
    outcome.condition("others on the machine: CPU of one core", used.others_percent, Unit::Percent);
    outcome.condition("stolen by the hypervisor: of one core", used.stolen_percent, Unit::Percent);
    if let Some(spoken) = spoken {
        let lateness = spoken.lateness.summary();
        outcome.condition("lateness of the generator, p50", float(lateness.p50), Unit::Micros);
        outcome.condition("lateness of the generator, p99", float(lateness.p99), Unit::Micros);
    }
}

/// A size as people read it.
pub(super) fn grouped_size(size: usize) -> String {
    grouped(crate::number::count(size))
}
