//! Why a commit or a join was refused.

/// What the path above can do something about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A fact the change leaned on is no longer so: compute it again.
    #[error("a row changed since it was read")]
    Conflict,
    /// Unique values that others hold, by the names the tables give them.
    #[error("taken: {0:?}")]
    Duplicate(Vec<&'static str>),
    /// The key named another command.
    #[error("the command key was used for something else")]
    KeyReused,
    /// The change is past its bounds.
    #[error("the change is too large: {0}")]
    TooLarge(&'static str),
    /// Too much waits already.
    #[error("too much work waits for {0}")]
    Overloaded(&'static str),
    /// It may or may not have happened: repeat it under the same key.
    #[error("the outcome is not known")]
    OutcomeUnknown,
    /// The change brought its room down twice.
    #[error("the change failed its room twice and was refused")]
    Poisonous,
    /// The room lives on another node, or on none that this one knows of. It was not done here.
    #[error("the room lives elsewhere")]
    Elsewhere,
    /// The bus between the nodes.
    #[error("{0}")]
    Bus(String),
    /// A broken promise between the crates.
    #[error("{0}")]
    Broken(String),
    /// The store doesn't answer.
    #[error("store: {0}")]
    Store(String),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Busy => Self::Overloaded("the store"),
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<schema::codec::Error> for Error {
    fn from(error: schema::codec::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
