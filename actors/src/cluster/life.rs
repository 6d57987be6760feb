//! Signs of life, towards the others and of the wire: both on the wire's own thread, over connections of their own.
//! A node that has more to do than it can is late with everything else; it must not be taken for gone, by the
//! others or by itself, because its signs stood in the same line.

use super::{
    Cluster, Run,
    sightings::Record,
    wire::{Heard, decode, encode},
};
use crate::{
    Error,
    bus::{Incoming, To},
    own::{NODES, node_key, nodes},
};
use schema::codec;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use storage::{Batch, Outcome, Plain, Range, Store, Write};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{MissedTickBehavior, sleep},
};
use tracing::{error, warn};

/// How often a node feels its pulse.
const PULSE_EVERY: Duration = Duration::from_millis(200);
/// However many call, the store is looked at no more often than this.
const HEED_EVERY: Duration = Duration::from_millis(100);
/// A node whose keeper did nothing for so long is not late, it is stuck: it shows no more signs of life.
const STUCK_MS: u64 = 30_000;
/// Nodes of one cluster.
const NODES_MAX: usize = 1_024;

impl Cluster {
    /// Opens the line to the store over which signs of life go.
    ///
    /// # Errors
    /// When the store doesn't answer.
    pub(super) async fn lay_line(&self, store: &Store) -> Result<(), Error> {
        let (store, (laid, line)) = (store.clone(), oneshot::channel());
        self.bus.spawn(async move { drop(laid.send(store.apart().await)) });
        let line = line.await.map_err(|_| Error::Bus("the wire is gone".to_owned()))??;
        // It is laid once: whoever joins again has it.
        let _ = self.line.set(line);
        Ok(())
    }

    /// Shows signs of life for as long as the run lasts, and sooner than it would when somebody calls.
    pub(super) async fn show_life(self: Arc<Self>, run: Run, mut over: watch::Receiver<()>) {
        loop {
            tokio::select! {
                _ = over.changed() => return,
                () = sleep(Duration::from_millis(self.config.renew_ms)) => {}
                () = self.hailed.notified() => sleep(HEED_EVERY).await,
            }
            let kept_at_ms = self.kept_at_ms.load(Ordering::Acquire);
            // One that stood still past its lease has to let go first: it does not show itself under this number again.
            if self.run() != Some(run) || self.clock.uptime_ms().saturating_sub(kept_at_ms) > STUCK_MS {
                continue;
            }
            // One that is not answered does not hold up the next.
            let cluster = Arc::clone(&self);
            tokio::spawn(async move {
                match cluster.renew(run).await {
                    Ok(()) => cluster.looked.notify_one(),
                    Err(error) => warn!(%error, "the store did not take a sign of life"),
                }
            });
        }
    }

    /// One sign of life: the row is moved, all rows are read, and ours must be among them as it was written.
    pub(super) async fn renew(&self, run: Run) -> Result<(), Error> {
        let (present, since_us) = *self.present.lock();
        if present != run {
            return Ok(());
        }
        let begun_ms = self.clock.uptime_ms();
        let stamp = self.next_stamp();
        let record = Record {
            name: self.me.name.clone(),
            run,
            beat: u64::try_from(stamp).unwrap_or(0),
            leaving: self.leaving.load(Ordering::Acquire),
            since_us,
            version: self.me.version.clone(),
            address: self.me.address.clone(),
        };
        let writes = vec![Write::Put(node_key(run), codec::to_bytes(&record)?)];
        let line = self.line.get().ok_or(Error::Elsewhere)?;
        match line.apply(Batch::Plain(Plain { writes, stamp: Some(stamp) })).await? {
            Outcome::Applied => {}
            _ => return Err(Error::OutcomeUnknown),
        }
        let rows = line.scan(&Range::partition(NODES, nodes(), NODES_MAX)).await?;
        let records: Vec<Record> =
            rows.iter().filter_map(|row| codec::from_msgpack(&row.value).ok()).collect();
        if !records.iter().any(|found| found.run == run && found.beat >= record.beat) {
            return Err(Error::Store("a sign of life is not where it was written".to_owned()));
        }
        let mut sightings = self.sightings.lock();
        if self.present.lock().0 != run {
            // The run ended while the store was slow, and what it saw is old: the newer one is our own.
            return Ok(());
        }
        sightings.observe(records, self.clock.uptime_ms());
        self.lease.renewed(run, begun_ms, self.config.lease_ms);
        if let Some(newer) = sightings.newer(&record) {
            let reason = format!(
                "another node is called {}, too, at {}: give each a name of its own with --node",
                newer.name, newer.address
            );
            error!(reason, "this node is out");
            self.failed.send_replace(Some(reason));
        }
        Ok(())
    }

    /// Rises with every call, whatever the clock does.
    pub(super) fn next_stamp(&self) -> i64 {
        let mut stamp = self.stamp.lock();
        *stamp = self.clock.now_us().max(*stamp + 1);
        *stamp
    }

    /// Says something to itself and hears whether it comes back, beside whatever else there is to do: a node that is
    /// late with its work is still on the wire.
    pub(super) async fn feel_pulse(
        self: Arc<Self>,
        run: Run,
        mut pulse: mpsc::Receiver<Incoming>,
        mut over: watch::Receiver<()>,
    ) {
        let mut tick = tokio::time::interval(PULSE_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = over.changed() => return,
                _ = tick.tick() => {
                    let beat = encode(&Heard::Echo(self.clock.uptime_ms()));
                    // Lost or not, the next one is sent.
                    let _ = self.bus.send(run, To::Pulse(run), beat).await;
                }
                Some(incoming) = pulse.recv() => {
                    if let Some(Heard::Echo(sent_ms)) = decode(&incoming.body) {
                        self.lease.heard(sent_ms);
                    }
                }
            }
        }
    }
}
