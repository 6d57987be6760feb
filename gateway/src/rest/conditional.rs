//! Conditions on versions (RFC 9110 §13): what `If-Match` asks of a write, what `If-None-Match` spares a
//! read.

use crate::visit::text;
use engine::Error;
use http::{HeaderMap, header};
use schema::{code::Code, reply::version_of_etag};

/// The version that a write is based on, if it says so. `*` asks only that the record exists, which a
/// write asks anyway.
///
/// # Errors
/// `version-conflict` for a tag that is none of ours: nothing can match it.
pub(crate) fn if_match(tag: Option<&str>) -> Result<Option<u64>, Error> {
    match tag.map(str::trim) {
        None | Some("*") => Ok(None),
        // A list would mean any of its tags; ours is always one.
        Some(tag) => version_of_etag(tag).filter(|_| !tag.contains(',')).map(Some).ok_or_else(|| {
            Error::new(
                Code::VersionConflict,
                "this is no entity tag of ours: send one as the ETag header gave it",
            )
        }),
    }
}

/// Whether the client has exactly this already.
pub(super) fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let Some(tags) = text(headers, &header::IF_NONE_MATCH) else { return false };
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_our_own_tags_can_match() {
        assert_eq!(if_match(None).unwrap(), None);
        assert_eq!(if_match(Some("*")).unwrap(), None);
        assert_eq!(if_match(Some("\"v7.3\"")).unwrap(), Some(7));
        for tag in ["W/\"v7.3\"", "\"abc\"", "v7.3", "\"v1.0\", \"v2.0\""] {
            assert_eq!(if_match(Some(tag)).unwrap_err().code(), Code::VersionConflict, "{tag}");
        }
    }

    #[test]
    fn a_read_is_spared_when_any_tag_matches() {
        let has = |tags| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(tags))]);
            has_already(&headers, "\"v2.0\"")
        };

        assert!(has("\"v2.0\"") && has("W/\"v2.0\"") && has("\"v1.0\", \"v2.0\"") && has("*"));
        assert!(!has("\"v2.1\"") && !has(""));
        assert!(!has_already(&HeaderMap::new(), "\"v2.0\""));
    }
}
