//! What an audience does about other nodes: it attaches its rooms to where they live, says who is in them here, and
//! hears who is in them elsewhere.

use super::{
    Message, Part,
    actor::{RETRY, State},
};
use crate::{
    Directory, Error, Run,
    cluster::{Home, Level, View},
    room::head_of,
};
use schema::room::RoomId;
use std::sync::Arc;
use tracing::{debug, warn};

/// How long people of a node that is gone may take to come back elsewhere before they are said to have left.
const MISSED_MS: u64 = 15_000;

impl State {
    /// Whoever was missed for too long has left.
    pub(super) fn give_up_missed(&mut self) {
        let now = self.env.clock.uptime_ms();
        let (rooms, stirred) = (&mut self.rooms, &mut self.stirred);
        self.missing.retain(|room| {
            let Some(presence) = rooms.get_mut(room).and_then(|seat| seat.presence.as_mut()) else {
                return false;
            };
            presence.give_up(now);
            if !presence.misses() {
                stirred.insert(room.clone());
            }
            presence.misses()
        });
    }

    /// Asks where the room stands, after the first listener was put down, so that nothing told in between is missed.
    /// From the answer on, its home tells us what it tells.
    pub(super) fn attach(&mut self, room: &RoomId) {
        let Some(seat) = self.rooms.get_mut(room).filter(|seat| !seat.attaching) else { return };
        seat.attaching = true;
        let (part, at) = (self.part(room), self.env.clock.uptime_ms());
        let (env, shard, room) = (Arc::clone(&self.env), self.shard.clone(), room.clone());
        tokio::spawn(async move {
            let level = Directory::of(env).attach(&room, at, part).await;
            if level.is_err() {
                tokio::time::sleep(RETRY).await;
            }
            shard.send(Message::Attached { room, level });
        });
    }

    pub(super) async fn attached(&mut self, room: &RoomId, level: Result<(Home, Level), Error>) {
        let Some(seat) = self.rooms.get_mut(room) else {
            // Its last listener left meanwhile.
            return self.detach(room);
        };
        seat.attaching = false;
        let (home, Level { seq, present }) = match level {
            Ok(found) => found,
            Err(error) => {
                // Those who want in wait on: it is asked again as long as somebody listens.
                if error == Error::Elsewhere {
                    debug!(%room, "the room is moving");
                } else {
                    warn!(%room, %error, "the room's head can't be read");
                }
                return self.attach(room);
            }
        };
        debug!(%room, ?home, seq, "attached");
        seat.ends_at(seq);
        seat.home = Some(home);
        let moved_on = self.env.home(room) != home;
        if let Some(presence) = seat.presence.as_mut() {
            present.into_iter().for_each(|(of, part)| presence.put(of, part));
            self.stirred.insert(room.clone());
        }
        self.admit_waiting(room);
        if moved_on {
            self.attach(room);
        }
        self.advance_all(room).await;
    }

    /// Looks in the log where the room ends.
    pub(super) fn look_up(&self, room: &RoomId) {
        let (env, shard, room) = (Arc::clone(&self.env), self.shard.clone(), room.clone());
        tokio::spawn(async move {
            let seq = head_of(&env.store, &room).await.map(|head| head.seq);
            if seq.is_err() {
                tokio::time::sleep(RETRY).await;
            }
            shard.send(Message::LogEnds { room, seq });
        });
    }

    /// What somebody has heard was told, and all before it is written: if it is in the log, the room ends there at
    /// least.
    pub(super) async fn log_ends(&mut self, room: &RoomId, seq: Result<u64, Error>) {
        let Some(seat) = self.rooms.get_mut(room) else { return };
        let Ok(seq) = seq else { return self.look_up(room) };
        let (head, mut heard) = (seat.head.unwrap_or_default(), 0);
        for (admission, _) in &mut seat.waiting {
            if let Some(after) = admission.ahead_of(head) {
                admission.log_was_asked = true;
                heard = heard.max(Some(after).filter(|after| *after <= seq).unwrap_or_default());
            }
        }
        if heard > head {
            seat.ends_at(heard);
        }
        self.admit_waiting(room);
        self.advance_all(room).await;
    }

    fn admit_waiting(&mut self, room: &RoomId) {
        let waiting =
            self.rooms.get_mut(room).map(|seat| std::mem::take(&mut seat.waiting)).unwrap_or_default();
        for (admission, reply) in waiting {
            self.admit(room, admission, reply);
        }
    }

    pub(super) fn detach(&self, room: &RoomId) {
        if let Some(cluster) = self.env.cluster() {
            cluster.detach(&self.env, room);
        }
    }

    /// Nodes came or went: rooms that live elsewhere now are attached there, and people of gone nodes are
    /// missed for a while.
    pub(super) fn moved(&mut self, view: &Arc<View>, me: Run) {
        let until_ms = self.env.clock.uptime_ms() + MISSED_MS;
        let mut moved = Vec::new();
        for (room, seat) in &mut self.rooms {
            let home = view.home_for(me, room);
            if seat.home.is_some_and(|known| known != home) {
                seat.home = Some(home);
                moved.push(room.clone());
            }
            if let Some(presence) = &mut seat.presence {
                presence.keep(|run| view.has(run), until_ms);
                if presence.misses() {
                    self.missing.insert(room.clone());
                }
            }
        }
        moved.sort_unstable();
        moved.iter().for_each(|room| self.attach(room));
        for crowd in self.crowds.values() {
            crowd.send(Message::Moved(Arc::clone(view), me));
        }
    }

    pub(super) fn attach_anew(&mut self, home: Run) {
        let there = self.rooms.iter().filter(|(_, seat)| seat.home == Some(Home::There(home)));
        let rooms: Vec<RoomId> = there.map(|(room, _)| room.clone()).collect();
        rooms.iter().for_each(|room| self.attach(room));
        for crowd in self.crowds.values() {
            crowd.send(Message::AttachAnew(home));
        }
    }

    /// Who is in a room on this node, where anybody wants to know.
    pub(super) fn part(&self, room: &RoomId) -> Option<Part> {
        self.env.cluster()?;
        let presence = self.rooms.get(room)?.presence.as_ref()?;
        Some(presence.part(self.env.clock.uptime_ms(), self.env.config.presence_names_max))
    }

    /// Tells the homes of these rooms who is in them here.
    pub(super) fn share(&self, rooms: Vec<RoomId>) {
        if self.env.cluster().is_none() {
            return;
        }
        let parts: Vec<(RoomId, Part)> =
            rooms.into_iter().filter_map(|room| self.part(&room).map(|part| (room, part))).collect();
        if parts.is_empty() {
            return;
        }
        let (env, shard) = (Arc::clone(&self.env), self.shard.clone());
        tokio::spawn(async move {
            let Some(cluster) = env.cluster() else { return };
            let rooms: Vec<RoomId> = parts.iter().map(|(room, _)| room.clone()).collect();
            if !cluster.put_parts(&env, parts).await {
                shard.send(Message::Untold(rooms));
            }
        });
    }
}
