//! The limits of rooms, audiences and sessions, each with its reason.

use serde::Deserialize;

/// A promise broken on purpose.
#[cfg(feature = "flawed")]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Flaw {
    /// None.
    #[default]
    None,
    /// The room tells and answers although the write did not succeed.
    TellsUnwritten,
    /// The room does not look for a command's twin.
    ForgetsCommands,
    /// The audience drops an event instead of letting a slow listener lag.
    DropsWhenFull,
    /// The audience goes on sending to somebody who was removed.
    IgnoresRemoval,
    /// A room wakes without finishing its last commit.
    SkipsRedo,
    /// A node does not notice that news from another one was lost.
    DeafToGaps,
    /// A node goes on as a home when its lease is over, or the bus is gone.
    IgnoresLease,
}

/// Limits; every field has a default that suits one machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Changes waiting for one room. Past it the room is slower than its writers: refuse, don't queue.
    pub room_permits: usize,
    /// Changes waiting on this node, whatever the room: bounds memory when the disk stalls.
    pub node_permits: usize,
    /// How long a change waits for a permit before it is refused as overloaded.
    pub permit_wait_ms: u64,
    /// Most bytes one group commit may write, so that a group stays one quick write.
    pub group_bytes_max: usize,
    /// Most changes in one group commit.
    pub group_changes_max: usize,
    /// How long an unknown outcome is looked into before the caller is told so.
    pub unknown_wait_ms: u64,
    /// How long a room without work stays in memory.
    pub idle_ms: u64,
    /// How long a failing reaction is tried again before it is parked.
    pub reaction_patience_ms: u64,
    /// Audience shards: enough that one busy room delays few others.
    pub audience_shards: usize,
    /// From this many listeners on, a room's audience is a task of its own.
    pub audience_own_task: usize,
    /// Encoded frames kept for read-back, all shards together. What is older is read from the log; a larger
    /// share only keeps the processor's caches cold, because nearly everybody is level.
    pub frame_cache_bytes: usize,
    /// Bytes waiting for one socket. Past it the listener lags and is read back from the log.
    pub outbox_bytes_max: usize,
    /// How much a lagging listener is given in one piece, so that a read-back is few system calls.
    pub readback_chunk_bytes: usize,
    /// Missed events past which a client reloads instead of replaying.
    pub resume_events_max: u64,
    /// Rooms one socket may listen to.
    pub rooms_per_session: usize,
    /// How long a join waits for the node where its room lives before it is refused as overloaded.
    pub join_wait_ms: u64,
    /// Sockets one person may have; the oldest gives way.
    pub sessions_per_user: usize,
    /// How often a node shows in the store that it lives.
    pub renew_ms: u64,
    /// For how long a sign of life lets a node act as a home: time for three to fail.
    pub lease_ms: u64,
    /// How long a node's sign of life may stand still before the others call it gone. Longer than a lease, so that
    /// it has stopped by then.
    pub gone_ms: u64,
    /// How long a node may not hear itself on the bus before it stops acting as a home.
    pub bus_silent_ms: u64,
    /// Which promise is broken on purpose; for the simulation that proves its checker.
    #[cfg(feature = "flawed")]
    #[serde(skip)]
    pub flaw: Flaw,
    /// People in a room above which presence is a count instead of names.
    pub presence_names_max: usize,
}

impl Config {
    /// True when this promise is to be broken; without the feature, never.
    #[cfg(feature = "flawed")]
    pub(crate) fn breaks(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            room_permits: 1_024,
            node_permits: 16_384,
            permit_wait_ms: 2_000,
            group_bytes_max: 256 * 1024,
            group_changes_max: 256,
            unknown_wait_ms: 5_000,
            idle_ms: 60_000,
            reaction_patience_ms: 3_600_000,
            audience_shards: 64,
            audience_own_task: 500,
            frame_cache_bytes: 64 * 1024 * 1024,
            outbox_bytes_max: 256 * 1024,
            readback_chunk_bytes: 32 * 1024,
            resume_events_max: 10_000,
            rooms_per_session: 100,
            join_wait_ms: 10_000,
            sessions_per_user: 10,
            renew_ms: 2_000,
            lease_ms: 8_000,
            gone_ms: 10_000,
            bus_silent_ms: 2_000,
            #[cfg(feature = "flawed")]
            flaw: Flaw::None,
            presence_names_max: 100,
        }
    }
}
