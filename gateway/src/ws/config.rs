//! The limits of a socket, each with its reason.

use serde::Deserialize;

/// What one connection may cost. The defaults are the published protocol.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How late the server, or its store, may be before it lets in no more sockets: those who are in come first, and a
    /// crowd that comes back at once must not slow it down for everybody.
    pub late_max_ms: u64,
    /// How long a new connection may stay without signing in: it costs a socket and nobody answers for it.
    pub auth_wait_ms: u64,
    /// The most bytes of a frame that is not a call: control traffic is small.
    pub frame_bytes_max: usize,
    /// The most bytes of a call, the same as of a REST body.
    pub call_bytes_max: usize,
    /// Past this many bytes a message is not even read to its end: the connection is closed.
    pub message_bytes_max: usize,
    /// The most fragments of one message. Browsers cut at 128 KB or not at all.
    pub fragments_max: u32,
    /// Messages waiting to be handled. Past it the socket is not read: the client's kernel waits, not we.
    pub queue_messages_max: usize,
    /// Bytes waiting to be handled, for the same reason. One message of any legal size always fits.
    pub queue_bytes_max: usize,
    /// Operations a second that one connection may ask for in the long run …
    pub ops_per_second: u32,
    /// … and at once.
    pub ops_burst: u32,
    /// Refusals without a calm moment between them after which a client is not slow to learn but flooding.
    pub flood_refusals: u16,
    /// How often a client shall say `ping`; it is told so, and closed after a bit more than twice as long.
    pub heartbeat_ms: u64,
    /// The most bytes of a whisper: it is copied to everybody in the room.
    pub whisper_bytes_max: usize,
    /// The least time between two whispers of one kind.
    pub whisper_every_ms: i64,
    /// The most events of one page of history.
    pub history_events_max: usize,
    /// The most bytes of one page of history: it waits in the outbox as one reply.
    pub history_bytes_max: usize,
    /// How long a closing connection may take to accept what waits and to say goodbye.
    pub close_wait_ms: u64,
    /// How long events are kept for those who come back; told to clients.
    pub resume_window_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            late_max_ms: 1_000,
            auth_wait_ms: 5_000,
            frame_bytes_max: 16 * 1024,
            call_bytes_max: 512 * 1024,
            message_bytes_max: 1024 * 1024,
            fragments_max: 64,
            queue_messages_max: 64,
            queue_bytes_max: 256 * 1024,
            ops_per_second: 30,
            ops_burst: 60,
            flood_refusals: 240,
            heartbeat_ms: 25_000,
            whisper_bytes_max: 1024,
            whisper_every_ms: 1_000,
            history_events_max: 100,
            history_bytes_max: 256 * 1024,
            close_wait_ms: 2_000,
            resume_window_s: 7 * 24 * 3_600,
        }
    }
}
