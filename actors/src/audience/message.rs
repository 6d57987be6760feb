//! What an audience is asked to do.

use super::{Admission, Admitted, Frame, Listener, seat::Seat};
use crate::Error;
use schema::{log::Entry, room::RoomId};
use serde_json::Value;
use tokio::sync::oneshot;

/// What an audience is asked to do. The methods of [`super::Audiences`] say what each means.
pub(crate) enum Message {
    Register {
        room: RoomId,
        listener: Listener,
    },
    Admit {
        room: RoomId,
        admission: Admission,
        reply: oneshot::Sender<Option<Admitted>>,
    },
    Leave {
        room: RoomId,
        connection: u64,
        left: oneshot::Sender<bool>,
    },
    Tell {
        room: RoomId,
        frames: Vec<Frame>,
    },
    Head {
        room: RoomId,
        seq: u64,
    },
    HeadRead {
        room: RoomId,
        seq: Result<u64, Error>,
    },
    Page {
        room: RoomId,
        from: u64,
        page: Result<Vec<Entry>, Error>,
    },
    Whisper {
        room: RoomId,
        from: u64,
        d: Value,
    },
    Drained {
        room: RoomId,
        connection: u64,
    },
    Tick,
    /// A crowded room moves in, listeners and all.
    Adopt {
        seat: Box<Seat>,
    },
}

impl Message {
    pub(crate) const fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Register { room, .. }
            | Self::Admit { room, .. }
            | Self::Leave { room, .. }
            | Self::Tell { room, .. }
            | Self::Head { room, .. }
            | Self::HeadRead { room, .. }
            | Self::Page { room, .. }
            | Self::Whisper { room, .. }
            | Self::Drained { room, .. } => Some(room),
            Self::Tick | Self::Adopt { .. } => None,
        }
    }
}
