//! How servers of others are signed in to: what the settings of the CQL servers and of the bus have in common.

use serde::Deserialize;
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

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
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The password: what is in the file, without the line's end, where one is named; else the word that was given, which
/// may be empty.
///
/// # Errors
/// When the file can't be read.
pub fn password(word: Option<&Secret>, file: Option<&Path>) -> io::Result<String> {
    match file {
        Some(file) => Ok(fs::read_to_string(file)?.trim_end_matches(['\r', '\n']).to_owned()),
        None => Ok(word.map_or_else(String::new, |Secret(word)| word.clone())),
    }
}
