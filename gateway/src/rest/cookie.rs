//! The refresh token as a cookie, for browsers: scripts can't read it, other sites can't use it, and no
//! other path is sent it. What is in it is the business of the one who signs people in.

use crate::visit::text;
use http::{HeaderMap, HeaderValue, header};
use schema::reply::Reply;
use serde_json::{Map, Value};

const NAME: &str = "refresh_token";
const PATH: &str = "/api/v1/auth/";
/// The one route that takes the token back, relative to its module.
const TAKEN_BACK_AT: &str = "/token/refresh/";
/// Where an answer says what the cookie shall be. Never sent to anybody.
const MEMBER: &str = "set_refresh_cookie";

/// A reply for somebody who keeps no cookies.
pub(crate) fn without_cookie(mut reply: Reply) -> Reply {
    taken_out(&mut reply.body);
    reply
}

/// Takes the wish for a cookie out of an answer's body. Null or an empty text clears the cookie.
pub(super) fn taken_out(body: &mut Value) -> Option<Value> {
    body.as_object_mut()?.remove(MEMBER)
}

/// The header for a wish: a token, or `{token, max_age}` with its lifetime in seconds.
pub(super) fn header(wish: &Value) -> Option<HeaderValue> {
    let token = wish.as_str().or_else(|| wish.get("token")?.as_str()).unwrap_or_default();
    let lifetime = wish.get("max_age").and_then(Value::as_i64);
    let lifetime = if token.is_empty() { Some(0) } else { lifetime };
    let lifetime = lifetime.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{NAME}={token}; HttpOnly; Secure; SameSite=Lax; Path={PATH}{lifetime}");
    HeaderValue::from_str(&cookie).ok()
}

/// Puts the cookie into a body that names no token, where a token is taken back.
pub(super) fn fill(base: &str, route: &str, headers: &HeaderMap, input: &mut Map<String, Value>) {
    if !PATH.starts_with(base) || route != TAKEN_BACK_AT || input.contains_key(NAME) {
        return;
    }
    if let Some(token) = sent(headers) {
        input.insert(NAME.to_owned(), token.into());
    }
}

fn sent(headers: &HeaderMap) -> Option<String> {
    let cookies = text(headers, &header::COOKIE)?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, token)| *name == NAME && !token.is_empty()).map(|(_, token)| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_wish_becomes_a_header_and_leaves_the_body() {
        let mut body = json!({"access_token": "a", "set_refresh_cookie": {"token": "r", "max_age": 60}});

        let wish = taken_out(&mut body).unwrap();

        assert_eq!(body, json!({"access_token": "a"}));
        let cookie = "refresh_token=r; HttpOnly; Secure; SameSite=Lax; Path=/api/v1/auth/; Max-Age=60";
        assert_eq!(header(&wish).unwrap(), cookie);
        assert!(header(&Value::Null).unwrap().to_str().unwrap().ends_with("Max-Age=0"));
        assert!(!header(&json!("r")).unwrap().to_str().unwrap().contains("Max-Age"));
    }

    #[test]
    fn the_cookie_fills_one_body_only() {
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_static("theme=dark; refresh_token=r; x=1"),
        )]);
        let filled = |base: &str, route: &str, mut input: Map<String, Value>| {
            fill(base, route, &headers, &mut input);
            input.remove(NAME)
        };

        assert_eq!(filled("/api/v1/auth", "/token/refresh/", Map::new()), Some(json!("r")));
        assert_eq!(filled("/api/v1/auth", "/login/", Map::new()), None);
        assert_eq!(filled("/api/v1/users", "/token/refresh/", Map::new()), None);
        let own = Map::from_iter([(NAME.to_owned(), json!("own"))]);
        assert_eq!(filled("/api/v1/auth", "/token/refresh/", own), Some(json!("own")));
    }
}
