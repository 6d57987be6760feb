//! What a person's own room keeps about getting in, read and put. The row is made when there is first
//! something to keep.

use super::tables::Access;
use crate::rooms;
use engine::{Reader, Result};
use schema::{
    change::{Change, Slot},
    id::UserId,
    key::KeyWriter,
};

/// The row of a person; of somebody new, an empty one.
pub(super) async fn access_of(reader: &Reader, person: UserId) -> Result<Access> {
    let found = reader.get(&rooms::of_user(person), KeyWriter::new().with(&person)).await?;
    Ok(found.unwrap_or_else(|| Access::of(person)))
}

/// Puts the row, which may be the first.
pub(super) fn put(change: &mut Change, old: &Access, new: Access) -> Slot<Access> {
    if old.version == 0 { change.insert(new) } else { change.update(old, new) }
}
