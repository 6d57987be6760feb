//! The embedded store's directory: who may have it, what is refused, how it is left.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use bytes::Bytes;
use schema::key::Key;
use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    pin::pin,
    task::{Context, Waker},
    time::{Duration, Instant},
};
use storage::{Batch, Config, Error, Outcome, Store, Write, backup::verify};

fn open(dir: &Path) -> Result<Store, Error> {
    Store::open(dir, &Config::default())
}

fn key(sort: &str) -> Key {
    Key { table: 16, partition: Bytes::from_static(b"p"), sort: Bytes::copy_from_slice(sort.as_bytes()) }
}

#[test]
fn a_directory_in_use_is_refused_until_it_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let handle = store.clone();

    let while_used = open(dir.path()).err();
    drop(store);
    let while_a_handle_is_left = open(dir.path()).err();
    drop(handle);

    assert!(matches!(while_used, Some(Error::InUse(_))), "{while_used:?}");
    assert!(matches!(while_a_handle_is_left, Some(Error::InUse(_))), "{while_a_handle_is_left:?}");
    open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_directory_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let version =
        Key { table: 15, partition: Bytes::from_static(b"storage"), sort: Bytes::from_static(b"version") };
    assert_eq!(store.get(&version).await.unwrap().unwrap(), 1_u64.to_be_bytes()[..]);
    let newer = Write::Put(version, Bytes::copy_from_slice(&9_u64.to_be_bytes()));
    assert_eq!(store.apply(Batch::plain(vec![newer])).await.unwrap(), Outcome::Applied);
    drop(store);

    let refused = open(dir.path()).err();

    assert!(matches!(refused, Some(Error::Newer { found: 9, known: 1 })), "{refused:?}");
}

#[test]
fn a_directory_whose_first_opening_was_killed_opens() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("making/keyspaces")).unwrap();
    fs::write(dir.path().join("making/0.jnl"), [0; 9]).unwrap();
    fs::write(dir.path().join("making/version"), []).unwrap();

    open(dir.path()).unwrap();

    assert!(!dir.path().join("making").exists());
}

#[test]
fn a_path_that_is_no_directory_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, []).unwrap();

    let refused = open(&path).err().unwrap();

    assert!(matches!(refused, Error::Open { .. }));
    assert!(refused.to_string().contains("file"), "{refused}");
}

#[tokio::test]
async fn two_directories_are_two_stores() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());

    let (one, other) = (open(one.path()).unwrap(), open(other.path()).unwrap());

    assert_ne!(one.incarnation(), other.incarnation());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_is_copied_whether_or_not_somebody_has_it_open() {
    let dir = tempfile::tempdir().unwrap();
    let (data, config) = (dir.path().join("data"), Config::default());
    let out = |name| Box::new(fs::File::create(dir.path().join(name)).unwrap());
    let nothing = Store::export_directory(&data, &config, out("nothing")).await;
    let store = open(&data).unwrap();
    let written = store.apply(Batch::plain(vec![Write::Put(key("a"), Bytes::from(vec![7; 3 << 20]))])).await;

    Store::export_directory(&data, &config, out("open")).await.unwrap();
    drop(store);
    Store::export_directory(&data, &config, out("closed")).await.unwrap();

    assert!(matches!(nothing, Err(Error::Open { .. })), "{nothing:?}");
    assert_eq!(written.unwrap(), Outcome::Applied);
    for name in ["open", "closed"] {
        let (head, counts) = verify(&dir.path().join(name)).unwrap();
        assert_eq!((counts.rows, head.tables.contains(&16)), (1, true));
        let copy = open(&dir.path().join(format!("copy, {name}"))).unwrap();
        copy.import(&dir.path().join(name)).await.unwrap();
        assert_eq!(copy.get(&key("a")).await.unwrap().unwrap().len(), 3 << 20);
    }
    open(&data).unwrap();
}

#[tokio::test]
async fn a_copy_that_nobody_takes_does_not_hold_up_whoever_leaves_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    // Bytes that can't be packed, and more of them than a socket holds.
    let mut value = vec![0; 4_000_000];
    let mut chance = 1_u64;
    value.iter_mut().for_each(|byte| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *byte = chance.to_be_bytes()[0];
    });
    let written = store.apply(Batch::plain(vec![Write::Put(key("a"), value.into())])).await.unwrap();
    let idle = UnixStream::connect(dir.path().join("copies")).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    let begun = Instant::now();
    drop(store);

    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(written, Outcome::Applied);
    open(dir.path()).unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_directory_whose_restore_was_broken_off_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mark =
        Key { table: 15, partition: Bytes::from_static(b"storage"), sort: Bytes::from_static(b"restoring") };
    let marked = store.apply(Batch::plain(vec![Write::Put(mark, Bytes::new())])).await.unwrap();
    drop(store);

    let refused = open(dir.path()).err();

    assert_eq!(marked, Outcome::Applied);
    assert!(matches!(refused, Some(Error::HalfRestored(_))), "{refused:?}");
}

/// Lets a caller queue its batch and walk away. Outside of a runtime, which would put it off now and then.
fn queue_and_leave(store: &Store, name: &str, value: Bytes) {
    let mut apply = pin!(store.apply(Batch::plain(vec![Write::Put(key(name), value)])));
    let _ = apply.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_was_queued_when_its_caller_left_is_written_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    for i in 0..300 {
        queue_and_leave(&store, &i.to_string(), Bytes::from_static(b"value"));
    }

    drop(store);

    let store = open(dir.path()).unwrap();
    for i in 0..300 {
        assert!(block_on(store.get(&key(&i.to_string()))).unwrap().is_some(), "{i} is missing");
    }
}

#[test]
fn a_full_queue_takes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let by_count = Config { queue_batches_max: 4, group_batches_max: 1, ..Config::default() };
    let by_bytes = Config { queue_bytes_max: 1 << 18, group_batches_max: 1, ..Config::default() };
    for (i, config) in [by_count, by_bytes].iter().enumerate() {
        let store = Store::open(&dir.path().join(i.to_string()), config).unwrap();

        for i in 0..200 {
            queue_and_leave(&store, &i.to_string(), Bytes::from(vec![0; 1 << 16]));
        }
        let written = store.stats().batches;
        block_on(store.probe()).unwrap();

        let waited = store.stats().batches - written;
        assert!(waited <= 6, "four may wait, one be under way, and there is the probe: {waited}");
    }
}
