//! What rooms, audiences and sessions stand on.

use crate::{Config, Host, audience::Audiences, directory::Rooms, session::Sessions};
use schema::clock::Clock;
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
}

impl Env {
    /// The engine.
    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        let host = self.host.get();
        assert!(host.is_some(), "`Node::attach` comes before any room, audience or session");
        host.unwrap_or_else(|| unreachable!())
    }

    pub(crate) const fn audiences(&self) -> &Audiences {
        &self.audiences
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }
}
