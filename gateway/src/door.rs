//! What every connection shares: the engine behind the door, the limits at it, and whether it is still
//! open. It holds no connection and no request.

use crate::{
    Config, house, lateness::Lateness, limits::Limits, openapi::Pages, origins::Origins, page::Page,
};
use engine::Engine;
use std::{
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{sync::watch, time::Instant};
use tracing::error;

/// The gateway's shared side.
pub(crate) struct Door {
    pub(crate) engine: Engine,
    pub(crate) config: Config,
    pub(crate) limits: Limits,
    pub(crate) origins: Origins,
    pub(crate) page: Page,
    pages: OnceLock<Pages>,
    pub(crate) opened_at: Instant,
    pub(crate) lateness: Lateness,
    inside: AtomicUsize,
    closing: watch::Sender<bool>,
    failed: watch::Sender<Option<String>>,
    looking: AtomicBool,
}

impl Door {
    pub(crate) fn new(engine: Engine, config: Config, page: Page) -> Self {
        Self {
            pages: OnceLock::new(),
            limits: Limits::new(&config.limits),
            origins: Origins::new(&config),
            engine,
            config,
            page,
            opened_at: Instant::now(),
            lateness: Lateness::default(),
            inside: AtomicUsize::new(0),
            closing: watch::Sender::new(false),
            failed: watch::Sender::new(None),
            looking: AtomicBool::new(false),
        }
    }

    /// The description of the API. It is made when somebody first asks: a start waits for nothing that it does not need.
    pub(crate) fn pages(&self) -> &Pages {
        self.pages.get_or_init(|| Pages::new(self.engine.catalog()))
    }

    /// How many connections there are, of any kind.
    pub(crate) fn inside(&self) -> usize {
        self.inside.load(Ordering::Acquire)
    }

    /// From now on nobody new is let in, and kept-alive connections end after their request.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// True once [`Door::close`] was called.
    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// To be told when the door closes.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// To be told when the server can't go on, and why.
    pub(crate) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.failed.subscribe()
    }

    /// Why the server can't go on, if it can't.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failed.borrow().clone()
    }

    /// A node that can't be one of the others any more ends.
    pub(crate) fn watch_membership(self: &Arc<Self>) {
        let Some(mut expelled) = self.engine.node().expelled() else { return };
        let door = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(reason) = expelled.wait_for(Option::is_some).await {
                door.failed.send_replace(reason.clone());
            }
        });
    }

    /// A call was answered as if the store had failed: look whether it has. A store that stopped must be
    /// opened again, which only a restart does.
    pub(crate) fn doubt_store(self: &Arc<Self>) {
        if self.config.is_clustered() {
            // Servers elsewhere come back without us.
            return;
        }
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let door = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(reason) = house::store_works(&door.engine).await {
                error!(reason, "the store stopped, so the server must");
                door.failed.send_replace(Some(reason));
            }
            door.looking.store(false, Ordering::Release);
        });
    }
}

/// A connection's claim to the door: counted while it lives.
pub(crate) struct Guest(Arc<Door>);

impl Guest {
    pub(crate) fn of(door: &Arc<Door>) -> Self {
        door.inside.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(door))
    }
}

impl Deref for Guest {
    type Target = Arc<Door>;
    fn deref(&self) -> &Arc<Door> {
        &self.0
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}
