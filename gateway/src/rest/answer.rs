//! What a call came to, as a response: a reply with its headers, or a problem document (RFC 9457).

use super::{conditional::has_already, cookie, disposition};
use crate::{committed, limits::Left, visit::Visit};
use axum::{body::Body, response::Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use engine::{Called, Error};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use schema::{code::Code, problem::Problem};
use serde::Serialize;
use serde_json::Value;

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
/// When to try again what failed for want of a resource, in seconds.
const SOON: u64 = 1;

/// A carried-out call.
pub(super) fn reply(
    visit: &Visit,
    asked: &HeaderMap,
    reads: bool,
    called: Called,
    left: Option<Left>,
) -> Response {
    let mut reply = called.reply;
    if let Some(problem) = committed::refusal(&reply, visit.french) {
        return problem_response(complete(problem, visit), left);
    }
    let wish = cookie::taken_out(&mut reply.body);
    let unchanged = reads && reply.etag.as_deref().is_some_and(|etag| has_already(asked, etag));
    let status = if unchanged { StatusCode::NOT_MODIFIED } else { status(reply.status) };
    let empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let mut response = match (empty, reply.media.as_deref(), &reply.body) {
        (true, ..) => Response::new(Body::empty()),
        (false, Some(media), Value::String(text)) => match &reply.file {
            Some(name) => file(media, name, text),
            None => plain(media, text),
        },
        _ => body(called.text, &reply.body),
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    add(headers, header::ETAG, reply.etag.as_deref());
    add(headers, header::LOCATION, reply.location.as_deref());
    if called.replayed {
        headers.insert(REPLAY, HeaderValue::from_static("true"));
    }
    if let Some(cookie) = wish.as_ref().and_then(cookie::header) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    add_left(headers, left);
    response
}

/// A call that was refused after it drew from a bucket.
pub(super) fn refused(visit: &Visit, error: &Error, left: Option<Left>) -> Response {
    problem_response(visit.problem(error), left)
}

/// A request that was refused.
pub(crate) fn refusal(visit: &Visit, error: &Error) -> Response {
    refused(visit, error, None)
}

fn complete(mut problem: Problem, visit: &Visit) -> Problem {
    problem.instance = Some(visit.path.to_string());
    problem.request_id = Some(visit.id.clone());
    problem
}

fn problem_response(problem: Problem, left: Option<Left>) -> Response {
    let mut response = json(&problem, PROBLEM);
    *response.status_mut() = status(problem.status);
    let headers = response.headers_mut();
    add_left(headers, left);
    let number = |name: &str| problem.extra.get(name).and_then(serde_json::Value::as_u64);
    let soon = (problem.code.status() == 503).then_some(SOON);
    if let Some(wait) = number("retry_after").or(soon) {
        headers.insert(header::RETRY_AFTER, wait.into());
    }
    match problem.code {
        Code::RateLimited => {
            let wait = number("retry_after").unwrap_or(SOON);
            let limit = number("limit").and_then(|limit| u32::try_from(limit).ok()).unwrap_or_default();
            add_left(headers, Some(Left { limit, remaining: 0, reset_s: wait }));
        }
        Code::NotAuthenticated | Code::TokenExpired | Code::TokenRevoked => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}

fn body(text: Option<Bytes>, value: &Value) -> Response {
    match text {
        Some(text) => response(text, JSON),
        None => json(value, JSON),
    }
}

/// A text of some media type, as it is.
fn plain(media: &str, text: &str) -> Response {
    let kind = HeaderValue::from_str(media).unwrap_or(HeaderValue::from_static("text/plain"));
    response(Bytes::copy_from_slice(text.as_bytes()), kind)
}

/// A file, to be shown where the browser can, and kept under its name.
fn file(media: &str, name: &str, base64: &str) -> Response {
    let bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    let kind = HeaderValue::from_str(media).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = response(bytes.into(), kind);
    add(response.headers_mut(), header::CONTENT_DISPOSITION, Some(&disposition::inline(name)));
    response
}

fn json(body: &impl Serialize, kind: HeaderValue) -> Response {
    response(serde_json::to_vec(body).unwrap_or_default().into(), kind)
}

fn response(text: Bytes, kind: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}

fn add_left(headers: &mut HeaderMap, left: Option<Left>) {
    if let Some(left) = left {
        headers.insert(LIMIT, left.limit.into());
        headers.insert(REMAINING, left.remaining.into());
        headers.insert(RESET, left.reset_s.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::reply::Reply;
    use serde_json::json;
    use std::net::Ipv4Addr;

    fn visit() -> Visit {
        let ip = Ipv4Addr::LOCALHOST.into();
        Visit { id: "r1".into(), ip, french: true, user_agent: None, path: "/api/v1/boards/".into() }
    }
    fn answered(asked: &HeaderMap, reply: Reply) -> Response {
        super::reply(&visit(), asked, true, Called { replayed: true, ..reply.into() }, None)
    }

    #[test]
    fn a_tagged_reply_is_spared_a_client_that_has_it() {
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"v3.0\""))]);
        let record = || Reply::ok(json!({"title": "x"})).tagged(3);

        let (fresh, known) = (answered(&HeaderMap::new(), record()), answered(&headers, record()));

        assert_eq!((fresh.status().as_u16(), known.status().as_u16()), (200, 304));
        assert_eq!(fresh.headers()["etag"], "\"v3.0\"");
        assert_eq!(known.headers()["etag"], "\"v3.0\"");
        assert_eq!(fresh.headers()["idempotent-replay"], "true");
    }

    #[test]
    fn a_text_of_another_kind_is_sent_as_it_is() {
        let answered =
            answered(&HeaderMap::new(), Reply::text("text/calendar; charset=utf-8", "BEGIN".into()));

        assert_eq!(answered.headers()[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    }

    #[test]
    fn a_file_is_sent_as_its_bytes_under_its_name() {
        let reply = Reply::file("application/pdf", "été.pdf".into(), "JVBERg==".into());

        let answered = answered(&HeaderMap::new(), reply);

        assert_eq!(answered.headers()[header::CONTENT_TYPE], "application/pdf");
        let name = &answered.headers()[header::CONTENT_DISPOSITION];
        assert_eq!(name, "inline; filename=\"_t_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9.pdf");
    }

    #[test]
    fn a_refusal_that_was_committed_looks_like_any_other() {
        let reply = Reply::of(
            401,
            json!({"code": "not-authenticated", "detail": "wrong password", "attempts_left": 3}),
        );

        let response = answered(&HeaderMap::new(), reply);

        assert_eq!(response.status().as_u16(), 401);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }

    #[test]
    fn a_limited_caller_is_told_when_to_come_back() {
        let error =
            Error::new(Code::RateLimited, "too many requests").with("retry_after", 7).with("limit", 5);

        let response = refusal(&visit(), &error);

        assert_eq!(response.status().as_u16(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["ratelimit-limit"], "5");
        assert_eq!(response.headers()["ratelimit-remaining"], "0");
    }
}
