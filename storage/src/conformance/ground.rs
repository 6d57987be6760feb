//! The ground a check stands on: a store and partitions that nobody else has written to.

use crate::{Batch, Claim, Commit, Direction, Error, Outcome, Range, Row, Store, Write, log_key};
use bytes::Bytes;
use schema::{clock::Clock, id::Id, key::Key, room::RoomId, table::Slot};
use std::ops::Bound;

/// The number of a table that the product does not have.
const TABLE: u16 = 3_999;

#[derive(Clone)]
pub(super) struct Ground {
    pub(super) store: Store,
    id: Id<Store>,
}

impl Ground {
    pub(super) fn new(store: Store) -> Self {
        Self { store, id: Clock::system().new_id() }
    }

    /// The same ground in another store.
    pub(super) fn elsewhere(&self, store: Store) -> Self {
        Self { store, id: self.id }
    }

    /// A key among rows.
    pub(super) fn row(&self, sort: &[u8]) -> Key {
        self.key(Slot::Rows, b"", sort)
    }

    /// The key of a unique value.
    pub(super) fn claim(&self, value: &[u8]) -> Key {
        self.key(Slot::Claim(0), value, b"")
    }

    /// A key of any kind, in a partition that starts with this ground's own bytes.
    pub(super) fn key(&self, slot: Slot, partition: &[u8], sort: &[u8]) -> Key {
        let partition = [self.id.uuid().as_bytes(), partition].concat().into();
        Key { table: slot.number(TABLE), partition, sort: Bytes::copy_from_slice(sort) }
    }

    /// One of this ground's rooms.
    pub(super) fn room(&self, number: usize) -> RoomId {
        RoomId::with_topic("room", self.id.uuid(), &format!("n{number}"))
    }

    /// The log row that would be a room's `commit`-th, each commit having told one event.
    pub(super) fn log_key(&self, room: usize, commit: u64) -> Key {
        log_key(&self.room(room), commit, commit)
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        self.store.get(key).await
    }

    /// Writes that must succeed.
    pub(super) async fn write(&self, writes: Vec<Write>) -> Result<(), Error> {
        let outcome = self.store.apply(Batch::plain(writes)).await?;
        assert_eq!(outcome, Outcome::Applied, "plain writes have no condition to fail");
        Ok(())
    }

    /// Claims that must succeed.
    pub(super) async fn claim_all(&self, claims: Vec<Claim>) -> Result<(), Error> {
        let outcome = self.store.apply(Batch::Claim(claims)).await?;
        assert_eq!(outcome, Outcome::Applied, "nobody else writes here");
        Ok(())
    }

    /// Puts rows whose values are their own names.
    pub(super) async fn put_rows<'a>(&self, sorts: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Error> {
        let put = |sort| Write::Put(self.row(sort), Bytes::copy_from_slice(sort));
        self.write(sorts.into_iter().map(put).collect()).await
    }

    /// The names of the rows in a range.
    pub(super) async fn names(&self, range: &Range) -> Result<Vec<Bytes>, Error> {
        let rows = self.store.scan(range).await?;
        assert!(rows.iter().all(|row| row.sort == row.value), "each row has its own value");
        Ok(rows.into_iter().map(|Row { sort, .. }| sort).collect())
    }

    /// A range of this ground's rows.
    pub(super) fn range(&self, from: Bound<&[u8]>, to: Bound<&[u8]>, direction: Direction) -> Range {
        let Key { table, partition, .. } = self.row(b"");
        let (from, to) = (from.map(Bytes::copy_from_slice), to.map(Bytes::copy_from_slice));
        Range { from, to, direction, ..Range::partition(table, partition, usize::MAX) }
    }

    /// All of this ground's rows, forward.
    pub(super) fn all(&self) -> Range {
        self.range(Bound::Unbounded, Bound::Unbounded, Direction::Forward)
    }
}

pub(super) fn put(key: Key, value: &[u8]) -> Write {
    Write::Put(key, Bytes::copy_from_slice(value))
}

pub(super) fn commit(key: Key, entry: &[u8], writes: Vec<Write>) -> Batch {
    made(key, entry, writes, Vec::new())
}

/// A commit that only settles claims.
pub(super) fn settle(key: Key, entry: &[u8], claims: Vec<Claim>) -> Batch {
    made(key, entry, Vec::new(), claims)
}

fn made(key: Key, entry: &[u8], writes: Vec<Write>, claims: Vec<Claim>) -> Batch {
    // The stamps of a room rise; here, where every commit is of another instant, the hour is enough.
    let stamp = Clock::system().now_us();
    Batch::from(Commit { key, entry: Bytes::copy_from_slice(entry), stamp, note: None, writes, claims })
}
