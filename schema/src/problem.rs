//! The problem document of RFC 9457, the same value in an HTTP error body and in an `error` frame.

use crate::code::Code;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What went wrong, for programs (`code`, `errors`) and for people (`title`, `detail`).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// A sentence in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time; may name what to do next.
    pub detail: String,
    /// The path that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The word programs switch on.
    pub code: Code,
    /// Quote it when asking for help; the server's log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// One entry for each field at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Members of single codes: `allowed`, `current_version`, `retry_after`.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the request body.
    pub pointer: String,
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl Problem {
    /// A problem of this code, titled in English or French.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>, french: bool) -> Self {
        Self {
            kind: format!("https://ecosystia.app/problems/{code}"),
            title: code.title(french).to_owned(),
            status: code.status(),
            detail: detail.into(),
            instance: None,
            code,
            request_id: None,
            errors: Vec::new(),
            extra: Map::new(),
        }
    }
}
