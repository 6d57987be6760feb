//! The limits of a request, each with its reason.

use serde::Deserialize;

/// What one request may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The most bytes of a JSON body. Files go another way.
    pub body_bytes_max: usize,
    /// How long a body may take to arrive: a slow sender holds a connection, not a worker.
    pub body_wait_ms: u64,
    /// How long a request's head may take to arrive, and how long a kept-alive connection may be quiet.
    pub head_wait_ms: u64,
    /// How long a browser may believe which origins are allowed, in seconds.
    pub origins_max_age_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body_bytes_max: 512 * 1024,
            body_wait_ms: 30_000,
            head_wait_ms: 60_000,
            origins_max_age_s: 600,
        }
    }
}
