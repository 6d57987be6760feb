//! Promises about claims on unique values.

use super::ground::{Ground, commit, put, settle};
use crate::{Batch, Claim, Error, Outcome, Store};
use bytes::Bytes;
use schema::key::Key;
use tokio::task::JoinSet;

fn free(key: Key, value: &[u8]) -> Claim {
    claim(key, None, Some(value))
}

fn claim(key: Key, expected: Option<&[u8]>, value: Option<&[u8]>) -> Claim {
    Claim { key, expected: expected.map(Bytes::copy_from_slice), value: value.map(Bytes::copy_from_slice) }
}

pub(super) async fn once(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let key = ground.claim(b"a@b.c");

    let first = ground.store.apply(Batch::Claim(vec![free(key.clone(), b"first")])).await?;
    let second = ground.store.apply(Batch::Claim(vec![free(key.clone(), b"second")])).await?;
    let same = ground.store.apply(Batch::Claim(vec![free(key.clone(), b"first")])).await?;

    assert_eq!(first, Outcome::Applied);
    assert_eq!(second, Outcome::Taken(vec![key.clone()]));
    assert_eq!(
        same,
        Outcome::Taken(vec![key.clone()]),
        "the holder asks by what stands, not by what it wants"
    );
    assert_eq!(ground.get(&key).await?.as_deref(), Some(&b"first"[..]));
    Ok(())
}

pub(super) async fn all_or_none(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let [a, b, c, d] = [b"a", b"b", b"c", b"d"].map(|value| ground.claim(value));
    ground.claim_all(vec![free(b.clone(), b"held"), free(d.clone(), b"held")]).await?;
    let wanted = [&a, &b, &c, &d].map(|key| free(key.clone(), b"mine"));

    let outcome = ground.store.apply(Batch::Claim(wanted.to_vec())).await?;

    assert_eq!(outcome, Outcome::Taken(vec![b.clone(), d]));
    assert_eq!(ground.get(&a).await?, None);
    assert_eq!(ground.get(&c).await?, None);
    assert_eq!(ground.get(&b).await?.as_deref(), Some(&b"held"[..]));
    let outcome = ground.store.apply(Batch::Claim(vec![free(a, b"mine"), free(c, b"mine")])).await?;
    assert_eq!(outcome, Outcome::Applied, "what was not taken is free");
    Ok(())
}

pub(super) async fn taken_over(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let key = ground.claim(b"slug");
    let over =
        |expected: &[u8], value: &[u8]| Batch::Claim(vec![claim(key.clone(), Some(expected), Some(value))]);
    let taken = Outcome::Taken(vec![key.clone()]);

    assert_eq!(ground.store.apply(over(b"old", b"new")).await?, taken, "nothing stands there yet");
    ground.claim_all(vec![free(key.clone(), b"old")]).await?;
    assert_eq!(ground.store.apply(over(b"other", b"new")).await?, taken);
    assert_eq!(ground.store.apply(over(b"old", b"new")).await?, Outcome::Applied);
    assert_eq!(ground.store.apply(over(b"old", b"newer")).await?, taken);

    assert_eq!(ground.get(&key).await?.as_deref(), Some(&b"new"[..]));
    Ok(())
}

pub(super) async fn contended(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let (key, beside) = (ground.claim(b"wanted"), ground.claim(b"beside"));
    let mut contenders = JoinSet::new();
    for contender in 0_u8..16 {
        let (store, key, beside) = (ground.store.clone(), key.clone(), beside.clone());
        contenders.spawn(async move {
            let claims = vec![free(key, &[contender]), free(beside, &[contender])];
            store.apply(Batch::Claim(claims)).await.map(|outcome| (contender, outcome))
        });
    }

    let mut winners = Vec::new();
    for outcome in contenders.join_all().await {
        match outcome? {
            (contender, Outcome::Applied) => winners.push(contender),
            // A store that takes one key after the other may find the second one free still.
            (_, Outcome::Taken(keys)) => assert!(keys.first() == Some(&key) || keys == [beside.clone()]),
            (_, outcome) => assert_eq!(outcome, Outcome::Taken(vec![key.clone()])),
        }
    }

    assert_eq!(winners.len(), 1);
    assert_eq!(ground.get(&key).await?, Some(Bytes::from(winners.clone())));
    assert_eq!(ground.get(&beside).await?, Some(Bytes::from(winners)));
    Ok(())
}

/// Each asks for two neighbours of a ring, so no two neighbours can both win.
pub(super) async fn overlapping(store: Store) -> Result<(), Error> {
    const RING: u8 = 9;
    let ground = Ground::new(store);
    let mut contenders = JoinSet::new();
    for i in 0..RING {
        let (store, keys) = (ground.store.clone(), [i, (i + 1) % RING].map(|at| ground.claim(&[at])));
        contenders.spawn(async move {
            let claims = keys.map(|key| free(key, &[i])).to_vec();
            store.apply(Batch::Claim(claims)).await.map(|outcome| (i, outcome == Outcome::Applied))
        });
    }

    let mut winners = Vec::new();
    for outcome in contenders.join_all().await {
        if let (i, true) = outcome? {
            winners.push(i);
        }
    }

    assert!(!winners.is_empty());
    for i in winners {
        for at in [i, (i + 1) % RING] {
            assert_eq!(ground.get(&ground.claim(&[at])).await?, Some(Bytes::from(vec![i])));
        }
    }
    Ok(())
}

pub(super) async fn confirmed(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let key = ground.claim(b"mail");
    let claimed = ground.store.apply(Batch::Claim(vec![free(key.clone(), b"pending")])).await?;

    let confirm = claim(key.clone(), Some(b"pending"), Some(b"confirmed"));
    let confirmed = ground.store.apply(settle(ground.log_key(0, 1), b"1", vec![confirm])).await?;
    let stands = ground.get(&key).await?;
    let release = claim(key.clone(), Some(b"confirmed"), None);
    let released = ground.store.apply(settle(ground.log_key(0, 2), b"2", vec![release])).await?;
    let again = ground.store.apply(Batch::Claim(vec![free(key.clone(), b"other")])).await?;

    assert_eq!([claimed, confirmed, released, again], [const { Outcome::Applied }; 4]);
    assert_eq!(stands.as_deref(), Some(&b"confirmed"[..]));
    assert_eq!(ground.get(&key).await?.as_deref(), Some(&b"other"[..]));
    Ok(())
}

/// What a commit says of a claim may come twice, or late: it counts only while the claim is as it was.
pub(super) async fn moved_on(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let [key, row] = [ground.claim(b"slug"), ground.row(b"a")];
    ground.claim_all(vec![free(key.clone(), b"newer")]).await?;

    let late = [Some(&b"confirmed"[..]), None].map(|value| claim(key.clone(), Some(b"older"), value));
    for (number, late) in (1..).zip(late) {
        let mut batch = commit(ground.log_key(0, number), &[1], vec![put(row.clone(), b"row")]);
        if let Batch::Commit(commit) = &mut batch {
            commit.claims.push(late);
        }
        assert_eq!(ground.store.apply(batch).await?, Outcome::Applied);
    }

    assert_eq!(ground.get(&key).await?.as_deref(), Some(&b"newer"[..]));
    assert_eq!(ground.get(&row).await?.as_deref(), Some(&b"row"[..]));
    Ok(())
}

pub(super) async fn given_up(store: Store) -> Result<(), Error> {
    let ground = Ground::new(store);
    let [key, beside] = [ground.claim(b"a"), ground.claim(b"b")];
    ground.claim_all(vec![free(key.clone(), b"mine"), free(beside.clone(), b"theirs")]).await?;
    let give_up = |key: &Key| claim(key.clone(), Some(b"mine"), None);

    let both = ground.store.apply(Batch::Claim(vec![give_up(&key), give_up(&beside)])).await?;
    let stands = ground.get(&key).await?;
    let one = ground.store.apply(Batch::Claim(vec![give_up(&key)])).await?;

    assert_eq!((both, one), (Outcome::Taken(vec![beside.clone()]), Outcome::Applied));
    assert_eq!(stands.as_deref(), Some(&b"mine"[..]), "where one stays all stay");
    assert_eq!(ground.get(&key).await?, None);
    assert_eq!(ground.get(&beside).await?.as_deref(), Some(&b"theirs"[..]));
    Ok(())
}
