//! The entries of an inbox's indexes, as far as counting and rewriting need them, a page at a time.

use super::tables::Notification;
use engine::{Error, Reader, Result};
use schema::{code::Code, id::UserId, key::KeyWriter};
use serde_json::from_value;
use storage::Range;

/// Entries of one page.
pub(super) const PAGE: usize = 500;

/// The newest entries of everything, or those before one that was read already.
pub(super) async fn newest(
    reader: &Reader,
    person: UserId,
    before: Option<&Notification>,
) -> Result<Vec<Notification>> {
    page(reader, "inbox", person, |range| match before {
        Some(entry) => range.backward().before(place(entry).finish()),
        None => range.backward(),
    })
    .await
}

/// The oldest entries of the unread, or those after one that was read already.
pub(super) async fn oldest_unread(
    reader: &Reader,
    person: UserId,
    after: Option<&Notification>,
) -> Result<Vec<Notification>> {
    page(reader, "unread", person, |range| match after {
        Some(entry) => range.after(place(entry).finish()),
        None => range,
    })
    .await
}

/// The newest of the unread, the very newest first.
pub(super) async fn newest_unread(
    reader: &Reader,
    person: UserId,
    limit: usize,
) -> Result<Vec<Notification>> {
    some(reader, "unread", person, limit, |range| range.backward()).await
}

async fn page(
    reader: &Reader,
    index: &str,
    person: UserId,
    narrow: impl FnOnce(Range) -> Range + Send,
) -> Result<Vec<Notification>> {
    some(reader, index, person, PAGE, narrow).await
}

/// So many entries of an index, as rows without what the index does not carry.
pub(super) async fn some(
    reader: &Reader,
    index: &str,
    person: UserId,
    limit: usize,
    narrow: impl FnOnce(Range) -> Range + Send,
) -> Result<Vec<Notification>> {
    let within = KeyWriter::new().with(&person);
    let rows = reader.index::<Notification>(index, within, limit, narrow).await?;
    let entries: Result<Vec<Notification>, _> = rows.into_iter().map(from_value).collect();
    entries.map_err(|error| Error::new(Code::Internal, "an inbox can't be read").because(error))
}

/// Where a notification stands in the indexes.
pub(super) fn place(notification: &Notification) -> KeyWriter {
    KeyWriter::new().with(&notification.number).with(&notification.id)
}
