//! Where an operation stands in the timetable: a method and a path under its module's base.

use crate::Action;
use schema::code::Code;
use std::fmt;

/// An HTTP method (RFC 9110 §9).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The token on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A method and a path such as `/{project}/tasks/`, relative to the module's base, and what comes of it. A name in
/// braces is a field of the operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, from the slash to the slash.
    pub path: &'static str,
    /// What the rooms hear of it.
    pub tells: Tells,
    /// Refusals of its own, besides those that any operation of its kind may meet.
    pub refuses: &'static [Code],
    /// It is carried out only under a name that its caller gives it, so that it can be said again.
    pub keyed: bool,
}

/// What the rooms hear of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tells {
    /// It only reads.
    Nothing,
    /// One or more of these events.
    Events(&'static [&'static str]),
    /// It writes and tells nobody, for this reason.
    Nobody(&'static str),
}

impl Route {
    const fn new(method: Method, path: &'static str) -> Self {
        Self { method, path, tells: Tells::Nothing, refuses: &[], keyed: false }
    }

    /// Reads.
    #[must_use]
    pub const fn get(path: &'static str) -> Self {
        Self::new(Method::Get, path)
    }
    /// Creates, or does something.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self::new(Method::Post, path)
    }
    /// Sets.
    #[must_use]
    pub const fn put(path: &'static str) -> Self {
        Self::new(Method::Put, path)
    }
    /// Edits.
    #[must_use]
    pub const fn patch(path: &'static str) -> Self {
        Self::new(Method::Patch, path)
    }
    /// Removes.
    #[must_use]
    pub const fn delete(path: &'static str) -> Self {
        Self::new(Method::Delete, path)
    }

    /// Tells these events, or some of them.
    #[must_use]
    pub const fn tells(self, events: &'static [&'static str]) -> Self {
        Self { tells: Tells::Events(events), ..self }
    }

    /// Writes without telling anybody, for a reason that the contract prints.
    #[must_use]
    pub const fn tells_nobody(self, because: &'static str) -> Self {
        Self { tells: Tells::Nobody(because), ..self }
    }

    /// May be refused for these reasons too.
    #[must_use]
    pub const fn refuses(self, codes: &'static [Code]) -> Self {
        Self { refuses: codes, ..self }
    }

    /// Takes an `Idempotency-Key`, or is not carried out.
    #[must_use]
    pub const fn keyed(self) -> Self {
        Self { keyed: true, ..self }
    }

    /// True for an operation that may be carried out again without harm (RFC 9110, 9.2.2).
    #[must_use]
    pub const fn repeats(self) -> bool {
        matches!(self.method, Method::Put)
    }

    /// What it does to records.
    #[must_use]
    pub const fn does(self) -> Action {
        if self.is_read() { Action::Read } else { Action::Write }
    }

    /// True for an operation that changes nothing: all that are got, and those that say so.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(self.method, Method::Get)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.word(), self.path)
    }
}
