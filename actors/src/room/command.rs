//! Commands that were carried out, and what they answered.

use crate::{Error, own::Command};
use bytes::Bytes;
use schema::{codec, reply::Reply, room::RoomId, time::Timestamp};
use serde::{Deserialize, Serialize};
use storage::Store;

/// A command as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) hash: Bytes,
    pub(super) reply: Reply,
}

/// The stored reply of a command that was carried out before.
///
/// # Errors
/// When the store doesn't answer, or when the key named another command.
pub async fn stored_reply(
    store: &Store,
    room: &RoomId,
    command: &Command,
    now: Timestamp,
) -> Result<Option<Reply>, Error> {
    for key in command.keys_seen_at(room, now) {
        if let Some(bytes) = store.get(&key).await? {
            return reply_of(&bytes, command).map(Some);
        }
    }
    Ok(None)
}

/// The stored reply, if it is this very command's.
pub(super) fn reply_of(bytes: &[u8], command: &Command) -> Result<Reply, Error> {
    let done: Done = codec::from_msgpack(bytes)?;
    if done.hash == command.hash.as_slice() { Ok(done.reply) } else { Err(Error::KeyReused) }
}
