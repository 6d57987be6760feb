//! What one accepted change adds to its group: encoded writes, events, and the rows as they will be.

use crate::{Error, host::Image, own};
use bytes::Bytes;
use hashbrown::HashMap;
use schema::{codec, key::Key, log::Told, room::RoomId, table::Row};
use storage::Claim;

/// A room's counters as last committed, loaded when first needed.
pub(super) type Counters = std::collections::HashMap<String, i64>;

/// What one accepted change adds to the group.
#[derive(Default)]
pub(super) struct Part {
    pub(super) writes: Vec<(Key, Option<Bytes>)>,
    pub(super) events: Vec<Told>,
    pub(super) images: Vec<Image>,
    pub(super) counters: Counters,
    pub(super) claims: Vec<Claim>,
    pub(super) bytes: usize,
}

impl Part {
    pub(super) fn put(&mut self, key: Key, value: Bytes) {
        self.bytes += key.sort.len() + key.partition.len() + value.len();
        self.writes.push((key, Some(value)));
    }

    /// Something that is due, and the stretch that it is due in.
    pub(super) fn timer(&mut self, timer: &own::Timer) -> Result<(), Error> {
        let stretch = own::Stretch::of(timer.at);
        self.put(stretch.key(), codec::to_bytes(&stretch)?);
        self.put(timer.key(), codec::to_bytes(timer)?);
        Ok(())
    }

    /// Rows, their index entries and, where a table is found by id, their homes.
    pub(super) fn rows(
        &mut self,
        room: &RoomId,
        olds: &[Option<Box<dyn Row>>],
        news: &[Option<Box<dyn Row>>],
    ) -> Result<(), Error> {
        for (old, new) in olds.iter().zip(news).filter(|(old, new)| !stays(old.as_deref(), new.as_deref())) {
            let mut stale: HashMap<Key, Bytes> = HashMap::new();
            if let Some(old) = old {
                stale.extend(old.index_entries().into_iter().map(|entry| (entry.key, entry.value)));
                if new.is_none() {
                    self.writes.push((old.key(), None));
                    if old.spec().find {
                        self.writes.push((old.spec().find_key(old.entity_id()), None));
                    }
                }
            }
            if let Some(new) = new {
                self.put(new.key(), new.encode()?);
                if new.spec().find && old.is_none() {
                    let home = Bytes::copy_from_slice(room.as_str().as_bytes());
                    self.put(new.spec().find_key(new.entity_id()), home);
                }
                for entry in new.index_entries() {
                    if stale.remove(&entry.key).as_ref() != Some(&entry.value) {
                        self.put(entry.key, entry.value);
                    }
                }
            }
            self.writes.extend(stale.into_keys().map(|key| (key, None)));
        }
        Ok(())
    }
}

/// A row that is only told about: whatever is changed has a later version.
fn stays(old: Option<&dyn Row>, new: Option<&dyn Row>) -> bool {
    old.zip(new).is_some_and(|(old, new)| old.version() == new.version())
}

/// The rows as the commit leaves them, for whoever watches commits.
pub(super) fn images(olds: Vec<Option<Box<dyn Row>>>, news: Vec<Option<Box<dyn Row>>>) -> Vec<Image> {
    olds.into_iter()
        .zip(news)
        .filter(|(old, new)| !stays(old.as_deref(), new.as_deref()))
        .filter_map(|(old, new)| {
            let any = new.as_ref().or(old.as_ref())?;
            Some(Image { spec: any.spec(), key: any.key(), row: new })
        })
        .collect()
}
