//! What rooms, audiences and sessions stand on.

use crate::{
    Config, Host,
    audience::{Audiences, Frame},
    cluster::{Cluster, Home},
    rooms::Rooms,
    session::{Sessions, owner},
};
use schema::{clock::Clock, room::RoomId};
use std::sync::{Arc, OnceLock};
use storage::Store;
use tokio::sync::Semaphore;

/// What rooms, audiences and sessions stand on.
pub(crate) struct Env {
    /// The store.
    pub(crate) store: Store,
    /// Time, ids and chance.
    pub(crate) clock: Clock,
    /// The limits.
    pub(crate) config: Config,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) flights: Semaphore,
    pub(crate) rooms: Rooms,
    pub(crate) audiences: Audiences,
    pub(crate) sessions: Sessions,
    pub(crate) host: OnceLock<Arc<dyn Host>>,
    /// The other nodes; unset where there are none.
    pub(crate) cluster: OnceLock<Arc<Cluster>>,
}

impl Env {
    /// The engine.
    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        let host = self.host.get();
        assert!(host.is_some(), "`Node::attach` comes before any room, audience or session");
        host.unwrap_or_else(|| unreachable!())
    }

    /// Connections of a person came or went, if it is somebody's own room and lives here.
    pub(crate) fn stir(&self, room: &RoomId) {
        if let Some(user) = owner(room).filter(|_| self.homes(room)) {
            self.host().stirred(user);
        }
    }

    pub(crate) fn cluster(&self) -> Option<&Arc<Cluster>> {
        self.cluster.get()
    }

    /// Where a room lives. A node alone is home to all.
    pub(crate) fn home(&self, room: &RoomId) -> Home {
        self.cluster().map_or(Home::Here, |cluster| cluster.home(room))
    }

    pub(crate) fn homes(&self, room: &RoomId) -> bool {
        self.home(room) == Home::Here
    }

    /// Whether this node may let anybody in anywhere.
    pub(crate) fn takes_part(&self) -> bool {
        self.cluster().is_none_or(|cluster| cluster.run().is_some())
    }

    /// A home of before may still have a write under way.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.cluster().is_some_and(|cluster| cluster.is_unsettled())
    }

    /// Tells everybody, on whatever node, what a room that lives here told.
    pub(crate) fn tell(&self, room: &RoomId, frames: Vec<Frame>) {
        if let Some(cluster) = self.cluster() {
            cluster.tell(room, &frames);
        }
        self.audiences.tell(room, frames);
    }

    /// Tells everybody where the log of a room that lives here ends.
    pub(crate) fn tell_head(&self, room: &RoomId, seq: u64) {
        if let Some(cluster) = self.cluster() {
            cluster.tell_head(room, seq);
        }
        self.audiences.head(room, seq);
    }

    pub(crate) const fn audiences(&self) -> &Audiences {
        &self.audiences
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }
}
