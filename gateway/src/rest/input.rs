//! What a request says, as a call: path values, body and query put into one object, the token into a
//! caller, the headers into key and version.

use super::{body, conditional::if_match, cookie};
use crate::{
    door::Door,
    query,
    visit::{Visit, text},
};
use axum::body::Body;
use engine::{Call, Error, catalog::Entry};
use http::{HeaderMap, HeaderName, Request, header};
use schema::{caller::Caller, code::Code};
use serde_json::{Map, Value};

/// The name a client gives a write, so that saying it twice does it once.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Spoken to the gateway, in any query.
const LANG: &str = "lang";

/// Reads a request for this operation.
///
/// # Errors
/// Everything that can be wrong with a request before the operation sees it.
pub(super) async fn read(
    door: &Door,
    visit: &Visit,
    entry: &Entry,
    path: Vec<(&'static str, String)>,
    request: Request<Body>,
) -> Result<Call, Error> {
    let (head, body) = request.into_parts();
    let caller = caller(door, entry, &head.headers)?;
    let key = head.headers.get(&IDEMPOTENCY_KEY).map(|key| {
        let refused = || Error::field("/idempotency_key", "invalid", "1 to 64 printable ASCII characters");
        key.to_str().map(str::to_owned).map_err(|_| refused())
    });
    let if_match = if_match(text(&head.headers, &header::IF_MATCH))?;
    let mut input = if entry.operation.route.is_read() {
        Map::new()
    } else {
        body::read(&head.headers, body, &door.config.rest).await?
    };
    cookie::fill(entry.base, entry.operation.route.path, &head.headers, &mut input);
    add_path(&mut input, path)?;
    add_query(&mut input, head.uri.query());
    Ok(Call {
        caller,
        operation: entry.operation.name().to_owned(),
        input: Value::Object(input),
        key: key.transpose()?,
        if_match,
        request: visit.request(),
    })
}

/// Who sends it. A token is not looked at where none is needed: whoever signs in may carry an old one.
fn caller(door: &Door, entry: &Entry, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    if entry.operation.needs.is_public() {
        return Ok(None);
    }
    bearer(door, headers).map(Some)
}

/// Whoever the bearer token names.
pub(super) fn bearer(door: &Door, headers: &HeaderMap) -> Result<Caller, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Err(Error::new(
            Code::NotAuthenticated,
            "sign in first, then send Authorization: Bearer TOKEN",
        ));
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => door.engine.identity().verify(token.trim()),
        None => Err(Error::new(Code::NotAuthenticated, "send Authorization: Bearer TOKEN")),
    }
}

/// The path says what a request is about; a body that names something else is a mistake, not a choice.
fn add_path(input: &mut Map<String, Value>, path: Vec<(&'static str, String)>) -> Result<(), Error> {
    for (name, text) in path {
        let value = Value::String(text);
        if input.get(name).is_some_and(|said| *said != value) {
            return Err(Error::new(Code::UnknownField, format!("`{name}` is said by the path")).and_field(
                &format!("/{name}"),
                "unknown",
                "it is part of the path",
            ));
        }
        input.insert(name.to_owned(), value);
    }
    Ok(())
}

/// Names of the query become one member. A name said twice means any of its texts, like a comma.
fn add_query(input: &mut Map<String, Value>, query: Option<&str>) {
    let mut members: Map<String, Value> = Map::new();
    for (name, text) in query::pairs(query.unwrap_or_default()).filter(|(name, _)| name != LANG) {
        match members.get_mut(&name) {
            Some(Value::String(said)) => {
                said.push(',');
                said.push_str(&text);
            }
            _ => drop(members.insert(name, Value::String(text))),
        }
    }
    if !members.is_empty() {
        input.insert("query".to_owned(), Value::Object(members));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_query_is_one_member_and_the_language_is_none_of_it() {
        let mut input = Map::new();

        add_query(&mut input, Some("status=open&status=done&lang=en&q=a%20b"));

        assert_eq!(Value::Object(input), json!({"query": {"status": "open,done", "q": "a b"}}));
        let mut input = Map::new();
        add_query(&mut input, Some("lang=en"));
        assert!(input.is_empty());
    }

    #[test]
    fn a_body_may_repeat_the_path_but_not_contradict_it() {
        let said = |value| Map::from_iter([("board".to_owned(), json!(value))]);

        assert!(add_path(&mut said("b1"), vec![("board", "b1".into())]).is_ok());
        let refused = add_path(&mut said("b2"), vec![("board", "b1".into())]).unwrap_err();
        assert_eq!(refused.code(), Code::UnknownField);
    }
}
