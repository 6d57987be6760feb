//! Both backends keep the same promises.

use bytes::Bytes;
use schema::{clock::Clock, key::Key, time::Timestamp};
use std::path::Path;
use storage::{
    Batch, Config, Error, Outcome, Store, Write,
    conformance::{CHECKS, COPYING},
    simulated::{Faults, Flaw},
};

/// Runs every check against one store and counts them.
async fn conforms(arm: &str, store: Store) -> usize {
    for check in CHECKS {
        let verdict = tokio::spawn((check.run)(store.clone())).await;
        assert!(matches!(verdict, Ok(Ok(()))), "{arm}: {}: {verdict:?}", check.name);
    }
    CHECKS.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_conforms() {
    let dir = tempfile::tempdir().unwrap();

    let passed = conforms("embedded", Store::open(dir.path(), &Config::default()).unwrap()).await;

    println!("embedded: {passed} checks passed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_conforms_with_groups_of_one_and_a_tight_queue() {
    let dir = tempfile::tempdir().unwrap();
    let tight = Config {
        group_batches_max: 1,
        group_bytes_max: 1,
        queue_batches_max: 1,
        queue_bytes_max: 64,
        ..Config::default()
    };

    let passed = conforms("embedded, tight", Store::open(dir.path(), &tight).unwrap()).await;

    println!("embedded, tight: {passed} checks passed");
}

#[tokio::test(start_paused = true)]
async fn the_simulated_store_conforms() {
    let slow = Faults { delay_ms_max: 20, ..Faults::default() };
    let mut passed = 0;

    for seed in 0..20 {
        let clock = Clock::seeded(seed, Timestamp::default());
        passed += conforms("simulated", Store::simulated(clock, slow)).await;
    }

    println!("simulated: {passed} checks passed in 20 orders");
}

/// A fresh store of a kind, in a folder if it needs one.
fn fresh(embedded: bool, dir: &Path) -> Result<Store, Error> {
    if embedded {
        return Store::open(dir, &Config::default());
    }
    Ok(Store::simulated(Clock::system(), Faults { delay_ms_max: 2, ..Faults::default() }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_can_be_copied_into_any_other() {
    for (from, into) in [(true, true), (true, false), (false, true), (false, false)] {
        for copying in COPYING {
            let dir = tempfile::tempdir().unwrap();
            let store = fresh(from, &dir.path().join("store")).unwrap();
            let empty = fresh(into, &dir.path().join("empty")).unwrap();

            let verdict = tokio::spawn((copying.run)(store, empty, dir.path().to_owned())).await;

            assert!(matches!(verdict, Ok(Ok(()))), "{}: {verdict:?}", copying.name);
        }
    }
}

#[tokio::test]
async fn a_reopened_store_holds_everything_and_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let key = |i: u16| Key {
        table: [1, 3, 16, 17, 30][usize::from(i % 5)],
        partition: Bytes::new(),
        sort: i.to_string().into(),
    };
    let store = Store::open(dir.path(), &Config::default()).unwrap();
    let incarnation = store.incarnation();
    for i in 0..200 {
        let put = Write::Put(key(i), i.to_string().into());
        assert_eq!(store.apply(Batch::plain(vec![put])).await.unwrap(), Outcome::Applied);
    }
    drop(store);

    let store = Store::open(dir.path(), &Config::default()).unwrap();

    assert_eq!(store.incarnation(), incarnation);
    for i in 0..200 {
        assert_eq!(store.get(&key(i)).await.unwrap().unwrap(), i.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn the_checks_notice_a_store_that_breaks_a_promise() {
    for flaw in [Flaw::ForgetsAcked, Flaw::IgnoresFence, Flaw::TearsBatch] {
        let store =
            Store::simulated(Clock::seeded(1, Timestamp::default()), Faults { flaw, ..Faults::default() });
        let mut failed = 0;

        for check in CHECKS {
            failed += usize::from(tokio::spawn((check.run)(store.clone())).await.is_err());
        }

        println!("{flaw:?}: noticed by {failed} of {} checks", CHECKS.len());
        assert!(failed > 0, "{flaw:?} went unnoticed");
    }
}
