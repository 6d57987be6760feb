//! The wall clock of the harness. Crowds are separate processes, and what one intends another hears,
//! so they need an origin that all of them share: CLOCK_REALTIME of the machine. It never measures
//! CPU, and no other file may ask for the time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch, the same in every process of the machine.
#[expect(clippy::disallowed_methods, reason = "the harness stands outside the server and its simulated time")]
pub(crate) fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// How long it is until this instant; zero when it has passed.
pub(crate) fn until(at_us: u64) -> Duration {
    Duration::from_micros(at_us.saturating_sub(now_us()))
}
