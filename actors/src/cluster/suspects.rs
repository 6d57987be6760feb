//! Nodes that nobody hears any more. A process that was killed leaves the wire at once, and one that only lost the
//! wire has stopped being a home by itself a little later: whoever is not on the wire for longer than that is gone,
//! and nobody has to wait until its counter in the store is seen to stand still.

use super::{
    Cluster, Run,
    wire::{Ask, encode},
};
use crate::bus::{Lost, To};
use parking_lot::Mutex;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tracing::warn;

/// How many of the others are asked each time: each of a large cluster is still asked by several.
const PINGED: usize = 4;
/// How often a suspect is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long it may take to say that it is there.
const PING_WAIT: Duration = Duration::from_millis(1_000);

/// Those that are being looked for; by number, so that each is looked for once.
#[derive(Default)]
pub(super) struct Suspects(Mutex<BTreeSet<Run>>);

impl Suspects {
    fn begin(&self, run: Run) -> bool {
        self.0.lock().insert(run)
    }

    fn end(&self, run: Run) {
        self.0.lock().remove(&run);
    }
}

impl Cluster {
    /// Asks a few of the others, in turn, whether they are there. Nobody might need them for a while.
    pub(super) fn ping_some(&self, turn: usize) {
        let me = self.lease.run();
        let view = self.view();
        let others: Vec<Run> =
            view.members().iter().map(|member| member.run).filter(|run| Some(*run) != me).collect();
        for at in 0..PINGED.min(others.len()) {
            let Some(run) = others.get((turn * PINGED + at) % others.len()).copied() else { return };
            if let Some(cluster) = self.myself.upgrade() {
                tokio::spawn(async move { drop(cluster.ask(run, &Ask::Ping, PING_WAIT).await) });
            }
        }
    }

    /// A question to this node was heard by nobody.
    pub(super) fn suspect(&self, run: Run) {
        if let Some(cluster) = self.myself.upgrade()
            && self.view.borrow().has(run)
            && self.suspects.begin(run)
        {
            tokio::spawn(async move {
                cluster.look_for(run).await;
                cluster.suspects.end(run);
            });
        }
    }

    async fn look_for(self: &Arc<Self>, run: Run) {
        let begun = self.clock.uptime_ms();
        // By then it has noticed itself that it hears nothing, and has let go of everything.
        let gone_after = self.config.bus_silent_ms + self.config.bus_silent_ms / 2;
        while let Some(me) = self.run() {
            match self.bus.ask(me, run, encode(&Ask::Ping), PING_WAIT).await {
                Err(Lost::Nobody) => {}
                // It is there, or it is slow: the store will tell.
                Ok(_) | Err(Lost::Unanswered | Lost::TooLarge) => return,
            }
            if self.clock.uptime_ms() - begun >= gone_after {
                warn!(%run, "a node is on the wire no longer");
                self.sightings.lock().lose(run);
                self.hailed.notify_one();
                // Others may not have asked it anything yet.
                let _ = self.bus.send(me, To::All, encode(&super::wire::Heard::Missing(run))).await;
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
