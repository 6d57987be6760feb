//! Encoded events of one room, by number: filled by live commits, else by reads of the log. An event
//! is encoded once for each sub-protocol that somebody speaks, WebSocket header included.

use bytes::{Bytes, BytesMut};
use schema::{codec::Codec, event::Hearing, frame, log::Told, room::RoomId};
use std::{cell::OnceCell, collections::BTreeMap};

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Frame {
    /// Its number in the room.
    pub seq: u64,
    /// The instant of its commit, in milliseconds.
    pub ts: i64,
    /// The event as in the log.
    pub told: Told,
    encoded: [OnceCell<Bytes>; 2],
}

impl Frame {
    /// An event not encoded yet.
    #[must_use]
    pub fn new(seq: u64, ts: i64, told: Told) -> Self {
        Self { seq, ts, told, encoded: [OnceCell::new(), OnceCell::new()] }
    }

    /// The whole WebSocket message in a sub-protocol.
    fn message(&self, codec: Codec, room: &RoomId) -> &Bytes {
        let [msgpack, json] = &self.encoded;
        let cell = match codec {
            Codec::MsgPack => msgpack,
            Codec::Json => json,
        };
        cell.get_or_init(|| {
            // A body that can't be read back is delivered as an empty message rather than as a gap.
            let payload = frame::event(codec, room, self.seq, self.ts, &self.told.body).unwrap_or_default();
            frame::message(codec, &payload)
        })
    }

    const fn weight(&self) -> usize {
        // The body is in the log's form and in at least one encoded form.
        self.told.body.len() * 2 + 256
    }
}

/// The frames of one room that are at hand.
#[derive(Default)]
pub(super) struct Frames {
    /// What they weigh together.
    pub(super) bytes: usize,
    by_seq: BTreeMap<u64, Frame>,
    /// The last piece put together for a lagging listener: the next one often wants the same.
    piece: Option<Piece>,
}

/// One message or several in one buffer.
#[derive(Clone)]
pub(super) struct Piece {
    from: u64,
    codec: Codec,
    /// The event after the last one inside.
    pub(super) next: u64,
    pub(super) bytes: Bytes,
    /// What its last event does to listeners; those before do nothing.
    pub(super) hearing: Option<Hearing>,
}

impl Piece {
    /// Whether it is what somebody needs who has heard everything before this event.
    pub(super) fn is_for(&self, codec: Codec, from: u64) -> bool {
        self.from == from && self.codec == codec
    }
}

impl Frames {
    /// Keeps a frame; answers how much memory that took.
    pub(super) fn insert(&mut self, frame: Frame) -> usize {
        let weight = frame.weight();
        match self.by_seq.insert(frame.seq, frame) {
            Some(_) => 0,
            None => {
                self.bytes += weight;
                weight
            }
        }
    }

    /// Drops the oldest frame; answers how much memory that gave back.
    pub(super) fn drop_oldest(&mut self) -> usize {
        self.piece = None;
        let freed = self.by_seq.pop_first().map_or(0, |(_, frame)| frame.weight());
        self.bytes -= freed;
        freed
    }

    pub(super) fn get(&self, seq: u64) -> Option<&Frame> {
        self.by_seq.get(&seq)
    }

    /// The messages from `from` on in one piece of about `limit` bytes. It ends with the first event that
    /// may stop a listener, and before the first one not at hand. An event for sessions goes alone, because
    /// whoever sends it tells the session too.
    pub(super) fn piece(&mut self, room: &RoomId, codec: Codec, from: u64, limit: usize) -> Option<Piece> {
        if let Some(piece) = self.piece.as_ref().filter(|piece| piece.is_for(codec, from)) {
            return Some(piece.clone());
        }
        let first = self.by_seq.get(&from)?;
        let (mut next, mut hearing) = (from + 1, first.told.hearing);
        if hearing.is_some() || !self.by_seq.contains_key(&next) {
            return Some(Piece { from, codec, next, bytes: first.message(codec, room).clone(), hearing });
        }
        let mut bytes = BytesMut::with_capacity(limit);
        bytes.extend_from_slice(first.message(codec, room));
        while hearing.is_none()
            && let Some(frame) = self.by_seq.get(&next)
        {
            let message = frame.message(codec, room);
            if bytes.len() + message.len() > limit || frame.told.hearing == Some(Hearing::Control) {
                break;
            }
            bytes.extend_from_slice(message);
            hearing = frame.told.hearing;
            next += 1;
        }
        let piece = Piece { from, codec, next, bytes: bytes.freeze(), hearing };
        self.piece = Some(piece.clone());
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: usize = 1 << 20;

    fn frames(hearings: &[Option<Hearing>]) -> Frames {
        let mut frames = Frames::default();
        for (seq, hearing) in (1..).zip(hearings) {
            let told = Told { name: "x".into(), body: Bytes::new(), notify: Vec::new(), hearing: *hearing };
            frames.insert(Frame::new(seq, 0, told));
        }
        frames
    }

    /// Where the pieces end that together hold everything.
    fn ends(mut frames: Frames) -> Vec<(u64, Option<Hearing>)> {
        let room = RoomId::new("room", uuid::Uuid::nil());
        let mut ends: Vec<(u64, Option<Hearing>)> = Vec::new();
        loop {
            let from = ends.last().map_or(1, |(next, _)| *next);
            let Some(piece) = frames.piece(&room, Codec::MsgPack, from, EVERYTHING) else { return ends };
            ends.push((piece.next, piece.hearing));
        }
    }

    #[test]
    fn a_piece_ends_with_the_event_that_may_stop_a_listener() {
        let recheck = Some(Hearing::Recheck);

        assert_eq!(ends(frames(&[None, None, recheck, None, None])), [(4, recheck), (6, None)]);
    }

    #[test]
    fn an_event_for_sessions_goes_alone_so_that_none_is_passed_over() {
        let control = Some(Hearing::Control);

        let ends = ends(frames(&[None, None, control, control, None, None]));

        assert_eq!(ends, [(3, None), (4, control), (5, control), (7, None)]);
    }
}
