//! What stops an errand, as a sentence that says what to do about it.

use std::{fmt, io};

/// Why an errand stopped.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line asks for something that does not exist.
    Usage(String),
    /// A tool is missing and can't be installed from here.
    Missing {
        /// Its name.
        tool: &'static str,
        /// How a person gets it.
        remedy: &'static str,
    },
    /// A program ran and failed; its own output says why.
    Failed(String),
    /// A server was started and does not answer.
    Mute {
        /// What it is.
        server: String,
        /// Where it says why.
        log: String,
    },
    /// The person ended it before it had begun.
    BrokenOff,
    /// The operating system refused.
    Refused {
        /// What was tried.
        tried: String,
        /// What it said.
        source: io::Error,
    },
    /// A step failed; the summary above says which.
    Stopped {
        /// What to do next.
        next: String,
    },
}

/// What an errand comes to.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Gives a refusal of the operating system the thing that was tried.
    pub(crate) fn refused(tried: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let tried = tried.into();
        move |source| Self::Refused { tried, source }
    }

    /// 2 for a wrong command line, as is the custom; 1 for the rest.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{what}; `cargo xtask help` lists what there is"),
            Self::Missing { tool, remedy } => write!(f, "{tool} is missing: {remedy}"),
            Self::Failed(command) => write!(f, "`{command}` failed; its output is above"),
            Self::Mute { server, log } => write!(f, "{server} does not answer; {log} says why"),
            Self::BrokenOff => f.write_str("ended before everything had started"),
            Self::Refused { tried, source } => write!(f, "{tried}: {source}"),
            Self::Stopped { next } => write!(f, "\nNext: {next}"),
        }
    }
}
