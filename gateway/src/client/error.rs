//! Why a request or a socket failed, in words for the one who asked.

use schema::problem::Problem;

/// What a client can do something about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address can't be used.
    #[error("{0}")]
    Address(String),
    /// Nobody answers there.
    #[error("can't reach {address}: {reason}; is the server running?")]
    Unreachable {
        /// The server.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The server refused, and said why.
    #[error("{} ({}){}", .0.detail, .0.code, fields(.0))]
    Refused(Box<Problem>),
    /// The connection ended.
    #[error("the connection ended: {code} {reason}")]
    Closed {
        /// The close code of RFC 6455; 1006 when there was none.
        code: u16,
        /// The server's words.
        reason: String,
    },
    /// The server said something that is not understood.
    #[error("the server's answer is not understood: {0}")]
    Strange(String),
}

/// The result of asking a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The connection ended without a close frame.
    pub(super) fn broken(reason: impl std::fmt::Display) -> Self {
        Self::Closed { code: 1006, reason: reason.to_string() }
    }

    /// The server's problem, if it named one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            _ => None,
        }
    }
}

fn fields(problem: &Problem) -> String {
    problem.errors.iter().map(|error| format!("\n  {}: {}", error.pointer, error.message)).collect()
}
