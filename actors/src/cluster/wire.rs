//! What nodes say to each other: named maps, so that a newer program's message is read by an older one as far as
//! it knows it.

use super::Run;
use crate::{audience::Part, room::Head};
use bytes::Bytes;
use schema::{codec, log::Told, room::RoomId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a node is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Heard {
    /// Numbered news from a home.
    Parcel(Parcel),
    /// A node to itself: whether the wire carries it, and when it was sent.
    Echo(u64),
    /// Somebody came or goes: look at the store.
    Hail,
    /// This run is not on the wire any more: look for it, too.
    Missing(Run),
}

/// News from one home to one node. Each piece has a number, from 0 and without a gap, so that a lost one is
/// noticed, the last one too.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Parcel {
    pub(super) from: Run,
    /// The number of the next piece there will be.
    pub(super) next: u64,
    /// Numbers and [`Item`]s, encoded.
    pub(super) items: Vec<(u64, Bytes)>,
}

/// One piece of news.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Item {
    /// What a commit told.
    Told { room: RoomId, events: Vec<Numbered> },
    /// Where a room's log ends.
    Head { room: RoomId, seq: u64 },
    /// Something momentary.
    Whisper { room: RoomId, d: serde_json::Value },
    /// Who is in a room on one of the nodes.
    Present { room: RoomId, of: Run, part: Part },
}

/// An event and where it stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Numbered {
    pub(super) seq: u64,
    pub(super) ts: i64,
    pub(super) told: Told,
}

/// What a node is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Whether it is there.
    Ping,
    /// From now on, tell us what these rooms tell; with who is in them here.
    Attach { from: Run, rooms: Vec<Wanted> },
    /// We listen to this no longer, since that moment of our clock.
    Detach { from: Run, room: RoomId, at: u64 },
    /// These pieces of news did not come: where do their rooms stand?
    Mend { from: Run, first: u64, end: u64 },
    /// Where a room's log ends.
    Head { room: RoomId },
    /// Pass something momentary on to the others.
    Whisper { from: Run, room: RoomId, d: serde_json::Value },
    /// Who is in these rooms here.
    Present { from: Run, rooms: Vec<(RoomId, Part)> },
    /// Do something where a room lives; what it is, the engine knows.
    Carry { room: RoomId, body: Bytes },
}

/// A room that somebody wants to hear of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) room: RoomId,
    /// Since that moment of the asker's clock: a word of before, that it is not wanted any more, comes too late.
    pub(super) at: u64,
    /// Who is in it there.
    #[serde(default)]
    pub(super) part: Option<Part>,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    /// This node homes no such room, or nothing at all.
    NotHere,
    /// In the order of the question; nothing where the room is not homed here or can't be read.
    Attached(Vec<Option<Level>>),
    /// Nothing when that is forgotten: ask for every room.
    Mended(Option<Vec<(RoomId, u64)>>),
    Head(Head),
    Carried(Bytes),
}

/// Where a room stands at its home.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Level {
    /// Its last event.
    pub(crate) seq: u64,
    /// Who is in it on the other nodes.
    #[serde(default)]
    pub(crate) present: Vec<(Run, Part)>,
}

pub(super) fn encode(message: &impl Serialize) -> Bytes {
    // Nothing in these messages refuses to be written.
    codec::to_bytes(message).unwrap_or_default()
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    codec::from_msgpack(bytes).ok()
}
