//! A password or token on its way in. It is read, never written: not into a log, not into the hash a
//! command is known by, which is a fast one and lies in the store for a day.

use garde::{Path, Report, Validate};
use schema::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use std::{borrow::Cow, fmt};

/// Something nobody else may see. Writing it writes nothing.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text for a secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever must check it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "password", "writeOnly": true})
    }
}

impl Validate for Secret {
    type Context = ();
    /// What it is for decides what it may be.
    fn validate_into(&self, (): &(), _: &mut dyn FnMut() -> Path, _: &mut Report) {}
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_and_never_written() {
        let secret: Secret = serde_json::from_str("\"sesame\"").unwrap();

        assert_eq!(secret.reveal(), "sesame");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"\"");
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
