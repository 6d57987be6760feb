//! Writing a group, and finding out what became of it.

use super::group::Sealed;
use crate::env::Env;
use schema::{codec, room::RoomId};
use std::time::Duration;
use storage::{Batch, Commit, Outcome, Write};
use tokio::time::Instant;
use tracing::error;

/// Why a group is not in the log, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failed {
    /// Another home wrote this commit.
    Fenced,
    /// It may be there or not.
    Unknown,
}

/// Writes the group. A write whose outcome is not known is looked into until it is known or the
/// patience ends: the room neither tells nor answers meanwhile.
pub(super) async fn commit(
    id: &RoomId,
    env: &Env,
    sealed: &mut Sealed,
    note: Option<Write>,
) -> Result<(), Failed> {
    let Ok(entry) = codec::to_bytes(&sealed.entry) else { return Err(Failed::Fenced) };
    let (writes, claims) = (std::mem::take(&mut sealed.writes), std::mem::take(&mut sealed.claims));
    let (key, stamp) = (sealed.key.clone(), sealed.entry.stamp);
    let batch = Batch::from(Commit { key, entry: entry.clone(), stamp, note, writes, claims });
    let deadline = Instant::now() + Duration::from_millis(env.config.unknown_wait_ms);
    let mut pause = Duration::from_millis(10);
    loop {
        match env.store.apply(batch.clone()).await {
            Ok(Outcome::Applied) => return Ok(()),
            Ok(Outcome::Fenced | Outcome::Taken(_)) => {
                return match env.store.get(&sealed.key).await {
                    // Our own write, seen again after an unknown outcome.
                    Ok(Some(found)) if found == entry => Ok(()),
                    Ok(Some(_)) => Err(Failed::Fenced),
                    Ok(None) | Err(_) => Err(Failed::Unknown),
                };
            }
            #[cfg(feature = "flawed")]
            Ok(Outcome::Unknown) if env.config.breaks(crate::Flaw::TellsUnwritten) => return Ok(()),
            Ok(Outcome::Unknown) => {}
            Err(error) => error!(room = %id, %error, "the store stopped"),
        }
        if Instant::now() + pause > deadline || !env.homes(id) {
            return Err(Failed::Unknown);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}
