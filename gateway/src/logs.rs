//! Log lines to standard error, for people or for programs.

use crate::config::{Config, Log};
use crate::{Error, error::Result};
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::{EnvFilter, fmt};

/// Begins logging, once a process.
///
/// # Errors
/// When the filter can't be read.
pub fn begin(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .map_err(|error| Error::Config(format!("log_filter = {:?}: {error}", config.log_filter)))?;
    let lines = fmt().with_env_filter(filter).with_writer(stderr);
    let begun = match config.log {
        Log::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
        Log::Pretty => lines.compact().with_target(false).with_ansi(stderr().is_terminal()).try_init(),
    };
    begun.map_err(|error| Error::Start(error.to_string()))
}
