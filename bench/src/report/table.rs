//! The closing table on the terminal: plain text, columns aligned, no colour that a log would garble.

use super::{
    Report,
    outcome::Unit,
    summary::{Latencies, Spread, Summary},
};
use crate::number::{float, grouped};

/// The whole report as text.
pub(crate) fn text(report: &Report) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "{} · {} cores · {:.0} GB · Linux {}\n",
        machine.processor,
        machine.cores,
        float(machine.memory_bytes) / 1_073_741_824.0,
        machine.kernel
    );
    for summary in &report.scenarios {
        text.push_str(&scenario(summary));
    }
    text
}

fn scenario(summary: &Summary) -> String {
    let runs = summary.runs.len();
    let several =
        if runs == 1 { "1 run".to_owned() } else { format!("median of {runs} runs, lowest – highest") };
    let mut text = format!("\n{} · {} · {several}\n", summary.scenario, summary.setting);
    summary.notes.iter().for_each(|note| text.push_str(&format!("  {note}\n")));
    let mut section = |title: &str, rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            text.push_str(&format!("\n  {title}\n{}", columns(&rows)));
        }
    };
    section("figures", summary.figures.iter().map(|spread| figure(spread, runs)).collect());
    if !summary.latencies.is_empty() {
        let head = ["", "p50", "p95", "p99", "p99.9", "max", "count"].map(String::from).to_vec();
        let rows = std::iter::once(head).chain(summary.latencies.iter().map(|each| latency(each, runs)));
        section("latency", rows.collect());
    }
    section("conditions", summary.conditions.iter().map(|spread| figure(spread, runs)).collect());
    for audit in &summary.audits {
        let sign = if audit.holds { "✓" } else { "✗" };
        text.push_str(&format!("\n  {sign} {}: {}", audit.claim, audit.found));
    }
    text.push('\n');
    text
}

fn figure(spread: &Spread, runs: usize) -> Vec<String> {
    vec![spread.name.clone(), spread.unit.show(spread.median), range(spread, runs), verdict(spread)]
}

fn latency(latencies: &Latencies, runs: usize) -> Vec<String> {
    let median = latencies.median;
    let micros = |us: u64| Unit::Micros.show(float(us));
    let mut row = vec![latencies.name.clone()];
    row.extend([median.p50, median.p95, median.p99, median.p999, median.max].map(micros));
    row.push(grouped(median.count));
    row.push(verdict(&latencies.p99).replacen(' ', " p99 ", 1));
    if runs > 1 {
        row.push(format!("p99 {}", range(&latencies.p99, runs)));
    }
    row
}

fn range(spread: &Spread, runs: usize) -> String {
    match runs {
        0 | 1 => String::new(),
        _ => format!("{} – {}", spread.unit.show(spread.low), spread.unit.show(spread.high)),
    }
}

/// The target with a sign; empty without one.
fn verdict(spread: &Spread) -> String {
    match (spread.target, spread.is_met()) {
        (Some(target), Some(true)) => format!("✓ {}", target.show(spread.unit)),
        (Some(target), _) => format!("✗ {}", target.show(spread.unit)),
        (None, _) => String::new(),
    }
}

/// The first column to the left, numbers to the right.
fn columns(rows: &[Vec<String>]) -> String {
    let wide = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<_> = (0..wide)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from("    ");
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            line.push_str(&if column == 0 {
                format!("{cell}{padding}")
            } else {
                format!("   {padding}{cell}")
            });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_alphabet() {
        let rows =
            [vec!["µ".to_owned(), "1 ms".to_owned()], vec!["long name".to_owned(), "1,000 ms".to_owned()]];

        assert_eq!(columns(&rows), "    µ               1 ms\n    long name   1,000 ms\n");
    }
}
