//! Plots over time, from the meter's readings and the crowds' timelines.

use crate::{
    crowd::account::Timeline,
    histogram::Histogram,
    meter::{Reading, Used},
    number::float,
    report::{
        outcome::{Line, Plot, Unit},
        plot::over_time,
    },
};

/// Seconds from an instant to another; before it, zero.
pub(super) fn seconds(from_us: u64, to_us: u64) -> f64 {
    float(to_us.saturating_sub(from_us)) / 1e6
}

/// One value of each reading since an instant.
pub(super) fn points(readings: &[Reading], from_us: u64, value: impl Fn(&Reading) -> f64) -> Vec<(f64, f64)> {
    let since = readings.iter().filter(|reading| reading.at_us >= from_us);
    since.map(|reading| (seconds(from_us, reading.at_us), value(reading))).collect()
}

fn line(name: &str, points: Vec<(f64, f64)>) -> Line {
    Line { name: name.into(), points }
}

/// CPU of the server and of each crowd, as a share of one core, averaged over a second.
pub(super) fn cpu(readings: &[Reading], from_us: u64) -> Plot {
    const READINGS_A_SECOND: usize = 4;
    let since: Vec<_> = readings.iter().filter(|reading| reading.at_us >= from_us).collect();
    let pairs = || since.iter().zip(since.iter().skip(READINGS_A_SECOND)).step_by(READINGS_A_SECOND);
    let server =
        pairs().map(|(before, now)| (seconds(from_us, now.at_us), now.since(before).server_percent()));
    let mut lines = vec![line("server", server.collect())];
    let generators = since.first().map_or(0, |reading| reading.generators_us.len());
    for crowd in 0..generators.saturating_sub(1) {
        let share = |(before, now): (&&Reading, &&Reading)| {
            let percent = now.since(before).generators_percent.get(crowd).copied().unwrap_or(0.0);
            (seconds(from_us, now.at_us), percent)
        };
        lines.push(line(&format!("crowd {}", crowd + 1), pairs().map(share).collect()));
    }
    over_time("CPU, of one core", "of one core", Unit::Percent, lines)
}

/// CPU of the servers, of what they stand on and of all crowds, as a share of one core, averaged over so long that
/// a line has no more points than can be told apart.
pub(super) fn groups(readings: &[Reading], from_us: u64, below: &[&str]) -> Plot {
    const POINTS: usize = 240;
    let since: Vec<_> = readings.iter().filter(|reading| reading.at_us >= from_us).collect();
    let step = (since.len() / POINTS).max(4);
    let curve = |share: &dyn Fn(&Used) -> f64| {
        let pairs = since.iter().zip(since.iter().skip(step)).step_by(step);
        pairs.map(|(before, now)| (seconds(from_us, now.at_us), share(&now.since(before)))).collect()
    };
    let mut lines = vec![line("servers", curve(&Used::server_percent))];
    for (which, name) in below.iter().enumerate() {
        lines.push(line(name, curve(&|used| used.below_percent(which))));
    }
    lines.push(line("crowds", curve(&Used::crowds_percent)));
    over_time("CPU, of one core", "of one core", Unit::Percent, lines)
}

/// Memory of the server and of the kernel's sockets.
pub(super) fn memory(readings: &[Reading], from_us: u64) -> Plot {
    let lines = vec![
        line("server, resident", points(readings, from_us, |reading| float(reading.resident_bytes))),
        line(
            "kernel, socket buffers",
            points(readings, from_us, |reading| float(reading.kernel.sockets_bytes)),
        ),
    ];
    over_time("Memory", "bytes", Unit::Bytes, lines)
}

/// Who is in, and who is level.
pub(super) fn people(readings: &[Reading], from_us: u64) -> Plot {
    let lines = vec![
        line("in", points(readings, from_us, |reading| float(reading.progress.connected))),
        line("level", points(readings, from_us, |reading| float(reading.progress.level))),
    ];
    over_time("People who are in, and who heard everything", "people", Unit::Count, lines)
}

/// Two percentiles of each second.
pub(super) fn latency(title: &str, timeline: &Timeline) -> Plot {
    let curve = |quantile: f64| {
        let point = |(second, slice): (u64, &Histogram)| (float(second), float(slice.at(quantile)));
        timeline.seconds().filter(|(_, slice)| slice.count() > 0).map(point).collect()
    };
    over_time(title, "latency", Unit::Micros, vec![line("p50", curve(0.5)), line("p99", curve(0.99))])
}

/// How many were begun in each second.
pub(super) fn rate(title: &str, timelines: &[(&str, &Timeline)]) -> Plot {
    let lines = timelines.iter().map(|(name, timeline)| {
        let points = timeline.seconds().map(|(second, slice)| (float(second), float(slice.count())));
        line(name, points.collect())
    });
    over_time(title, "a second", Unit::PerSecond, lines.collect())
}
