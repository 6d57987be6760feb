//! Why signing in can't be set up.

/// What an operator can do something about at the start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a master key nor a file to keep one in was given.
    #[error("there is no master key: give one, or a file to keep one in")]
    NoMasterKey,
    /// The given master key is not 32 bytes in base64.
    #[error("the master key is not 32 bytes in base64")]
    MasterKeyMalformed,
    /// The file of the master key can't be read or made.
    #[error("the master key can't be kept in {path}: {reason}")]
    MasterKeyFile {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The stored signing key was wrapped with another master key.
    #[error("the stored signing key does not open with this master key")]
    WrongMasterKey,
    /// A stored value is damaged, or the cryptographic library refused it.
    #[error("the signing key can't be used: {0}")]
    Broken(String),
    /// The store doesn't answer.
    #[error(transparent)]
    Store(#[from] storage::Error),
}
