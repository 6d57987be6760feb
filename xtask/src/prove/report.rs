//! The dated folder: a page with the machine, the commit and a line a step, and beside it what each
//! step printed.

use crate::{
    error::{Error, Result},
    house::{self, House},
    steps::{self, Record},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    path::PathBuf,
    process::Command,
    thread,
};

/// A report in the making.
pub(super) struct Report {
    folder: PathBuf,
}

impl Report {
    /// A report in this folder, which exists.
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// A path inside the folder.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }

    /// Runs a command; what it prints goes to the terminal and to a log.
    pub(super) fn keep(&self, log: &str, command: &mut Command) -> Result<()> {
        let line = house::spelled(command);
        let refused = || Error::refused(format!("running `{line}`"));
        let mut file = File::create(self.path(log)).map_err(refused())?;
        let (mut output, input) = io::pipe().map_err(refused())?;
        command.stdout(input.try_clone().map_err(refused())?).stderr(input);
        let mut child = command.spawn().map_err(refused())?;
        // The command still holds the pipe's other end, and reading would wait for it for ever.
        command.stdout(io::stderr()).stderr(io::stderr());

        copy(&mut output, &mut file).map_err(refused())?;
        let status = child.wait().map_err(refused())?;
        if status.success() { Ok(()) } else { Err(Error::Failed(line)) }
    }

    /// Writes the page and says where it is.
    pub(super) fn write(&self, house: &House, records: &[Record]) -> Result<PathBuf> {
        let page = self.path("report.md");
        let title = self.folder.file_name().unwrap_or_default().display().to_string();
        let text = format!(
            "# Proof of {title}\n\n{}\n\n```text\n{}\n```\n\nEach step's output is in `STEP.log`, each load scenario's \
             tables and plots are in `load/`.\n",
            machine(house),
            steps::table(records)
        );
        fs::write(&page, text).map_err(Error::refused(format!("writing {}", page.display())))?;
        Ok(page)
    }
}

/// Copies as it comes, so that progress is seen while it happens.
fn copy(from: &mut impl Read, file: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        file.write_all(bytes)?;
        // A terminal that went away does not end a night's work.
        let _ = io::stderr().lock().write_all(bytes);
    }
}

/// What a figure means nothing without.
fn machine(house: &House) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().next().map_or("unknown", |line| line.trim_start_matches("MemTotal:").trim());
    let said = |program, words: &[&str]| house::said(house.program(program).args(words)).unwrap_or_default();
    let dirty = if said("git", &["status", "--porcelain"]).is_empty() { "" } else { ", with changes" };
    format!(
        "- commit: {}{dirty}\n- system: {}\n- cores: {cores}\n- memory: {memory}\n- compiler: {}",
        said("git", &["rev-parse", "--short=12", "HEAD"]),
        said("uname", &["-srm"]),
        said("rustc", &["--version"]),
    )
}
