//! The embedded store as a backup, and a backup as an embedded store. Copying reads one instant of the tree, so
//! that nothing has to be written again afterwards; restoring takes files of any backend.

use super::{
    files::Files,
    group::Writes,
    migrations,
    place::{self, Place},
};
use crate::{
    Error, Write,
    backup::{Counts, Head, Out, Reader, Record, Settled, Survey, Writer, is_own, survey},
    own_key, redo,
};
use bytes::Bytes;
use schema::{clock::Clock, key::Key, table::LOG};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

/// What a backup made here says that it was made of.
const SOURCE: &str = "embedded store";
/// What says that a restore is under way.
const RESTORING: &str = "restoring";
/// Bytes restored with one fsync: one costs as much as writing about these.
const CHUNK: usize = 4 << 20;

/// Copies everything that stands at this instant, unless it is told to stop.
pub(super) fn export(files: &Files, incarnation: u64, out: Out, stop: &AtomicBool) -> Result<Counts, Error> {
    let head = Head::of(SOURCE, Clock::system().now(), incarnation, files.tables()?);
    let mut writer = Writer::begin(out, &head)?;
    for pair in files.everything() {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped("it is being closed".to_owned()));
        }
        let (place, value) = pair?;
        let key = place::key(&place).ok_or_else(|| Error::Read("a key is not understood".to_owned()))?;
        if !is_own(&key) {
            writer.put(&Record::row(key, Bytes::copy_from_slice(&value)))?;
        }
    }
    writer.finish()
}

/// Fills an empty tree; answers its new incarnation, too.
pub(super) fn import(files: &Files, from: &Path) -> Result<(Counts, u64), Error> {
    let survey = survey(from)?;
    for pair in files.everything() {
        if !place::key(&pair?.0).is_some_and(|key| is_own(&key)) {
            return Err(Error::Occupied("the store".to_owned()));
        }
    }
    let mut restore = Restore { files, writes: Writes::new(), bytes: 0 };
    restore.put(own_key(RESTORING), Some(Bytes::new()));
    restore.write()?;
    let (mut reader, _) = Reader::open(from)?;
    while let Some(records) = reader.next()? {
        for record in records {
            restore.take(record, &survey)?;
        }
    }
    restore.write()?;
    let (incarnation, note) = migrations::reborn();
    restore.writes.extend(note);
    restore.put(own_key(RESTORING), None);
    restore.write()?;
    Ok((survey.counts, incarnation))
}

/// Whether a restore was broken off.
pub(super) fn is_half_restored(files: &Files) -> Result<bool, Error> {
    Ok(files.get(&own_key(RESTORING))?.is_some())
}

/// What is about to be written, each place once, with its last value.
struct Restore<'a> {
    files: &'a Files,
    writes: Writes,
    bytes: usize,
}

impl Restore<'_> {
    fn take(&mut self, record: Record, survey: &Survey) -> Result<(), Error> {
        // All rows stand before all logs, and a log's lines in their order: what is written again comes last.
        let again = record.behind.and_then(|behind| behind.redo).filter(|_| record.key.table == LOG);
        self.put(record.key, Some(record.value));
        if let Some(packed) = again {
            let redo = redo::unpack(&packed)?;
            for write in redo.note.into_iter().chain(redo.writes) {
                match write {
                    Write::Put(key, value) => self.put(key, Some(value)),
                    Write::Delete(key) => self.put(key, None),
                }
            }
            for claim in redo.claims {
                match survey.settle(claim) {
                    Settled::Stands(key, value) => self.put(key, Some(value)),
                    Settled::GivenUp(key, stood) if self.look(&key)? == stood => self.put(key, None),
                    Settled::GivenUp(..) => {}
                }
            }
        }
        if self.bytes >= CHUNK { self.write() } else { Ok(()) }
    }

    fn look(&self, key: &Key) -> Result<Option<Bytes>, Error> {
        let written = place::of(key).and_then(|place| self.writes.get(&place));
        written.map_or_else(|| self.files.get(key), |value| Ok(value.clone()))
    }

    fn put(&mut self, key: Key, value: Option<Bytes>) {
        self.bytes += key.partition.len() + key.sort.len() + value.as_ref().map_or(0, Bytes::len);
        // A key without a place was never in any store.
        let place: Option<Place> = place::of(&key);
        self.writes.extend(place.map(|place| (place, value)));
    }

    fn write(&mut self) -> Result<(), Error> {
        self.bytes = 0;
        let writes = std::mem::take(&mut self.writes);
        self.files.commit(&writes).map_err(|error| Error::Stopped(error.to_string()))
    }
}
