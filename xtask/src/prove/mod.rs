//! `cargo xtask prove`: the runs that take hours. It measures, plays and fuzzes, keeps what each step
//! printed, and leaves one dated folder that says on which machine and at which commit it was made.

mod fuzz;
mod report;
mod versions;

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
    steps::{self, OnFailure, Step},
    test::api,
    today, tools,
};
use report::Report;
use std::{env, fs, process::Command};

/// The load scenarios, as the harness spells them.
const SCENARIOS: [&str; 9] =
    ["connect", "idle", "broadcast", "chat", "chat --kill", "resume", "slow-reader", "rest", "lists"];

/// How often a scenario runs, for a median and a spread.
const RUNS: u32 = 3;
/// How many seeds the simulation plays: twenty times what the test command does.
const SEEDS: u32 = 20_000;
/// How many requests are made up for each operation: more than twenty thousand in all.
const EXAMPLES: u32 = 120;

/// Runs the steps, or the one that `--only` names, and writes the report.
pub(crate) fn run(house: &House, words: &[String]) -> Result<()> {
    let only = steps::only(words)?;
    let folder = house.target().join("prove").join(today::stamp());
    fs::create_dir_all(&folder).map_err(Error::refused(format!("making {}", folder.display())))?;
    let report = Report::new(folder);

    let steps = steps::chosen(all(house, &report)?, only)?;
    let records = steps::run(&steps, OnFailure::GoOn, console::say);

    let page = report.write(house, &records)?;
    console::say(&format!("\nReport: {}", page.display()));
    steps::verdict(&records)
}

fn all<'a>(house: &'a House, report: &'a Report) -> Result<Vec<Step<'a>>> {
    let mut build = house.cargo(["build", "--release", "--package", "gateway", "--package", "bench"]);
    build.arg("--bins");
    let mut steps = vec![logged("release", build, "mend the build; every figure stands on it.", report)];
    let runs = number("ECOSYSTIA_TEST_RUNS", RUNS)?;
    steps.extend(SCENARIOS.map(|scenario| load(house, scenario, runs, report)));
    steps.push(simulation(house, number("ECOSYSTIA_TEST_SEEDS", SEEDS)?, report));
    steps.push(versions::step(house, report));
    steps.push(stranger(house, report));
    steps.extend(fuzz::steps(house, report)?);
    Ok(steps)
}

/// One load scenario, its own report beside ours.
fn load<'a>(house: &'a House, scenario: &str, runs: u32, report: &'a Report) -> Step<'a> {
    let mut command = house.cargo(["run", "--release", "--package", "bench", "--", "--runs"]);
    command.arg(runs.to_string()).arg("--out").arg(report.path("load")).args(scenario.split(' '));
    let name = format!("load-{}", scenario.replace(" --", "-"));
    logged(
        &name,
        command,
        "read its log in the report's folder: the audit names the connection at fault.",
        report,
    )
}

fn simulation<'a>(house: &'a House, seeds: u32, report: &'a Report) -> Step<'a> {
    let mut command = house.cargo(["test"]);
    command.args(house::WHOLE).args(["--test", "all", "--", "simulation"]);
    command.env("ECOSYSTIA_TEST_SEEDS", seeds.to_string());
    logged("simulation", command, "replay the seed that its log names.", report)
}

/// Tens of thousands of requests that somebody makes up who knows only the API's description.
fn stranger<'a>(house: &'a House, report: &'a Report) -> Step<'a> {
    Step {
        name: "api".into(),
        about: format!("schemathesis with {EXAMPLES} requests for each operation, signed in and not"),
        next: "api: its log shows the request, and what its description says of the answer.".into(),
        run: Box::new(move || {
            let mut command = api::stranger(house, &tools::for_the_api(house)?);
            command.env(api::EXAMPLES, number(api::EXAMPLES, EXAMPLES)?.to_string());
            report.keep("api.log", &mut command)
        }),
    }
}

/// A step that runs one command and keeps what it prints.
fn logged<'a>(name: &str, command: Command, next: &str, report: &'a Report) -> Step<'a> {
    let about = house::spelled(&command);
    let command = std::cell::RefCell::new(command);
    let log = format!("{name}.log");
    Step {
        name: name.into(),
        about,
        next: format!("{name}: {next}"),
        run: Box::new(move || report.keep(&log, &mut command.borrow_mut())),
    }
}

/// A number from the environment, or the usual one.
fn number(name: &str, usual: u32) -> Result<u32> {
    match env::var(name) {
        Err(_) => Ok(usual),
        Ok(text) => {
            let number = text.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| Error::Usage(format!("{name} is `{text}`, which is no number above 0")))
        }
    }
}
