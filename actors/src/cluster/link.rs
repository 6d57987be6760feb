//! News on its way from this home to one node. Pieces are numbered as they are put in; what does not fit is left
//! out, and its number tells the other side. Pieces that wait together travel together.

use super::{
    Run,
    wire::{Heard, Parcel, encode},
};
use crate::bus::{Bus, To};
use bytes::Bytes;
use parking_lot::Mutex;
use schema::room::RoomId;
use std::{collections::VecDeque, ops::Range, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::timeout};

/// News that waits for the wire. Past it pieces are left out: the log has them.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// What travels together at most: well under the megabyte that a NATS server takes by default.
const PARCEL_BYTES_MAX: usize = 256 << 10;
/// Of so many pieces it is remembered which rooms they were about.
const REMEMBERED_MAX: usize = 8_192;
/// How soon after the last piece its number is repeated, so that even a lost last one is noticed.
const REPEAT_AFTER: Duration = Duration::from_millis(250);
/// How often a quiet link says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// The sending end of one link.
pub(super) struct Link {
    state: Mutex<State>,
    put: Notify,
}

#[derive(Default)]
struct State {
    next: u64,
    waiting: VecDeque<(u64, Bytes)>,
    waiting_bytes: usize,
    /// The rooms of the last pieces; the newest is number `next - 1`.
    remembered: VecDeque<RoomId>,
    over: bool,
}

impl Link {
    /// Opens a link and sends on it until it is closed.
    pub(super) fn open(bus: Bus, from: Run, to: Run) -> Arc<Self> {
        let link = Arc::new(Self { state: Mutex::default(), put: Notify::new() });
        tokio::spawn(run(Arc::clone(&link), bus, from, to));
        link
    }

    pub(super) fn close(&self) {
        self.state.lock().over = true;
        self.put.notify_one();
    }

    pub(super) fn put(&self, room: &RoomId, item: Bytes) {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        if state.remembered.len() == REMEMBERED_MAX {
            state.remembered.pop_front();
        }
        state.remembered.push_back(room.clone());
        if state.waiting_bytes + item.len() > WAITING_BYTES_MAX {
            metrics::counter!("bus_left_out_total").increment(1);
            return;
        }
        state.waiting_bytes += item.len();
        state.waiting.push_back((number, item));
        drop(state);
        self.put.notify_one();
    }

    /// The rooms of these pieces, each once; `None` when that is forgotten.
    pub(super) fn rooms_of(&self, pieces: Range<u64>) -> Option<Vec<RoomId>> {
        let state = self.state.lock();
        let remembered = u64::try_from(state.remembered.len()).unwrap_or(u64::MAX);
        let oldest = state.next.saturating_sub(remembered);
        if pieces.start < oldest || pieces.end > state.next {
            return None;
        }
        let skip = usize::try_from(pieces.start - oldest).ok()?;
        let take = usize::try_from(pieces.end.saturating_sub(pieces.start)).ok()?;
        let mut rooms: Vec<RoomId> = state.remembered.iter().skip(skip).take(take).cloned().collect();
        rooms.sort_unstable();
        rooms.dedup();
        Some(rooms)
    }

    /// What may travel now; `None` once the link is closed.
    fn parcel(&self, from: Run) -> Option<Parcel> {
        let mut state = self.state.lock();
        if state.over {
            return None;
        }
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some((_, item)) = state.waiting.front() {
            if bytes > 0 && bytes + item.len() > PARCEL_BYTES_MAX {
                break;
            }
            bytes += item.len();
            items.extend(state.waiting.pop_front());
        }
        state.waiting_bytes -= bytes;
        let next = items.last().map_or(state.next, |(number, _)| number + 1);
        Some(Parcel { from, next, items })
    }
}

async fn run(link: Arc<Link>, bus: Bus, from: Run, to: Run) {
    let mut repeat = true;
    loop {
        let Some(parcel) = link.parcel(from) else { return };
        if parcel.items.is_empty() {
            let quiet = if repeat { REPEAT_AFTER } else { BEAT_EVERY };
            if timeout(quiet, link.put.notified()).await.is_ok() {
                continue;
            }
            repeat = false;
        } else {
            repeat = true;
        }
        // Only once the wire was quiet for a while is it told again where the link stands.
        let Some(parcel) = (if parcel.items.is_empty() { link.parcel(from) } else { Some(parcel) }) else {
            return;
        };
        repeat |= !parcel.items.is_empty();
        let _ = bus.send(from, To::Ear(to), encode(&Heard::Parcel(parcel))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn room(n: u128) -> RoomId {
        RoomId::new("room", Uuid::from_u128(n))
    }

    fn link() -> Link {
        Link { state: Mutex::default(), put: Notify::new() }
    }

    #[test]
    fn a_link_remembers_which_rooms_its_lost_pieces_were_about() {
        let link = link();
        for n in [1, 2, 1, 3] {
            link.put(&room(n), Bytes::from_static(b"news"));
        }

        assert_eq!(link.rooms_of(0..3), Some(vec![room(1), room(2)]));
        assert_eq!(link.rooms_of(3..4), Some(vec![room(3)]));
        assert_eq!(link.rooms_of(3..5), None, "it was never sent");

        for _ in 0..REMEMBERED_MAX {
            link.put(&room(9), Bytes::new());
        }
        assert_eq!(link.rooms_of(3..4), None, "that is forgotten");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_its_number_is_missing() {
        let link = link();
        let half = Bytes::from(vec![0; WAITING_BYTES_MAX / 2]);
        for _ in 0..3 {
            link.put(&room(1), half.clone());
        }
        link.put(&room(1), Bytes::new());

        let mut numbers = Vec::new();
        while let Some(parcel) = link.parcel(Run::new(1)).filter(|parcel| !parcel.items.is_empty()) {
            numbers.extend(parcel.items.iter().map(|(number, _)| *number));
        }

        assert_eq!(numbers, [0, 1, 3]);
    }
}
