//! What a run leaves behind: values first, then three ways to look at them (a table, a JSON file, one
//! HTML page). The ways know nothing of scenarios, and the scenarios nothing of the ways.

pub(crate) mod html;
pub(crate) mod outcome;
pub(crate) mod plot;
pub(crate) mod summary;
pub(crate) mod table;

use crate::{
    clock::now_us,
    error::{Error, Result},
    proc::Machine,
};
use serde::Serialize;
use std::{fs, path::Path};
use summary::Summary;

/// Everything that one call of the harness found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The name it is filed under: a scenario, or `all`.
    pub(crate) name: String,
    /// The command line that made it.
    pub(crate) command: String,
    /// When it was made (RFC 3339).
    pub(crate) made_at: String,
    /// Where it was made.
    pub(crate) machine: Machine,
    /// Each scenario with all its runs.
    pub(crate) scenarios: Vec<Summary>,
}

impl Report {
    /// A report of these scenarios, made here and now.
    pub(crate) fn new(name: &str, scenarios: Vec<Summary>) -> Self {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let micros = i64::try_from(now_us()).unwrap_or(i64::MAX);
        let made_at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
        Self {
            name: name.into(),
            command: format!("cargo run --release -p bench -- {}", arguments.join(" ")),
            made_at: made_at.round(jiff::Unit::Second).unwrap_or(made_at).to_string(),
            machine: Machine::here(),
            scenarios,
        }
    }

    /// Whether every audit of every run passed.
    pub(crate) fn is_clean(&self) -> bool {
        self.scenarios.iter().all(Summary::is_clean)
    }

    /// Writes the JSON and the HTML file, and says where.
    ///
    /// # Errors
    /// When they can't be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<String> {
        let failed = || format!("writing the report into {}", folder.display());
        fs::create_dir_all(folder).map_err(Error::io(failed()))?;
        let json = serde_json::to_vec_pretty(self).map_err(|error| Error::answer(failed(), error))?;
        fs::write(folder.join(format!("{}.json", self.name)), json).map_err(Error::io(failed()))?;
        let page = folder.join(format!("{}.html", self.name));
        fs::write(&page, html::page(self)).map_err(Error::io(failed()))?;
        Ok(page.display().to_string())
    }
}
