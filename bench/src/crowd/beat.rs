//! Heartbeats: one sweep for all, so that an idle person has no timer. Each sweep pings a slice of the
//! crowd; everybody is reached once a period, and never all at the same moment.

use super::{
    hall::Hall,
    member::Phase,
    order::{Report, Wire},
};
use crate::client::said;
use std::{rc::Rc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How often a client must be heard.
const PERIOD: Duration = Duration::from_secs(25);
/// How many slices are reached in that time, one a sweep.
const SLICES: u16 = 250;
/// Sweeps between two reports of progress.
const SWEEPS_A_REPORT: u16 = 2;

/// Pings, and reports progress, for as long as the reports are heard.
pub(crate) async fn beat(hall: Rc<Hall>, mut tell: impl FnMut(&Report) -> bool) {
    let mut ticks = interval(PERIOD / u32::from(SLICES));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for sweep in (0..SLICES).cycle() {
        ticks.tick().await;
        if hall.arrival.wire == Wire::Session {
            ping(&hall, sweep);
        }
        if sweep % SWEEPS_A_REPORT == 0 && !tell(&Report::Progress(hall.progress())) {
            return;
        }
    }
}

fn ping(hall: &Hall, slice: u16) {
    for member in hall.members.iter().skip(slice.into()).step_by(SLICES.into()) {
        // Who has stopped reading has stopped altogether.
        if member.phase.get() == Phase::In && !member.is_stalled() {
            let mut bytes = Vec::new();
            said::ping(&mut bytes, "p");
            member.say(&bytes);
        }
    }
}
