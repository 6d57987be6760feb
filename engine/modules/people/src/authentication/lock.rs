//! When an account locks after failed sign-ins, and for how long. Pure: an account's memory of failures
//! and the present instant in, the new memory out.

use super::tables::Access;
use schema::time::Timestamp;

/// Failures that lock.
pub const FAILURES_MAX: usize = 5;
/// Older failures are forgotten.
const WINDOW_SECONDS: i64 = 15 * 60;
/// The first lock; each further one lasts twice as long.
const FIRST_LOCK_SECONDS: i64 = 15 * 60;
/// The longest lock.
const LOCK_SECONDS_MAX: i64 = 24 * 3_600;

/// Until when the account is locked at this instant, if it is.
#[must_use]
pub fn locked_until(access: &Access, now: Timestamp) -> Option<Timestamp> {
    access.locked_until.filter(|until| *until > now)
}

/// After one more failure.
#[must_use]
pub fn failed(access: &Access, now: Timestamp) -> Access {
    let mut after = access.clone();
    let recent = Timestamp::from_ms(now.ms() - WINDOW_SECONDS * 1_000);
    after.failed_at.retain(|at| *at > recent);
    after.failed_at.push(now);
    if after.failed_at.len() >= FAILURES_MAX {
        after.failed_at.clear();
        after.locked_until = Some(now.plus_seconds(lock_seconds(after.lockouts)));
        after.lockouts = after.lockouts.saturating_add(1);
    }
    after
}

/// After a success: nothing is held against the account any more.
#[must_use]
pub fn succeeded(access: &Access) -> Access {
    Access { failed_at: Vec::new(), lockouts: 0, locked_until: None, ..access.clone() }
}

/// How long the lock after `lockouts` earlier ones lasts.
fn lock_seconds(lockouts: u32) -> i64 {
    let doubled = 2_i64.checked_pow(lockouts).and_then(|times| FIRST_LOCK_SECONDS.checked_mul(times));
    doubled.unwrap_or(LOCK_SECONDS_MAX).min(LOCK_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::id::UserId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1_000)
    }

    fn fail_times(access: &Access, times: usize, now: Timestamp) -> Access {
        (0..times).fold(access.clone(), |access, _| failed(&access, now))
    }

    #[test]
    fn the_fifth_failure_within_the_window_locks_for_a_quarter_of_an_hour() {
        let access = fail_times(&Access::of(UserId::NIL), 4, at(1_000));

        let locked = failed(&access, at(1_899));

        assert_eq!(locked_until(&access, at(1_899)), None);
        assert_eq!(locked_until(&locked, at(1_899)), Some(at(1_899 + 900)));
        assert_eq!(locked_until(&locked, at(1_899 + 900)), None);
    }

    #[test]
    fn failures_further_apart_than_the_window_never_lock() {
        let access = fail_times(&Access::of(UserId::NIL), 4, at(0));

        assert_eq!(failed(&access, at(900)).locked_until, None);
    }

    #[test]
    fn a_success_forgives_everything() {
        let locked = fail_times(&Access::of(UserId::NIL), 15, at(0));

        let forgiven = fail_times(&succeeded(&locked), 5, at(10));

        assert_eq!(forgiven.locked_until, Some(at(910)));
    }

    proptest! {
        #[test]
        fn each_lock_doubles_the_last_up_to_a_day(lockouts in 0_u32..200) {
            let (this, next) = (lock_seconds(lockouts), lock_seconds(lockouts + 1));

            prop_assert_eq!(next, (this * 2).min(86_400));
            prop_assert!((900..=86_400).contains(&this));
        }

        #[test]
        fn the_memory_of_failures_stays_small(gaps in proptest::collection::vec(0_i64..2_000, 0..60)) {
            let mut access = Access::of(UserId::NIL);
            let mut now = 0;
            for gap in gaps {
                now += gap;
                access = failed(&access, at(now));
                prop_assert!(access.failed_at.len() < FAILURES_MAX);
            }
        }
    }
}
