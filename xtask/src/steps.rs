//! A row of steps with their times: each is announced, run and remembered, and at the end there is a
//! table of all of them, also of those that a failure kept from running.

use crate::error::{Error, Result};
use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

/// One step.
pub(crate) struct Step<'a> {
    /// What it is called on the command line and in the table.
    pub(crate) name: String,
    /// What it does, in a few words.
    pub(crate) about: String,
    /// What to do when it fails.
    pub(crate) next: String,
    /// Does it.
    pub(crate) run: Box<dyn Fn() -> Result<()> + 'a>,
}

/// What a failure means for the steps after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnFailure {
    /// They would only repeat the news.
    Stop,
    /// They measure something else.
    GoOn,
}

/// What became of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// It succeeded.
    Passed,
    /// It failed, for this reason.
    Failed(String),
    /// A step before it failed.
    NotRun,
}

/// A step that is over.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its name.
    pub(crate) name: String,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// How long it took.
    pub(crate) took: Duration,
    next: String,
}

/// Keeps the steps whose name is `only`; all of them when nothing is asked for.
pub(crate) fn chosen<'a>(steps: Vec<Step<'a>>, only: Option<&str>) -> Result<Vec<Step<'a>>> {
    let Some(only) = only else { return Ok(steps) };
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    let kept: Vec<_> = steps.into_iter().filter(|step| step.name == only).collect();
    if kept.is_empty() {
        return Err(Error::Usage(format!("there is no step `{only}`, but {}", names.join(", "))));
    }
    Ok(kept)
}

/// The name after `--only`, and nothing else.
pub(crate) fn only(words: &[String]) -> Result<Option<&str>> {
    match words {
        [] => Ok(None),
        [flag, name] if flag == "--only" => Ok(Some(name)),
        _ => Err(Error::Usage(format!("`{}` is not understood, only `--only NAME` is", words.join(" ")))),
    }
}

/// Runs the steps in order, telling of each, and of all of them at the end.
pub(crate) fn run(steps: &[Step<'_>], on_failure: OnFailure, say: fn(&str)) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::with_capacity(steps.len());
    let mut stopped = false;
    for (at, step) in steps.iter().enumerate() {
        if stopped {
            records.push(record(step, Outcome::NotRun, Duration::ZERO));
            continue;
        }
        say(&format!("\n[{}/{}] {}: {}", at + 1, steps.len(), step.name, step.about));
        let begun = Instant::now();
        let outcome = match (step.run)() {
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(error.to_string()),
        };
        stopped = outcome != Outcome::Passed && on_failure == OnFailure::Stop;
        records.push(record(step, outcome, begun.elapsed()));
    }
    say(&format!("\n{}", table(&records)));
    records
}

fn record(step: &Step<'_>, outcome: Outcome, took: Duration) -> Record {
    Record { name: step.name.clone(), outcome, took, next: step.next.clone() }
}

/// Whether all went well, and what to do next where it did not.
pub(crate) fn verdict(records: &[Record]) -> Result<()> {
    let failed: Vec<_> = records.iter().filter(|r| matches!(r.outcome, Outcome::Failed(_))).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let next = failed.iter().map(|record| record.next.as_str()).collect::<Vec<_>>().join("\n      ");
    Err(Error::Stopped { next })
}

/// The summary: one line a step, then the sum.
pub(crate) fn table(records: &[Record]) -> String {
    let wide = records.iter().map(|record| record.name.chars().count()).max().unwrap_or(0).max(5);
    let mut out = String::new();
    for Record { name, outcome, took, .. } in records {
        // Writing into a string can't fail.
        let _ = match outcome {
            Outcome::Passed => writeln!(out, "  {name:wide$}  passed   {:>8}", spelled(*took)),
            Outcome::Failed(why) => writeln!(out, "  {name:wide$}  FAILED   {:>8}  {why}", spelled(*took)),
            Outcome::NotRun => writeln!(out, "  {name:wide$}  not run"),
        };
    }
    let all = records.iter().map(|record| record.took).sum();
    let _ = write!(out, "  {:wide$}           {:>8}", "total", spelled(all));
    out
}

/// Minutes once there are any, else seconds with a decimal.
fn spelled(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds >= 60 {
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn step<'a>(name: &str, run: impl Fn() -> Result<()> + 'a) -> Step<'a> {
        Step { name: name.into(), about: "…".into(), next: format!("mend {name}"), run: Box::new(run) }
    }
    fn broken() -> Result<()> {
        Err(Error::Failed("tool".into()))
    }

    #[test]
    fn a_failure_keeps_the_later_steps_from_running_and_says_what_to_do() {
        let ran = Cell::new(false);
        let last = || {
            ran.set(true);
            Ok(())
        };
        let steps = [step("one", || Ok(())), step("two", broken), step("three", last)];

        let records = run(&steps, OnFailure::Stop, |_| ());

        assert!(!ran.get());
        assert_eq!(records[2].outcome, Outcome::NotRun);
        assert!(verdict(&records).unwrap_err().to_string().contains("mend two"));
    }

    #[test]
    fn a_long_run_goes_on_after_a_failure_and_still_fails() {
        let ran = Cell::new(0);
        let count = || {
            ran.set(ran.get() + 1);
            Ok(())
        };

        let records = run(&[step("one", broken), step("two", count)], OnFailure::GoOn, |_| ());

        assert_eq!(ran.get(), 1);
        assert!(verdict(&records).is_err());
    }

    #[test]
    fn the_table_has_a_line_for_every_step_and_the_sum() {
        let steps = [step("format", || Ok(())), step("lint", broken), step("test", || Ok(()))];

        let table = table(&run(&steps, OnFailure::Stop, |_| ()));

        assert_eq!(table.lines().count(), 4);
        assert!(table.contains("lint    FAILED") && table.contains("test    not run"));
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_names_there_are() {
        let refusal = chosen(vec![step("lint", || Ok(()))], Some("lnit")).err().unwrap();

        assert!(refusal.to_string().contains("but lint"));
    }

    #[test]
    fn times_read_well() {
        assert_eq!(spelled(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(spelled(Duration::from_secs(125)), "2 m 05 s");
    }
}
