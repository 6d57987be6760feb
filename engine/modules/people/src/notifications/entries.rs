//! The entries of an inbox's indexes, as far as counting and rewriting need them, a page at a time.

use super::tables::Notification;
use engine::{Error, Reader, Result};
use schema::{
    code::Code,
    id::{Id, UserId},
    key::KeyWriter,
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::from_value;
use storage::Range;

/// Entries of one page.
pub(super) const PAGE: usize = 500;

/// The columns that decide.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) id: Id<Notification>,
    pub(super) number: u64,
    pub(super) category: String,
    pub(super) created_at: Timestamp,
    pub(super) read_at: Option<Timestamp>,
}

/// The newest entries of everything, or those before one that was read already.
pub(super) async fn newest(reader: &Reader, person: UserId, before: Option<&Entry>) -> Result<Vec<Entry>> {
    page(reader, "inbox", person, |range| match before {
        Some(entry) => range.backward().before(entry.place().finish()),
        None => range.backward(),
    })
    .await
}

/// The oldest entries of the unread, or those after one that was read already.
pub(super) async fn oldest_unread(
    reader: &Reader,
    person: UserId,
    after: Option<&Entry>,
) -> Result<Vec<Entry>> {
    page(reader, "unread", person, |range| match after {
        Some(entry) => range.after(entry.place().finish()),
        None => range,
    })
    .await
}

async fn page(
    reader: &Reader,
    index: &str,
    person: UserId,
    narrow: impl FnOnce(Range) -> Range + Send,
) -> Result<Vec<Entry>> {
    let within = KeyWriter::new().with(&person);
    let rows = reader.index::<Notification>(index, within, PAGE, narrow).await?;
    let entries: Result<Vec<Entry>, _> = rows.into_iter().map(from_value).collect();
    entries.map_err(|error| Error::new(Code::Internal, "an inbox can't be read").because(error))
}

impl Entry {
    /// Where it stands in its index.
    fn place(&self) -> KeyWriter {
        KeyWriter::new().with(&self.number).with(&self.id)
    }
}
