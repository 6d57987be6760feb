//! Promises about scans.

use super::ground::{Ground, commit, put};
use crate::{Direction, Error, Outcome, Range, Store, Write};
use bytes::Bytes;
use schema::{key::Key, table::Slot};
use std::ops::Bound;

pub(super) async fn bounds(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let stored: [&[u8]; 4] = [b"b", b"c", b"ca", b"e"];
    ground.put_rows(stored).await?;
    let marks: [&[u8]; 8] = [b"", b"a", b"b", b"c", b"ca", b"d", b"e", b"f"];
    let ends: Vec<Bound<&[u8]>> = marks
        .into_iter()
        .flat_map(|mark| [Bound::Included(mark), Bound::Excluded(mark)])
        .chain([Bound::Unbounded])
        .collect();

    for from in ends.iter().copied() {
        for to in ends.iter().copied() {
            let inside = |name: &&[u8]| {
                let above = match from {
                    Bound::Included(mark) => *name >= mark,
                    Bound::Excluded(mark) => *name > mark,
                    Bound::Unbounded => true,
                };
                let below = match to {
                    Bound::Included(mark) => *name <= mark,
                    Bound::Excluded(mark) => *name < mark,
                    Bound::Unbounded => true,
                };
                above && below
            };
            let mut expected: Vec<&[u8]> = stored.into_iter().filter(inside).collect();

            let forward = ground.names(&ground.range(from, to, Direction::Forward)).await?;
            let backward = ground.names(&ground.range(from, to, Direction::Backward)).await?;

            assert_eq!(forward, expected, "{from:?} to {to:?}");
            expected.reverse();
            assert_eq!(backward, expected, "{from:?} to {to:?}, backward");
        }
    }
    Ok(())
}

pub(super) async fn limit(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    ground.put_rows([&b"a"[..], b"b", b"c"]).await?;
    let limited = |limit| Range { limit, ..ground.all() };

    assert_eq!(ground.names(&limited(0)).await?, Vec::<Bytes>::new());
    assert_eq!(ground.names(&limited(2)).await?, ["a", "b"]);
    assert_eq!(ground.names(&limited(2).backward()).await?, ["c", "b"]);
    assert_eq!(ground.names(&limited(9).backward()).await?, ["c", "b", "a"]);
    Ok(())
}

pub(super) async fn partition(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let partitions: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"a", b"a\0", b"a\xff", b"ab", b"\xff\xff"];
    let sorts: [&[u8]; 5] = [b"", b"\0", b"b", b"\xff", b"\xff\xff"];
    let name = |partition: &[u8], sort: &[u8]| Bytes::from([partition, b"/", sort].concat());
    for partition in partitions {
        let key = |sort: &[u8]| ground.key(Slot::Rows, partition, sort);
        ground.write(sorts.into_iter().map(|s| Write::Put(key(s), name(partition, s))).collect()).await?;
    }

    for partition in partitions {
        let Key { table, partition: whole, .. } = ground.key(Slot::Rows, partition, b"");
        let mut expected: Vec<Bytes> = sorts.into_iter().map(|sort| name(partition, sort)).collect();
        let range = Range::partition(table, whole, 99);

        let forward = ground.store.scan(&range).await?;
        let backward = ground.store.scan(&range.backward()).await?;

        assert_eq!(forward.into_iter().map(|row| row.value).collect::<Vec<_>>(), expected);
        expected.reverse();
        assert_eq!(backward.into_iter().map(|row| row.value).collect::<Vec<_>>(), expected);
    }
    Ok(())
}

pub(super) async fn odd_bytes(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let mut names: Vec<&[u8]> =
        vec![b"\xff\xff", b"", b"\x80", b"\0\0", b"\x7f", b"\0", b"\xff", b"\0\xff", b"a\0b"];
    ground.put_rows(names.iter().copied()).await?;

    let found = ground.names(&ground.all()).await?;

    names.sort_unstable();
    assert_eq!(found, names);
    Ok(())
}

pub(super) async fn prefix(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    ground.put_rows([&b"a"[..], b"ab", b"ab\xff", b"ac", b"\xff", b"\xffz"]).await?;

    assert_eq!(ground.names(&ground.all().starting_with(b"ab")).await?, [&b"ab"[..], b"ab\xff"]);
    assert_eq!(ground.names(&ground.all().starting_with(b"\xff")).await?, [&b"\xff"[..], b"\xffz"]);
    assert_eq!(ground.names(&ground.all().starting_with(b"")).await?.len(), 6);
    assert_eq!(ground.names(&ground.all().starting_with(b"b")).await?, Vec::<Bytes>::new());
    Ok(())
}

pub(super) async fn after_commit(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    ground.put_rows([&b"a"[..], b"b"]).await?;
    let writes = vec![Write::Delete(ground.row(b"a")), put(ground.row(b"c"), b"c")];

    let outcome = ground.store.apply(commit(ground.log_key(0, 1), b"1", writes)).await?;

    assert_eq!(outcome, Outcome::Applied);
    assert_eq!(ground.names(&ground.all()).await?, ["b", "c"]);
    Ok(())
}
