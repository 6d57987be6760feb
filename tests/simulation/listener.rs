//! A client with a small socket and moods: it reads slowly, it vanishes, it comes back and resumes.
//! It keeps everything it heard, in the order it heard it.

use super::host::Peers;
use actors::{
    Node,
    outbox::{Line, Memory, Outbox},
    session::{Handle, Join, Message},
};
use schema::{
    caller::Caller,
    clock::Clock,
    codec::{Codec, from_msgpack},
    frame::{Kind, Response},
    id::UserId,
    room::RoomId,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{oneshot, watch};

/// What a client heard of one room.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Heard {
    pub(super) room: RoomId,
    pub(super) user: UserId,
    /// The number it was told to start after.
    pub(super) after: u64,
    /// Numbers and data, in order of arrival.
    pub(super) events: Vec<(u64, serde_json::Value)>,
    /// The server took the room away.
    pub(super) revoked: bool,
    /// The server told it to reload.
    pub(super) resynced: bool,
}

pub(super) struct Listener {
    pub(super) peers: Peers,
    pub(super) clock: Clock,
    pub(super) caller: Caller,
    pub(super) room: RoomId,
    /// It stays on a node for as long as that lets it.
    pub(super) stays: bool,
    /// True once everything was written: from then on it reads until it is level, and stops.
    pub(super) over: watch::Receiver<bool>,
}

/// How long a client waits to be let in before it tries elsewhere.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often somebody who is let in nowhere tries again, once everything is calm.
const REFUSED_MAX: u32 = 40;

struct Visit {
    node: Node,
    handle: Handle,
    unread: Vec<u8>,
}

impl Listener {
    pub(super) async fn listen(self) -> Option<Heard> {
        let mut epoch = None;
        let mut heard: Option<Heard> = None;
        let mut refused = 0;
        loop {
            let mut visit = self.arrive();
            let from = heard
                .as_ref()
                .map(|heard| (epoch.clone(), heard.events.last().map_or(heard.after, |(seq, _)| *seq)));
            let joined = self.join(&visit, from).await;
            let leave_after = if self.stays && joined { u64::MAX } else { self.clock.below(60) };
            let mut quiet = 0;
            refused = if joined { 0 } else { refused + 1 };
            for turn in 0_u64.. {
                let Some(new) = self.read(&mut visit) else { break };
                quiet = if new.is_empty() { quiet + 1 } else { 0 };
                for response in new {
                    self.take(response, &mut heard, &mut epoch);
                }
                let over = *self.over.borrow();
                let ended = heard.as_ref().is_some_and(|h| h.revoked) || (joined && quiet > 60);
                if over && (ended || refused > REFUSED_MAX) {
                    visit.node.sessions().remove(visit.handle.outbox.id);
                    return heard;
                }
                if (!over && turn > leave_after) || (over && !joined) {
                    break;
                }
                let nap = if over { 5 } else { self.clock.below(25) };
                tokio::time::sleep(Duration::from_millis(nap)).await;
            }
            visit.node.sessions().remove(visit.handle.outbox.id);
            tokio::time::sleep(Duration::from_millis(self.clock.below(80))).await;
        }
    }

    fn arrive(&self) -> Visit {
        let memory = Memory { bytes: Vec::new(), capacity: 200 + self.clock.below(600) as usize };
        let nodes = self.peers.all();
        let node = nodes[self.clock.below(nodes.len() as u64) as usize].clone();
        let id = node.sessions().next_connection();
        let line = Line::memory(memory);
        let outbox = Arc::new(Outbox::new(id, Codec::MsgPack, line, 900, node.now_s()));
        let handle = node.open(self.caller, outbox);
        Visit { node, handle, unread: Vec::new() }
    }

    async fn join(&self, visit: &Visit, from: Option<(Option<String>, u64)>) -> bool {
        let (done, answer) = oneshot::channel();
        let join = Join { room: self.room.clone(), reference: Some("j".into()), from };
        if visit.handle.address.send(Message::Join(join, done)).is_err() {
            return false;
        }
        let answered = tokio::time::timeout(PATIENCE, answer).await;
        answered.is_ok_and(|outcome| outcome.is_ok_and(|outcome| outcome.is_ok()))
    }

    /// Reads what the socket holds, a few hundred bytes at a time, and gives it room again. Nothing more comes once
    /// the node has closed it and everything was read.
    fn read(&self, visit: &mut Visit) -> Option<Vec<Response>> {
        let outbox = &visit.handle.outbox;
        if let Line::Memory(memory) = &outbox.line {
            visit.unread.append(&mut memory.lock().bytes);
        }
        let closed = outbox.closing().is_some();
        outbox.flush(visit.node.now_s()).expect("memory takes bytes");
        let mut responses = Vec::new();
        while let Some((payload, size)) = message(&visit.unread) {
            responses.push(from_msgpack(payload).expect("a frame reads back"));
            visit.unread.drain(..size);
        }
        Some(responses).filter(|responses| !closed || !responses.is_empty())
    }

    fn take(&self, response: Response, heard: &mut Option<Heard>, epoch: &mut Option<String>) {
        if response.room.as_ref() != Some(&self.room) {
            return;
        }
        match response.t {
            Kind::Reply => {
                *epoch = response.d["epoch"].as_str().map(str::to_owned);
                let after = response.d["seq"].as_u64().unwrap_or(0);
                heard.get_or_insert_with(|| Heard {
                    room: self.room.clone(),
                    user: self.caller.user,
                    after,
                    events: Vec::new(),
                    revoked: false,
                    resynced: false,
                });
            }
            Kind::Event => {
                let event = (response.seq.expect("an event is numbered"), response.d["data"].clone());
                heard.as_mut().expect("no event before the reply").events.push(event);
            }
            Kind::Revoked => {
                if let Some(heard) = heard {
                    heard.revoked = true;
                }
            }
            Kind::Resync => {
                if let Some(heard) = heard {
                    heard.resynced = true;
                }
            }
            _ => {}
        }
    }
}

/// The first whole server message of a buffer, and how many bytes it takes with its header.
pub(super) fn message(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (len, start) = match *bytes.get(1)? {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    bytes.get(start..start + len).map(|payload| (payload, start + len))
}
