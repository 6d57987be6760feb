//! Backups of stores on a CQL server, and between those and the embedded store. Without `ECOSYSTIA_TEST_CQL` these
//! tests say that they were left out.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "support/keyspace.rs"]
mod keyspace;

use keyspace::{Parcel, SPECS, keyspace, keyspace_of, open, parcel};
use schema::{
    clock::Clock,
    codec,
    key::KeyWriter,
    room::RoomId,
    table::{Row as _, Slot, Spec, Table},
};
use std::{fs::File, path::Path};
use storage::{
    Batch, Commit, Error, Outcome, Range, Store, Write,
    backup::verify,
    conformance::{COPYING, Copying},
    log_key,
    scylla::{self, Tables},
};

fn embedded(dir: &Path) -> Store {
    Store::open(dir, &storage::Config::default()).unwrap()
}

async fn copies(copying: &Copying, from: Store, into: Store, dir: &Path) {
    let verdict = tokio::spawn((copying.run)(from, into, dir.to_owned())).await;
    assert!(matches!(verdict, Ok(Ok(()))), "{}: {verdict:?}", copying.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyspace_can_be_copied_into_another_and_into_a_directory_and_back() {
    for copying in COPYING {
        let Some(from) = keyspace("copied").await else { return };
        let (dir, into) = (tempfile::tempdir().unwrap(), keyspace("copy").await.unwrap());
        let from = open(&from).await;

        copies(copying, from.clone(), open(&into).await, dir.path()).await;
        copies(copying, from, embedded(&dir.path().join("from")), dir.path()).await;
    }
    let (dir, into) = (tempfile::tempdir().unwrap(), keyspace("from_directory").await.unwrap());
    let from = embedded(&dir.path().join("store"));
    copies(&COPYING[0], from, open(&into).await, dir.path()).await;
}

/// A store with a row in columns of its own types, and its log.
async fn filled(store: &Store, row: &Parcel) -> RoomId {
    let room = Table::home(row);
    let mut writes = vec![
        Write::Put(row.key(), row.encode().unwrap()),
        Write::Put(Parcel::SPEC.find_key(row.id.uuid()), Spec::partition(&room)),
    ];
    writes.extend(Table::index_entries(row).into_iter().map(|entry| Write::Put(entry.key, entry.value)));
    let (key, stamp) = (log_key(&room, 1, 1), Clock::system().now_us());
    let commit = Commit { key, entry: "1".into(), stamp, note: None, writes, claims: Vec::new() };
    assert_eq!(store.apply(Batch::from(commit)).await.unwrap(), Outcome::Applied);
    room
}

async fn copy(from: &Store, into: &Store, file: &Path) {
    from.export(Box::new(File::create(file).unwrap())).await.unwrap();
    into.import(file).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_in_columns_come_back_from_a_directory_and_from_another_keyspace() {
    let Some(first) = keyspace("typed").await else { return };
    let (dir, second) = (tempfile::tempdir().unwrap(), keyspace("typed_again").await.unwrap());
    let few = keyspace_of(Tables::Shared, "bytes").await.unwrap();
    let row = parcel(Clock::system().new_id());
    let source = embedded(&dir.path().join("source"));
    let room = filled(&source, &row).await;
    let between = embedded(&dir.path().join("between"));
    let stores = [source, open(&first).await, between, open(&few).await, open(&second).await];

    for (number, pair) in stores.windows(2).enumerate() {
        copy(&pair[0], &pair[1], &dir.path().join(number.to_string())).await;
    }

    for store in &stores {
        let stored = store.get(&row.key()).await.unwrap().unwrap();
        assert_eq!(codec::from_msgpack::<Parcel>(&stored).unwrap(), row);
        let home = store.get(&Parcel::SPEC.find_key(row.id.uuid())).await.unwrap();
        assert_eq!(home, Some(Spec::partition(&room)));
        let within = KeyWriter::new().with(&row.depot_id).finish();
        let entries = store.scan(&Range::partition(Slot::Index(0).number(3_998), within, 9)).await.unwrap();
        assert_eq!(entries.len(), 1);
        // What was restored is older than whatever comes later, by any clock.
        let newer = Parcel { title: "newer".into(), ..row.clone() };
        let writes = vec![Write::Put(newer.key(), newer.encode().unwrap())];
        let key = log_key(&room, 2, 2);
        let commit = Commit { key, entry: "2".into(), stamp: 2, note: None, writes, claims: Vec::new() };
        if store.incarnation() == stores[1].incarnation() {
            assert_eq!(store.apply(Batch::from(commit)).await.unwrap(), Outcome::Applied);
            let stored = store.get(&row.key()).await.unwrap().unwrap();
            assert_eq!(codec::from_msgpack::<Parcel>(&stored).unwrap(), newer);
        }
    }
    assert_eq!(verify(&dir.path().join("1")).unwrap().0.source, "CQL servers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyspace_whose_restore_was_broken_off_is_not_opened() {
    let Some(config) = keyspace("half").await else { return };
    let dir = tempfile::tempdir().unwrap();
    let source = embedded(&dir.path().join("source"));
    // A table without its column: what is restored does not fit.
    let misfit = codec::to_bytes(&serde_json::json!({"colour": "red"})).unwrap();
    let batch = Batch::plain(vec![Write::Put(parcel(Clock::system().new_id()).key(), misfit)]);
    assert_eq!(source.apply(batch).await.unwrap(), Outcome::Applied);
    let file = dir.path().join("file");
    source.export(Box::new(File::create(&file).unwrap())).await.unwrap();

    let broken = open(&config).await.import(&file).await;
    let reopened = Store::connect(&config, SPECS, Clock::system()).await.err();

    assert!(matches!(broken, Err(Error::Untyped(_))), "{broken:?}");
    assert!(matches!(reopened, Some(Error::HalfRestored(_))), "{reopened:?}");
    let elsewhere = scylla::Config { keyspace: format!("{}_2", config.keyspace), ..config };
    Store::migrate(&elsewhere, SPECS).await.unwrap();
    assert!(open(&elsewhere).await.get(&parcel(Clock::system().new_id()).key()).await.unwrap().is_none());
}
