//! The report as one HTML page that needs nothing else: no script, no font, no network. It follows the
//! reader's light or dark, and prints.

use super::{
    Report,
    outcome::{Audit, Plot, Unit},
    plot::{COLOURS, escape, svg},
    summary::{Latencies, Spread, Summary},
};
use crate::number::{float, grouped};

const STYLE: &str = include_str!("page.css");

/// The page.
pub(crate) fn page(report: &Report) -> String {
    let machine = &report.machine;
    let verdict = match report.is_clean() {
        true => "<span class=\"chip holds\">every audit holds</span>",
        false => "<span class=\"chip fails\">an audit failed</span>",
    };
    let scenarios: String = report.scenarios.iter().map(scenario).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>EcosystIA bench · {name}</title><style>{STYLE}</style></head><body><main>\
         <header><h1>EcosystIA bench <span>{name}</span></h1>{verdict}\
         <p class=\"meta\">{made_at} · {processor} · {cores} cores · {memory:.0} GB · Linux {kernel}</p>\
         <pre>{command}</pre></header>{scenarios}</main></body></html>\n",
        name = escape(&report.name),
        made_at = escape(&report.made_at),
        processor = escape(&machine.processor),
        cores = machine.cores,
        memory = float(machine.memory_bytes) / 1_073_741_824.0,
        kernel = escape(&machine.kernel),
        command = escape(&report.command),
    )
}

fn scenario(summary: &Summary) -> String {
    let runs = match summary.runs.len() {
        1 => "one run".to_owned(),
        several => format!("median of {several} runs; the plots show the middle one"),
    };
    let mut html = format!(
        "<section><h2>{}</h2><p class=\"setting\">{} <span class=\"meta\">· {runs}</span></p>",
        escape(&summary.scenario),
        escape(&summary.setting)
    );
    html.extend(summary.notes.iter().map(|note| format!("<p class=\"setting\">{}</p>", escape(note))));
    html.push_str(&list(&summary.audits));
    html.push_str("<div class=\"tables\">");
    html.push_str(&latencies(&summary.latencies));
    html.push_str(&figures("Figures", &summary.figures));
    html.push_str(&figures("Conditions", &summary.conditions));
    html.push_str("</div><div class=\"plots\">");
    let plots = summary.runs.get(summary.middle).map_or(&[][..], |run| &run.plots);
    html.extend(plots.iter().map(figure));
    html.push_str("</div></section>");
    html
}

fn list(audits: &[Audit]) -> String {
    let item = |audit: &Audit| {
        let (class, sign) = if audit.holds { ("holds", "✓") } else { ("fails", "✗") };
        let (claim, found) = (escape(&audit.claim), escape(&audit.found));
        format!("<li class=\"{class}\"><b>{sign}</b> {claim} <span class=\"meta\">{found}</span></li>")
    };
    format!("<ul class=\"audits\">{}</ul>", audits.iter().map(item).collect::<String>())
}

fn figures(title: &str, spreads: &[Spread]) -> String {
    if spreads.is_empty() {
        return String::new();
    }
    let ranges: Vec<_> = spreads.iter().map(range).collect();
    // A column that would be empty is left out.
    let has_ranges = ranges.iter().any(|range| !range.is_empty());
    let has_targets = spreads.iter().any(|spread| spread.target.is_some());
    let mut rows = String::new();
    for (spread, range) in spreads.iter().zip(&ranges) {
        rows += &format!("<tr><th>{}</th><td>{}</td>", escape(&spread.name), spread.unit.show(spread.median));
        if has_ranges {
            rows += &format!("<td class=\"meta\">{range}</td>");
        }
        if has_targets {
            rows += &target(spread);
        }
        rows += "</tr>";
    }
    let head = |shown: bool, name: &str| if shown { format!("<td>{name}</td>") } else { String::new() };
    let median = if has_ranges { "median" } else { "" };
    format!(
        "<table><caption>{title}</caption><thead><tr><th></th><td>{median}</td>{}{}</tr></thead>\
         <tbody>{rows}</tbody></table>",
        head(has_ranges, "spread"),
        head(has_targets, "target")
    )
}

fn latencies(all: &[Latencies]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let row = |each: &Latencies| {
        let median = each.median;
        let cells: String = [median.p50, median.p95, median.p99, median.p999, median.max]
            .map(|us| format!("<td>{}</td>", Unit::Micros.show(float(us))))
            .concat();
        format!(
            "<tr><th>{}</th>{cells}<td>{}</td><td class=\"meta\">{}</td>{}</tr>",
            escape(&each.name),
            grouped(median.count),
            range(&each.p99),
            target(&each.p99)
        )
    };
    let rows: String = all.iter().map(row).collect();
    format!(
        "<table class=\"wide\"><caption>Latency, from the intended instant</caption><thead><tr><th></th><td>p50</td>\
         <td>p95</td><td>p99</td><td>p99.9</td><td>longest</td><td>count</td><td>p99 spread</td><td>p99 target</td>\
         </tr></thead><tbody>{rows}</tbody></table>"
    )
}

/// The lowest and highest run, where they differ.
fn range(spread: &Spread) -> String {
    if spread.low.total_cmp(&spread.high).is_eq() {
        return String::new();
    }
    let (low, high) = (spread.unit.show(spread.low), spread.unit.show(spread.high));
    format!("{low} – {high} <small>({:.0} %)</small>", spread.width() * 100.0)
}

fn target(spread: &Spread) -> String {
    match (spread.target, spread.is_met()) {
        (Some(target), Some(true)) => format!("<td class=\"holds\">✓ {}</td>", target.show(spread.unit)),
        (Some(target), _) => format!("<td class=\"fails\">✗ {}</td>", target.show(spread.unit)),
        (None, _) => "<td></td>".into(),
    }
}

fn figure(plot: &Plot) -> String {
    let key = |(number, name): (usize, &str)| {
        format!("<span class=\"key\"><i class=\"c{}\"></i>{}</span>", number % COLOURS, escape(name))
    };
    let names = plot.lines.iter().map(|line| line.name.as_str());
    let keys: String = names.enumerate().map(key).collect();
    format!("<figure><figcaption>{} {keys}</figcaption>{}</figure>", escape(&plot.title), svg(plot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        histogram::Histogram,
        proc::Machine,
        report::{
            outcome::{Line, Outcome, Target},
            plot::over_time,
            table,
        },
    };

    fn report() -> Report {
        let mut run = Outcome::default();
        run.figure("messages", 300_000.0, Unit::Count);
        run.figure("server CPU per delivery", 9.4, Unit::Micros).target(Target::AtMost(11.0));
        let mut histogram = Histogram::new();
        (1..=1_000).for_each(|us| histogram.record(us * 20));
        run.latency("to the last hearer", histogram).p99_at_most(10_000);
        run.percentiles("latency", &["to the last hearer"]);
        let memory = Line { name: "server".into(), points: vec![(0.0, 50e6), (1.0, 80e6)] };
        run.plots.push(over_time("memory", "resident", Unit::Bytes, vec![memory]));
        run.audit("no gap & no duplicate", true, "none in 3,000,000");
        run.note("a stand-in & its version");
        run.condition("crowd 1", 41.0, Unit::Percent);
        Report {
            name: "sample".into(),
            command: "cargo run --release -p bench -- chat".into(),
            made_at: "2026-01-01T00:00:00Z".into(),
            machine: Machine::here(),
            scenarios: vec![Summary::of("chat", "1,000 meetings × 10 people".into(), vec![run.clone(), run])],
        }
    }

    #[test]
    fn the_page_stands_alone_and_says_what_was_found() {
        let page = page(&report());

        assert!(page.contains("every audit holds") && page.contains("no gap &amp; no duplicate"));
        assert!(page.contains("a stand-in &amp; its version"));
        assert_eq!(page.matches("<svg").count(), 2);
        assert!(page.contains("✓ ≤ 11.0 µs") && page.contains("✗ ≤ 10.0 ms"));
        for outside in ["http:", "https:", "<script", "<link", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_table_says_the_same() {
        let text = table::text(&report());

        assert!(text.contains("✓ no gap & no duplicate: none in 3,000,000"), "{text}");
        assert!(text.contains("✓ ≤ 11.0 µs") && text.contains("✗ p99 ≤ 10.0 ms"), "{text}");
    }
}
