//! Child processes that take orders and give reports, one JSON object a line. Each child is this same
//! program under a hidden name, may open as many files as the system allows, and dies with the harness.

use crate::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::{marker::PhantomData, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// Runs the rest of the line with the hard limit of open files. Raising a limit from Rust takes `unsafe`
/// or another crate; every shell can do it, and `exec` keeps the process id.
const WITH_ALL_FILES: &str = r#"ulimit -n "$(ulimit -Hn)" && exec "$0" "$@""#;

/// A command line that will run with the hard limit of open files.
pub(crate) fn with_all_files(program: &std::path::Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(WITH_ALL_FILES).arg(program).kill_on_drop(true);
    command
}

/// A child's standard input, through which orders go.
pub(crate) struct Orders<O> {
    input: ChildStdin,
    order: PhantomData<fn(&O)>,
}

/// A child's standard output, from which reports come.
pub(crate) struct Reports<R> {
    lines: Lines<BufReader<ChildStdout>>,
    report: PhantomData<fn() -> R>,
}

/// Starts a child of this program. Keep the child: it is killed when dropped.
///
/// # Errors
/// When the system refuses.
pub(crate) fn spawn<O, R>(arguments: &[&str]) -> Result<(Child, Orders<O>, Reports<R>)> {
    let doing = || format!("starting {}", arguments.join(" "));
    let program = std::env::current_exe().map_err(Error::io(doing()))?;
    let mut command = with_all_files(&program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(Error::io(doing()))?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        unreachable!("both were asked to be pipes");
    };
    let lines = BufReader::new(output).lines();
    Ok((child, Orders { input, order: PhantomData }, Reports { lines, report: PhantomData }))
}

impl<O: Serialize> Orders<O> {
    /// Gives an order.
    ///
    /// # Errors
    /// When the child is gone.
    pub(crate) async fn give(&mut self, order: &O) -> Result<()> {
        let mut line = serde_json::to_vec(order).map_err(|error| Error::answer("writing an order", error))?;
        line.push(b'\n');
        self.input.write_all(&line).await.map_err(Error::io("giving an order"))
    }
}

impl<R: DeserializeOwned> Reports<R> {
    /// The next report; `None` when the child has ended.
    ///
    /// # Errors
    /// When a line is no report.
    pub(crate) async fn next(&mut self) -> Result<Option<R>> {
        let line = self.lines.next_line().await.map_err(Error::io("reading a report"))?;
        line.map(|line| serde_json::from_str(&line).map_err(|error| Error::answer("reading a report", error)))
            .transpose()
    }
}
