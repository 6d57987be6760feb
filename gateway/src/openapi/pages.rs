//! The description as people read it: the document itself, and two pages that draw it. The pages bring all they need
//! along, so they work where there is no other network than this server.

use aide::{redoc::Redoc, swagger::Swagger};
use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use engine::Catalog;
use http::{HeaderValue, header};
use sha2::{Digest as _, Sha256};

/// Where the document is.
pub(crate) const SCHEMA: &str = "/api/schema/";
/// What the pages are called.
const TITLE: &str = "EcosystIA · API";

/// The document and the pages, ready to be sent.
pub(crate) struct Pages {
    document: Bytes,
    docs: Page,
    redoc: Page,
}

/// A page, and what a browser may do with it: run just the scripts that stand in it.
struct Page {
    html: Bytes,
    policy: Option<HeaderValue>,
}

impl Pages {
    /// Draws them.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let document = serde_json::to_vec(&super::document(catalog)).unwrap_or_default();
        Self {
            document: document.into(),
            docs: Page::new(Swagger::new(SCHEMA).with_title(TITLE).html()),
            redoc: Page::new(Redoc::new(SCHEMA).with_title(TITLE).html()),
        }
    }

    /// The document.
    pub(crate) fn document(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, Body::from(self.document.clone())).into_response()
    }

    /// The page on which operations can be tried.
    pub(crate) fn docs(&self) -> Response {
        self.docs.response()
    }

    /// The page that reads like a book.
    pub(crate) fn redoc(&self) -> Response {
        self.redoc.response()
    }
}

impl Page {
    fn new(html: String) -> Self {
        let scripts: Vec<String> = scripts(&html)
            .map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
            .collect();
        let policy = format!(
            "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; \
             connect-src 'self'; worker-src blob:; frame-ancestors 'none'",
            scripts.join(" ")
        );
        Self { html: html.into(), policy: HeaderValue::from_str(&policy).ok() }
    }

    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.html.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(policy) = &self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// The scripts that stand in a page. A script may speak of scripts, so each is read to its end before the next is
/// looked for.
fn scripts(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, tail) = rest.split_once("<script>")?;
        let (script, after) = tail.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_allows_its_own_scripts_and_no_others() {
        let page = Page::new("<script>let a = '<script>';</script><p></p><script>b</script>".into());

        let policy = page.policy.unwrap();
        let policy = policy.to_str().unwrap();
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert!(!policy.contains("script-src 'unsafe-inline'"));
    }
}
