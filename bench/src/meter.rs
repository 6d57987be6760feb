//! Watches a run from outside, four times a second: the servers' CPU and memory, that of what stands below them,
//! each crowd's CPU, the kernel's memory, what the rest of the machine does. A scenario marks the moments between which it wants to
//! know what was used; the marks are readings of their own, so a window is exact to a tick.

use crate::{
    console,
    crowd::order::Progress,
    number::{float, grouped, per},
    proc::{Cores, Cpu, Kernel, resident_bytes, written_bytes},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// Between two readings.
const PERIOD: Duration = Duration::from_millis(250);
/// More crowds than this are shown as one on the terminal.
const CROWDS_SHOWN: usize = 4;
/// Readings between two lines on the terminal.
const READINGS_A_LINE: usize = 20;

/// One reading.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// When, microseconds since the Unix epoch.
    pub(crate) at_us: u64,
    /// CPU time of the servers, and of those before them that they replaced.
    pub(crate) server: Cpu,
    /// Resident memory of the servers in bytes.
    pub(crate) resident_bytes: u64,
    /// Bytes that the servers caused to be written to a disk since their start.
    pub(crate) written_bytes: u64,
    /// CPU time of what the servers stand on, in the order in which it was named.
    pub(crate) below: Vec<Cpu>,
    /// CPU time of each generator process, in microseconds; the harness itself is the last.
    pub(crate) generators_us: Vec<u64>,
    /// The kernel's memory.
    pub(crate) kernel: Kernel,
    /// The machine's cores.
    pub(crate) cores: Cores,
    /// How the crowds are doing, summed.
    pub(crate) progress: Progress,
}

/// What was used between two readings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    /// How long it was, in seconds.
    pub(crate) seconds: f64,
    /// The servers' CPU time.
    pub(crate) server: Cpu,
    /// Bytes that the servers caused to be written to a disk.
    pub(crate) written_bytes: u64,
    /// CPU time of what the servers stand on, in the order in which it was named.
    pub(crate) below: Vec<Cpu>,
    /// Of one core, by each generator process; the harness itself is the last.
    pub(crate) generators_percent: Vec<f64>,
    /// Of one core, by nobody of these.
    pub(crate) others_percent: f64,
    /// Of one core, taken by the hypervisor.
    pub(crate) stolen_percent: f64,
}

/// A watch over one server and its crowds.
pub(crate) struct Meter {
    eyes: Eyes,
    readings: Arc<Mutex<Vec<Reading>>>,
    task: JoinHandle<()>,
}

/// The processes that are measured, beside the crowds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    /// The servers.
    pub(crate) servers: Vec<u32>,
    /// What they stand on.
    pub(crate) below: Vec<u32>,
}

/// A server's place, which several processes may hold one after another.
#[derive(Clone, Copy, Debug)]
struct Place {
    pid: u32,
    /// What those before it used.
    ended: Cpu,
    /// Its last reading, which stays when it is gone.
    last: Cpu,
}

#[derive(Clone)]
struct Eyes {
    servers: Arc<Mutex<Vec<Place>>>,
    below: Vec<u32>,
    generators: Vec<u32>,
    progress: Vec<watch::Receiver<Progress>>,
}

impl Meter {
    /// Begins to watch.
    pub(crate) fn start(
        watched: Watched,
        crowds: Vec<u32>,
        progress: Vec<watch::Receiver<Progress>>,
    ) -> Self {
        let mut generators = crowds;
        generators.push(std::process::id());
        let Watched { servers, below } = watched;
        let place = |pid| Place { pid, ended: Cpu::default(), last: Cpu::default() };
        let servers = Arc::new(Mutex::new(servers.into_iter().map(place).collect()));
        let eyes = Eyes { servers, below, generators, progress };
        let readings = Arc::new(Mutex::new(vec![eyes.read()]));
        let task = tokio::spawn(watch_on(eyes.clone(), Arc::clone(&readings)));
        Self { eyes, readings, task }
    }

    /// The server in this place is another process now; what the one before used is counted on.
    pub(crate) fn follow(&self, place: usize, pid: u32) {
        let mut servers = self.eyes.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get_mut(place) {
            *server = Place { pid, ended: server.ended.and(server.last), last: Cpu::default() };
        }
    }

    /// A reading of this moment.
    pub(crate) fn mark(&self) -> Reading {
        let reading = self.eyes.read();
        push(&self.readings, reading.clone());
        reading
    }

    /// Stops reading by itself; marks are still made.
    pub(crate) fn rest(&self) {
        self.task.abort();
    }

    /// All readings so far.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Watched {
    /// One server that stands on nothing.
    pub(crate) fn one(pid: u32) -> Self {
        Self { servers: vec![pid], below: Vec::new() }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Eyes {
    fn read(&self) -> Reading {
        let (mut server, mut resident, mut written) = (Cpu::default(), 0, 0);
        for place in self.servers.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            // Of a process that is gone nothing can be read any more: its last reading is its largest.
            let now = Cpu::of(place.pid);
            if now.total_us() >= place.last.total_us() {
                place.last = now;
            }
            server = server.and(place.ended).and(place.last);
            resident += resident_bytes(place.pid);
            written += written_bytes(place.pid);
        }
        let mut progress = Progress::default();
        for crowd in &self.progress {
            let moment = *crowd.borrow();
            progress.connected += moment.connected;
            progress.level += moment.level;
            progress.said += moment.said;
            progress.answered += moment.answered;
            progress.heard += moment.heard;
        }
        Reading {
            at_us: crate::clock::now_us(),
            server,
            resident_bytes: resident,
            written_bytes: written,
            below: self.below.iter().map(|pid| Cpu::of(*pid)).collect(),
            generators_us: self.generators.iter().map(|pid| Cpu::of(*pid).total_us()).collect(),
            kernel: Kernel::now(),
            cores: Cores::now(),
            progress,
        }
    }
}

impl Reading {
    /// What was used since an earlier reading.
    pub(crate) fn since(&self, before: &Self) -> Used {
        let elapsed = float(self.at_us.saturating_sub(before.at_us));
        let percent = |used_us: u64| per(float(used_us), elapsed) * 100.0;
        let server = self.server.since(before.server);
        let generators: Vec<u64> = self
            .generators_us
            .iter()
            .zip(&before.generators_us)
            .map(|(now, before)| now.saturating_sub(*before))
            .collect();
        let busy = self.cores.busy_us.saturating_sub(before.cores.busy_us);
        let below: Vec<Cpu> =
            self.below.iter().zip(&before.below).map(|(now, old)| now.since(*old)).collect();
        let ours = server.total_us()
            + generators.iter().sum::<u64>()
            + below.iter().map(|cpu| cpu.total_us()).sum::<u64>();
        Used {
            seconds: elapsed / 1e6,
            server,
            written_bytes: self.written_bytes.saturating_sub(before.written_bytes),
            below,
            generators_percent: generators.iter().map(|used| percent(*used)).collect(),
            others_percent: percent(busy.saturating_sub(ours)),
            stolen_percent: percent(self.cores.stolen_us.saturating_sub(before.cores.stolen_us)),
        }
    }
}

impl Used {
    /// The servers' CPU time as a share of one core.
    pub(crate) fn server_percent(&self) -> f64 {
        per(float(self.server.total_us()) / 1e4, self.seconds)
    }

    /// That of one of those that they stand on.
    pub(crate) fn below_percent(&self, which: usize) -> f64 {
        per(self.below.get(which).map_or(0.0, |cpu| float(cpu.total_us())) / 1e4, self.seconds)
    }

    /// That of all crowds together.
    pub(crate) fn crowds_percent(&self) -> f64 {
        self.generators_percent.split_last().map_or(0.0, |(_, crowds)| crowds.iter().sum())
    }

    /// That of the busiest crowd: each has one thread, so a full core is all that it can use.
    pub(crate) fn busiest_percent(&self) -> f64 {
        let crowds = self.generators_percent.split_last().map_or(&[][..], |(_, crowds)| crowds);
        crowds.iter().copied().fold(0.0, f64::max)
    }

    /// The generators' CPU time in microseconds.
    pub(crate) fn generators_us(&self) -> f64 {
        self.generators_percent.iter().sum::<f64>() * self.seconds * 1e4
    }
}

fn push(readings: &Mutex<Vec<Reading>>, reading: Reading) {
    readings.lock().unwrap_or_else(PoisonError::into_inner).push(reading);
}

async fn watch_on(eyes: Eyes, readings: Arc<Mutex<Vec<Reading>>>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = eyes.read();
    let began_us = before.at_us;
    for turn in 1_usize.. {
        ticks.tick().await;
        let now = eyes.read();
        push(&readings, now.clone());
        if turn.is_multiple_of(READINGS_A_LINE) {
            console::progress(line(&now, &before, began_us));
            before = now;
        }
    }
}

fn line(now: &Reading, before: &Reading, began_us: u64) -> String {
    let used = now.since(before);
    let (harness, crowds) = used.generators_percent.split_last().unwrap_or((&0.0, &[]));
    let mut line = format!("{:>4.0} s", float(now.at_us.saturating_sub(began_us)) / 1e6);
    if !crowds.is_empty() {
        let Progress { connected, level, said, heard, .. } = now.progress;
        for (name, count) in [("in", connected), ("level", level), ("said", said), ("heard", heard)] {
            line += &format!("   {name} {}", grouped(count));
        }
    }
    line += &format!("   server {:.0} % {} MB", used.server_percent(), now.resident_bytes >> 20);
    for which in 0..used.below.len() {
        line += &format!("   below {} {:.0} %", which + 1, used.below_percent(which));
    }
    if crowds.len() > CROWDS_SHOWN {
        line += &format!("   crowds {:.0} %", used.crowds_percent());
    } else {
        for (number, percent) in (1..).zip(crowds) {
            line += &format!("   crowd {number} {percent:.0} %");
        }
    }
    line + &format!("   harness {harness:.0} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_processes_used_is_not_forgotten() {
        let meter = |pid| {
            let place = Place { pid, ended: Cpu::default(), last: Cpu { user_us: 70, system_us: 30 } };
            Eyes {
                servers: Arc::new(Mutex::new(vec![place])),
                below: vec![],
                generators: vec![],
                progress: vec![],
            }
        };

        assert_eq!(meter(u32::MAX).read().server.total_us(), 100, "its last reading stays");
    }

    #[test]
    fn a_window_knows_who_used_what() {
        let before = Reading {
            at_us: 10_000_000,
            server: Cpu { user_us: 1_000_000, system_us: 0 },
            resident_bytes: 0,
            written_bytes: 0,
            below: vec![Cpu::default()],
            generators_us: vec![0, 0],
            kernel: Kernel::default(),
            cores: Cores::default(),
            progress: Progress::default(),
        };
        let mut after = before.clone();
        after.at_us += 2_000_000;
        after.server = Cpu { user_us: 1_400_000, system_us: 600_000 };
        after.below = vec![Cpu { user_us: 200_000, system_us: 0 }];
        after.generators_us = vec![500_000, 100_000];
        after.cores = Cores { busy_us: 2_000_000, idle_us: 2_000_000, stolen_us: 20_000 };

        let used = after.since(&before);

        assert_eq!(used.server, Cpu { user_us: 400_000, system_us: 600_000 });
        assert!((used.server_percent() - 50.0).abs() < 1e-9);
        assert!((used.generators_percent[0] - 25.0).abs() < 1e-9);
        assert!((used.below_percent(0) - 10.0).abs() < 1e-9);
        assert!((used.others_percent - 10.0).abs() < 1e-9);
        assert!((used.stolen_percent - 1.0).abs() < 1e-9);
        assert!((used.generators_us() - 600_000.0).abs() < 1e-6);
    }
}
