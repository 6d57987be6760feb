//! What events set off. The reactor walks the room's log from its watermark and lets the host act on
//! each event in turn; acting twice is harmless, because each effect is a command of its own.

use super::head::log_after;
use crate::{Error, env::Env, own};
use schema::{codec, log::Told, room::RoomId};
use std::{ops::Range, time::Duration};
use storage::{Batch, Write};
use tokio::time::Instant;
use tracing::{error, warn};

/// Log entries read in one go.
const PAGE: usize = 128;

/// Reacts to everything above the start of `span` up to its end, and says how far it came. What lies further on
/// in the log may be half written.
pub(super) async fn walk(room: &RoomId, env: &Env, span: Range<u64>) -> u64 {
    let mut reached = span.start;
    loop {
        let entries = match log_after(&env.store, room, reached, PAGE).await {
            Ok(entries) => entries,
            Err(error) => {
                warn!(%room, %error, "the log can't be read for reactions");
                return reached;
            }
        };
        let before = reached;
        for entry in entries {
            let owed = |(seq, _): &(u64, _)| *seq > before && *seq <= span.end;
            for (seq, told) in (entry.first_seq..).zip(&entry.events).filter(owed) {
                if env.host().reacts(told) && !patiently(room, env, seq, told).await {
                    return reached;
                }
                reached = seq;
            }
        }
        if reached == before || reached >= span.end {
            return reached;
        }
    }
}

/// Tries one reaction until it succeeds or is parked: it delays the later ones of its room, so that
/// effects keep the order of their causes, but never a commit. False when the room lives elsewhere now, where the
/// rest is done.
async fn patiently(room: &RoomId, env: &Env, seq: u64, told: &Told) -> bool {
    let deadline = Instant::now() + Duration::from_millis(env.config.reaction_patience_ms);
    let mut pause = Duration::from_millis(50);
    loop {
        if !env.homes(room) {
            return false;
        }
        let Err(reason) = env.host().react(room, seq, told).await else { return true };
        let hopeless = matches!(reason, Error::Poisonous | Error::Broken(_) | Error::TooLarge(_));
        if hopeless || Instant::now() + pause > deadline {
            park(room, env, seq, told, &reason).await;
            return true;
        }
        warn!(%room, seq, event = told.name, %reason, "a reaction failed and will be tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(30));
    }
}

async fn park(room: &RoomId, env: &Env, seq: u64, told: &Told, reason: &Error) {
    error!(%room, seq, event = told.name, %reason, "a reaction was parked");
    metrics::counter!("reactions_parked_total").increment(1);
    let Ok(value) = codec::to_bytes(&(told, reason.to_string())) else { return };
    let write = Write::Put(own::parked_key(room, seq), value);
    if let Err(error) = env.store.apply(Batch::plain(vec![write])).await {
        error!(%room, seq, %error, "a parked reaction could not be kept");
    }
}
