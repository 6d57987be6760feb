//! What a home tells those who have attached to its rooms, and what they take in of it.

use super::{
    Cluster, Home, Map, Run, View,
    wire::{Ask, Item, Numbered, decode, encode},
};
use crate::{
    audience::{Frame, Part},
    bus::To,
    env::Env,
};
use schema::room::RoomId;

/// Those who have attached to rooms that live here, and who is in these rooms, node by node.
#[derive(Default)]
pub(super) struct Guests {
    /// With the moment of the guest's clock when it attached.
    attached: Map<RoomId, Vec<(Run, u64)>>,
    present: Map<RoomId, Vec<(Run, Part)>>,
}

impl Guests {
    pub(super) fn attach(&self, room: &RoomId, run: Run, at: u64) {
        let mut runs = self.attached.entry(room.clone()).or_default();
        match runs.iter_mut().find(|(other, _)| *other == run) {
            Some((_, known)) => *known = at.max(*known),
            None => runs.push((run, at)),
        }
    }

    /// Unless it has attached again since.
    fn detach(&self, room: &RoomId, run: Run, at: u64) {
        if let Some(mut runs) = self.attached.get_mut(room) {
            runs.retain(|(other, since)| *other != run || *since >= at);
        }
        self.attached.remove_if(room, |_, runs| runs.is_empty());
    }

    fn of(&self, room: &RoomId) -> Vec<Run> {
        let runs = self.attached.get(room);
        runs.map(|runs| runs.iter().map(|(run, _)| *run).collect()).unwrap_or_default()
    }

    /// Who is in a room on the other nodes.
    pub(super) fn present(&self, room: &RoomId, but: Run) -> Vec<(Run, Part)> {
        let parts = self.present.get(room);
        parts.map(|parts| parts.iter().filter(|(of, _)| *of != but).cloned().collect()).unwrap_or_default()
    }

    /// Puts down who is in a room on one node; false for what is older than what is known.
    fn put(&self, room: &RoomId, of: Run, part: &Part) -> bool {
        let mut parts = self.present.entry(room.clone()).or_default();
        match parts.iter_mut().find(|(run, _)| *run == of) {
            Some((_, known)) if known.at >= part.at => return false,
            Some((_, known)) => *known = part.clone(),
            None => parts.push((of, part.clone())),
        }
        true
    }

    /// Nodes that are gone listen no longer. A room that moved away may be back before its guests have noticed: they
    /// stay.
    /// Answers the rooms to which nobody is attached any more.
    pub(super) fn keep(&self, view: &View) -> Vec<RoomId> {
        let mut left = Vec::new();
        self.attached.retain(|room, runs| {
            runs.retain(|(run, _)| view.has(*run));
            if runs.is_empty() {
                left.push(room.clone());
            }
            !runs.is_empty()
        });
        self.present.retain(|_, parts| {
            parts.retain(|(of, _)| view.has(*of));
            parts.iter().any(|(_, part)| !part.is_empty())
        });
        left
    }

    fn has(&self, room: &RoomId) -> bool {
        self.attached.contains_key(room)
    }

    pub(super) fn clear(&self) {
        self.attached.clear();
        self.present.clear();
    }
}

impl Cluster {
    /// Whether somebody listens to a room that lives here on another node.
    pub(crate) fn is_attached_to(&self, room: &RoomId) -> bool {
        self.guests.has(room)
    }

    /// Tells the other nodes what a room that lives here told.
    pub(crate) fn tell(&self, room: &RoomId, frames: &[Frame]) {
        self.send_to_guests(room, None, || Item::Told {
            room: room.clone(),
            events: frames
                .iter()
                .map(|frame| Numbered { seq: frame.seq, ts: frame.ts, told: frame.told.clone() })
                .collect(),
        });
    }

    /// Tells them where its log ends.
    pub(crate) fn tell_head(&self, room: &RoomId, seq: u64) {
        self.send_to_guests(room, None, || Item::Head { room: room.clone(), seq });
    }

    /// Passes something momentary on that was said on this node.
    pub(crate) fn whisper(&self, room: &RoomId, d: &serde_json::Value) {
        match self.home(room) {
            Home::Here => {
                self.send_to_guests(room, None, || Item::Whisper { room: room.clone(), d: d.clone() });
            }
            Home::There(home) => {
                let Some(me) = self.run() else { return };
                let ask = encode(&Ask::Whisper { from: me, room: room.clone(), d: d.clone() });
                let bus = self.bus.clone();
                tokio::spawn(async move { bus.send(me, To::Desk(home), ask).await });
            }
            Home::Nowhere => {}
        }
    }

    /// The same, said on another node, in a room that lives here.
    pub(super) fn pass_on(&self, env: &Env, room: &RoomId, from: Run, d: serde_json::Value) {
        self.send_to_guests(room, Some(from), || Item::Whisper { room: room.clone(), d: d.clone() });
        env.audiences.overhear(room, d);
    }

    /// A node listens to a room no longer; whoever was in it there is not in it any more.
    pub(super) fn let_go_of(&self, env: &Env, room: &RoomId, run: Run, at: u64) {
        self.guests.detach(room, run, at);
        env.stir(room);
        if self.guests.present.get(room).is_some_and(|parts| parts.iter().any(|(of, _)| *of == run)) {
            self.put_present(env, room, run, Part::nobody(at));
        }
    }

    /// Who is on this node in a room; its home passes it on.
    pub(crate) fn put_present(&self, env: &Env, room: &RoomId, of: Run, part: Part) {
        if !self.guests.put(room, of, &part) {
            return;
        }
        self.send_to_guests(room, Some(of), || Item::Present { room: room.clone(), of, part: part.clone() });
        if self.lease.run() != Some(of) {
            env.audiences.present(room, of, part);
        }
    }

    fn send_to_guests(&self, room: &RoomId, but: Option<Run>, item: impl FnOnce() -> Item) {
        let guests = self.guests.of(room);
        if guests.iter().all(|run| Some(*run) == but) {
            return;
        }
        let item = encode(&item());
        for run in guests.into_iter().filter(|run| Some(*run) != but) {
            if let Some(link) = self.link(run) {
                link.put(room, item.clone());
            }
        }
    }

    /// Takes in one piece of news.
    pub(super) fn take_in(&self, env: &Env, item: &[u8]) {
        // What a newer program says may be beyond this one.
        let Some(item) = decode::<Item>(item) else { return };
        match item {
            Item::Told { room, events } => {
                let frames = events.into_iter().map(|Numbered { seq, ts, told }| Frame::new(seq, ts, told));
                env.audiences.tell(&room, frames.collect());
            }
            Item::Head { room, seq } => env.audiences.head(&room, seq),
            Item::Whisper { room, d } => env.audiences.overhear(&room, d),
            Item::Present { room, of, part } => env.audiences.present(&room, of, part),
        }
    }
}
