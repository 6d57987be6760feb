//! What the run found, put into the outcome: audits, figures, latencies, and the sentences that a reader needs who
//! compares them with others. The plots are made beside it.

use super::{
    Options,
    ground::{About, Talked},
    knee::{self, Knee},
    trouble::{Event, Troubled},
};
use crate::{
    crowd::order::Arrived,
    meter::{Reading, Used},
    number::{count, float, grouped, per, ratio},
    report::outcome::{Outcome, Target, Unit},
    scenario::{
        curves::seconds,
        stage::{self, audit_stay, audit_talk, names},
    },
};

/// What has been published for such platforms on many machines, in deliveries a second.
const PUBLISHED: f64 = 833_000.0;

/// Everything.
pub(super) struct Found<'a> {
    pub(super) options: &'a Options,
    pub(super) about: About,
    pub(super) ready: Reading,
    pub(super) full: Reading,
    pub(super) calm: Reading,
    pub(super) arrived: Arrived,
    pub(super) spread: Vec<u64>,
    pub(super) steady: Talked,
    pub(super) troubles: Vec<Troubled>,
    pub(super) knee: Option<Knee>,
    pub(super) readings: Vec<Reading>,
}

impl Found<'_> {
    /// The outcome.
    pub(super) fn outcome(self) -> Outcome {
        let mut outcome = Outcome::default();
        self.notes(&mut outcome);
        self.audits(&mut outcome);
        self.coming_in(&mut outcome);
        self.memory(&mut outcome);
        self.steady(&mut outcome);
        self.troubles.iter().for_each(|troubled| trouble(&mut outcome, troubled));
        self.knee(&mut outcome);
        self.latencies(&mut outcome);
        self.conditions(&mut outcome);
        self.plots(&mut outcome);
        outcome
    }

    fn notes(&self, outcome: &mut Outcome) {
        let [cql, nats] = &self.about.below;
        let (nodes, crowds) = (self.options.nodes, self.options.crowds);
        outcome.note(format!(
            "{cql} {nats} {nodes} servers, {crowds} crowds and all of these shared one machine and its loopback; \
             everybody's heartbeats were on."
        ));
        let delivered = delivered(&self.steady);
        outcome.note(format!(
            "Steady: {} deliveries/s, {:.1} % of the 833,000/s that are published for many machines.",
            knee::grouped_rate(delivered),
            per(delivered, PUBLISHED) * 100.0
        ));
        if let Some(sentence) = self.knee.as_ref().map(|knee| self.about_knee(knee)) {
            outcome.note(sentence);
        }
    }

    fn about_knee(&self, knee: &Knee) -> String {
        let kept = knee.last_kept().map_or_else(
            || "No rate that was tried kept p99 within 50 ms.".to_owned(),
            |step| {
                let share = per(step.made, PUBLISHED) * 100.0;
                format!(
                    "The knee: {}/s were delivered with a p99 of {:.1} ms, {share:.1} % of the published figure.",
                    knee::grouped_rate(step.made),
                    float(step.p99_us) / 1e3
                )
            },
        );
        let Some(lost) = knee.first_lost() else { return kept + " No rate that was tried went beyond it." };
        let mut groups = self.groups(&lost.used);
        groups.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let shares: Vec<_> = groups.iter().map(|(name, percent)| format!("{name} {percent:.0} %")).collect();
        let first = groups.first().map_or("", |(name, _)| name);
        let alone = match lost.used.busiest_percent() {
            busy if busy > 90.0 => format!(" One crowd alone was at {busy:.0} % of its one thread."),
            _ => String::new(),
        };
        format!(
            "{kept} At {}/s it gave way; of one core there: {}. Most of it was used by: {first}.{alone}",
            knee::grouped_rate(lost.meant),
            shares.join(", ")
        )
    }

    /// Who used how much of one core.
    pub(super) fn groups(&self, used: &Used) -> Vec<(&'static str, f64)> {
        let mut groups = vec![("servers", used.server_percent())];
        let below = self.about.watched.iter().enumerate();
        groups.extend(below.map(|(which, name)| (*name, used.below_percent(which))));
        groups.push(("crowds", used.crowds_percent()));
        groups.push(("others", used.others_percent));
        groups.push(("stolen", used.stolen_percent));
        groups
    }

    fn audits(&self, outcome: &mut Outcome) {
        let Arrived { arrived, expected, turned_away, .. } = &self.arrived;
        let found = format!("{} of {} {}", grouped(*arrived), grouped(*expected), names(turned_away));
        outcome.audit("everybody came in", arrived == expected && *arrived > 0, found.trim_end());
        let steady = stage::Subject { talk: Some("steady"), word: "task" };
        audit(outcome, steady, &self.steady);
        audit_stay(outcome, steady, &self.steady.account);
        for troubled in &self.troubles {
            let name = troubled.event.name();
            audit(outcome, stage::Subject { talk: Some(name), word: "task" }, &troubled.talked);
            let back = troubled.backs.iter().filter(|back| back.all.is_some()).count();
            let reasons = &troubled.talked.account.turned_away;
            let failed = if reasons.is_empty() { "none".into() } else { names(reasons) };
            let found = format!("after {back} of {}; attempts that failed: {failed}", troubled.blows.len());
            outcome.audit(format!("{name}: everybody came back"), back == troubled.blows.len(), found);
            let in_order = troubled.blows.iter().filter(|blow| blow.in_order).count();
            if troubled.event == Event::RollingRestart {
                let found = format!("{in_order} of {}", troubled.blows.len());
                let claim = format!("{name}: every server ended in order");
                outcome.audit(claim, in_order == troubled.blows.len(), found);
            }
        }
        if let Some(knee) = &self.knee {
            let faults: Vec<_> = knee.steps.iter().map(|step| step.faults.as_str()).collect();
            let found = faults.iter().find(|found| !found.is_empty()).copied().unwrap_or("none");
            let clean = faults.iter().all(|found| found.is_empty());
            outcome.audit("the knee: no gap, no duplicate, nothing malformed", clean, found);
        }
    }

    fn coming_in(&self, outcome: &mut Outcome) {
        let arrived = &self.arrived;
        let used = self.full.since(&self.ready);
        if let Some(seeded_in) = self.about.seeded_in {
            let rate = per(float(count(self.options.sessions)), seeded_in.as_secs_f64());
            outcome.figure("people seeded beforehand", rate, Unit::PerSecond);
        }
        outcome.figure("sessions in", float(arrived.arrived), Unit::Count);
        let failed: u64 = arrived.turned_away.values().sum();
        outcome.figure("attempts that failed", float(failed), Unit::Count);
        outcome.figure("until all were in and had joined", float(arrived.took_us) / 1e6, Unit::Seconds);
        let rate = per(float(arrived.arrived) * 1e6, float(arrived.took_us));
        outcome.figure("handshakes, each with two joins", rate, Unit::PerSecond);
        let server = ratio(used.server.total_us(), arrived.arrived);
        outcome.figure("server CPU per session coming in", server, Unit::Micros);
        for (which, name) in self.about.watched.iter().enumerate() {
            let cpu = used.below.get(which).map_or(0, |cpu| cpu.total_us());
            outcome.figure(
                format!("{name} CPU per session coming in"),
                ratio(cpu, arrived.arrived),
                Unit::Micros,
            );
        }
        let (least, most) = (self.spread.iter().min(), self.spread.iter().max());
        outcome.figure("sessions on the emptiest server", float(least.copied().unwrap_or(0)), Unit::Count);
        outcome.figure("sessions on the fullest server", float(most.copied().unwrap_or(0)), Unit::Count);
    }

    fn memory(&self, outcome: &mut Outcome) {
        let (ready, full) = (&self.ready, &self.full);
        let each = |before: u64, after: u64| per(float(after) - float(before), float(self.arrived.arrived));
        let resident = each(ready.resident_bytes, full.resident_bytes);
        outcome.figure("server memory per session", resident, Unit::Bytes);
        let slab = each(ready.kernel.slab_bytes, full.kernel.slab_bytes);
        outcome.figure("kernel slab per session, both ends", slab, Unit::Bytes);
        let sockets = each(ready.kernel.sockets_bytes, full.kernel.sockets_bytes);
        outcome.figure("kernel socket buffers per session, both ends", sockets, Unit::Bytes);
        let machine = each(full.kernel.available_bytes, ready.kernel.available_bytes);
        outcome.figure("all memory of the machine per session", machine, Unit::Bytes);
        outcome.figure("all servers, when ready", float(ready.resident_bytes), Unit::Bytes);
        outcome.figure("all servers, with everybody in", float(full.resident_bytes), Unit::Bytes);
        let calm = self.calm.since(full);
        outcome.figure("servers in peace, CPU of one core", calm.server_percent(), Unit::Percent);
    }

    fn steady(&self, outcome: &mut Outcome) {
        let (talked, options) = (&self.steady, self.options);
        let tasks = per(float(talked.account.acknowledged), talked.seconds);
        let least = Target::AtLeast(options.tasks(options.rate) * 0.95);
        outcome.figure("steady: tasks created", tasks, Unit::PerSecond).target(least);
        outcome.figure("steady: deliveries", delivered(talked), Unit::PerSecond);
        let share = per(delivered(talked), PUBLISHED) * 100.0;
        outcome.figure("steady: share of the published 833,000/s", share, Unit::Percent);
        let heard = talked.account.heard.whole().count();
        let server = ratio(talked.used.server.total_us(), heard);
        outcome.figure("steady: server CPU per delivery", server, Unit::Micros);
        for (which, name) in self.about.watched.iter().enumerate() {
            let cpu = talked.used.below.get(which).map_or(0, |cpu| cpu.total_us());
            let each = ratio(cpu, talked.account.acknowledged);
            outcome.figure(format!("steady: {name} CPU per task"), each, Unit::Micros);
        }
        let generator = per(talked.used.generators_us(), float(heard));
        outcome.figure("steady: generator CPU per delivery", generator, Unit::Micros);
    }

    fn knee(&self, outcome: &mut Outcome) {
        let Some(knee) = &self.knee else { return };
        if let Some(step) = knee.last_kept() {
            outcome.figure("knee: deliveries with p99 within 50 ms", step.made, Unit::PerSecond);
            outcome.figure("knee: p99 there", float(step.p99_us), Unit::Micros);
            let share = per(step.made, PUBLISHED) * 100.0;
            outcome.figure("knee: share of the published 833,000/s", share, Unit::Percent);
        }
        if let Some(step) = knee.first_lost() {
            outcome.figure("beyond it: deliveries that were meant", step.meant, Unit::PerSecond);
            outcome.figure("beyond it: p99", float(step.p99_us), Unit::Micros);
            for (name, percent) in self.groups(&step.used) {
                outcome.figure(format!("beyond it: CPU of one core, {name}"), percent, Unit::Percent);
            }
            outcome.figure("beyond it: lateness of the generator, p99", float(step.late_us), Unit::Micros);
        }
    }

    fn latencies(&self, outcome: &mut Outcome) {
        let account = &self.steady.account;
        outcome.latency("to each hearer", account.heard.whole()).p99_at_most(knee::P99_US);
        outcome.latency("to the last hearer", account.last.whole());
        outcome.latency("to the acknowledgement", account.answered.whole());
        for troubled in &self.troubles {
            let heard = troubled.talked.account.heard.whole();
            outcome.latency(format!("to each hearer, {}", troubled.event.name()), heard);
        }
        outcome.latency("coming in: to the 101", self.arrived.opened.clone());
        outcome.latency("coming in: to the hello", self.arrived.greeted.clone());
        outcome.latency("coming in: to the answer of the last join", self.arrived.joined.clone());
    }

    fn conditions(&self, outcome: &mut Outcome) {
        let used = &self.steady.used;
        for (name, percent) in self.groups(used) {
            outcome.condition(format!("steady: CPU of one core, {name}"), percent, Unit::Percent);
        }
        outcome.condition("steady: the busiest crowd", used.busiest_percent(), Unit::Percent);
        let lateness = self.steady.spoken.lateness.summary();
        outcome.condition("lateness of the generator, p50", float(lateness.p50), Unit::Micros);
        outcome.condition("lateness of the generator, p99", float(lateness.p99), Unit::Micros);
        outcome.condition("memory still to be had", float(self.calm.kernel.available_bytes), Unit::Bytes);
    }
}

/// Deliveries a second of a talk.
fn delivered(talked: &Talked) -> f64 {
    per(float(talked.account.heard.whole().count()), talked.seconds)
}

fn audit(outcome: &mut Outcome, about: stage::Subject<'_>, talked: &Talked) {
    audit_talk(outcome, about, &talked.account, talked.account.hearing, talked.level);
}

/// The longest of some times.
fn longest(times: impl Iterator<Item = f64>) -> f64 {
    times.fold(0.0, f64::max)
}

fn trouble(outcome: &mut Outcome, troubled: &Troubled) {
    let name = troubled.event.name();
    let (blows, backs) = (&troubled.blows, &troubled.backs);
    let sessions: u64 = blows.iter().map(|blow| blow.sessions).sum();
    outcome.figure(format!("{name}: sessions sent away or cut off"), float(sessions), Unit::Count);
    let most = backs.iter().map(|back| back.away_max).max().unwrap_or(0);
    outcome.figure(format!("{name}: away at a time, at most"), float(most), Unit::Count);
    // Who was killed is started again when everybody is back: that time is the others'.
    if troubled.event == Event::RollingRestart {
        let ended = longest(blows.iter().map(|blow| seconds(blow.at_us, blow.gone_us)));
        outcome.figure(format!("{name}: until a server had ended, at most"), ended, Unit::Seconds);
        let restarted = longest(blows.iter().map(|blow| seconds(blow.at_us, blow.ready_us)));
        outcome.figure(format!("{name}: until it was ready again, at most"), restarted, Unit::Seconds);
    }
    // A time that was not seen is left out: the audit says so.
    let back = longest(backs.iter().filter_map(|back| back.most));
    outcome.figure(format!("{name}: until 95 % of its sessions were back, at most"), back, Unit::Seconds);
    let back = longest(backs.iter().filter_map(|back| back.all));
    outcome.figure(format!("{name}: until 100 % were back, at most"), back, Unit::Seconds);
    let failed: u64 = troubled.talked.account.turned_away.values().sum();
    outcome.figure(format!("{name}: attempts that failed"), float(failed), Unit::Count);
    if let (Event::RollingRestart, [first, .., last]) = (troubled.event, blows.as_slice()) {
        let whole = seconds(first.at_us, last.ready_us);
        outcome.figure(format!("{name}: of all servers"), whole, Unit::Seconds);
    }
}
