//! What can stop a run. A failed audit is not an error: it is a result, and stands in the report.

use std::{io, path::PathBuf, time::Duration};

/// Why a scenario could not be carried through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to measure.
    #[error("no server at {}: build it with `cargo build --release -p gateway`, or name it with --server-bin", .0.display())]
    NoServer(PathBuf),
    /// A program that the harness runs ended badly.
    #[error("{program} ended with {status}; its last words are in {}", .log.display())]
    Program {
        /// What was run.
        program: String,
        /// How it ended.
        status: String,
        /// Where its output went.
        log: PathBuf,
    },
    /// A step did not end within its bound.
    #[error("{step} took longer than {limit:?}")]
    Late {
        /// What was waited for.
        step: String,
        /// How long it was allowed to take.
        limit: Duration,
    },
    /// A child process of the harness said something unexpected, or went away.
    #[error("crowd {index}: {what}")]
    Crowd {
        /// Which of the children.
        index: usize,
        /// What was wrong.
        what: String,
    },
    /// The people did not get in, so there is nothing to measure.
    #[error("{arrived} of {expected} people arrived; {why}")]
    Absent {
        /// How many are in.
        arrived: u64,
        /// How many should be.
        expected: u64,
        /// The most frequent reason.
        why: String,
    },
    /// The server answered something that the harness can't work with.
    #[error("{doing}: {answer}")]
    Answer {
        /// What was asked.
        doing: String,
        /// What came back.
        answer: String,
    },
}

/// A result of the harness.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An input or output error with what was being done.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// An answer that could not be used.
    pub(crate) fn answer(doing: impl Into<String>, answer: impl ToString) -> Self {
        Self::Answer { doing: doing.into(), answer: answer.to_string() }
    }
}
