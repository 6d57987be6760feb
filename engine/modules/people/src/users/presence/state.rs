//! How somebody is, and what others see of it. Pure functions.

use schema::{answer, id::UserId, time::Timestamp, words};

/// After so many seconds without doing anything somebody is away.
pub(super) const IDLE_S: i64 = 300;
/// The last activity is shown to so many seconds: enough to know whether to wait, too little to be followed.
const GRAIN_S: i64 = 300;

/// What somebody says of how they are.
#[words]
pub(crate) enum Wish {
    /// There; away by itself after five minutes without doing anything.
    #[default]
    Online,
    /// Not at the desk.
    Away,
    /// There, and not to be disturbed.
    Busy,
    /// There, and seen by nobody.
    Invisible,
}

/// How somebody is.
#[words]
pub(crate) enum State {
    /// There.
    Online,
    /// Connected, and did nothing for a while or said so.
    Away,
    /// There, and not to be disturbed.
    Busy,
    /// There, and seen by nobody: shown to the person alone.
    Invisible,
    /// Not connected, or not to be seen.
    #[default]
    Offline,
}

/// How somebody is, as it is told and answered.
#[answer]
pub(crate) struct Presence {
    /// Who.
    pub user_id: UserId,
    /// How they are.
    pub state: State,
    /// When they last did something, to five minutes; null where that is not known or not shown.
    pub last_activity_at: Option<Timestamp>,
    /// Since when it is so: what was told later counts.
    pub at: Timestamp,
}

/// What others see of somebody who is connected.
pub(super) const fn shown(wish: Wish, active_at: Timestamp, now: Timestamp) -> State {
    match wish {
        Wish::Invisible => State::Offline,
        Wish::Busy => State::Busy,
        Wish::Away => State::Away,
        Wish::Online if now.ms() - active_at.ms() >= IDLE_S * 1_000 => State::Away,
        Wish::Online => State::Online,
    }
}

/// What the person themselves sees.
pub(super) const fn own(wish: Wish, active_at: Timestamp, now: Timestamp) -> State {
    match wish {
        Wish::Invisible => State::Invisible,
        _ => shown(wish, active_at, now),
    }
}

/// An instant as it is shown.
pub(super) const fn rounded(at: Timestamp) -> Timestamp {
    Timestamp::from_ms(at.ms() - at.ms().rem_euclid(GRAIN_S * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Timestamp = Timestamp::from_ms(1_732_536_000_000);

    #[test]
    fn whoever_did_nothing_for_five_minutes_is_away_unless_they_said_otherwise() {
        let after = |wish, seconds| shown(wish, NOON, NOON.plus_seconds(seconds));

        assert_eq!((after(Wish::Online, 299), after(Wish::Online, 300)), (State::Online, State::Away));
        assert_eq!((after(Wish::Busy, 9_000), after(Wish::Away, 0)), (State::Busy, State::Away));
    }

    #[test]
    fn who_is_invisible_is_offline_to_others_and_not_to_themselves() {
        assert_eq!(shown(Wish::Invisible, NOON, NOON), State::Offline);
        assert_eq!(own(Wish::Invisible, NOON, NOON), State::Invisible);
    }

    proptest! {
        #[test]
        fn an_instant_is_shown_to_five_minutes_and_never_later_than_it_was(ms in 0_i64..4_000_000_000_000) {
            let shown = rounded(Timestamp::from_ms(ms)).ms();

            prop_assert!(shown % 300_000 == 0 && shown <= ms && ms - shown < 300_000);
        }
    }
}
