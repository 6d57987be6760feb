//! Promises about single keys.

use super::ground::{self, Ground, commit};
use crate::{BATCH_BYTES_MAX, Batch, Claim, Error, KEY_BYTES_MAX, Range, Store, Write};
use bytes::Bytes;
use schema::{key::Key, table::Slot};

pub(super) async fn absent(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);

    assert_eq!(ground.get(&ground.row(b"a")).await?, None);
    assert_eq!(ground.names(&ground.all()).await?, Vec::<Bytes>::new());
    Ok(())
}

pub(super) async fn put(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);

    ground.write(vec![put_at(&ground, b"full", b"value"), put_at(&ground, b"", b"")]).await?;

    assert_eq!(ground.get(&ground.row(b"full")).await?.as_deref(), Some(&b"value"[..]));
    assert_eq!(ground.get(&ground.row(b"")).await?.as_deref(), Some(&b""[..]));
    assert_eq!(ground.get(&ground.row(b"ful")).await?, None);
    Ok(())
}

pub(super) async fn replaced(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);

    for value in [b"first", b"other", b"third"] {
        ground.write(vec![put_at(&ground, b"a", value)]).await?;
    }

    assert_eq!(ground.get(&ground.row(b"a")).await?.as_deref(), Some(&b"third"[..]));
    Ok(())
}

pub(super) async fn deleted(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    ground.put_rows([&b"a"[..], b"b"]).await?;

    ground.write(vec![Write::Delete(ground.row(b"a")), Write::Delete(ground.row(b"never"))]).await?;
    ground.write(vec![Write::Delete(ground.row(b"a"))]).await?;

    assert_eq!(ground.get(&ground.row(b"a")).await?, None);
    assert_eq!(ground.names(&ground.all()).await?, ["b"]);
    Ok(())
}

pub(super) async fn large(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let value: Bytes = (0_u8..251).cycle().take(1 << 20).collect();

    ground.write(vec![Write::Put(ground.row(b"large"), value.clone())]).await?;

    let rows = ground.store.scan(&ground.all()).await?;
    assert!(ground.get(&ground.row(b"large")).await?.is_some_and(|found| found == value));
    assert!(rows.first().is_some_and(|row| row.value == value));
    Ok(())
}

pub(super) async fn too_large(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let small = || put_at(&ground, b"small", b"1");
    let long_key = put_at(&ground, &vec![0; KEY_BYTES_MAX], b"");
    let large_value = put_at(&ground, b"large", &vec![0; BATCH_BYTES_MAX]);

    for refused in [long_key, large_value] {
        let answer = ground.store.apply(Batch::plain(vec![small(), refused])).await;
        assert!(matches!(answer, Err(Error::TooLarge(_))), "{answer:?}");
    }

    assert_eq!(ground.get(&ground.row(b"small")).await?, None);
    Ok(())
}

pub(super) async fn spaces(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let slots = [Slot::Rows, Slot::Index(0), Slot::Index(8), Slot::Claim(0), Slot::Claim(3), Slot::Find];
    let mut keys: Vec<_> = slots.into_iter().map(|slot| ground.key(slot, b"p", b"s")).collect();
    // Tables that the server keeps for itself, one of them of claims.
    keys.extend([1, 6].map(|table| Key { table, ..ground.key(Slot::Rows, b"p", b"s") }));

    let number = |i: usize| Bytes::from(i.to_string());
    for (i, key) in keys.iter().enumerate() {
        if key.is_claim() {
            let (key, value) = (key.clone(), Some(number(i)));
            ground.claim_all(vec![Claim { key, expected: None, value }]).await?;
        } else {
            ground.write(vec![Write::Put(key.clone(), number(i))]).await?;
        }
    }

    for (i, key) in keys.iter().enumerate() {
        assert_eq!(ground.get(key).await?, Some(number(i)), "{key:?}");
        if !key.is_claim() {
            let rows = ground.store.scan(&Range::partition(key.table, key.partition.clone(), 9)).await?;
            assert_eq!(rows.into_iter().map(|row| row.value).collect::<Vec<_>>(), [number(i)], "{key:?}");
        }
    }
    Ok(())
}

/// Only a commit writes a log row, only a claim a claim.
pub(super) async fn misplaced(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let (log, claim, row) = (ground.log_key(0, 1), ground.claim(b"value"), ground.row(b"a"));
    let value = || Bytes::from_static(b"1");
    let claimed = |key: &Key| Batch::Claim(vec![Claim { key: key.clone(), expected: None, value: None }]);

    let stepped_round = [
        Batch::plain(vec![Write::Put(log.clone(), value())]),
        Batch::plain(vec![Write::Put(row.clone(), value()), Write::Delete(claim.clone())]),
        commit(log.clone(), b"1", vec![Write::Put(claim.clone(), value())]),
        commit(row.clone(), b"1", vec![]),
        claimed(&row),
        claimed(&log),
    ];
    for batch in stepped_round {
        let answer = ground.store.apply(batch).await;
        assert!(matches!(answer, Err(Error::Misplaced(_))), "{answer:?}");
    }

    for key in [log, claim, row] {
        assert_eq!(ground.get(&key).await?, None);
    }
    Ok(())
}

pub(super) async fn visible(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let mut expected = Vec::new();

    for i in 0_u8..32 {
        let name = [i];
        ground.put_rows([&name[..]]).await?;
        expected.push(Bytes::copy_from_slice(&name));

        assert_eq!(ground.get(&ground.row(&name)).await?.as_deref(), Some(&name[..]));
        assert_eq!(ground.names(&ground.all()).await?, expected);
    }
    Ok(())
}

pub(super) async fn probe(store: Store) -> Result<(), Error> {
    let before = store.stats();

    store.probe().await?;

    assert!(store.stats().batches > before.batches && store.stats().syncs > before.syncs);
    Ok(())
}

fn put_at(ground: &Ground, sort: &[u8], value: &[u8]) -> Write {
    ground::put(ground.row(sort), value)
}
