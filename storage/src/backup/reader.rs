//! Reading a backup. Nothing of a block is believed before its checksum was looked at, and nothing is restored
//! from a file before all of it was.

use super::{Counts, FORMAT, Head, MAGIC, Record, writer};
use crate::{Claim, Error, redo};
use bytes::{Buf as _, Bytes};
use hashbrown::HashSet;
use schema::{codec, key::Key};
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::Path,
};
use xxhash_rust::xxh3::Xxh3;

/// No block is larger: one is closed at a megabyte, and its last record ends with its batch. It bounds what a
/// file that was never a backup makes anybody allocate.
const BLOCK_MAX: u32 = 64 << 20;

/// A backup that is being read.
pub(crate) struct Reader {
    file: BufReader<File>,
    number: u64,
    counts: Counts,
}

impl Reader {
    /// Opens one and reads what it says of itself.
    pub(crate) fn open(path: &Path) -> Result<(Self, Head), Error> {
        let file = File::open(path).map_err(|error| damaged(&format!("{}: {error}", path.display())))?;
        let mut reader =
            Self { file: BufReader::with_capacity(1 << 18, file), number: 0, counts: Counts::default() };
        let mut magic = [0; MAGIC.len()];
        if reader.file.read_exact(&mut magic).is_err() || magic != *MAGIC {
            return Err(damaged("it is no backup"));
        }
        let (kind, bytes) = reader.block()?;
        if kind != writer::HEAD {
            return Err(damaged("it does not say where it comes from"));
        }
        let head: Head = unpacked(&bytes)?;
        if head.format > FORMAT {
            let program = head.program;
            return Err(damaged(&format!(
                "version {program} of the program made it: use that, or a newer one"
            )));
        }
        Ok((reader, head))
    }

    /// The records of the next block, or nothing at the end, once all were counted.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<Record>>, Error> {
        let (kind, mut bytes) = self.block()?;
        match kind {
            writer::RECORDS => {
                let mut records = Vec::new();
                while !bytes.is_empty() {
                    let record = Record::take(&mut bytes)?;
                    self.counts.add(&record);
                    records.push(record);
                }
                Ok(Some(records))
            }
            writer::END => {
                if unpacked::<Counts>(&bytes)? != self.counts {
                    return Err(damaged("it holds less or more than it counted"));
                }
                match self.file.read(&mut [0]) {
                    Ok(0) => Ok(None),
                    _ => Err(damaged("something follows its end")),
                }
            }
            _ => Err(damaged("a block in it is of no known kind")),
        }
    }

    fn block(&mut self) -> Result<(u8, Bytes), Error> {
        let mut frame = [0; 17];
        self.file.read_exact(&mut frame).map_err(cut_off)?;
        let said = |at: std::ops::Range<usize>| frame.get(at).unwrap_or_default();
        let kind = said(0..1).get_u8();
        let (raw, packed) = (said(1..5).get_u32_le(), said(5..9).get_u32_le());
        if raw > BLOCK_MAX || packed > BLOCK_MAX {
            return Err(self.unlike());
        }
        let length = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length(packed)];
        self.file.read_exact(&mut bytes).map_err(cut_off)?;
        if writer::checksum(self.number, said(0..9), &bytes) != said(9..17).get_u64_le() {
            return Err(self.unlike());
        }
        let bytes = lz4_flex::block::decompress(&bytes, length(raw)).map_err(|_| self.unlike())?;
        self.number += 1;
        Ok((kind, bytes.into()))
    }

    fn unlike(&self) -> Error {
        damaged(&format!("block {} of it is not as it was written", self.number))
    }
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    codec::from_msgpack(bytes).map_err(|error| damaged(&error.to_string()))
}

fn cut_off(error: std::io::Error) -> Error {
    if error.kind() == ErrorKind::UnexpectedEof {
        damaged("it ends too early")
    } else {
        damaged(&error.to_string())
    }
}

fn damaged(reason: &str) -> Error {
    Error::Damaged(reason.to_owned())
}

/// Reads a backup from beginning to end, and says what is in it.
///
/// # Errors
/// When it is no backup, or not a whole one.
pub fn verify(path: &Path) -> Result<(Head, Counts), Error> {
    survey(path).map(|survey| (survey.head, survey.counts))
}

/// What is known of a backup once all of it was read.
pub(crate) struct Survey {
    pub(crate) head: Head,
    pub(crate) counts: Counts,
    /// Hashes of the claims that commits gave up which are done again, as they stood. A commit gives a value up
    /// seldom, and is done again only when it is some minutes old, so these are few; each takes eight bytes.
    given_up: HashSet<u64>,
}

/// What restoring makes of a claim that a commit settled.
pub(crate) enum Settled {
    /// It stands so, whatever was copied.
    Stands(Key, Bytes),
    /// Nothing stands where this still does.
    GivenUp(Key, Option<Bytes>),
}

/// Reads a backup from beginning to end.
pub(crate) fn survey(path: &Path) -> Result<Survey, Error> {
    let (mut reader, head) = Reader::open(path)?;
    let mut given_up = HashSet::new();
    while let Some(records) = reader.next()? {
        for packed in records.iter().filter_map(|record| record.behind.as_ref()?.redo.as_ref()) {
            let claims = redo::unpack(packed).map_err(|error| damaged(&error.to_string()))?.claims;
            let left = claims.into_iter().filter(|claim| claim.value.is_none());
            given_up.extend(left.filter_map(|claim| Some(marked(&claim.key, &claim.expected?))));
        }
    }
    Ok(Survey { head, counts: reader.counts, given_up })
}

impl Survey {
    /// What becomes of a claim that a commit settled. Commits of several rooms may be about one value, and a file
    /// says nothing of their order: whoever holds it is the one who never gave it up.
    pub(crate) fn settle(&self, claim: Claim) -> Settled {
        match claim.value {
            Some(value) if self.given_up.contains(&marked(&claim.key, &value)) => {
                // A later commit gave it up, which may have been copied before it was held.
                Settled::GivenUp(claim.key, claim.expected)
            }
            Some(value) => Settled::Stands(claim.key, value),
            None => Settled::GivenUp(claim.key, claim.expected),
        }
    }
}

fn marked(key: &Key, value: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&key.table.to_le_bytes());
    for bytes in [&key.partition[..], &key.sort, value] {
        hash.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Config, Store, Write,
        backup::{Writer, record::Behind},
    };
    use schema::{
        table::{LOG, Slot},
        time::Timestamp,
    };

    fn key(slot: Slot, name: &'static str) -> Key {
        Key { table: slot.number(3_999), partition: name.into(), sort: Bytes::new() }
    }

    /// A line of a log and what its commit wrote.
    fn line(room: &'static str, number: u64, write: Write, claims: &[Claim]) -> Record {
        let key =
            Key { table: LOG, partition: room.into(), sort: [[0; 8], number.to_be_bytes()].concat().into() };
        let redo = redo::pack(None, &[write], claims).unwrap();
        let behind = Behind { stamp: 100 + i64::try_from(number).unwrap(), redo: Some(redo) };
        Record { key, value: Bytes::from_static(b"entry"), behind: Some(behind) }
    }

    fn claim(expected: Option<&'static str>, value: Option<&'static str>) -> Claim {
        Claim {
            key: key(Slot::Claim(0), "mail"),
            expected: expected.map(Bytes::from),
            value: value.map(Bytes::from),
        }
    }

    /// The value of a row and of a claim after these records were restored.
    async fn restored(records: &[Record]) -> (Option<Bytes>, Option<Bytes>) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        let head = Head::of("a test", Timestamp::default(), 1, Vec::new());
        let mut writer = Writer::begin(Box::new(File::create(&file).unwrap()), &head).unwrap();
        records.iter().for_each(|record| writer.put(record).unwrap());
        writer.finish().unwrap();
        let store = Store::open(&dir.path().join("store"), &Config::default()).unwrap();

        store.import(&file).await.unwrap();

        (
            store.get(&key(Slot::Rows, "a")).await.unwrap(),
            store.get(&key(Slot::Claim(0), "mail")).await.unwrap(),
        )
    }

    #[tokio::test]
    async fn what_commits_wrote_replaces_what_was_copied_before_they_did() {
        let put = |value: &'static str| Write::Put(key(Slot::Rows, "a"), value.into());
        let old = Record::row(key(Slot::Rows, "a"), "old".into());

        let written =
            restored(&[old.clone(), line("r", 1, put("1"), &[]), line("r", 2, put("2"), &[])]).await;
        let removed = line("r", 2, Write::Delete(key(Slot::Rows, "a")), &[]);
        let removed = restored(&[old, line("r", 1, put("1"), &[]), removed]).await;

        assert_eq!((written.0.as_deref(), removed.0), (Some(&b"2"[..]), None));
    }

    /// The first room confirms the value and gives it up, then the second confirms it for itself; a file may hold
    /// their logs in either order, and the claim as it stood at any moment.
    #[tokio::test]
    async fn a_claim_stands_for_whoever_never_gave_it_up_in_whatever_order_logs_are_copied() {
        let other = || Write::Put(key(Slot::Rows, "b"), Bytes::new());
        let first = [
            line("first", 1, other(), &[claim(Some("taken 1"), Some("held 1"))]),
            line("first", 2, other(), &[claim(Some("held 1"), None)]),
        ];
        let second = [line("second", 1, other(), &[claim(Some("taken 2"), Some("held 2"))])];
        let orders = [[&first[..], &second[..]].concat(), [&second[..], &first[..]].concat()];

        for copied in [None, Some("taken 1"), Some("held 1"), Some("taken 2"), Some("held 2")] {
            let copied = copied.map(|value| Record::row(key(Slot::Claim(0), "mail"), value.into()));
            let records = |logs: &[Record]| copied.iter().chain(logs).cloned().collect::<Vec<_>>();
            for order in &orders {
                assert_eq!(restored(&records(order)).await.1.as_deref(), Some(&b"held 2"[..]), "{copied:?}");
            }
            let free = restored(&records(&first)).await.1;
            assert!(free.is_none_or(|value| value.ends_with(b"2")), "{copied:?}");
        }
    }
}
