//! Promises about commits: the log row is the fence.

use super::ground::{Ground, commit, put};
use crate::{Batch, Error, Outcome, Range, Store, Write};
use bytes::Bytes;
use schema::{key::Key, table::Slot};
use tokio::task::JoinSet;

pub(super) async fn whole(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    ground.put_rows([&b"old"[..]]).await?;
    let (log, index) = (ground.log_key(0, 1), ground.key(Slot::Index(0), b"list", b"a"));
    let writes =
        vec![put(ground.row(b"a"), b"row"), put(index.clone(), b"entry"), Write::Delete(ground.row(b"old"))];
    let mut batch = commit(log.clone(), b"told", writes);
    if let Batch::Commit(commit) = &mut batch {
        commit.note = Some(put(ground.row(b"note"), b"open"));
    }

    let outcome = ground.store.apply(batch).await?;

    assert_eq!(outcome, Outcome::Applied);
    let expected: [(&Key, Option<&[u8]>); 5] = [
        (&log, Some(b"told")),
        (&ground.row(b"a"), Some(b"row")),
        (&index, Some(b"entry")),
        (&ground.row(b"note"), Some(b"open")),
        (&ground.row(b"old"), None),
    ];
    for (key, value) in expected {
        assert_eq!(ground.get(key).await?.as_deref(), value, "{key:?}");
    }
    Ok(())
}

pub(super) async fn fenced(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let log = ground.log_key(0, 1);
    let first = commit(log.clone(), b"first", vec![put(ground.row(b"a"), b"first")]);
    let second_writes = vec![put(ground.row(b"a"), b"second"), put(ground.row(b"b"), b"second")];
    let second = commit(log.clone(), b"second", second_writes);

    let first = ground.store.apply(first).await?;
    let second = ground.store.apply(second).await?;

    assert_eq!((first, second), (Outcome::Applied, Outcome::Fenced));
    assert_eq!(ground.get(&log).await?.as_deref(), Some(&b"first"[..]));
    assert_eq!(ground.get(&ground.row(b"a")).await?.as_deref(), Some(&b"first"[..]));
    assert_eq!(ground.get(&ground.row(b"b")).await?, None);
    Ok(())
}

pub(super) async fn contended(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    for round in 1_u64..=8 {
        let mut contenders = JoinSet::new();
        for contender in 0_u8..8 {
            let ground = ground.clone();
            contenders.spawn(async move {
                let name = [contender];
                let writes = vec![put(ground.row(b"winner"), &name), put(ground.row(&name), &name)];
                let outcome = ground.store.apply(commit(ground.log_key(0, round), &name, writes)).await;
                outcome.map(|outcome| (contender, outcome))
            });
        }

        let mut winners = Vec::new();
        for outcome in contenders.join_all().await {
            match outcome? {
                (contender, Outcome::Applied) => winners.push(contender),
                (_, outcome) => assert_eq!(outcome, Outcome::Fenced),
            }
        }

        assert_eq!(winners.len(), 1, "round {round}");
        let winner = Some(Bytes::from(winners.clone()));
        assert_eq!(ground.get(&ground.log_key(0, round)).await?, winner);
        assert_eq!(ground.get(&ground.row(b"winner")).await?, winner);
        assert_eq!(ground.get(&ground.row(&winners)).await?, winner);
    }
    Ok(())
}

pub(super) async fn rooms(store: Store) -> Result<(), Error> {
    const ROOMS: usize = 64;
    const COMMITS: u64 = 16;
    let ground = Ground::new(store);
    let mut rooms = JoinSet::new();
    for room in 0..ROOMS {
        let ground = ground.clone();
        rooms.spawn(async move {
            for commit_number in 1..=COMMITS {
                let name = format!("{room} {commit_number}");
                let writes = vec![put(ground.row(name.as_bytes()), name.as_bytes())];
                let batch = commit(ground.log_key(room, commit_number), name.as_bytes(), writes);
                assert_eq!(ground.store.apply(batch).await?, Outcome::Applied);
            }
            Ok::<_, Error>(())
        });
    }

    for outcome in rooms.join_all().await {
        outcome?;
    }

    for room in 0..ROOMS {
        let Key { table, partition, .. } = ground.log_key(room, 1);
        let log = ground.store.scan(&Range::partition(table, partition.clone(), 99)).await?;
        let end = ground.store.scan(&Range::end_of_log(partition)).await?;
        assert_eq!(
            end.as_slice(),
            log.last().map_or(&[][..], std::slice::from_ref),
            "the end is the last row"
        );
        let expected: Vec<_> = (1..=COMMITS).map(|commit| format!("{room} {commit}")).collect();
        assert_eq!(log.into_iter().map(|row| row.value).collect::<Vec<_>>(), expected);
    }
    let rows = usize::try_from(COMMITS).unwrap_or(0) * ROOMS;
    assert_eq!(ground.names(&ground.all()).await?.len(), rows);
    Ok(())
}

pub(super) async fn own_fence(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);

    for room in 0..3 {
        let outcome = ground.store.apply(commit(ground.log_key(room, 1), b"first", vec![])).await?;
        assert_eq!(outcome, Outcome::Applied, "another room's commit has another key");
    }
    let next = ground.store.apply(commit(ground.log_key(0, 2), b"second", vec![])).await?;
    let again = ground.store.apply(commit(ground.log_key(1, 1), b"again", vec![])).await?;

    assert_eq!((next, again), (Outcome::Applied, Outcome::Fenced));
    Ok(())
}

pub(super) async fn redone(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let (room, row) = (ground.room(0), ground.row(b"a"));
    ground.store.redo(&room).await?;
    for (number, value) in [(1, b"old"), (2, b"new")] {
        let batch = commit(ground.log_key(0, number), value, vec![put(row.clone(), value)]);
        assert_eq!(ground.store.apply(batch).await?, Outcome::Applied);
    }

    ground.store.redo(&room).await?;
    ground.store.redo(&ground.room(1)).await?;

    assert_eq!(ground.get(&row).await?.as_deref(), Some(&b"new"[..]));
    assert_eq!(ground.get(&ground.log_key(0, 2)).await?.as_deref(), Some(&b"new"[..]));
    assert_eq!(ground.get(&ground.log_key(0, 3)).await?, None);
    Ok(())
}
