//! A request's JSON body: of the right type, of bounded size, depth and time, and an object.

use super::Config;
use crate::visit::text;
use axum::body::Body;
use engine::Error;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use schema::{code::Code, codec::DEPTH_MAX};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::timeout;

/// Reads it. No body is an empty object.
///
/// # Errors
/// `payload-too-large`, `unsupported-media-type` or `invalid-json`.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    config: &Config,
) -> Result<Map<String, Value>, Error> {
    let claimed = text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if claimed.is_some_and(|length| length > config.body_bytes_max) {
        return Err(too_large(config));
    }
    let whole = Limited::new(body, config.body_bytes_max).collect();
    let bytes = match timeout(Duration::from_millis(config.body_wait_ms), whole).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(config)),
        Ok(Err(_)) => return Err(Error::new(Code::InvalidJson, "the body broke off")),
        Err(_) => return Err(Error::new(Code::InvalidJson, "the body took too long to arrive")),
    };
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        return Err(Error::new(Code::UnsupportedMediaType, "send JSON, with Content-Type: application/json"));
    }
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| Error::new(Code::InvalidJson, format!("the body is not JSON: {error}")))?;
    match value {
        value if depth_past(&value, DEPTH_MAX) => {
            Err(Error::new(Code::InvalidJson, format!("the body is nested more than {DEPTH_MAX} deep")))
        }
        Value::Object(members) => Ok(members),
        _ => Err(Error::new(Code::InvalidJson, "the body must be a JSON object")),
    }
}

fn too_large(config: &Config) -> Error {
    let most = config.body_bytes_max / 1024;
    Error::new(Code::PayloadTooLarge, format!("the body may have {most} KB; send files as files"))
}

/// `application/json`, or a type built on it such as `application/merge-patch+json` (RFC 7396).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether a value is nested deeper than this. The reader stops at 128 levels, so this ends, too.
fn depth_past(value: &Value, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return matches!(value, Value::Array(_) | Value::Object(_)) };
    match value {
        Value::Array(items) => items.iter().any(|item| depth_past(item, left)),
        Value::Object(members) => members.values().any(|member| depth_past(member, left)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    async fn code_of(kind: &'static str, body: String) -> Option<Code> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let config = Config { body_bytes_max: 1_000, ..Config::default() };
        read(&headers, Body::from(body), &config).await.err().map(|error| error.code())
    }

    #[tokio::test]
    async fn each_fault_has_its_code() {
        let json = "application/json; charset=utf-8";

        assert_eq!(code_of(json, String::new()).await, None);
        assert_eq!(
            code_of("text/plain", String::new()).await,
            None,
            "nothing was sent, so nothing is wrong with it"
        );
        assert_eq!(code_of("application/merge-patch+json", "{}".into()).await, None);
        assert_eq!(code_of("text/plain", "{}".into()).await, Some(Code::UnsupportedMediaType));
        assert_eq!(code_of(json, "{".into()).await, Some(Code::InvalidJson));
        assert_eq!(code_of(json, "[]".into()).await, Some(Code::InvalidJson));
        assert_eq!(
            code_of(json, format!("{{\"a\":\"{}\"}}", "x".repeat(1_000))).await,
            Some(Code::PayloadTooLarge)
        );
        let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(code_of(json, nested(DEPTH_MAX - 1)).await, None);
        assert_eq!(code_of(json, nested(DEPTH_MAX)).await, Some(Code::InvalidJson));
        assert_eq!(code_of(json, nested(400)).await, Some(Code::InvalidJson));
    }
}
