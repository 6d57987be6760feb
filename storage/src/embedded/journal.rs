//! Looks the journals over before the tree reads them. A power cut may leave the one commit that was
//! under way in pieces, some pages written and some not; the tree refuses to open then, although nobody
//! was ever told of that commit, so it is cut off here. Damage before it is never cut, it is reported:
//! the tree would stop reading there and silently lose the commits behind.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::Xxh3;

/// What the tree notes beside its journals: the layout read here, and no other.
const LAYOUT: &[u8] = b"FJL\x03";
/// Where the piece that was cut off is kept, in case anybody wants to look at it.
const TORN: &str = "torn";

/// What a journal looks like.
#[derive(PartialEq, Eq, Debug)]
enum Condition {
    /// Whole batches and nothing behind.
    Whole,
    /// Behind the last whole batch, at this offset, lies something that is none.
    Torn(u64),
    /// At this offset lies something that is no batch, and whole batches follow.
    Damaged(u64),
}

/// Cuts a torn commit off the newest journal.
pub(super) fn mend(data: &Path) -> io::Result<()> {
    if fs::read(data.join("version")).ok().as_deref() != Some(LAYOUT) {
        return Ok(());
    }
    let journals = journals(data)?;
    for (i, journal) in journals.iter().enumerate() {
        let newest = i + 1 == journals.len();
        match look(journal)? {
            Condition::Whole => {}
            Condition::Torn(at) if newest => {
                tracing::warn!(journal = %journal.display(), at, "cutting off a commit that was never acknowledged");
                cut(journal, at, &data.join(TORN))?;
            }
            Condition::Torn(at) | Condition::Damaged(at) => {
                let text =
                    format!("{} is damaged at byte {at}, before acknowledged commits", journal.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
    }
    Ok(())
}

/// The journals, oldest first; each is synced before the next is begun.
fn journals(data: &Path) -> io::Result<Vec<PathBuf>> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        let number =
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok());
        if let Some(number) = number
            && path.extension().is_some_and(|end| end == "jnl")
        {
            journals.push((number, path));
        }
    }
    journals.sort_unstable();
    Ok(journals.into_iter().map(|(_, path)| path).collect())
}

fn look(journal: &Path) -> io::Result<Condition> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(journal)?);
    let at = whole(&mut reader)?;
    reader.seek(SeekFrom::Start(at))?;
    let tail = before_the_zeros(&mut reader)?;
    if tail.is_empty() {
        return Ok(Condition::Whole);
    }
    // No batch begins where the tail does, that much is known.
    for start in 1..tail.len() {
        if batch(&mut tail.get(start..).unwrap_or_default())?.is_some() {
            return Ok(Condition::Damaged(at));
        }
    }
    // A journal in which nothing at all is recognised is left for the tree to judge.
    Ok(if at == 0 { Condition::Whole } else { Condition::Torn(at) })
}

/// Where the whole batches at the start end.
fn whole(reader: &mut impl Read) -> io::Result<u64> {
    let mut at = 0;
    while let Some(length) = batch(reader)? {
        at += length;
    }
    Ok(at)
}

/// What is left to read without the zeros at its end: journals are allocated ahead.
fn before_the_zeros(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let (mut bytes, mut zeros) = (Vec::new(), 0);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(bytes);
        }
        let length = chunk.len();
        match chunk.iter().rposition(|byte| *byte != 0) {
            Some(last) => {
                bytes.resize(bytes.len() + zeros, 0);
                bytes.extend_from_slice(chunk.get(..=last).unwrap_or_default());
                zeros = length - last - 1;
            }
            None => zeros += length,
        }
        reader.consume(length);
    }
}

fn cut(journal: &Path, at: u64, kept: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(journal)?;
    file.seek(SeekFrom::Start(at))?;
    let torn = before_the_zeros(&mut BufReader::new(&file))?;
    fs::write(kept, torn)?;
    file.set_len(at)?;
    file.sync_all()
}

/// The length of the whole batch that the reader stands before, or `None` where there is none: a start
/// with the number of items and a sequence number, the items, an end with their checksum and a mark.
fn batch(reader: &mut impl Read) -> io::Result<Option<u64>> {
    match whole_batch(reader) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        other => other,
    }
}

fn whole_batch(reader: &mut impl Read) -> io::Result<Option<u64>> {
    let [tag, n0, n1, n2, n3, ..] = bytes::<13>(reader)?;
    let items = u32::from_le_bytes([n0, n1, n2, n3]);
    if tag != 1 || items == 0 {
        return Ok(None);
    }
    let mut length = 13;
    let mut hash = Xxh3::new();
    for _ in 0..items {
        // Kind, compression (never used by this store) and keyspace; then the lengths of key and value.
        let head = bytes::<21>(reader)?;
        let [tag, _, compression, _, _, _, _, _, _, _, _, k0, k1, v0, v1, v2, v3, d0, d1, d2, d3] = head;
        let (key, value) = (u16::from_le_bytes([k0, k1]), u32::from_le_bytes([v0, v1, v2, v3]));
        if tag != 2 || compression != 0 || [v0, v1, v2, v3] != [d0, d1, d2, d3] {
            return Ok(None);
        }
        hash.update(&head);
        let body = u64::from(key) + u64::from(value);
        if !digest(reader, body, &mut hash)? {
            return Ok(None);
        }
        length += 21 + body;
    }
    let [tag, checksum @ .., m0, m1, m2, m3] = bytes::<13>(reader)?;
    let ends = tag == 3 && u64::from_le_bytes(checksum) == hash.digest() && [m0, m1, m2, m3] == *LAYOUT;
    Ok(ends.then_some(length + 13))
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map(|()| bytes)
}

/// Hashes so many bytes; false where there are fewer.
fn digest(reader: &mut impl Read, length: u64, hash: &mut Xxh3) -> io::Result<bool> {
    let mut left = length;
    let mut buffer = [0; 4_096];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..wanted).unwrap_or_default();
        let read = reader.read(part)?;
        if read == 0 {
            return Ok(false);
        }
        hash.update(part.get(..read).unwrap_or_default());
        left -= u64::try_from(read).unwrap_or(left);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Batch, Write,
        embedded::{Config, ends::Ends, files::Files, group::Group},
    };
    use bytes::Bytes;
    use schema::key::Key;

    /// Fails when a release of the tree writes its journal in another way.
    #[test]
    fn every_batch_of_a_live_journal_is_recognised_to_the_last_byte() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path(), &Config::default()).unwrap();
        for i in 0..20_usize {
            let key = |table| Key { table, partition: i.to_string().into(), sort: Bytes::new() };
            let put = Write::Put(key(16), Bytes::from(vec![1; i * 1_000]));
            let mut ends = Ends::default();
            let mut group = Group::over(&files, &mut ends);
            let _ = group.admit(Batch::plain(vec![put, Write::Delete(key(17))])).unwrap();
            files.commit(&group.into_writes()).unwrap();
        }

        let journals = journals(dir.path()).unwrap();

        let bytes = fs::read(&journals[0]).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        assert_eq!(journals.len(), 1);
        assert_eq!(fs::read(dir.path().join("version")).unwrap(), LAYOUT);
        assert_eq!(whole(&mut &*bytes).unwrap(), u64::try_from(end).unwrap());
        assert_eq!(look(&journals[0]).unwrap(), Condition::Whole);
    }

    #[test]
    fn a_journal_in_which_nothing_is_recognised_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("0.jnl");
        fs::write(dir.path().join("version"), LAYOUT).unwrap();
        fs::write(&journal, [7; 100]).unwrap();

        mend(dir.path()).unwrap();

        assert_eq!(fs::read(&journal).unwrap(), [7; 100]);
    }
}
