//! What signing in needs from outside, and its limits, each with its reason.

use serde::Deserialize;
use std::path::PathBuf;

/// Secrets and limits of signing in.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// 32 bytes in base64: wraps the stored signing key. Every node of a cluster has the same.
    pub master_key: Option<String>,
    /// Where the master key is kept when none is given: made at the first start, readable by the owner
    /// alone. Keep it outside the data directory, or a copy of the data holds its own key.
    pub master_key_file: Option<PathBuf>,
    /// Lifetime of an access token. Short, because it is believed without looking anything up.
    pub access_seconds: i64,
    /// Lifetime of a refresh token since its last use.
    pub refresh_seconds: i64,
    /// Lifetime of a sign-in whose person asked to be remembered, whatever its use.
    pub remember_seconds: i64,
    /// Password hashes computed at once; none means one a core. Each takes 19 MiB and a whole core.
    pub hashes_at_once: Option<usize>,
    /// Password hashes waiting for their turn; past it a sign-in is refused as overloaded.
    pub hashes_waiting_max: usize,
    /// Verified tokens remembered, so that a crowd coming back at once is checked once.
    pub tokens_cached_max: usize,
    /// Socket tickets outstanding at once.
    pub tickets_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            master_key: None,
            master_key_file: None,
            access_seconds: 900,
            refresh_seconds: 7 * 86_400,
            remember_seconds: 30 * 86_400,
            hashes_at_once: None,
            hashes_waiting_max: 64,
            tokens_cached_max: 32_768,
            tickets_max: 65_536,
        }
    }
}

impl std::fmt::Debug for Config {
    /// Everything but the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("master_key_file", &self.master_key_file)
            .field("access_seconds", &self.access_seconds)
            .field("refresh_seconds", &self.refresh_seconds)
            .finish_non_exhaustive()
    }
}
