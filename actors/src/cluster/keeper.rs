//! Keeping this node among the others: getting in, seeing who comes and goes, letting go of everything when it is not
//! sure of itself any more, and getting in again.

use super::{
    Cluster, Run, Standing,
    wire::{Heard, encode},
};
use crate::{Directory, Error, bus::To, env::Env, outbox::Close, own::node_key};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use storage::{Batch, Plain, Write};
use tokio::{sync::watch, time::MissedTickBehavior};
use tracing::{error, info, warn};

/// How often the node looks at itself.
const TICK: Duration = Duration::from_millis(200);
/// How often some of the others are asked whether they are there.
const PING_EVERY_MS: u64 = 1_000;
/// How often one that is out tries to get in again.
const ENTER_EVERY_MS: u64 = 1_000;
/// How long a home of before may have a write under way after its lease ended: the patience of the driver.
const UNDER_WAY_MS: u64 = 4_000;
/// How long the row of a run that is over stays for others to see.
const FORGET_MS: u64 = 60_000;
/// How long a leaving node waits for its row to be written.
const LEAVE_WAIT: Duration = Duration::from_secs(3);
/// How long the list of open rooms is left alone when it could not be read.
const WALK_AGAIN: Duration = Duration::from_secs(1);
/// It can't go on as a home: clients come back, elsewhere or here, and resume.
const CUT_OFF: Close = Close { code: 4010, reason: "server draining" };

/// What the keeper itself has to remember.
struct Keeper {
    env: Arc<Env>,
    cluster: Arc<Cluster>,
    /// Dropped when the run ends: nobody hears for it any more.
    hearing: Option<watch::Sender<()>>,
    entered_at_ms: u64,
    tidied_at_ms: u64,
    pinged_at_ms: u64,
    pings: usize,
}

impl Cluster {
    /// Gets in, and stays in from now on; answers once this node is one of them.
    ///
    /// # Errors
    /// When the store or the bus doesn't answer.
    pub(crate) async fn join(self: &Arc<Self>, env: Arc<Env>) -> Result<(), Error> {
        let now = self.clock.uptime_ms();
        let mut keeper = Keeper {
            env,
            cluster: Arc::clone(self),
            hearing: None,
            entered_at_ms: now,
            tidied_at_ms: now,
            pinged_at_ms: now,
            pings: 0,
        };
        self.lay_line(&keeper.env.store).await?;
        keeper.enter().await?;
        tokio::spawn(keeper.keep());
        Ok(())
    }

    /// Hands all rooms over to the others; sockets stay, and what they listen to comes from there.
    pub(crate) async fn hand_over(&self, env: &Arc<Env>) {
        let Some(run) = self.run() else { return };
        self.leaving.store(true, Ordering::Release);
        let renewed = tokio::time::timeout(LEAVE_WAIT, self.renew(run)).await;
        if !matches!(renewed, Ok(Ok(()))) {
            warn!("the others could not be told that this node is leaving");
        }
        self.look(env);
        self.hail(run).await;
    }

    /// Is out, for good: the others need not wait for it to be missed.
    pub(crate) async fn leave(&self, env: &Arc<Env>) {
        let Some(run) = self.lease.run() else { return };
        self.let_go(env);
        let delete = Plain { writes: vec![Write::Delete(node_key(run))], stamp: Some(self.next_stamp()) };
        if let Some(line) = self.line.get() {
            let _ = tokio::time::timeout(LEAVE_WAIT, line.apply(Batch::Plain(delete))).await;
        }
        self.hail(run).await;
    }

    async fn hail(&self, run: Run) {
        let _ = self.bus.send(run, To::All, encode(&Heard::Hail)).await;
    }

    /// Looks who is there now; if that changed, rooms and listeners go where they belong.
    fn look(&self, env: &Arc<Env>) {
        let Some(run) = self.lease.run() else { return };
        let now = self.clock.uptime_ms();
        let (seen, alone) = {
            let sightings = self.sightings.lock();
            (sightings.view(now, self.config.gone_ms), sightings.is_alone(run))
        };
        if *self.view() == seen {
            return;
        }
        let names: Vec<&str> = seen.members().iter().map(|member| member.name.as_str()).collect();
        info!(nodes = names.join(" "), "the nodes are");
        metrics::gauge!("cluster_nodes").set(f64::from(u32::try_from(names.len()).unwrap_or(u32::MAX)));
        let unsettled_ms = if alone { 0 } else { self.config.lease_ms + UNDER_WAY_MS };
        self.settled_at_ms.store(now + unsettled_ms, Ordering::Release);
        self.ears.retain(|home| seen.has(home));
        let left = self.guests.keep(&seen);
        self.links.lock().retain(|to, link| {
            let stays = seen.has(*to);
            if !stays {
                link.close();
            }
            stays
        });
        let seen = Arc::new(seen);
        self.view.send_replace(Arc::clone(&seen));
        env.rooms.yield_those(|room| !env.homes(room));
        env.audiences.moved(&seen, run);
        left.iter().for_each(|room| env.stir(room));
        self.wake_open_rooms(env);
    }

    /// Wakes the open rooms that live here by now. Nodes come and go in swarms: the list is walked by one at a time,
    /// the last time after the last of them.
    fn wake_open_rooms(&self, env: &Arc<Env>) {
        if self.to_wake.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        let (Some(cluster), env) = (self.myself.upgrade(), Arc::clone(env)) else { return };
        tokio::spawn(async move {
            loop {
                let seen = cluster.to_wake.load(Ordering::Acquire);
                if let Err(error) = Directory::of(Arc::clone(&env)).wake_open_rooms().await {
                    warn!(%error, "rooms with unfinished reactions can't be listed");
                    tokio::time::sleep(WALK_AGAIN).await;
                    if cluster.lease.run().is_some() {
                        continue;
                    }
                }
                let done = cluster.to_wake.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
                if done.is_ok() {
                    return;
                }
            }
        });
    }

    /// Lets go of everything that only a node which takes part may have. True if it took part.
    fn let_go(&self, env: &Env) -> bool {
        let Some(run) = self.lease.run().filter(|_| self.lease.end()) else { return false };
        self.view.send_replace(Arc::default());
        env.audiences.moved(&Arc::default(), run);
        *self.sightings.lock() = super::Sightings::default();
        self.guests.clear();
        self.ears.retain(|_| false);
        for link in std::mem::take(&mut *self.links.lock()).into_values() {
            link.close();
        }
        self.look_again.lock().clear();
        env.rooms.yield_those(|_| true);
        true
    }

    /// Rooms to which somebody attached while a home of before might still have been writing: where do they end by
    /// now?
    fn look_again(&self, env: &Arc<Env>) {
        let rooms = std::mem::take(&mut *self.look_again.lock());
        if rooms.is_empty() {
            return;
        }
        let env = Arc::clone(env);
        tokio::spawn(async move {
            let directory = Directory::of(Arc::clone(&env));
            for room in rooms.into_iter().filter(|room| env.homes(room)) {
                if let Ok(head) = directory.head(&room).await {
                    env.tell_head(&room, head.seq);
                }
            }
        });
    }
}

impl Keeper {
    /// A new run: heard first, then seen, then in.
    async fn enter(&mut self) -> Result<(), Error> {
        let (cluster, env) = (&self.cluster, &self.env);
        let run = Run::new(u64::from_be_bytes(cluster.clock.random()) | 1);
        let unheard = |lost| Error::Bus(format!("the bus does not answer: {lost}"));
        let inbox = cluster.bus.listen(run).await.map_err(unheard)?;
        let (hearing, over) = watch::channel(());
        self.hearing = Some(hearing);
        cluster.bus.spawn(Arc::clone(cluster).feel_pulse(run, inbox.pulse, over.clone()));
        tokio::spawn(Arc::clone(cluster).serve(Arc::clone(env), run, inbox.messages, over.clone()));
        *cluster.present.lock() = (run, cluster.next_stamp());
        let begun_ms = cluster.clock.uptime_ms();
        cluster.renew(run).await?;
        cluster.lease.begin(run, begun_ms);
        cluster.bus.spawn(Arc::clone(cluster).show_life(run, over));
        cluster.look(env);
        cluster.hail(run).await;
        info!(%run, node = cluster.me.name, "this node is one of them");
        Ok(())
    }

    async fn keep(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.cluster.looked.notified() => {}
            }
            let cluster = Arc::clone(&self.cluster);
            let now = cluster.clock.uptime_ms();
            cluster.kept_at_ms.store(now, Ordering::Release);
            let standing = cluster.standing_now();
            if cluster.failed.borrow().is_some() {
                self.step_down(Standing::Apart);
                return;
            }
            match standing {
                Standing::Present => self.tend(now),
                Standing::Apart if cluster.leaving.load(Ordering::Acquire) => return,
                Standing::Apart => {}
                Standing::WithoutStore | Standing::WithoutBus => self.step_down(standing),
            }
            if cluster.lease.run().is_none() && now - self.entered_at_ms >= ENTER_EVERY_MS {
                self.entered_at_ms = now;
                if let Err(error) = self.enter().await {
                    warn!(%error, "this node can't get in");
                    self.hearing = None;
                }
            }
        }
    }

    fn tend(&mut self, now: u64) {
        let (cluster, env) = (&self.cluster, &self.env);
        cluster.look(env);
        if !cluster.is_unsettled() {
            cluster.look_again(env);
        }
        if now - self.pinged_at_ms >= PING_EVERY_MS {
            (self.pinged_at_ms, self.pings) = (now, self.pings.wrapping_add(1));
            cluster.ping_some(self.pings);
        }
        for home in cluster.ears.silent(now) {
            env.audiences.attach_anew(home);
        }
        if now - self.tidied_at_ms >= FORGET_MS {
            self.tidied_at_ms = now;
            let over = cluster.sightings.lock().over(now, FORGET_MS);
            let writes: Vec<Write> = over.into_iter().map(|run| Write::Delete(node_key(run))).collect();
            if !writes.is_empty() {
                let env = Arc::clone(env);
                tokio::spawn(async move { env.store.apply(Batch::plain(writes)).await });
            }
        }
    }

    fn step_down(&mut self, standing: Standing) {
        self.hearing = None;
        if !self.cluster.let_go(&self.env) {
            return;
        }
        error!(?standing, "this node is cut off and lets go of its rooms and sockets");
        metrics::counter!("cluster_cut_off_total").increment(1);
        metrics::gauge!("cluster_nodes").set(0.0);
        *self.cluster.went.lock() = standing;
        if standing == Standing::WithoutBus {
            let bus = self.cluster.bus.clone();
            tokio::spawn(async move { bus.reconnect().await });
        }
        self.env.sessions.close_all(CUT_OFF);
    }
}
