//! The one door for time, ids and chance. The system clock in a server, a seeded one in a simulation:
//! whoever needs the hour, a new id or a random number is handed a `Clock` when it is built.

use crate::{id::Id, time::Timestamp};
use parking_lot::Mutex;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use std::{sync::Arc, time::SystemTime};
use uuid::Uuid;

/// The system's clock that also counts the time asleep.
#[cfg(target_os = "linux")]
const BOOT: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const BOOT: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// Cheap to clone; all clones tell the same time.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System,
    Seeded(Box<Mutex<Seeded>>),
    /// Another clock, set wrong by some milliseconds.
    Skewed(Clock, i64),
}

struct Seeded {
    now_ms: i64,
    chance: StdRng,
}

impl Clock {
    /// The machine's clock and its random source.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that stands still until [`Clock::advance_ms`] and draws from a seed.
    #[must_use]
    pub fn seeded(seed: u64, now: Timestamp) -> Self {
        let seeded = Seeded { now_ms: now.ms(), chance: StdRng::seed_from_u64(seed) };
        Self(Arc::new(Source::Seeded(Box::new(Mutex::new(seeded)))))
    }

    /// The same clock set wrong: its instants are off by so many milliseconds, while its pace, its ids and its
    /// chance are those of this one. A machine whose time server is wrong, for a simulation or a test.
    #[must_use]
    pub fn skewed_ms(&self, off_by: i64) -> Self {
        Self(Arc::new(Source::Skewed(self.clone(), off_by)))
    }

    /// Moves a seeded clock; the system clock moves by itself.
    pub fn advance_ms(&self, ms: i64) {
        match &*self.0 {
            Source::System => {}
            Source::Seeded(seeded) => seeded.lock().now_ms += ms,
            Source::Skewed(clock, _) => clock.advance_ms(ms),
        }
    }

    /// Milliseconds since some moment in the past, never set back and never set forward: for leases and patience.
    /// It counts the time that the machine slept, which `Instant` does not.
    #[must_use]
    pub fn uptime_ms(&self) -> u64 {
        match &*self.0 {
            Source::System => {
                let since = rustix::time::clock_gettime(BOOT);
                let ms = since.tv_sec.saturating_mul(1_000).saturating_add(since.tv_nsec / 1_000_000);
                u64::try_from(ms).unwrap_or(0)
            }
            Source::Seeded(seeded) => u64::try_from(seeded.lock().now_ms).unwrap_or(0),
            Source::Skewed(clock, _) => clock.uptime_ms(),
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_us().div_euclid(1_000))
    }

    /// The present instant in microseconds since 1970, for stamps that tell two writes apart.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
    pub fn now_us(&self) -> i64 {
        match &*self.0 {
            Source::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)),
            Source::Seeded(seeded) => seeded.lock().now_ms.saturating_mul(1_000),
            Source::Skewed(clock, off_by) => clock.now_us().saturating_add(off_by.saturating_mul(1_000)),
        }
    }

    /// A fresh UUIDv7 of the present millisecond.
    #[must_use]
    pub fn new_id<K: ?Sized>(&self) -> Id<K> {
        Id::new(v7(self.now(), self.random()))
    }

    /// Random bytes: cryptographically strong on the system clock, reproducible on a seeded one.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &*self.0 {
            Source::System => rand::rng().fill_bytes(&mut bytes),
            Source::Seeded(seeded) => seeded.lock().chance.fill_bytes(&mut bytes),
            Source::Skewed(clock, _) => return clock.random(),
        }
        bytes
    }

    /// A number below `bound` (0 when `bound` is 0): jitter, sampling, simulated faults.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        match &*self.0 {
            _ if bound == 0 => 0,
            Source::System => rand::rng().random_range(0..bound),
            Source::Seeded(seeded) => seeded.lock().chance.random_range(0..bound),
            Source::Skewed(clock, _) => clock.below(bound),
        }
    }
}

/// A UUIDv7 of an instant with the given random bits (RFC 9562 §5.7).
#[must_use]
pub fn v7(at: Timestamp, chance: [u8; 10]) -> Uuid {
    let ms = u64::try_from(at.ms()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid()
}
