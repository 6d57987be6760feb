//! What every response carries: the request's name, and what keeps a browser from being talked into
//! anything by it.

use crate::{
    Config,
    visit::{REQUEST_ID, Visit},
};
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// The API shows no page, so a browser that is shown its answers as one may do nothing with them.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::VARY, "authorization, origin, accept-language"),
];

/// Puts them on.
pub(super) fn dress(response: &mut Response, visit: &Visit, config: &Config) {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        // A page says itself what may be done with it.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // A tagged answer may be kept and asked about; anything else belongs to this request alone.
    let keeping = if headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(keeping));
    if config.public_url.as_ref().is_some_and(|url| url.starts_with("https://")) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(&visit.id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
}
