//! A stretch of one partition, in key order or against it.

use bytes::Bytes;
use schema::{key::after_prefix, table::LOG};
use std::ops::Bound;

/// Which way a scan goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the smallest key.
    Forward,
    /// From the largest key.
    Backward,
}

/// What a scan reads: never more than one partition, never more than `limit` rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Range {
    /// The table, index or claim list, as in [`schema::key::Key`].
    pub table: u16,
    /// The partition.
    pub partition: Bytes,
    /// Where it starts, in key order whatever the direction.
    pub from: Bound<Bytes>,
    /// Where it ends, in key order whatever the direction.
    pub to: Bound<Bytes>,
    /// The most rows to return.
    pub limit: usize,
    /// The way.
    pub direction: Direction,
    /// Whether a conditional write that is still under way is settled first; see [`Range::end_of_log`].
    pub settled: bool,
}

impl Range {
    /// A whole partition, forward.
    #[must_use]
    pub const fn partition(table: u16, partition: Bytes, limit: usize) -> Self {
        let (from, to) = (Bound::Unbounded, Bound::Unbounded);
        Self { table, partition, from, to, limit, direction: Direction::Forward, settled: false }
    }

    /// The last row of a log, for whoever means to write behind it: a conditional write that is still under way is
    /// settled first, so that the end can't move behind the reader. It costs several times a plain read.
    #[must_use]
    pub const fn end_of_log(partition: Bytes) -> Self {
        let mut end = Self::partition(LOG, partition, 1).backward();
        end.settled = true;
        end
    }

    /// Only keys that start with `prefix`.
    #[must_use]
    pub fn starting_with(mut self, prefix: &[u8]) -> Self {
        self.from = Bound::Included(Bytes::copy_from_slice(prefix));
        self.to = after_prefix(prefix).map_or(Bound::Unbounded, Bound::Excluded);
        self
    }

    /// Only keys above `sort`.
    #[must_use]
    pub fn after(mut self, sort: Bytes) -> Self {
        self.from = Bound::Excluded(sort);
        self
    }

    /// Only keys from `sort` on.
    #[must_use]
    pub fn since(mut self, sort: Bytes) -> Self {
        self.from = Bound::Included(sort);
        self
    }

    /// Only keys below `sort`.
    #[must_use]
    pub fn before(mut self, sort: Bytes) -> Self {
        self.to = Bound::Excluded(sort);
        self
    }

    /// The other way round: the largest keys first.
    #[must_use]
    pub const fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }

    /// True when its bounds leave room for no key.
    pub(crate) fn is_empty(&self) -> bool {
        let (from, to) = match (&self.from, &self.to) {
            (Bound::Included(from), Bound::Included(to)) => return self.limit == 0 || from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => {
                (from, to)
            }
            _ => return self.limit == 0,
        };
        self.limit == 0 || from >= to
    }
}
