//! The load harness of EcosystIA: thousands of real connections against a real server, every listener
//! audited, latency measured from the intended instant. It knows the wire and the command line of the
//! server, and nothing of its inside.

mod audit;
mod bare;
mod child;
mod client;
mod clock;
mod cluster;
mod console;
mod crowd;
mod crowds;
mod error;
mod histogram;
mod http;
mod meter;
mod metrics;
mod number;
mod options;
mod proc;
mod report;
mod scenario;
mod schedule;
mod seats;
mod server;
mod stamp;
mod yardstick;

use clap::Parser as _;
use error::{Error, Result};
use options::{Command, Options};
use report::{Report, table};
use std::process::ExitCode;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    match Options::parse().into_command() {
        Command::Crowd { index } => crowd::run(index),
        Command::Bare => bare::run(),
        Command::Scenario(options) => match measure(options) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                console::heading(format!("stopped: {error}"));
                ExitCode::from(2)
            }
        },
    }
}

/// Runs a scenario and reports; answers whether every audit holds.
fn measure(options: options::Measure) -> Result<bool> {
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(Error::io("starting a runtime"))?;
    let name = options.scenario.name();
    let summaries = runtime.block_on(options.scenario.run(&options.bench))?;
    let report = Report::new(name, summaries);
    console::result(table::text(&report));
    console::progress(format!("report: {}", report.write(&options.out)?));
    Ok(report.is_clean())
}
