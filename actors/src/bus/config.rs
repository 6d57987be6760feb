//! How the NATS servers are reached.

use serde::Deserialize;
use std::{fmt, path::PathBuf};

/// Where the NATS servers are and who we are to them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Some of the servers, as `HOST:PORT`; they name the others. None: this server is alone.
    pub servers: Vec<String>,
    /// The name to sign in with.
    pub user: Option<String>,
    /// The password to sign in with.
    pub password: Option<Secret>,
    /// A file that holds the password instead.
    pub password_file: Option<PathBuf>,
    /// TLS is required when this is given.
    pub tls: Option<Tls>,
}

/// How the servers are known to be the right ones, and we to them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificates, in PEM, of those who may vouch for the servers.
    pub ca: PathBuf,
    /// Our own certificate in PEM, where the servers ask for one.
    pub certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub key: Option<PathBuf>,
}

/// A word that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a word.
    #[must_use]
    pub const fn new(word: String) -> Self {
        Self(word)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
