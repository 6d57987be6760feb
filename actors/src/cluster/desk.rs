//! What other nodes ask of this one, and what they tell it. Each question is worked on by a task of its own, a bounded
//! number at once; news is taken in as it comes, in order.

use super::{
    Cluster, Home, Run,
    attach::ROOMS_MAX,
    wire::{Answer, Ask, Heard, decode, encode},
};
use crate::{
    Directory,
    bus::{Incoming, To},
    env::Env,
};
use futures_util::{StreamExt as _, stream};
use schema::room::RoomId;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

impl Cluster {
    /// Hears and answers for one run, until that is over.
    pub(super) async fn serve(
        self: Arc<Self>,
        env: Arc<Env>,
        run: Run,
        mut inbox: mpsc::Receiver<Incoming>,
        mut over: watch::Receiver<()>,
    ) {
        loop {
            let incoming = tokio::select! {
                biased;
                _ = over.changed() => return,
                incoming = inbox.recv() => incoming,
            };
            let Some(incoming) = incoming else { return };
            match incoming.to {
                To::Ear(_) | To::All => self.heed(&env, &incoming.body),
                To::Desk(_) if self.lease.run() == Some(run) => self.take_on(&env, incoming),
                To::Desk(_) | To::Pulse(_) => {}
            }
        }
    }

    fn heed(self: &Arc<Self>, env: &Arc<Env>, body: &[u8]) {
        match decode::<Heard>(body) {
            Some(Heard::Parcel(parcel)) if self.run().is_some() => self.hear(env, parcel),
            Some(Heard::Hail) => self.hailed.notify_one(),
            Some(Heard::Missing(run)) if self.lease.run() != Some(run) => self.suspect(run),
            _ => {}
        }
    }

    fn take_on(self: &Arc<Self>, env: &Arc<Env>, incoming: Incoming) {
        let Ok(permit) = Arc::clone(&self.desk).try_acquire_owned() else {
            metrics::counter!("bus_turned_away_total").increment(1);
            return;
        };
        let (cluster, env) = (Arc::clone(self), Arc::clone(env));
        tokio::spawn(async move {
            let answer = match decode::<Ask>(&incoming.body) {
                Some(ask) => Box::pin(cluster.answer(&env, ask)).await,
                // A newer program asks for what this one has not got.
                None => Answer::NotHere,
            };
            if let Some(reply) = incoming.reply {
                cluster.bus.answer(reply, encode(&answer)).await;
            }
            drop(permit);
        });
    }

    async fn answer(self: &Arc<Self>, env: &Arc<Env>, ask: Ask) -> Answer {
        if self.run().is_none() {
            return Answer::NotHere;
        }
        match ask {
            Ask::Ping => Answer::Done,
            Ask::Attach { from, rooms } => Answer::Attached(self.attached(env, from, rooms).await),
            Ask::Detach { from, room, at } => {
                self.let_go_of(env, &room, from, at);
                Answer::Done
            }
            Ask::Mend { from, first, end } => {
                let link = self.links.lock().get(&from).cloned();
                let rooms = link.and_then(|link| link.rooms_of(first..end));
                Answer::Mended(match rooms {
                    Some(rooms) => self.heads(env, rooms).await,
                    None => None,
                })
            }
            Ask::Head { room } if self.home(&room) == Home::Here => {
                let head = Directory::of(Arc::clone(env)).head(&room).await;
                head.map_or(Answer::NotHere, Answer::Head)
            }
            Ask::Whisper { from, room, d } => {
                self.pass_on(env, &room, from, d);
                Answer::Done
            }
            Ask::Present { from, rooms } => {
                for (room, part) in rooms {
                    if self.home(&room) == Home::Here {
                        self.put_present(env, &room, from, part);
                    }
                }
                Answer::Done
            }
            Ask::Carry { room, body } if self.home(&room) == Home::Here => {
                Answer::Carried(env.host().carried(&room, body).await)
            }
            Ask::Head { .. } | Ask::Carry { .. } => {
                // One of us is behind.
                self.hailed.notify_one();
                Answer::NotHere
            }
        }
    }

    /// Where these rooms stand; nothing when one can't be read, so that it is asked for again.
    async fn heads(&self, env: &Arc<Env>, rooms: Vec<RoomId>) -> Option<Vec<(RoomId, u64)>> {
        let here = rooms.into_iter().filter(|room| self.home(room) == Home::Here);
        let each = here.map(|room| async {
            let head = Directory::of(Arc::clone(env)).head(&room).await.ok()?;
            Some((room, head.seq))
        });
        let heads: Vec<_> = stream::iter(each).buffered(ROOMS_MAX).collect().await;
        heads.into_iter().collect()
    }
}
