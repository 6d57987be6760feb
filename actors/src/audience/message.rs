//! What an audience is asked to do.

use super::{Admission, Admitted, Frame, Listener, Part, seat::Seat};
use crate::{
    Error, Run,
    cluster::{Home, Level, View},
};
use schema::{log::Entry, room::RoomId};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

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
    /// Say when it is known where the room ends.
    Known {
        room: RoomId,
        reply: oneshot::Sender<()>,
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
    Attached {
        room: RoomId,
        level: Result<(Home, Level), Error>,
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
    /// A whisper from another node.
    Overheard {
        room: RoomId,
        d: Value,
    },
    Present {
        room: RoomId,
        of: Run,
        part: Part,
    },
    /// The log was looked at for those who show more than is known here.
    LogEnds {
        room: RoomId,
        seq: Result<u64, Error>,
    },
    /// The homes of these rooms did not learn who is in them here.
    Untold(Vec<RoomId>),
    /// Nodes came or went: these are there now, and some rooms live elsewhere. Every list is looked at, so that a
    /// room that moves away and back is not taken for one that stayed.
    Moved(Arc<View>, Run),
    /// A home may have forgotten us.
    AttachAnew(Run),
    Drained {
        room: RoomId,
        connection: u64,
    },
    /// Tell who came and went; dropping it says that this is done.
    Tick(mpsc::Sender<()>),
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
            | Self::Known { room, .. }
            | Self::Leave { room, .. }
            | Self::Tell { room, .. }
            | Self::Head { room, .. }
            | Self::Attached { room, .. }
            | Self::Page { room, .. }
            | Self::Whisper { room, .. }
            | Self::Overheard { room, .. }
            | Self::LogEnds { room, .. }
            | Self::Present { room, .. }
            | Self::Drained { room, .. } => Some(room),
            Self::Untold(_) | Self::Moved(..) | Self::AttachAnew(_) | Self::Tick(_) | Self::Adopt { .. } => {
                None
            }
        }
    }
}
