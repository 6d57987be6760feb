//! Where an operation stands in the timetable: a method and a path under its module's base.

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

/// A method and a path such as `/{project}/tasks/`, relative to the module's base. A name in braces is
/// a field of the operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, from the slash to the slash.
    pub path: &'static str,
}

impl Route {
    /// Reads.
    #[must_use]
    pub const fn get(path: &'static str) -> Self {
        Self { method: Method::Get, path }
    }
    /// Creates, or does something.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self { method: Method::Post, path }
    }
    /// Sets.
    #[must_use]
    pub const fn put(path: &'static str) -> Self {
        Self { method: Method::Put, path }
    }
    /// Edits.
    #[must_use]
    pub const fn patch(path: &'static str) -> Self {
        Self { method: Method::Patch, path }
    }
    /// Removes.
    #[must_use]
    pub const fn delete(path: &'static str) -> Self {
        Self { method: Method::Delete, path }
    }

    /// True for an operation that changes nothing.
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
