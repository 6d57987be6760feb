//! Ending without breaking anything off: nobody new is let in, everybody is asked to come back a little
//! later, what runs is finished, and only then the connections are closed. Asking is spread out, so that
//! the clients' return is not one wave.

use crate::door::Door;
use actors::outbox::Close;
use schema::frame::{self, Kind, Response};
use serde::Deserialize;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tracing::info;

/// How long ending may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Over how long a full server's clients are asked to leave. Few clients are asked faster.
    pub spread_ms: u64,
    /// How long clients are asked to stay away at least: a restart takes about a second.
    pub stay_away_ms: u64,
    /// How long what runs may take to finish: once when everybody was asked, once when everybody left.
    pub grace_ms: u64,
    /// How long connections may take to end once they were closed.
    pub close_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { spread_ms: 5_000, stay_away_ms: 1_000, grace_ms: 500, close_ms: 5_000 }
    }
}

const DRAINING: Close = Close { code: 4010, reason: "server draining" };
/// Clients asked between two pauses.
const ASKED_AT_ONCE: usize = 32;
/// The pace at which few clients are asked: this many milliseconds for each batch.
const BATCH_MS: u64 = 10;
/// How often the last connections are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Ends everything, in order. Bounded by the times above.
pub(crate) async fn drain(door: &Arc<Door>) {
    let begun = Instant::now();
    door.close();
    let sessions = door.engine.node().sessions().count();
    info!(sessions, connections = door.inside(), "draining");
    // Rooms move first, while everybody is still here to hear them from there.
    door.engine.node().hand_over().await;
    let grace = Duration::from_millis(if sessions > 0 { door.config.drain.grace_ms } else { 0 });
    ask_to_leave(door).await;
    sleep(grace).await;
    door.engine.node().sessions().close_all(DRAINING);
    let until = Instant::now() + Duration::from_millis(door.config.drain.close_ms);
    while door.inside() > 0 && Instant::now() < until {
        sleep(LOOK_EVERY).await;
    }
    // Whoever was in a room leaves it by an operation; only after that is nothing let through any more.
    sleep(grace).await;
    door.engine.drain();
    door.engine.node().leave().await;
    info!(left = door.inside(), took_ms = %begun.elapsed().as_millis(), "drained");
}

async fn ask_to_leave(door: &Door) {
    let (node, config) = (door.engine.node(), &door.config.drain);
    let handles = node.sessions().all();
    let batches = u64::try_from(handles.len().div_ceil(ASKED_AT_ONCE)).unwrap_or(u64::MAX).max(1);
    let pause = Duration::from_millis((config.spread_ms / batches).min(BATCH_MS));
    // Everybody gets another moment to come back within a window as long as the asking would be.
    let window = config.spread_ms.min(batches.saturating_mul(BATCH_MS).saturating_mul(10));
    for batch in handles.chunks(ASKED_AT_ONCE) {
        for handle in batch {
            let after_ms = config.stay_away_ms + node.clock().below(window);
            let goaway =
                Response::new(Kind::Goaway, None, node.clock().now().ms(), json!({"after_ms": after_ms}));
            if let Ok(payload) = handle.outbox.codec.encode(&goaway) {
                handle.outbox.insist(&frame::message(handle.outbox.codec, &payload));
            }
        }
        sleep(pause).await;
    }
}
