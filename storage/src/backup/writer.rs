//! Writing a backup, block by block. What is kept in memory is one block.

use super::{Counts, Head, MAGIC, Out, Record};
use crate::Error;
use bytes::BufMut as _;
use schema::{codec, table::LOG};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

/// When a block is closed, in bytes before they are packed. It bounds what reading takes at once.
const BLOCK: usize = 1 << 20;

/// What a block is, the first byte of its frame.
pub(super) const HEAD: u8 = b'h';
pub(super) const RECORDS: u8 = b'r';
pub(super) const END: u8 = b'e';

/// A backup that is being written.
pub(crate) struct Writer {
    out: Out,
    block: Vec<u8>,
    number: u64,
    counts: Counts,
}

impl Writer {
    /// Begins one.
    pub(crate) fn begin(mut out: Out, head: &Head) -> Result<Self, Error> {
        out.write_all(MAGIC).map_err(|error| unwritten(&error))?;
        let mut writer = Self { out, block: Vec::new(), number: 0, counts: Counts::default() };
        writer.block(HEAD, &packed(head)?)?;
        Ok(writer)
    }

    /// Adds a record.
    pub(crate) fn put(&mut self, record: &Record) -> Result<(), Error> {
        self.counts.add(record);
        record.put(&mut self.block);
        if self.block.len() >= BLOCK { self.close() } else { Ok(()) }
    }

    /// Writes what was added so far.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.block(RECORDS, &block)?;
        }
        self.block = block;
        self.block.clear();
        Ok(())
    }

    /// Ends it; what was written is in the hands of the system then.
    pub(crate) fn finish(mut self) -> Result<Counts, Error> {
        self.close()?;
        let counts = packed(&self.counts)?;
        self.block(END, &counts)?;
        self.out.flush().map_err(|error| unwritten(&error))?;
        Ok(self.counts)
    }

    fn block(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Error> {
        let packed = lz4_flex::block::compress(bytes);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut frame = Vec::with_capacity(17);
        frame.put_u8(kind);
        frame.put_u32_le(length(bytes));
        frame.put_u32_le(length(&packed));
        frame.put_u64_le(checksum(self.number, &frame, &packed));
        self.number += 1;
        let written = self.out.write_all(&frame).and_then(|()| self.out.write_all(&packed));
        written.map_err(|error| unwritten(&error))
    }
}

impl Counts {
    pub(super) fn add(&mut self, record: &Record) {
        let count = if record.key.table == LOG {
            &mut self.entries
        } else if record.key.is_claim() {
            &mut self.claims
        } else {
            &mut self.rows
        };
        *count += 1;
        let bytes = record.key.partition.len() + record.key.sort.len() + record.value.len();
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
}

/// Of a block that stands in its own place: one that was taken out, moved or repeated has another number.
pub(super) fn checksum(number: u64, frame: &[u8], packed: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&number.to_le_bytes());
    hash.update(frame);
    hash.update(packed);
    hash.digest()
}

fn packed(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = codec::to_bytes(value).map_err(|error| unwritten(&error))?;
    Ok(bytes.to_vec())
}

fn unwritten(error: &dyn std::error::Error) -> Error {
    Error::Unwritten(error.to_string())
}

/// Another backup of what is in one, after every record was looked at, for showing that whoever checks a copy
/// notices what is wrong with it.
#[cfg(feature = "simulated")]
pub(crate) fn tampered(
    from: &std::path::Path,
    out: Out,
    mut look: impl FnMut(Record) -> Option<Record>,
) -> Result<Counts, Error> {
    let (mut reader, head) = super::Reader::open(from)?;
    let mut writer = Writer::begin(out, &head)?;
    while let Some(records) = reader.next()? {
        for record in records.into_iter().filter_map(&mut look) {
            writer.put(&record)?;
        }
    }
    writer.finish()
}
