//! A backup as a keyspace. Rows are loaded under the smallest of stamps; what commits wrote is then written again
//! under theirs, so that it stays whichever comes last.

use super::{Store, conditional::Claims, keyspace, rows};
use crate::{
    Claim, Error, Write,
    backup::{Counts, LOADED, Reader, Record, Settled, Survey, survey},
    redo::{self, Redo},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use schema::{clock::Clock, key::Key, table::LOG};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// Requests under way at once. Servers that sync every write answer late, and many together.
const REQUESTS: usize = 128;
/// Heaps of rows, and commits whose writes are written again, at once: each has up to 32 requests under way.
const HEAPS: usize = 4;
/// Rows in a heap: what a block of the file holds is spread over those.
const HEAP: usize = 250;

/// What a restore is doing.
struct Restore {
    store: Store,
    survey: Survey,
    /// The stamp of the last claim that was written. Conditional writes, which come later, are stamped by the
    /// servers' clocks, far above.
    claimed: AtomicI64,
}

impl Store {
    pub(crate) async fn import(&self, from: &Path) -> Result<Counts, Error> {
        let (session, keyspace) = (&*self.session, &self.inner.config.keyspace);
        let survey = survey(from)?;
        let mut reader = Reader::open(from)?.0;
        if !keyspace::is_empty(session, keyspace, self.inner.layout.tables().map(|table| &table.wide)).await?
        {
            return Err(Error::Occupied(format!("the keyspace {keyspace}")));
        }
        keyspace::begin_restore(session, keyspace).await?;
        let counts = survey.counts;
        let restore = Arc::new(Restore { store: self.clone(), survey, claimed: AtomicI64::new(LOADED) });
        while let Some(records) = reader.next()? {
            restore.load(records).await?;
        }
        let incarnation = u64::from_be_bytes(Clock::system().random());
        keyspace::end_restore(session, keyspace, incarnation).await?;
        self.inner.incarnation.store(incarnation, Ordering::Release);
        Ok(counts)
    }
}

impl Restore {
    async fn load(self: &Arc<Self>, records: Vec<Record>) -> Result<(), Error> {
        let (mut writes, mut claims, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            if record.key.table == LOG {
                lines.push(record);
            } else if record.key.is_claim() {
                claims.push((record.key, record.value));
            } else {
                writes.push(Write::Put(record.key, record.value));
            }
        }
        let heap = |writes: Vec<Write>| {
            let restore = Arc::clone(self);
            async move { restore.write(&writes, LOADED).await }
        };
        let heaps: Vec<Vec<Write>> = writes.chunks(HEAP).map(<[Write]>::to_vec).collect();
        stream::iter(heaps).map(heap).buffered(HEAPS).try_collect::<()>().await?;
        let put = |(key, value)| {
            let restore = Arc::clone(self);
            async move { restore.put(key, Some(value)).await }
        };
        stream::iter(claims).map(put).buffered(REQUESTS).try_collect::<()>().await?;
        let keep = |line| {
            let restore = Arc::clone(self);
            async move { restore.keep(line).await }
        };
        let again: Vec<_> = stream::iter(lines).map(keep).buffered(REQUESTS).try_collect().await?;
        let redo = |(stamp, redo)| {
            let restore = Arc::clone(self);
            async move { restore.redo(stamp, redo).await }
        };
        let again = stream::iter(again.into_iter().flatten()).map(redo);
        let settled: Vec<Vec<Claim>> = again.buffered(HEAPS).try_collect().await?;
        for claim in settled.into_iter().flatten() {
            self.settle(claim).await?;
        }
        Ok(())
    }

    /// Keeps a line of a log; answers what is to be written again for it.
    async fn keep(&self, line: Record) -> Result<Option<(i64, Redo)>, Error> {
        let (stamp, packed) = line.behind.map_or((0, None), |behind| (behind.stamp, behind.redo));
        let again = packed.as_deref().map(redo::unpack).transpose()?;
        let packed = packed.map_or_else(|| redo::pack(None, &[], &[]), Ok)?;
        let line = (line.key, super::Line { entry: line.value, redo: packed, stamp });
        self.store.inner.log.load(&self.store.session, &line.0, &line.1, LOADED).await.map_err(refused)?;
        Ok(again.map(|redo| (stamp, redo)))
    }

    /// Writes again what a commit wrote; answers the claims that are to be settled then.
    async fn redo(&self, stamp: i64, redo: Redo) -> Result<Vec<Claim>, Error> {
        let writes: Vec<Write> = redo.note.into_iter().chain(redo.writes).collect();
        self.write(&writes, stamp).await?;
        Ok(redo.claims)
    }

    async fn settle(&self, claim: Claim) -> Result<(), Error> {
        match self.survey.settle(claim) {
            Settled::Stands(key, value) => self.put(key, Some(value)).await,
            Settled::GivenUp(key, stood) if self.claims().get(&self.store.session, &key).await? == stood => {
                self.put(key, None).await
            }
            Settled::GivenUp(..) => Ok(()),
        }
    }

    async fn put(&self, key: Key, value: Option<Bytes>) -> Result<(), Error> {
        let stamp = self.claimed.fetch_add(1, Ordering::AcqRel);
        self.claims().load(&self.store.session, &key, value, stamp).await.map_err(refused)
    }

    async fn write(&self, writes: &[Write], stamp: i64) -> Result<(), Error> {
        let Store { inner, session, .. } = &self.store;
        let planned = inner.layout.plan(writes)?;
        rows::write(session, &planned, stamp, inner.sharing).await.map_err(refused)
    }

    fn claims(&self) -> &Claims {
        &self.store.inner.claims
    }
}

fn refused(reason: String) -> Error {
    Error::Stopped(format!("something could not be restored: {reason}"))
}
