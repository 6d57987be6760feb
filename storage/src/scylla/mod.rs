//! The store on many machines: ScyllaDB, or a server that speaks its language. The log is the truth, tables
//! are what it amounts to: a commit is its log row, inserted where its place is free, and all else follows from
//! it and can be done again.

mod columns;
mod conditional;
mod config;
mod export;
mod import;
mod keyspace;
mod lanes;
mod layout;
mod log;
mod place;
mod rows;
mod session;
mod statement;

use crate::{
    Batch, Claim, Commit, Error, Outcome, Plain, Range, Row,
    redo::{self, Redo},
    stats::{Counters, Stats},
};
use bytes::Bytes;
use conditional::{Claims, Verdict};
pub use config::{Config, Specs, Tables};
use futures_util::{TryStreamExt as _, stream};
use keyspace::Found;
use lanes::Lanes;
use layout::Layout;
use log::{Line, Log};
use rows::{Planned, Sharing};
use schema::{
    clock::Clock,
    key::Key,
    room::RoomId,
    table::{LOG, Spec, holds_claims},
};
use scylla::client::session::Session;
use session::Profiles;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tracing::warn;

/// Claims of one commit that are settled at once.
const CLAIMS_AT_ONCE: usize = 32;

/// A handle on the cluster; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    session: Arc<Session>,
    lanes: Lanes,
}

struct Inner {
    config: Config,
    layout: Layout,
    sharing: Sharing,
    log: Log,
    claims: Claims,
    clock: Clock,
    /// The stamp of the last plain write.
    stamped: AtomicI64,
    counters: Counters,
    incarnation: AtomicU64,
}

impl Inner {
    fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Acquire)
    }
}

/// Every statement that makes the tables, as [`Store::migrate`] runs them where they are typed.
#[must_use]
pub fn creations(specs: &Specs) -> Vec<String> {
    layout::creations(Tables::Typed, specs)
}

impl Store {
    pub(crate) async fn open(config: &Config, specs: &Specs, clock: Clock) -> Result<Self, Error> {
        let profiles = Profiles::new(config);
        let session = session::connect(config, &profiles).await?;
        let Found { tables, incarnation } = keyspace::check(&session, config, specs).await?;
        let layout = Layout::new(&config.keyspace, tables, specs, &profiles);
        let (log, claims) = (Log::new(&config.keyspace, &profiles), Claims::new(&config.keyspace, &profiles));
        for statement in layout.common().chain(log.all()).chain(claims.all()) {
            statement.on(&session).await.map_err(Error::Read)?;
        }
        let inner = Arc::new(Inner {
            config: config.clone(),
            sharing: session::sharing(&session, &config.keyspace),
            layout,
            log,
            claims,
            clock,
            stamped: AtomicI64::new(0),
            counters: Counters::default(),
            incarnation: AtomicU64::new(incarnation),
        });
        Ok(Self { inner, session: Arc::new(session), lanes: Lanes::new(config) })
    }

    /// Connects a second time; what is asked there waits for no others.
    pub(crate) async fn apart(&self) -> Result<Self, Error> {
        let config = &self.inner.config;
        let session = session::connect(config, &Profiles::new(config)).await?;
        Ok(Self { inner: Arc::clone(&self.inner), session: Arc::new(session), lanes: Lanes::open() })
    }

    pub(crate) fn take_wait(&self) -> Duration {
        self.lanes.take_wait()
    }

    pub(crate) async fn migrate(config: &Config, specs: &Specs) -> Result<Vec<String>, Error> {
        let session = session::connect_to_change(config, &Profiles::new(config)).await?;
        keyspace::migrate(&session, config, specs).await
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        let (session, Inner { layout, log, claims, .. }) = (&*self.session, &*self.inner);
        let _permit = self.lanes.read().await?;
        self.inner.counters.read();
        let found = if key.table == LOG {
            log.get(session, key).await
        } else if key.is_claim() {
            claims.get(session, key).await
        } else {
            rows::get(session, layout, key).await
        };
        found.inspect(|row| self.inner.counters.found(usize::from(row.is_some())))
    }

    pub(crate) async fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        let (session, Inner { layout, log, .. }) = (&*self.session, &*self.inner);
        let _permit = self.lanes.read().await?;
        self.inner.counters.read();
        if holds_claims(range.table) {
            return Err(Error::Misplaced("claims are looked up one by one".to_owned()));
        }
        let found = if range.table == LOG {
            log.scan(session, range).await
        } else {
            rows::scan(session, layout, range).await
        };
        found.inspect(|rows| self.inner.counters.found(rows.len()))
    }

    pub(crate) async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        let (bytes, rows) = (batch.measure()?, batch.rows());
        let _permit = self.lanes.batch().await;
        let outcome = match batch {
            Batch::Commit(commit) => self.commit(&commit).await?,
            Batch::Claim(claims) => self.inner.claims.apply(&self.session, &claims).await?,
            Batch::Plain(Plain { writes, stamp }) => {
                let stamp = stamp.unwrap_or_else(|| self.stamp());
                let planned = self.inner.layout.plan(&writes)?;
                self.write(&planned, &[], stamp).await
            }
        };
        if outcome == Outcome::Applied {
            self.inner.counters.add(1, rows, bytes);
        }
        Ok(outcome)
    }

    async fn commit(&self, commit: &Commit) -> Result<Outcome, Error> {
        let (session, Inner { layout, log, .. }) = (&*self.session, &*self.inner);
        // Whatever can't be written must be found before the log says that it was.
        let (note, planned) = (layout.plan(&commit.note)?, layout.plan(&commit.writes)?);
        let redo = redo::pack(commit.note.as_ref(), &commit.writes, &commit.claims)?;
        if self.write(&note, &[], commit.stamp).await != Outcome::Applied {
            return Ok(Outcome::Unknown);
        }
        let line = Line { entry: commit.entry.clone(), redo, stamp: commit.stamp };
        let standing = match log.insert(session, &commit.key, &line).await {
            Ok(Verdict::Applied) => Some(commit.entry.clone()),
            Ok(Verdict::Refused(Some(entry))) => Some(entry),
            Ok(Verdict::Refused(None)) => log.get(session, &commit.key).await?,
            Err(reason) => {
                warn!(key = ?commit.key, reason, "what became of a commit is not known");
                return Ok(Outcome::Unknown);
            }
        };
        // Ours, now or from an earlier try?
        if standing.is_none_or(|entry| entry != commit.entry) {
            return Ok(Outcome::Fenced);
        }
        Ok(self.write(&planned, &commit.claims, commit.stamp).await)
    }

    /// Writes rows, then settles claims. While any of it fails it is not known how far it came.
    async fn write(&self, planned: &[Planned], claims: &[Claim], stamp: i64) -> Outcome {
        let (session, Inner { sharing, claims: unique, .. }) = (&*self.session, &*self.inner);
        let write = async {
            rows::write(session, planned, stamp, *sharing).await?;
            let settle = |claim| async move { unique.settle(session, claim).await.map(drop) };
            stream::iter(claims.iter().map(Ok)).try_for_each_concurrent(CLAIMS_AT_ONCE, settle).await
        };
        match write.await {
            Ok(()) => Outcome::Applied,
            Err(reason) => {
                warn!(reason, "rows could not be written");
                Outcome::Unknown
            }
        }
    }

    pub(crate) async fn redo(&self, room: &RoomId) -> Result<(), Error> {
        let last = self.inner.log.last(&self.session, &Spec::partition(room)).await?;
        let Some((_, line)) = last else { return Ok(()) };
        let Redo { writes, claims, .. } = redo::unpack(&line.redo)?;
        match self.write(&self.inner.layout.plan(&writes)?, &claims, line.stamp).await {
            Outcome::Applied => Ok(()),
            _ => Err(Error::Read(format!("the last commit of {room} could not be finished"))),
        }
    }

    /// Microseconds, each above the last.
    fn stamp(&self) -> i64 {
        let now = self.inner.clock.now_us();
        let next = |last: i64| now.max(last + 1);
        let last =
            self.inner.stamped.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(next(last)));
        next(last.unwrap_or_else(|last| last))
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.inner.incarnation()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.inner.counters.snapshot()
    }
}
