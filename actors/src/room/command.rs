//! Commands that were carried out, and what they answered.

use super::known::{Known, MARKS_MAX};
use crate::{
    Error,
    own::{self, Command, Mark},
};
use bytes::Bytes;
use schema::{codec, key::Key, reply::Reply, room::RoomId, table::Spec, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::Bound;
use storage::{Batch, Range, Row, Store, Write};

/// Old commands removed at one waking.
const FORGOTTEN_MAX: usize = 1_000;

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
pub(crate) async fn stored_reply(
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

/// What a waking room does with the commands before it: those still kept it learns by heart, older ones it
/// removes. A room that can't read them looks in the store each time.
pub(super) async fn recall(store: &Store, room: &RoomId, now: Timestamp, known: &Known) {
    let kept_from = own::commands_kept_from(now);
    let all = |limit| Range::partition(own::COMMANDS, Spec::partition(room), limit);
    let kept = Range { from: Bound::Included(kept_from.clone()), ..all(MARKS_MAX + 1) };
    if let Ok(rows) = store.scan(&kept).await {
        known.stored(&rows.iter().map(|row| Mark::of(&row.sort)).collect());
    }
    let Ok(rows) = store.scan(&all(FORGOTTEN_MAX).before(kept_from)).await else { return };
    let old = |row: Row| Key { table: own::COMMANDS, partition: Spec::partition(room), sort: row.sort };
    let writes: Vec<Write> = rows.into_iter().map(|row| Write::Delete(old(row))).collect();
    if !writes.is_empty() {
        let _ = store.apply(Batch::plain(writes)).await;
    }
}
