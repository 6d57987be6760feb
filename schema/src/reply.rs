//! What a call answers, the same value over HTTP, over the socket, and stored beside a command.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Status, entity tag and body. On the socket it is the `d` of a reply frame.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The strong entity tag, `"v<version>.<stats version>"`, when one record was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The path of what was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The JSON body; null where there is none.
    #[serde(default)]
    pub body: Value,
    /// The media type of a body that is no JSON: a text, which is sent over HTTP as it is, or a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// The name of a body that is a file: its bytes stand in `body` as base64 (RFC 4648 §4), and are sent over HTTP as
    /// they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Reply {
    /// 200 with a body.
    #[must_use]
    pub const fn ok(body: Value) -> Self {
        Self::of(200, body)
    }

    /// 200 with a text of a media type.
    #[must_use]
    pub fn text(media: &str, text: String) -> Self {
        Self { media: Some(media.to_owned()), ..Self::ok(Value::String(text)) }
    }

    /// 200 with a file of a media type, its bytes in base64.
    #[must_use]
    pub fn file(media: &str, name: String, base64: String) -> Self {
        Self { file: Some(name), ..Self::text(media, base64) }
    }

    /// 204 without a body.
    #[must_use]
    pub const fn empty() -> Self {
        Self::of(204, Value::Null)
    }

    /// Any status with a body.
    #[must_use]
    pub const fn of(status: u16, body: Value) -> Self {
        Self { status, etag: None, location: None, body, media: None, file: None }
    }

    /// The same reply with the entity tag of a record at this version.
    #[must_use]
    pub fn tagged(mut self, version: u64) -> Self {
        self.etag = Some(etag(version, 0));
        self
    }
}

/// The entity tag of a record: own version, then the version of its derived values.
#[must_use]
pub fn etag(version: u64, stats: u64) -> String {
    format!("\"v{version}.{stats}\"")
}

/// The version an `If-Match` value names, or `None` where it is not one of our tags. The part after
/// the dot (derived values) is not compared.
#[must_use]
pub fn version_of_etag(tag: &str) -> Option<u64> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let (version, _) = inner.strip_prefix('v')?.split_once('.')?;
    version.parse().ok()
}
