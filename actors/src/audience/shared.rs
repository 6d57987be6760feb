//! What an audience does about other nodes: it attaches its rooms to where they live, says who is in them here, and
//! hears who is in them elsewhere.

use super::{
    Message, Part,
    actor::{RETRY, State},
};
use crate::{
    Directory, Error, Run,
    cluster::{Home, Level, View},
};
use schema::room::RoomId;
use std::sync::Arc;
use tracing::{debug, warn};

impl State {
    /// Asks where the room stands, after the first listener was put down, so that nothing told in between is missed.
    /// From the answer on, its home tells us what it tells.
    pub(super) fn attach(&mut self, room: &RoomId) {
        let Some(seat) = self.rooms.get_mut(room).filter(|seat| !seat.attaching) else { return };
        (seat.attaching, seat.asked) = (true, seat.asked + 1);
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
        if level.is_ok() {
            seat.answered = seat.asked;
        }
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
        seat.raise_head(seq);
        seat.home = Some(home);
        let moved_on = self.env.home(room) != home;
        if let Some(presence) = seat.presence.as_mut() {
            present.into_iter().for_each(|(of, part)| presence.put(of, part));
            self.stirred.insert(room.clone());
        }
        let waiting = std::mem::take(&mut seat.waiting);
        for (admission, reply) in waiting {
            self.admit(room, admission, reply);
        }
        let waits = self.rooms.get(room).is_some_and(|seat| !seat.waiting.is_empty());
        if moved_on || waits {
            self.attach(room);
        }
        self.advance_all(room).await;
    }

    pub(super) fn detach(&self, room: &RoomId) {
        if let Some(cluster) = self.env.cluster() {
            cluster.detach(&self.env, room);
        }
    }

    /// Nodes came or went: rooms that live elsewhere now are attached there, and people of gone nodes are gone.
    pub(super) fn moved(&mut self, view: &Arc<View>, me: Run) {
        let mut moved = Vec::new();
        for (room, seat) in &mut self.rooms {
            let home = view.home_for(me, room);
            if seat.home.is_some_and(|known| known != home) {
                seat.home = Some(home);
                moved.push(room.clone());
            }
            if seat.presence.as_mut().is_some_and(|presence| presence.keep(|run| view.has(run))) {
                self.stirred.insert(room.clone());
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
