//! The store in memory, for simulations: the same promises as the others, seeded, with faults on
//! demand, and with flaws that break the promises, so that a checker can be shown to notice. Nothing
//! survives the process.

mod backup;
mod faults;
mod state;

use crate::{
    Batch, Error, Outcome, Range, Row,
    backup::{Counts, Head, Out, Reader, Writer, survey},
    stats::{Counters, Stats},
};
use bytes::Bytes;
pub use faults::{Faults, Flaw};
use parking_lot::Mutex;
use schema::{clock::Clock, key::Key};
use state::State;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A handle on the memory; cheap to clone. Whoever keeps a clone can change the faults while the others
/// work. Delays are tokio's, so a paused runtime plays them in no time and always in the same order.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    clock: Clock,
    counters: Counters,
    incarnation: AtomicU64,
    state: Mutex<State>,
}

impl Store {
    /// An empty store that draws every chance from `clock`.
    #[must_use]
    pub fn new(clock: Clock, faults: Faults) -> Self {
        let incarnation = AtomicU64::new(u64::from_be_bytes(clock.random()));
        let state = Mutex::new(State::new(faults));
        Self(Arc::new(Inner { clock, counters: Counters::default(), incarnation, state }))
    }

    /// Changes what goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.0.state.lock().faults = faults;
    }

    /// Refuses every verb with [`Error::Stopped`] until [`Store::start`]: the machine is off, its disk stays.
    pub fn stop(&self) {
        self.0.state.lock().stopped = true;
    }

    /// Answers again, with what was written before.
    pub fn start(&self) {
        self.0.state.lock().stopped = false;
    }

    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        self.pause().await;
        let found = self.0.state.lock().get(key, &self.0.clock);
        self.pause().await;
        found.inspect(|row| self.0.counters.found(usize::from(row.is_some())))
    }

    pub(crate) async fn scan(&self, range: &Range) -> Result<Vec<Row>, Error> {
        self.pause().await;
        let found = self.0.state.lock().scan(range, &self.0.clock);
        self.pause().await;
        found.inspect(|rows| self.0.counters.found(rows.len()))
    }

    pub(crate) async fn apply(&self, batch: Batch) -> Result<Outcome, Error> {
        let (bytes, rows) = (batch.measure()?, batch.rows());
        self.pause().await;
        let outcome = self.0.state.lock().apply(batch, &self.0.clock);
        if matches!(outcome, Ok(Outcome::Applied)) {
            self.0.counters.add(1, rows, bytes);
        }
        self.pause().await;
        outcome
    }

    pub(crate) async fn redo(&self, partition: &Bytes) -> Result<(), Error> {
        self.pause().await;
        let done = self.0.state.lock().redo(partition, &self.0.clock);
        self.pause().await;
        done
    }

    /// Copies one instant: what commits owe is in the copy as if it had been written.
    pub(crate) async fn export(&self, out: Out) -> Result<Counts, Error> {
        self.pause().await;
        let records = self.0.state.lock().records(&self.0.clock)?;
        let mut tables: Vec<u16> = records.iter().map(|record| record.key.table).collect();
        tables.dedup();
        let mut writer =
            Writer::begin(out, &Head::of("memory", self.0.clock.now(), self.incarnation(), tables))?;
        records.iter().try_for_each(|record| writer.put(record))?;
        self.pause().await;
        writer.finish()
    }

    pub(crate) async fn import(&self, from: &Path) -> Result<Counts, Error> {
        let survey = survey(from)?;
        let (mut reader, _) = Reader::open(from)?;
        self.0.state.lock().refuse_unless_empty()?;
        while let Some(records) = reader.next()? {
            for record in records {
                self.0.state.lock().restore(record, &survey)?;
            }
            self.pause().await;
        }
        self.0.incarnation.store(u64::from_be_bytes(self.0.clock.random()), Ordering::Release);
        Ok(survey.counts)
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.0.incarnation.load(Ordering::Acquire)
    }

    pub(crate) fn stats(&self) -> Stats {
        self.0.counters.snapshot()
    }

    /// Lets others run, so that what a real store would interleave is interleaved here too.
    async fn pause(&self) {
        let delay_ms_max = self.0.state.lock().faults.delay_ms_max;
        match self.0.clock.below(delay_ms_max.saturating_add(1)) {
            0 => tokio::task::yield_now().await,
            ms => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
    }
}
