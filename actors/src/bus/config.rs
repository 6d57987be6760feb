//! How the NATS servers are reached.

use serde::Deserialize;
use std::path::PathBuf;
use storage::access::{Secret, Tls};

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
