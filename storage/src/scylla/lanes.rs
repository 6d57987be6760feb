//! How many asks are under way at once. Servers that are asked more than they can answer answer later and later,
//! until all of it comes too late; so what is too much waits here, batches and reads apart from each other.

use super::Config;
use crate::Error;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// The ways to the servers; a handle without any is not held up.
#[derive(Clone)]
pub(super) struct Lanes(Option<Arc<Both>>);

struct Both {
    batches: Semaphore,
    reads: Semaphore,
    patience: Duration,
}

impl Lanes {
    pub(super) fn new(config: &Config) -> Self {
        let semaphore = |permits: usize| Semaphore::new(permits.max(1));
        let (batches, reads) = (semaphore(config.batches_max), semaphore(config.reads_max));
        Self(Some(Arc::new(Both { batches, reads, patience: config.request_wait() })))
    }

    /// For the few asks on which all else hangs.
    pub(super) const fn open() -> Self {
        Self(None)
    }

    /// Waits for its turn: whoever writes has been counted before, by its room and its node. The semaphores are
    /// never closed.
    pub(super) async fn batch(&self) -> Option<SemaphorePermit<'_>> {
        self.0.as_deref()?.batches.acquire().await.ok()
    }

    /// Waits for its turn, but not for ever: nobody counts those who read.
    pub(super) async fn read(&self) -> Result<Option<SemaphorePermit<'_>>, Error> {
        let Some(both) = self.0.as_deref() else { return Ok(None) };
        let turn = timeout(both.patience, both.reads.acquire()).await;
        turn.map(Result::ok).map_err(|_| Error::Busy)
    }
}
