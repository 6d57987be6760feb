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
    /// Too many reads wait for the servers already; try again.
    #[error("too many reads wait for the store")]
    Busy,
    /// The batch is beyond a limit of the store; nothing of it was written. Make it smaller.
    #[error("too large for the store: {0}")]
    TooLarge(String),
    /// A log row or a claim was to be written without its condition, or another key with one: a programming
    /// error; nothing of the batch was written.
    #[error("the batch is out of place: {0}")]
    Misplaced(String),
    /// A value does not fit the column it is for: a programming error; nothing of the batch was written.
    #[error("a value does not fit its column: {0}")]
    Untyped(String),
    /// No server of the cluster answers; the message says which was asked and what became of it.
    #[error("the CQL servers {nodes} can't be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        nodes: String,
        /// What came back.
        reason: String,
    },
    /// The cluster has no such datacenter; name one of those it has.
    #[error("the cluster has no datacenter {wanted}, only {found}")]
    NoDatacenter {
        /// As configured.
        wanted: String,
        /// As the cluster says.
        found: String,
    },
    /// The keyspace is not there, or older than this program: `ecosystia migrate` makes or mends it.
    #[error("the keyspace {keyspace} is not ready: {reason}; run `ecosystia migrate` with the same settings")]
    Behind {
        /// Its name.
        keyspace: String,
        /// What is missing.
        reason: String,
    },
    /// The backup can't be written; what there is of it is none.
    #[error("the backup can't be written: {0}")]
    Unwritten(String),
    /// The file is no backup, or not a whole one. A file is looked over before anything of it is restored.
    #[error("the backup can't be used: {0}; nothing was restored from it")]
    Damaged(String),
    /// There is data where a backup was to be restored.
    #[error(
        "{0} holds data already: restore into a new directory, or into a keyspace that was just migrated"
    )]
    Occupied(String),
    /// A restore ended before everything was in place.
    #[error("a restore into {0} was not finished: remove it and restore again")]
    HalfRestored(String),
    /// The directory can't be opened; the message says why.
    #[error("can't open {path}: {reason}")]
    Open {
        /// The directory.
        path: String,
        /// What the system said.
        reason: String,
    },
}
