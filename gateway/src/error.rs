//! Why the server can't be started, in words that say what to do next.

use std::{net::SocketAddr, path::PathBuf};

/// What the person who starts the server can do something about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration can't be read, or says something that is not understood.
    #[error("configuration: {0}")]
    Config(String),
    /// The data directory can't be opened.
    #[error("can't open the data in {path}: {reason}")]
    Store {
        /// The directory.
        path: PathBuf,
        /// What the store said.
        reason: String,
    },
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something below did not start.
    #[error("can't start: {0}")]
    Start(String),
}

/// The result of starting or stopping the server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<actors::Error> for Error {
    fn from(error: actors::Error) -> Self {
        Self::Start(error.to_string())
    }
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Self::Start(error.to_string())
    }
}
