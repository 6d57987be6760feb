//! What a caller of the store can do something about.

/// Why the store did not answer. A refused batch is not an error: see [`crate::Outcome`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has the directory; end it or choose another.
    #[error("{0} is in use by another process")]
    InUse(String),
    /// The data was written by a newer version; upgrade the program.
    #[error("the data has schema version {found}, this program knows {known}")]
    Newer {
        /// What the directory says.
        found: u32,
        /// The newest this program can read.
        known: u32,
    },
    /// The store failed and takes no further writes until it was opened again.
    #[error("the store stopped: {0}")]
    Stopped(String),
    /// The disk or the driver failed on a read.
    #[error("read failed: {0}")]
    Read(String),
    /// The batch is beyond a limit of the store; nothing of it was written. Make it smaller.
    #[error("too large for the store: {0}")]
    TooLarge(String),
    /// The directory can't be opened; the message says why.
    #[error("can't open {path}: {reason}")]
    Open {
        /// The directory.
        path: String,
        /// What the system said.
        reason: String,
    },
}
