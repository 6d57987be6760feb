//! Where logs end, as far as the writer knows. Nothing stands beyond the end of a log, so a commit that goes
//! there need not be looked for in the tree, where finding nothing is the dearest of all reads.

use super::files::Files;
use crate::{Direction, Error, Range};
use bytes::Bytes;
use hashbrown::HashMap;
use schema::{key::Key, table::Space};

/// Logs remembered; past it they are forgotten and looked for again. Each takes some 150 bytes.
const LOGS_MAX: usize = 16_384;

/// The last place of each log that was lately written to; `None` for one that is empty.
#[derive(Default)]
pub(super) struct Ends(HashMap<(u16, Bytes), Option<Bytes>>);

impl Ends {
    /// Whether this place lies beyond the end of its log, so that nothing can stand there.
    ///
    /// # Errors
    /// When the tree can't be read.
    pub(super) fn is_beyond(&mut self, key: &Key, files: &Files) -> Result<bool, Error> {
        if key.space() != Space::Log {
            return Ok(false);
        }
        let log = (key.table, key.partition.clone());
        if let Some(end) = self.0.get(&log) {
            return Ok(is_past(end.as_ref(), &key.sort));
        }
        let whole = Range::partition(key.table, key.partition.clone(), 1);
        let last = files.scan(&Range { direction: Direction::Backward, ..whole })?;
        let end = last.into_iter().next().map(|row| row.sort);
        let beyond = is_past(end.as_ref(), &key.sort);
        if self.0.len() >= LOGS_MAX {
            self.0.clear();
        }
        self.0.insert(log, end);
        Ok(beyond)
    }

    /// This place is about to be written.
    pub(super) fn written(&mut self, key: &Key) {
        if key.space() != Space::Log {
            return;
        }
        // Of a log that nobody has asked for, the end is not known by one of its places.
        if let Some(end) = self.0.get_mut(&(key.table, key.partition.clone()))
            && is_past(end.as_ref(), &key.sort)
        {
            *end = Some(key.sort.clone());
        }
    }
}

fn is_past(end: Option<&Bytes>, sort: &Bytes) -> bool {
    end.is_none_or(|end| sort > end)
}
