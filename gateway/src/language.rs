//! French or English: `?lang=`, else `Accept-Language` (RFC 9110 §12.5.4), else French.

use crate::{query, visit::text};
use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// The reader's language is French.
pub(crate) fn is_french(query: Option<&str>, headers: &HeaderMap) -> bool {
    let asked = query::first(query, "lang").and_then(|tag| spoken(&tag));
    asked.or_else(|| preferred(text(headers, &ACCEPT_LANGUAGE)?)).unwrap_or(true)
}

/// Whether a language tag is French (`Some(true)`), English (`Some(false)`) or neither.
fn spoken(tag: &str) -> Option<bool> {
    let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("fr") {
        Some(true)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(false)
    } else {
        None
    }
}

/// The one we speak with the highest weight; the first of equals.
fn preferred(header: &str) -> Option<bool> {
    let mut best: Option<(bool, f32)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';');
        let Some(french) = parts.next().and_then(spoken) else { continue };
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        let weight = weight.unwrap_or(0.0);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((french, weight));
        }
    }
    best.map(|(french, _)| french)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn french(query: Option<&str>, accepted: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(accepted) = accepted {
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        }
        is_french(query, &headers)
    }

    #[test]
    fn the_query_wins_over_the_header_and_french_over_silence() {
        assert!(french(None, None));
        assert!(!french(Some("a=1&lang=en"), Some("fr")));
        assert!(!french(None, Some("en-GB,en;q=0.9,fr;q=0.8")));
        assert!(french(None, Some("wo, fr-SN;q=0.7, en;q=0.3")));
        assert!(french(None, Some("de")));
        assert!(french(Some("lang=xx"), Some("en;q=0, fr;q=0.1")));
    }
}
