//! A wire in memory that loses, delays, repeats and reorders what it is given, by the clock's chance. Nodes can be
//! cut off from it and come back.

use super::{Incoming, Lost, Reply, Slots, To};
use crate::cluster::Run;
use bytes::Bytes;
use parking_lot::Mutex;
use schema::clock::Clock;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

/// What goes wrong, out of a thousand messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// Never arrive.
    pub lost_per_mille: u64,
    /// Arrive twice.
    pub twice_per_mille: u64,
    /// How long a message may be under way, so that later ones overtake it.
    pub delay_ms_max: u64,
}

/// The wire; cheap to clone.
#[derive(Clone)]
pub struct Wire {
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    faults: Faults,
    inboxes: BTreeMap<Run, Slots>,
    cut_off: BTreeSet<Run>,
    /// Everything is down.
    down: bool,
}

impl Wire {
    /// A wire without faults.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let inner = Inner {
            faults: Faults::default(),
            inboxes: BTreeMap::new(),
            cut_off: BTreeSet::new(),
            down: false,
        };
        Self { clock, inner: Arc::new(Mutex::new(inner)) }
    }

    /// From now on, these faults.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.lock().faults = faults;
    }

    /// Nobody hears anybody until it is up again.
    pub fn set_down(&self, down: bool) {
        self.inner.lock().down = down;
    }

    /// The node hears nothing and is not heard. It comes back under another run, which is not cut off.
    pub fn cut_off(&self, run: Run) {
        self.inner.lock().cut_off.insert(run);
    }

    pub(super) fn listen(&self, run: Run, slots: Slots) {
        let mut inner = self.inner.lock();
        inner.inboxes.retain(|_, slots| !slots.messages.is_closed());
        inner.inboxes.insert(run, slots);
    }

    pub(super) fn send(&self, from: Run, to: To, body: Bytes) {
        let everybody: Vec<Run> = match to {
            To::Ear(run) | To::Desk(run) | To::Pulse(run) => vec![run],
            To::All => self.inner.lock().inboxes.keys().copied().collect(),
        };
        for run in everybody {
            let _ = self.carry(from, run, to, body.clone(), None);
        }
    }

    pub(super) async fn ask(&self, from: Run, to: Run, body: Bytes, wait: Duration) -> Result<Bytes, Lost> {
        let (reply, answer) = oneshot::channel();
        if !self.carry(from, to, To::Desk(to), body, Some(reply)) {
            return Err(Lost::Nobody);
        }
        let answered = timeout(wait, async {
            // What nobody holds any more was lost, but who asked can't know that.
            match answer.await {
                Ok(body) if !self.is_lost() => Some(body),
                _ => std::future::pending().await,
            }
        });
        answered.await.ok().flatten().ok_or(Lost::Unanswered)
    }

    fn is_lost(&self) -> bool {
        let lost = self.inner.lock().faults.lost_per_mille;
        self.clock.below(1_000) < lost
    }

    /// Whether anybody is there to hear it; he may not hear it all the same.
    fn carry(&self, from: Run, run: Run, to: To, body: Bytes, reply: Option<oneshot::Sender<Bytes>>) -> bool {
        let (inbox, faults) = {
            let inner = self.inner.lock();
            let apart = inner.cut_off.contains(&from) || inner.cut_off.contains(&run);
            if inner.down || (apart && from != run) || (from == run && inner.cut_off.contains(&run)) {
                // Whoever is cut off does not learn that nobody is there.
                return inner.down || inner.cut_off.contains(&from);
            }
            let Some(inbox) = inner.inboxes.get(&run).map(|slots| slots.of(to)) else {
                return false;
            };
            if inbox.is_closed() {
                return false;
            }
            (inbox.clone(), inner.faults)
        };
        if self.clock.below(1_000) < faults.lost_per_mille {
            return true;
        }
        let again = reply.is_none() && self.clock.below(1_000) < faults.twice_per_mille;
        let mut reply = reply.map(Reply::Simulated);
        for _ in 0..=u8::from(again) {
            let incoming = Incoming { to, body: body.clone(), reply: reply.take() };
            let delay = Duration::from_millis(self.clock.below(faults.delay_ms_max + 1));
            if delay.is_zero() {
                let _ = inbox.try_send(incoming);
                continue;
            }
            let inbox = inbox.clone();
            tokio::spawn(async move {
                sleep(delay).await;
                let _ = inbox.try_send(incoming);
            });
        }
        true
    }
}
