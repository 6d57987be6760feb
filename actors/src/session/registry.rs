//! All sessions of this node, by connection and by person.

use super::Address;
use crate::outbox::{Close, Outbox};
use dashmap::DashMap;
use schema::id::UserId;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Too many sockets of one person: the oldest gives way.
const CROWDED_OUT: Close = Close { code: 4011, reason: "too many connections" };
/// Nothing was heard for a minute.
const SILENT: Close = Close { code: 4000, reason: "silent for 60 s" };
/// What waits was not taken for half a minute.
const STUCK: Close = Close { code: 4008, reason: "too slow" };
const SILENT_AFTER_S: u32 = 60;
const STUCK_AFTER_S: u32 = 30;

/// One session, as others reach it.
#[derive(Clone, Debug)]
pub struct Handle {
    /// The person.
    pub user: UserId,
    /// Where it takes its mail.
    pub address: Address,
    /// The outgoing side.
    pub outbox: Arc<Outbox>,
}

/// The registry; cheap to clone.
#[derive(Clone, Default)]
pub struct Sessions {
    by_connection: Arc<DashMap<u64, Handle>>,
    by_user: Arc<DashMap<UserId, Vec<u64>>>,
    next: Arc<AtomicU64>,
}

impl Sessions {
    /// A number for a new connection, from 1.
    #[must_use]
    pub fn next_connection(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn insert(&self, handle: Handle, per_user_max: usize) {
        let connection = handle.outbox.id;
        let mut of_user = self.by_user.entry(handle.user).or_default();
        of_user.push(connection);
        let oldest = (of_user.len() > per_user_max).then(|| of_user.remove(0));
        drop(of_user);
        self.by_connection.insert(connection, handle);
        if let Some(handle) = oldest.and_then(|oldest| self.get(oldest)) {
            handle.outbox.close(CROWDED_OUT);
        }
    }

    /// The session of a connection.
    #[must_use]
    pub fn get(&self, connection: u64) -> Option<Handle> {
        self.by_connection.get(&connection).map(|handle| handle.clone())
    }

    /// Forgets a connection that ended and stops its session.
    pub fn remove(&self, connection: u64) {
        let Some((_, handle)) = self.by_connection.remove(&connection) else { return };
        if let Some(mut of_user) = self.by_user.get_mut(&handle.user) {
            of_user.retain(|present| *present != connection);
        }
        self.by_user.remove_if(&handle.user, |_, of_user| of_user.is_empty());
        handle.address.stop();
    }

    /// Whether a person has a session here.
    pub(crate) fn has(&self, user: UserId) -> bool {
        self.by_user.contains_key(&user)
    }

    /// How many sessions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_connection.len()
    }

    /// One look at every connection: who is silent or stuck is closed. No session needs a timer.
    pub fn sweep(&self, now_s: u32) {
        for handle in self.by_connection.iter() {
            let (heard, took) = handle.outbox.silence_s(now_s);
            if took >= STUCK_AFTER_S {
                handle.outbox.close(STUCK);
            } else if heard >= SILENT_AFTER_S {
                handle.outbox.close(SILENT);
            }
        }
    }

    /// All connections, for draining.
    #[must_use]
    pub fn all(&self) -> Vec<Handle> {
        self.by_connection.iter().map(|handle| handle.clone()).collect()
    }

    /// Ends every connection.
    pub fn close_all(&self, close: Close) {
        for handle in self.by_connection.iter() {
            handle.outbox.close(close);
        }
    }
}
