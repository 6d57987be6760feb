//! What comes back: the answer with its headers, and each refusal that an operation of its kind may meet.

use engine::{Needs, answer::Answered, catalog::Entry};
use schema::code::Code;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Headers of answers.
pub(super) fn headers() -> Value {
    let header = |schema: Value, help: &str| json!({"schema": schema, "description": help});
    let number = || json!({"type": "integer"});
    json!({
        "ETag": header(json!({"type": "string"}), "The version of the record."),
        "Content-Disposition": header(json!({"type": "string"}), "The name of the file, where the answer is one (RFC 6266)."),
        "Location": header(json!({"type": "string"}), "Where the new record is."),
        "X-Request-Id": header(json!({"type": "string"}), "The request's name in the server's log."),
        "Idempotent-Replay": header(json!({"type": "string", "enum": ["true"]}), "This is the stored reply of an earlier request with the same key."),
        "RateLimit-Limit": header(number(), "How many calls the bucket holds."),
        "RateLimit-Remaining": header(number(), "How many are left."),
        "RateLimit-Reset": header(number(), "Seconds until it is full again."),
        "Retry-After": header(number(), "Seconds to wait."),
        "WWW-Authenticate": header(json!({"type": "string"}), "How to sign in."),
    })
}

fn named(names: &[&str]) -> Value {
    let headers = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})));
    Value::Object(headers.collect())
}

const ALWAYS: [&str; 4] = ["X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

/// Responses that operations share: most may be refused for the same reasons.
pub(super) struct Shared(Map<String, Value>);

impl Shared {
    pub(super) fn new() -> Self {
        let unchanged = json!({
            "description": "The record is still at the version that the client has.",
            "headers": named(&["ETag", "X-Request-Id"]),
        });
        let too_long =
            json!({"description": "The path, its query and the headers hold 8 KiB together at most."});
        Self(Map::from_iter([("NotModified".to_owned(), unchanged), ("HeadersTooLong".to_owned(), too_long)]))
    }

    /// The refusal of a status for these reasons, under the name that it has for everybody.
    pub(super) fn refusal(&mut self, status: u16, codes: &[Code]) -> Value {
        let words: Vec<&str> = codes.iter().map(|code| code.word()).collect();
        let name = format!("{status}.{}", words.join("."));
        self.0.entry(name.clone()).or_insert_with(|| refusal(status, codes));
        json!({"$ref": format!("#/components/responses/{name}")})
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// The responses of an operation.
pub(super) fn of(
    entry: &Entry,
    answered: &Answered,
    (named_in_path, asks): (bool, bool),
    shared: &mut Shared,
) -> Value {
    let reads = entry.operation.route.is_read();
    let mut headers = ALWAYS.to_vec();
    if answered.tagged {
        headers.push("ETag");
    }
    if answered.status == 201 || (answered.status == 202 && answered.body.is_some()) {
        headers.push("Location");
    }
    if !reads && !entry.operation.needs.is_public() {
        headers.push("Idempotent-Replay");
    }
    if answered.file.is_some() {
        headers.push("Content-Disposition");
    }
    let mut done = json!({"description": done(answered.status), "headers": named(&headers)});
    if let (Some(body), Some(members)) = (&answered.body, done.as_object_mut()) {
        let mut content = json!({answered.media: {"schema": body}});
        if let (Some(file), Some(media)) = (answered.file, content.as_object_mut()) {
            media.insert(file.into(), json!({"schema": {"type": "string", "format": "binary"}}));
        }
        members.insert("content".into(), content);
    }
    let mut responses: Map<String, Value> = Map::new();
    responses.insert(answered.status.to_string(), done);
    if reads && answered.tagged {
        responses.insert("304".into(), json!({"$ref": "#/components/responses/NotModified"}));
    }
    responses.insert("431".into(), json!({"$ref": "#/components/responses/HeadersTooLong"}));
    for (status, codes) in refusals(entry, named_in_path, asks) {
        responses.insert(status.to_string(), shared.refusal(status, &codes));
    }
    Value::Object(responses)
}

const fn done(status: u16) -> &'static str {
    match status {
        201 => "Created.",
        202 => "Taken; it is being done.",
        204 => "Done; there is nothing to say.",
        _ => "Done.",
    }
}

/// Why an operation may be refused, by status.
fn refusals(entry: &Entry, named_in_path: bool, asks: bool) -> BTreeMap<u16, Vec<Code>> {
    let operation = &entry.operation;
    let (reads, public) = (operation.route.is_read(), operation.needs.is_public());
    let mut codes = vec![Code::UnknownField, Code::RateLimited, Code::Internal];
    codes.extend([Code::Overloaded, Code::StoreUnavailable, Code::Draining]);
    if asks {
        codes.extend([Code::InvalidFilter, Code::CursorMismatch]);
    }
    if !public {
        codes.extend([
            Code::NotAuthenticated,
            Code::TokenExpired,
            Code::TokenRevoked,
            Code::AccountNotActive,
        ]);
        codes.push(Code::NotFound);
        codes.push(Code::ModuleDisabled);
        if !matches!(operation.needs, Needs::Auth) {
            codes.push(Code::Forbidden);
        }
    }
    if named_in_path {
        codes.extend([Code::NotFound, Code::Validation]);
    }
    if !reads {
        codes.extend([
            Code::InvalidJson,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::Validation,
        ]);
        codes.extend([Code::Conflict, Code::OutcomeUnknown]);
        if !public {
            codes.extend([Code::VersionConflict, Code::IdempotencyInProgress, Code::IdempotencyKeyReused]);
        }
    }
    if operation.route.keyed {
        codes.push(Code::PreconditionRequired);
    }
    codes.extend_from_slice(operation.route.refuses);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let same = by_status.entry(code.status()).or_default();
        if !same.contains(&code) {
            same.push(code);
        }
    }
    for codes in by_status.values_mut() {
        codes.sort_by_key(|code| code.word());
    }
    by_status
}

fn refusal(status: u16, codes: &[Code]) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.word()).collect();
    let help: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {}", code.word(), code.title(false))).collect();
    let mut headers = vec!["X-Request-Id"];
    match status {
        401 => headers.push("WWW-Authenticate"),
        429 => headers.extend(["Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]),
        423 | 503 => headers.push("Retry-After"),
        _ => {}
    }
    let examples: Map<String, Value> =
        codes.iter().map(|code| (code.word().to_owned(), json!({"value": sample(*code)}))).collect();
    let schema = json!({
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "properties": {"code": {"enum": words}}},
        ],
    });
    json!({
        "description": help.join("; "),
        "headers": named(&headers),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    })
}

fn sample(code: Code) -> Value {
    json!({
        "type": format!("https://ecosystia.app/problems/{code}"),
        "title": code.title(false),
        "status": code.status(),
        "detail": code.title(false),
        "code": code.word(),
        "request_id": "01935fae-d5b8-7000-8000-000000000001",
    })
}
