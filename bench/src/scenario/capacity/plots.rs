//! The plots of the run: latency and who is in, as time goes and as things happen to the servers; latency and CPU by
//! the rate.

use super::{
    found::Found,
    knee::{Knee, Step},
    trouble::{Event, Troubled},
};
use crate::{
    meter::{Reading, Used},
    number::{float, grouped},
    report::{
        outcome::{Axis, Line, Outcome, Plot, Scale, Unit},
        plot::over_time,
    },
    scenario::curves::{self, seconds},
};

impl Found<'_> {
    /// Adds them.
    pub(super) fn plots(&self, outcome: &mut Outcome) {
        let from_us = self.ready.at_us;
        outcome.percentiles(
            "Latency, steady",
            &["to each hearer", "to the last hearer", "to the acknowledgement"],
        );
        outcome
            .plots
            .push(curves::latency("Steady: to each hearer, second by second", &self.steady.account.heard));
        for troubled in &self.troubles {
            outcome.plots.extend(trouble_plots(troubled, &self.readings));
        }
        if let Some(knee) = &self.knee {
            outcome.plots.push(by_rate(
                "Latency to each hearer, by rate",
                "latency",
                Unit::Micros,
                [
                    ("p50", rates(knee, |step| float(step.p50_us))),
                    ("p99", rates(knee, |step| float(step.p99_us))),
                ],
            ));
            let names = self.groups(&Used::default()).into_iter().enumerate();
            let lines = names.map(|(place, (name, _))| {
                (name, rates(knee, |step| self.groups(&step.used).get(place).map_or(0.0, |group| group.1)))
            });
            outcome.plots.push(by_rate("CPU of one core, by rate", "of one core", Unit::Percent, lines));
        }
        let mut plots = [
            curves::groups(&self.readings, from_us, &self.about.watched),
            curves::people(&self.readings, from_us),
            curves::memory(&self.readings, from_us),
        ];
        let moments = self.troubles.iter().map(|each| (each.talked.starts_at_us, each.event.name()));
        for (at_us, name) in std::iter::once((self.steady.starts_at_us, "steady")).chain(moments) {
            plots.iter_mut().for_each(|plot| plot.moments.push((seconds(from_us, at_us), name.into())));
        }
        outcome.plots.extend(plots);
    }
}

fn trouble_plots(troubled: &Troubled, readings: &[Reading]) -> [Plot; 3] {
    let (from_us, name) = (troubled.talked.starts_at_us, troubled.event.name());
    let until_us = troubled.talked.level.unwrap_or(u64::MAX).saturating_add(1_000_000);
    let shown: Vec<Reading> = readings.iter().filter(|reading| reading.at_us < until_us).cloned().collect();
    let mut people = curves::people(&shown, from_us);
    people.title = format!("{}: sessions that are in, and that heard everything", capital(name));
    let away = |value: fn(&Reading) -> u64| {
        curves::points(&shown, from_us, |reading| float(troubled.people.saturating_sub(value(reading))))
    };
    let lines = vec![
        Line { name: "not in".into(), points: away(|reading| reading.progress.connected) },
        Line { name: "not level".into(), points: away(|reading| reading.progress.level) },
    ];
    let title = format!("{}: sessions that are away, of {}", capital(name), grouped(troubled.people));
    let away = over_time(&title, "sessions", Unit::Count, lines);
    let title = format!("{}: to each hearer, second by second", capital(name));
    let latency = curves::latency(&title, &troubled.talked.account.heard);
    let mut plots = [people, away, latency];
    for (place, blow) in troubled.blows.iter().enumerate() {
        // Several names would stand over each other: the first one explains the lines.
        let what = match (troubled.event, place) {
            (Event::NodeCrash, _) => format!("kill -9 {}", blow.node),
            (Event::RollingRestart, 0) => format!("SIGTERM {} …", blow.node),
            (Event::RollingRestart, _) => String::new(),
        };
        plots.iter_mut().for_each(|plot| plot.moments.push((seconds(from_us, blow.at_us), what.clone())));
    }
    plots
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn rates(knee: &Knee, value: impl Fn(&Step) -> f64) -> Vec<(f64, f64)> {
    knee.steps.iter().map(|step| (step.meant, value(step))).collect()
}

/// A plot over the rate that was meant.
fn by_rate<'a>(
    title: &str,
    label: &str,
    unit: Unit,
    lines: impl IntoIterator<Item = (&'a str, Vec<(f64, f64)>)>,
) -> Plot {
    let lines = lines.into_iter().map(|(name, points)| Line { name: name.into(), points });
    let scale = if unit == Unit::Micros { Scale::Log } else { Scale::Linear };
    Plot {
        title: title.into(),
        x: Axis { label: "deliveries a second".into(), scale: Scale::Linear, unit: Unit::Count },
        y: Axis { label: label.into(), scale, unit },
        lines: lines.collect(),
        moments: Vec::new(),
    }
}
