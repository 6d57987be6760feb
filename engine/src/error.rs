//! Why a call was refused: a code and a sentence for the caller, a cause for the log.

use schema::{
    code::Code,
    problem::{FieldError, Problem},
    room::RoomId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// The result of anything in the engine or a module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal. The code chooses the status; see [`Code::status`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Error(Box<Inner>);

#[derive(Debug, Serialize, Deserialize)]
struct Inner {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    cause: Option<String>,
    /// It is not a refusal: what was asked has to be asked where this room lives.
    elsewhere: Option<RoomId>,
    /// It is asked for too early: from then on it may be done.
    not_before: Option<Timestamp>,
}

impl Error {
    /// A refusal under a code, with a sentence for the caller.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            extra: Map::new(),
            cause: None,
            elsewhere: None,
            not_before: None,
        }))
    }

    /// What was asked can be done only where this room lives; the path takes the call there.
    #[must_use]
    pub fn elsewhere(room: RoomId) -> Self {
        let mut error = Self::new(Code::Draining, "this is moving to another server, try again in a moment");
        error.0.elsewhere = Some(room);
        error
    }

    /// Where it has to be asked instead, if that is what this says.
    pub(crate) fn place(&self) -> Option<&RoomId> {
        self.0.elsewhere.as_ref()
    }

    /// No such record, or none that the caller may know of.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("no such {what}"))
    }

    /// The record is readable, the act is not allowed.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// Something is not as the server itself made it; the log learns what.
    #[must_use]
    pub fn broken(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "something broke on our side").because(cause)
    }

    /// A rule of the domain forbids it.
    #[must_use]
    pub fn rule(detail: impl Into<String>) -> Self {
        Self::new(Code::RuleViolation, detail)
    }

    /// It is not time yet. A timer that is told so waits until then.
    #[must_use]
    pub fn too_early(at: Timestamp, detail: impl Into<String>) -> Self {
        let mut error = Self::rule(detail).with("not_before", at.to_string());
        error.0.not_before = Some(at);
        error
    }

    /// When it may be done, where it was asked for too early.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.0.not_before
    }

    /// One field is not valid.
    #[must_use]
    pub fn field(pointer: &str, code: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Validation, "some fields are not valid").and_field(pointer, code, message)
    }

    /// One more field at fault.
    #[must_use]
    pub fn and_field(mut self, pointer: &str, code: &str, message: impl Into<String>) -> Self {
        let error =
            FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: message.into() };
        self.0.errors.push(error);
        self
    }

    /// A member for programs, such as `allowed` or `current_version`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// What the log should know and the caller should not.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// True when the same may succeed a moment later: nothing is wrong with what was asked.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self.code(),
            Code::Conflict
                | Code::Overloaded
                | Code::StoreUnavailable
                | Code::OutcomeUnknown
                | Code::IdempotencyInProgress
                | Code::Draining
        )
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Where the fields at fault are, as JSON Pointers.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.errors.iter().map(|error| error.pointer.as_str())
    }

    /// The cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The document the caller gets.
    #[must_use]
    pub fn problem(&self, french: bool) -> Problem {
        let mut problem = Problem::new(self.0.code, self.0.detail.clone(), french);
        problem.errors.clone_from(&self.0.errors);
        problem.extra.clone_from(&self.0.extra);
        problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(f, " ({cause})"))
    }
}
impl std::error::Error for Error {}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::new(Code::StoreUnavailable, "the store does not answer, try again").because(error)
    }
}

impl From<schema::codec::Error> for Error {
    fn from(error: schema::codec::Error) -> Self {
        Self::new(Code::Internal, "a stored value can't be read").because(error)
    }
}

impl From<actors::Error> for Error {
    fn from(error: actors::Error) -> Self {
        use actors::Error as E;
        match error {
            E::Conflict => Self::new(Code::Conflict, "somebody changed this meanwhile, try again"),
            E::Duplicate(names) => {
                let refused = Self::new(Code::Duplicate, "this value is already taken");
                names
                    .into_iter()
                    .fold(refused, |e, name| e.and_field(&format!("/{name}"), "duplicate", "already taken"))
            }
            E::KeyReused => {
                Self::new(Code::IdempotencyKeyReused, "this key named another request; use a new one")
            }
            E::TooLarge(what) => {
                Self::new(Code::PayloadTooLarge, format!("this changes too many {what} at once"))
            }
            E::Overloaded(what) => {
                Self::new(Code::Overloaded, format!("too much work waits for {what}, try again"))
            }
            E::OutcomeUnknown => {
                Self::new(Code::OutcomeUnknown, "it may or may not have happened: repeat with the same key")
            }
            E::Elsewhere | E::Bus(_) => {
                Self::new(Code::Draining, "this is moving to another server, try again in a moment")
            }
            E::Poisonous => {
                Self::new(Code::Internal, "this change can't be carried out").because("poisonous")
            }
            E::Broken(cause) => Self::broken(cause),
            E::Store(cause) => {
                Self::new(Code::StoreUnavailable, "the store does not answer, try again").because(cause)
            }
        }
    }
}

impl From<Error> for actors::Error {
    /// For reactions: what is worth trying again stays so, the rest is broken.
    fn from(error: Error) -> Self {
        match error.code() {
            Code::Overloaded => Self::Overloaded("a reaction"),
            Code::OutcomeUnknown => Self::OutcomeUnknown,
            Code::Draining => Self::Elsewhere,
            Code::StoreUnavailable => Self::Store(error.to_string()),
            Code::Conflict => Self::Conflict,
            _ => Self::Broken(error.to_string()),
        }
    }
}
