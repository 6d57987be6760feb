//! A group of batches on its way to the disk. Each batch is judged over what stands in the tree and
//! what the batches before it in the group will write, so that a group behaves as if each had been
//! written alone, in order.

use super::{files::Files, place, place::Place};
use crate::{Batch, Error, Outcome, Write};
use bytes::Bytes;
use std::collections::HashMap;

/// What a group will write: each place once, with its last value, or `None` where it is removed.
pub(super) type Writes = HashMap<Place, Option<Bytes>>;

#[derive(Default)]
pub(super) struct Group {
    writes: Writes,
    batches: usize,
    rows: usize,
}

impl Group {
    /// Lets a batch in if its conditions hold; a refused one leaves no trace.
    pub(super) fn admit(&mut self, batch: Batch, files: &Files) -> Result<Outcome, Error> {
        let outcome = batch.judge(|key| self.look(key, files))?;
        if outcome == Outcome::Applied {
            self.batches += 1;
            for write in batch.into_writes() {
                self.put(write);
            }
        }
        Ok(outcome)
    }

    pub(super) const fn batches(&self) -> usize {
        self.batches
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn into_writes(self) -> Writes {
        self.writes
    }

    fn look(&self, key: &schema::key::Key, files: &Files) -> Result<Option<Bytes>, Error> {
        let written = place::of(key).and_then(|place| self.writes.get(&place));
        written.map_or_else(|| files.get(key), |value| Ok(value.clone()))
    }

    fn put(&mut self, write: Write) {
        let (key, value) = match write {
            Write::Put(key, value) => (key, Some(value)),
            Write::Delete(key) => (key, None),
        };
        let place = place::of(&key);
        assert!(place.is_some(), "a batch is measured before it is queued");
        if let Some(place) = place {
            self.rows += 1;
            self.writes.insert(place, value);
        }
    }
}
