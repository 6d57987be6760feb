//! A plot as inline SVG: axes with round numbers, thin lines, a mark where something happened. Colours
//! and fonts are classes that the page defines, so that a plot follows the reader's light or dark.

use super::outcome::{Axis, Line, Plot, Scale, Unit};
use std::fmt::Write as _;

/// The drawing, in units of the view box.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 40.0;
/// How much room the name of a moment may need beside its line.
const MOMENT: f64 = 100.0;

/// How many colours the page defines.
pub(crate) const COLOURS: usize = 5;

/// An axis with its ends, which maps a value to a place.
struct Ruler<'a> {
    axis: &'a Axis,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl<'a> Ruler<'a> {
    fn new(axis: &'a Axis, values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let most = values.clone().fold(0.0_f64, f64::max);
        let (low, high) = match axis.scale {
            Scale::Linear => {
                let step = axis.step(most);
                (0.0, (most / step).ceil().max(1.0) * step)
            }
            Scale::Nines => (0.0, most.max(1.0)),
            Scale::Log => {
                let least = values.filter(|value| *value > 0.0).fold(f64::MAX, f64::min).min(most.max(1.0));
                let (low, high) = (least.log10().floor(), most.max(1.0).log10().ceil());
                (low, high.max(low + 1.0))
            }
        };
        Self { axis, low, high, from, to }
    }

    /// Ends a linear axis with the data instead of a round number: time has nothing beyond its end.
    fn end_with(&mut self, values: impl Iterator<Item = f64>) {
        let most = values.fold(0.0_f64, f64::max);
        if self.axis.scale == Scale::Linear && most > 0.0 {
            self.high = most;
        }
    }

    fn place(&self, value: f64) -> f64 {
        let value = if self.axis.scale == Scale::Log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Where numbers stand, with their text.
    fn ticks(&self) -> Vec<(f64, String)> {
        let values: Vec<f64> = match self.axis.scale {
            Scale::Linear => series(self.low, self.high, self.axis.step(self.high)),
            Scale::Log => {
                series(self.low, self.high, 1.0).into_iter().map(|power| 10_f64.powf(power)).collect()
            }
            Scale::Nines => std::iter::once(2_f64.log10()).chain(series(1.0, self.high, 1.0)).collect(),
        };
        let text = |value: f64| match self.axis.scale {
            Scale::Nines => short(format!("{:.4} %", 100.0 - 10_f64.powf(2.0 - value))),
            Scale::Linear | Scale::Log => short(self.axis.unit.show(value)),
        };
        values.into_iter().map(|value| (self.place(value), text(value))).collect()
    }
}

/// Draws a plot.
pub(crate) fn svg(plot: &Plot) -> String {
    let points = plot.lines.iter().flat_map(|line| &line.points);
    let mut across = Ruler::new(&plot.x, points.clone().map(|(x, _)| *x), LEFT, WIDTH - RIGHT);
    across.end_with(points.clone().map(|(x, _)| *x));
    let up = Ruler::new(&plot.y, points.map(|(_, y)| *y), HEIGHT - BOTTOM, TOP);
    let title = escape(&plot.title);
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">");
    for (y, text) in up.ticks() {
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0
        );
    }
    for (x, text) in across.ticks() {
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{text}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 16.0,
            if x > WIDTH - RIGHT - 24.0 { "end" } else { "middle" }
        );
    }
    let _ = write!(
        svg,
        "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        WIDTH - RIGHT,
        HEIGHT - 6.0,
        escape(&plot.x.label)
    );
    for (at, _) in &plot.moments {
        let x = across.place(*at);
        let _ = write!(
            svg,
            "<line class=\"moment\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>",
            HEIGHT - BOTTOM
        );
    }
    for (number, line) in plot.lines.iter().enumerate() {
        let _ = write!(
            svg,
            "<polyline class=\"line c{}\" points=\"{}\"><title>{}</title></polyline>",
            number % COLOURS,
            polyline(line, &across, &up),
            escape(&line.name)
        );
    }
    // Above the lines, which would strike them through, and never beyond the edge.
    let (mut before, mut row) = (f64::MIN, 0.0);
    for (at, what) in &plot.moments {
        let x = across.place(*at);
        // Names of moments that are close to each other stand one below the other.
        row = if x < before + 2.0 * MOMENT { row + 1.0 } else { 0.0 };
        before = x;
        let (x, anchor) = if x > WIDTH - RIGHT - MOMENT { (x - 5.0, "end") } else { (x + 5.0, "start") };
        let _ = write!(
            svg,
            "<text class=\"axis what\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            TOP + 10.0 + row * 14.0,
            escape(what)
        );
    }
    svg.push_str("</svg>");
    svg
}

fn polyline(line: &Line, across: &Ruler<'_>, up: &Ruler<'_>) -> String {
    let places = line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", across.place(*x), up.place(*y)));
    places.collect::<Vec<_>>().join(" ")
}

impl Axis {
    /// The distance of two numbers on it, when it ends here: round in the unit that is shown.
    fn step(&self, end: f64) -> f64 {
        let grain = if self.unit == Unit::Bytes && end > 1_048_576.0 { 1_048_576.0 } else { 1.0 };
        round_step(end / grain / 4.0) * grain
    }
}

/// The least of 1, 2, 5, 10, 20 … that is no less than this.
fn round_step(least: f64) -> f64 {
    let least = least.max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least).unwrap_or(10.0);
    if power.is_finite() && power > 0.0 { factor * power } else { 1.0 }
}

fn series(low: f64, high: f64, step: f64) -> Vec<f64> {
    let steps = (0..=20_u32).map(|n| low + f64::from(n) * step);
    steps.take_while(|value| *value <= high + step * 1e-6).collect()
}

/// `10.0 ms` as `10 ms`: on an axis, zeros behind the point are noise.
fn short(text: String) -> String {
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// Text that may stand in HTML and in an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A plot over seconds.
pub(crate) fn over_time(title: &str, label: &str, unit: Unit, lines: Vec<Line>) -> Plot {
    Plot {
        title: title.into(),
        x: Axis { label: "time".into(), scale: Scale::Linear, unit: Unit::Seconds },
        y: Axis { label: label.into(), scale: Scale::Linear, unit },
        lines,
        moments: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: Vec<(f64, f64)>) -> Vec<Line> {
        vec![Line { name: "a <line>".into(), points }]
    }

    #[test]
    fn steps_are_round() {
        assert!((round_step(0.3) - 0.5).abs() < 1e-12);
        assert!((round_step(7.0) - 10.0).abs() < 1e-12);
        assert!((round_step(200.0) - 200.0).abs() < 1e-9);
        assert!(round_step(0.0) > 0.0);
    }

    #[test]
    fn a_line_stays_inside_the_drawing_and_its_name_is_escaped() {
        let mut plot =
            over_time("rate", "messages", Unit::PerSecond, line(vec![(0.0, 0.0), (62.5, 5_123.0)]));
        plot.moments.push((30.0, "kill -9".into()));

        let svg = svg(&plot);

        assert!(svg.contains("points=\"62.0,210.0 540.0,"), "{svg}");
        assert!(svg.contains("a &lt;line&gt;") && svg.contains("kill -9"));
        assert!(svg.contains(">60 s<") && !svg.contains(">80 s<"), "{svg}");
    }

    #[test]
    fn names_of_moments_close_to_each_other_do_not_stand_on_each_other() {
        let mut plot = over_time("rate", "", Unit::PerSecond, line(vec![(0.0, 0.0), (300.0, 1.0)]));
        plot.moments = vec![(10.0, "warm".into()), (220.0, "steady".into()), (280.0, "node crash".into())];

        let svg = svg(&plot);
        let height = |name: &str| {
            let before = svg.split(&format!(">{name}<")).next().unwrap();
            before.rsplit(" y=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };

        assert_eq!([height("warm"), height("steady"), height("node crash")], ["24.0", "24.0", "38.0"]);
    }

    #[test]
    fn an_empty_plot_is_still_a_drawing() {
        let svg = svg(&over_time("nothing", "", Unit::Bytes, line(Vec::new())));

        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn nines_are_named_as_percentiles() {
        let axis = Axis { label: String::new(), scale: Scale::Nines, unit: Unit::Percent };
        let ruler = Ruler::new(&axis, [3.0].into_iter(), 0.0, 300.0);

        let texts: Vec<_> = ruler.ticks().into_iter().map(|(_, text)| text).collect();

        assert_eq!(texts, ["50 %", "90 %", "99 %", "99.9 %"]);
    }
}
