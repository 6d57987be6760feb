//! The load of the durability tests: rooms that commit, each commit in all four keyspaces and
//! recognisable in the journal, and the check that what stands after a reopening is whole.

use bytes::Bytes;
use schema::key::{Key, KeyWriter};
use storage::{Batch, Commit, Error, Range, Store, Write};

/// Where a commit's rows go, besides its log row.
const TABLES: [u16; 5] = [16, 17, 17, 3, 30];

/// Tells a commit in the journal from all others.
pub(crate) fn token(room: usize, commit: u64) -> String {
    format!("receipt-{room}-{commit}.")
}

/// A room's commit.
pub(crate) fn batch(room: usize, commit: u64) -> Batch {
    let value = Bytes::from(format!("{}{}", token(room, commit), ".".repeat(300)));
    let put = |key| Write::Put(key, value.clone());
    let writes = rows(room, commit).into_iter().map(put).collect();
    let stamp = i64::try_from(commit).unwrap_or(i64::MAX);
    let key = log(room, commit);
    Batch::from(Commit { key, entry: value.clone(), stamp, note: None, writes, claims: Vec::new() })
}

/// The number of each room's last commit, from 0. Panics where a commit is missing before another or
/// only partly there.
pub(crate) async fn standing(store: &Store, rooms: usize) -> Result<Vec<u64>, Error> {
    let mut last = Vec::new();
    for room in 0..rooms {
        let Key { table, partition, .. } = log(room, 0);
        let log = store.scan(&Range::partition(table, partition, usize::MAX)).await?;
        let commits = u64::try_from(log.len()).unwrap_or(u64::MAX);
        for (commit, row) in (1..).zip(&log) {
            assert!(row.value.starts_with(token(room, commit).as_bytes()), "{room}: {commit} is missing");
            assert_eq!(present(store, room, commit).await?, TABLES.len(), "{room}: {commit} is torn");
        }
        assert_eq!(present(store, room, commits + 1).await?, 0, "{room}: a commit without its log row");
        last.push(commits);
    }
    Ok(last)
}

async fn present(store: &Store, room: usize, commit: u64) -> Result<usize, Error> {
    let mut present = 0;
    for key in rows(room, commit) {
        present += usize::from(store.get(&key).await?.is_some());
    }
    Ok(present)
}

fn log(room: usize, commit: u64) -> Key {
    let partition = Bytes::from(format!("room {room}"));
    Key { table: schema::table::LOG, partition, sort: KeyWriter::new().with(&commit).finish() }
}

fn rows(room: usize, commit: u64) -> Vec<Key> {
    let key = |(place, table): (u64, u16)| {
        let sort = KeyWriter::new().with(&place).finish();
        Key { table, partition: token(room, commit).into(), sort }
    };
    (0..).zip(TABLES).map(key).collect()
}
