//! Talking by an open schedule: every message is said when it is due, whether or not the ones before it
//! were answered. When the generator falls behind it says so, and does not slow the schedule down.

use super::{
    hall::Hall,
    order::{Speakers, Speech, Spoken},
};
use crate::{
    clock::{now_us, until},
    stamp::Stamp,
};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use std::rc::Rc;
use tokio::{task::yield_now, time::sleep};

/// How many overdue messages are said before others get their turn: listeners share the thread.
const IN_A_ROW: u32 = 64;

/// Says everything in the schedule.
pub(crate) async fn speak(hall: &Rc<Hall>, speech: &Speech) -> Spoken {
    hall.talk_begins(speech.starts_at_us, speech.body_bytes);
    let mut chance = SmallRng::seed_from_u64(speech.schedule.seed ^ u64::from(hall.crowd));
    let mut spoken = Spoken::default();
    if speech.speakers == Speakers::Nobody {
        return spoken;
    }
    let mut in_a_row = 0;
    for instant in speech.schedule.instants() {
        let intended_us = speech.starts_at_us + instant;
        let wait = until(intended_us);
        if !wait.is_zero() {
            sleep(wait).await;
            in_a_row = 0;
        } else if in_a_row >= IN_A_ROW {
            yield_now().await;
            in_a_row = 0;
        }
        in_a_row += 1;
        let speaker = match speech.speakers {
            Speakers::First | Speakers::Nobody => hall.members.first(),
            Speakers::Everyone => hall.members.get(chance.random_range(0..hall.members.len().max(1))),
        };
        let Some(speaker) = speaker else { break };
        let number = hall.ledger.borrow_mut().next();
        let stamp = Stamp { intended_us, crowd: hall.crowd, number };
        speaker.take_up(stamp, hall.arrival.tag, speech.body_bytes);
        spoken.said += 1;
        spoken.lateness.record(now_us().saturating_sub(intended_us));
    }
    spoken
}
