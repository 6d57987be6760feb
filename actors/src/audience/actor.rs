//! The audience actor: a shard of rooms with their listeners. It sends, it reads the log for those
//! who fell behind (one flight a room, a bounded number a node), and it never waits for a socket.

use super::{
    Admission, Admitted, Frame, Listener, Message, Shard,
    seat::{Around, Pass, Seat},
};
use crate::{Error, env::Env, room::log_after};
use hashbrown::{HashMap, HashSet};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use schema::{log::Entry, room::RoomId};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Sends between two yields, so that a crowd's broadcast does not hold a core from everybody else.
const SENDS_PER_TURN: usize = 256;
/// Log entries read in one go.
const PAGE: usize = 256;
/// How long a failed read is left alone before it is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(500);
/// No connection has this number: they start at 1.
const NOBODY: u64 = 0;
/// Frames remembered in order of age; more than any share of the cache holds.
const KEPT_MAX: usize = 65_536;

/// The actor type; all its data is in [`State`].
pub(crate) struct Audience;

pub(crate) struct Args {
    pub(crate) env: Arc<Env>,
    /// True for the task of one crowded room.
    pub(crate) crowded: bool,
}

pub(crate) struct State {
    pub(super) env: Arc<Env>,
    pub(super) shard: Shard,
    crowded: bool,
    pub(super) rooms: HashMap<RoomId, Box<Seat>>,
    /// Rooms whose listeners have a task of their own.
    pub(super) crowds: HashMap<RoomId, Shard>,
    /// Whose presence changed since the last tick.
    pub(super) stirred: HashSet<RoomId>,
    /// In which people of nodes that are gone are missed.
    pub(super) missing: HashSet<RoomId>,
    /// Whose presence on this node changed since.
    unshared: HashSet<RoomId>,
    /// Frames at hand, oldest first, by room, and their weight.
    kept: VecDeque<RoomId>,
    kept_bytes: usize,
}

impl Actor for Audience {
    type Msg = Message;
    type State = State;
    type Arguments = Args;

    async fn pre_start(&self, myself: ActorRef<Message>, args: Args) -> Result<State, ActorProcessingErr> {
        Ok(State {
            env: args.env,
            shard: Shard(myself),
            crowded: args.crowded,
            rooms: HashMap::new(),
            crowds: HashMap::new(),
            stirred: HashSet::new(),
            missing: HashSet::new(),
            unshared: HashSet::new(),
            kept: VecDeque::new(),
            kept_bytes: 0,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Message>,
        message: Message,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if let Some(crowd) = message.room().and_then(|room| state.crowds.get(room)) {
            crowd.send(message);
            return Ok(());
        }
        match message {
            Message::Register { room, listener } => state.register(&room, listener, &myself).await,
            Message::Admit { room, admission, reply } => state.admit(&room, admission, reply),
            Message::Known { room, reply } => {
                if let Some(seat) = state.rooms.get_mut(&room).filter(|seat| seat.head.is_none()) {
                    seat.asking.push(reply);
                }
            }
            Message::Leave { room, connection, left } => {
                let _ = left.send(state.leave(&room, connection));
            }
            Message::Tell { room, frames } => state.tell(&room, frames).await,
            Message::Head { room, seq } => {
                if let Some(seat) = state.rooms.get_mut(&room) {
                    seat.ends_at(seq);
                    state.advance_all(&room).await;
                }
            }
            Message::Attached { room, level } => state.attached(&room, level).await,
            Message::Page { room, from, page } => state.page(&room, from, page).await,
            Message::Whisper { room, from, d } => {
                if let Some(cluster) = state.env.cluster() {
                    cluster.whisper(&room, &d);
                }
                state.whisper(&room, from, &d);
            }
            Message::Overheard { room, d } => state.whisper(&room, NOBODY, &d),
            Message::Present { room, of, part } => {
                let presence = state.rooms.get_mut(&room).and_then(|seat| seat.presence.as_mut());
                if let Some(presence) = presence {
                    presence.put(of, part);
                    state.stirred.insert(room);
                }
            }
            Message::LogEnds { room, seq } => state.log_ends(&room, seq).await,
            Message::Untold(rooms) => state.unshared.extend(rooms),
            Message::Moved(view, me) => state.moved(&view, me),
            Message::AttachAnew(home) => state.attach_anew(home),
            Message::Drained { room, connection } => state.drained(&room, connection),
            Message::Tick(done) => state.tick(&done),
            Message::Adopt { seat } => state.adopt(seat).await,
        }
        Ok(())
    }
}

impl State {
    async fn register(&mut self, room: &RoomId, listener: Listener, myself: &ActorRef<Message>) {
        let policy = self.env.host().policy(room).unwrap_or_default();
        let fresh = !self.rooms.contains_key(room);
        let seat = self
            .rooms
            .entry(room.clone())
            .or_insert_with(|| Box::new(Seat::new(room.clone(), policy.presence || policy.hooks)));
        seat.register(listener);
        if fresh {
            metrics::gauge!("ws_rooms").increment(1.0);
        }
        if !self.crowded && seat.listeners.len() >= self.env.config.audience_own_task {
            self.move_out(room, myself).await;
        } else if fresh {
            self.attach(room);
        }
    }

    /// Gives a crowded room a task of its own. Its listeners go with it: what the room told before is
    /// behind them, what it tells next is passed on in order.
    async fn move_out(&mut self, room: &RoomId, myself: &ActorRef<Message>) {
        let args = Args { env: Arc::clone(&self.env), crowded: true };
        let spawned = ractor::Actor::spawn_linked(None, Audience, args, myself.get_cell()).await;
        let Ok((crowd, _)) = spawned else { return };
        let Some(seat) = self.rooms.remove(room) else { return };
        self.kept_bytes = self.kept_bytes.saturating_sub(seat.frames.bytes);
        let crowd = Shard(crowd);
        crowd.send(Message::Adopt { seat });
        self.crowds.insert(room.clone(), crowd);
    }

    async fn adopt(&mut self, seat: Box<Seat>) {
        let room = seat.id.clone();
        self.kept_bytes += seat.frames.bytes;
        let unread = seat.head.is_none();
        if seat.presence.as_ref().is_some_and(|presence| presence.misses()) {
            self.missing.insert(room.clone());
        }
        self.rooms.insert(room.clone(), seat);
        if unread {
            self.attach(&room);
        }
        self.advance_all(&room).await;
    }

    pub(super) fn admit(
        &mut self,
        room: &RoomId,
        admission: Admission,
        reply: oneshot::Sender<Option<Admitted>>,
    ) {
        let Some(seat) = self.rooms.get_mut(room) else { return };
        let Some(head) = seat.head else {
            return seat.waiting.push_back((admission, reply));
        };
        if !admission.log_was_asked && admission.ahead_of(head).is_some() {
            seat.waiting.push_back((admission, reply));
            return self.look_up(room);
        }
        let connection = admission.connection;
        let around = Around { shard: &self.shard, config: &self.env.config };
        let admitted = seat.admit(admission, &around);
        if seat.presence.is_some() {
            self.stirred.insert(room.clone());
            self.unshared.insert(room.clone());
        }
        let _ = reply.send(admitted);
        self.advance_one(room, connection);
    }

    fn leave(&mut self, room: &RoomId, connection: u64) -> bool {
        // Whoever leaves because this node goes is on the way to another one.
        let goes = self.env.cluster().is_some_and(|cluster| cluster.is_leaving());
        let Some(seat) = self.rooms.get_mut(room) else { return false };
        let last = seat.leave(connection);
        if seat.presence.is_some() && !goes {
            self.stirred.insert(room.clone());
            self.unshared.insert(room.clone());
        }
        if seat.listeners.is_empty() && seat.waiting.is_empty() && !seat.reading {
            self.kept_bytes = self.kept_bytes.saturating_sub(seat.frames.bytes);
            self.rooms.remove(room);
            if !goes {
                self.detach(room);
            }
            metrics::gauge!("ws_rooms").decrement(1.0);
        }
        last
    }

    async fn tell(&mut self, room: &RoomId, frames: Vec<Frame>) {
        // Its home may not have heard that nobody listens any more.
        let Some(seat) = self.rooms.get_mut(room) else { return self.detach(room) };
        let told = frames.len();
        let committed_at = frames.last().map(|frame| frame.ts);
        for frame in frames {
            if let Some(hearing) = frame.told.hearing {
                seat.taint(hearing);
            }
            let weight = seat.keep(frame);
            if weight > 0 {
                self.kept_bytes += weight;
                self.kept.push_back(room.clone());
            }
        }
        let sent = self.advance_all(room).await;
        self.evict();
        metrics::counter!("ws_events_total").increment(u64::try_from(sent).unwrap_or(0));
        metrics::counter!("ws_told_total").increment(u64::try_from(told).unwrap_or(0));
        if let Some(at) = committed_at {
            let since = u32::try_from(self.env.clock.now().ms().saturating_sub(at)).unwrap_or(0);
            metrics::histogram!("ws_delivery_seconds").record(f64::from(since) / 1_000.0);
        }
    }

    /// Sends everybody in the room what they need next; answers how many sends that took.
    pub(super) async fn advance_all(&mut self, room: &RoomId) -> usize {
        let mut pass = Pass::default();
        let mut at = 0;
        let mut turn = SENDS_PER_TURN;
        loop {
            let around = Around { shard: &self.shard, config: &self.env.config };
            let Some(seat) = self.rooms.get_mut(room) else { return pass.sent };
            if at >= seat.listeners.len() {
                break;
            }
            seat.advance(at, &around, &mut pass);
            at += 1;
            if pass.sent >= turn {
                turn = pass.sent + SENDS_PER_TURN;
                tokio::task::yield_now().await;
            }
        }
        for connection in &pass.gone {
            self.leave(room, *connection);
        }
        self.read_page(room);
        pass.sent
    }

    fn advance_one(&mut self, room: &RoomId, connection: u64) {
        let around = Around { shard: &self.shard, config: &self.env.config };
        let Some(seat) = self.rooms.get_mut(room) else { return };
        let Some(at) = seat.drained(connection) else { return };
        let mut pass = Pass::default();
        seat.advance(at, &around, &mut pass);
        for gone in pass.gone {
            self.leave(room, gone);
        }
        self.read_page(room);
    }

    fn whisper(&self, room: &RoomId, from: u64, d: &serde_json::Value) {
        if let Some(seat) = self.rooms.get(room) {
            seat.whisper(from, self.env.clock.now().ms(), d);
        }
    }

    fn drained(&mut self, room: &RoomId, connection: u64) {
        self.advance_one(room, connection);
    }

    /// Fetches what the furthest listener waits for: one flight a room.
    fn read_page(&mut self, room: &RoomId) {
        let Some(seat) = self.rooms.get_mut(room) else { return };
        if seat.reading {
            return;
        }
        let Some(wanted) = seat.wanted() else { return };
        seat.reading = true;
        let (env, shard, room) = (Arc::clone(&self.env), self.shard.clone(), room.clone());
        tokio::spawn(async move {
            let _flight = env.flights.acquire().await;
            let page = log_after(&env.store, &room, wanted - 1, PAGE).await;
            if page.is_err() {
                // Try again in a moment: a cursor never gives up by itself.
                tokio::time::sleep(RETRY).await;
            }
            shard.send(Message::Page { room, from: wanted, page });
        });
    }

    /// The log from event `from` on has arrived. Others may want earlier events by now: this page says
    /// nothing of those.
    async fn page(&mut self, room: &RoomId, from: u64, page: Result<Vec<Entry>, Error>) {
        let ts = self.env.clock.now().ms();
        let Some(seat) = self.rooms.get_mut(room) else { return };
        seat.reading = false;
        if let Ok(entries) = page {
            let mut first = None;
            for entry in entries {
                let at = entry.at.ms();
                for (seq, told) in (entry.first_seq..).zip(entry.events) {
                    if seq < from {
                        continue;
                    }
                    first.get_or_insert(seq);
                    let weight = seat.frames.insert(Frame::new(seq, at, told));
                    if weight > 0 {
                        self.kept_bytes += weight;
                        self.kept.push_back(room.clone());
                    }
                }
            }
            // What is missing between the asked event and the first one found was trimmed.
            let head = seat.head.unwrap_or_default();
            seat.give_up(from..first.unwrap_or(head + 1), ts);
        }
        self.advance_all(room).await;
        self.evict();
    }

    /// Keeps the frames at hand under this shard's share of the cache, oldest out first.
    fn evict(&mut self) {
        let config = &self.env.config;
        let share = config.frame_cache_bytes / config.audience_shards.max(1);
        while self.kept_bytes > share || self.kept.len() > KEPT_MAX {
            let Some(room) = self.kept.pop_front() else {
                self.kept_bytes = 0;
                return;
            };
            let freed = self.rooms.get_mut(&room).map_or(0, |seat| seat.frames.drop_oldest());
            self.kept_bytes = self.kept_bytes.saturating_sub(freed);
        }
    }

    fn tick(&mut self, done: &mpsc::Sender<()>) {
        let ts = self.env.clock.now().ms();
        let names_max = self.env.config.presence_names_max;
        self.give_up_missed();
        for room in std::mem::take(&mut self.stirred) {
            let Some(seat) = self.rooms.get_mut(&room) else { continue };
            let difference = seat.presence.as_mut().and_then(|presence| presence.difference(names_max));
            if let Some(d) = difference {
                seat.whisper(NOBODY, ts, &d);
            }
        }
        let unshared = std::mem::take(&mut self.unshared);
        self.share(unshared.into_iter().collect());
        for crowd in self.crowds.values() {
            crowd.send(Message::Tick(done.clone()));
        }
    }
}
