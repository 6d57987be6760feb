//! The memory as a backup, and a backup as memory.

use super::state::State;
use crate::{
    Error, Write,
    backup::{LOADED, Record, Settled, Survey, is_own},
    redo,
};
use schema::{clock::Clock, table::LOG};

impl State {
    /// Everything there is, logs last.
    pub(super) fn records(&mut self, clock: &Clock) -> Result<Vec<Record>, Error> {
        self.begin_read(clock)?;
        for (stamp, writes) in std::mem::take(&mut self.owed).into_values() {
            self.put_all(stamp, writes);
        }
        let rows = self.rows.iter().filter(|(key, _)| !is_own(key));
        let (logs, rows): (Vec<_>, Vec<_>) = rows.partition(|(key, _)| key.table == LOG);
        let record = |(key, value): (&_, &_)| Record::row(Clone::clone(key), Clone::clone(value));
        Ok(rows.into_iter().chain(logs).map(record).collect())
    }

    pub(super) fn refuse_unless_empty(&self) -> Result<(), Error> {
        if self.rows.keys().all(is_own) { Ok(()) } else { Err(Error::Occupied("the memory".to_owned())) }
    }

    pub(super) fn restore(&mut self, record: Record, survey: &Survey) -> Result<(), Error> {
        self.put_all(LOADED, [Write::Put(record.key, record.value)]);
        let Some(behind) = record.behind else { return Ok(()) };
        let Some(packed) = behind.redo else { return Ok(()) };
        let redo = redo::unpack(&packed)?;
        self.put_all(behind.stamp, redo.note.into_iter().chain(redo.writes));
        for claim in redo.claims {
            match survey.settle(claim) {
                Settled::Stands(key, value) => self.put_all(LOADED, [Write::Put(key, value)]),
                Settled::GivenUp(key, stood) if self.rows.get(&key).cloned() == stood => {
                    self.put_all(LOADED, [Write::Delete(key)]);
                }
                Settled::GivenUp(..) => {}
            }
        }
        Ok(())
    }
}
