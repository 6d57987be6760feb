//! The store on a CQL server keeps the promises that the others keep, and some that only it has to. `cargo xtask
//! test` brings the server; without `ECOSYSTIA_TEST_CQL` there is none, and these tests say so.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on fails")]

#[path = "support/keyspace.rs"]
mod keyspace;
#[path = "support/proxy.rs"]
mod proxy;

use bytes::Bytes;
use keyspace::{Parcel, SPECS, keyspace, keyspace_of, open, parcel};
use proxy::Proxy;
use schema::{
    clock::Clock,
    codec,
    id::{Id, UserId},
    key::{Key, KeyWriter},
    room::RoomId,
    table::{LOG, Row as _, Slot, Spec, Table},
};
use serde_json::{Value, json};
use std::{ops::Bound, time::Duration};
use storage::{
    Batch, Claim, Commit, Direction, Error, Outcome, Plain, Range, Store, Write,
    conformance::CHECKS,
    log_key,
    scylla::{Config, Tables},
};

fn room() -> RoomId {
    RoomId::new("depot", Clock::system().new_id::<()>().uuid())
}

/// A key among rows that have no columns of their own.
fn key(name: &str) -> Key {
    Key {
        table: Slot::Rows.number(3_999),
        partition: "place".into(),
        sort: Bytes::copy_from_slice(name.as_bytes()),
    }
}

fn commit(room: &RoomId, number: u64, entry: &str, writes: Vec<Write>) -> Commit {
    let key = log_key(room, number, number);
    let (entry, stamp) = (Bytes::copy_from_slice(entry.as_bytes()), Clock::system().now_us());
    Commit { key, entry, stamp, note: None, writes, claims: Vec::new() }
}

async fn applied(store: &Store, batch: Batch) {
    assert_eq!(store.apply(batch).await.unwrap(), Outcome::Applied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_on_a_cql_server_conforms() {
    for tables in [Tables::Typed, Tables::Shared] {
        let Some(config) = keyspace_of(tables, "conforms").await else { return };
        let store = open(&config).await;

        for check in CHECKS {
            let verdict = tokio::spawn((check.run)(store.clone())).await;
            assert!(matches!(verdict, Ok(Ok(()))), "{tables:?}: {}: {verdict:?}", check.name);
        }

        println!("CQL server, {tables:?} tables: {} checks passed", CHECKS.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_comes_back_from_columns_of_its_own_types_or_as_its_bytes_and_so_do_its_entries() {
    for tables in [Tables::Typed, Tables::Shared] {
        let Some(config) = keyspace_of(tables, "columns").await else { return };
        come_back(open(&config).await).await;
    }
}

async fn come_back(store: Store) {
    let depot: Id<Slot> = Clock::system().new_id();
    let full = parcel(depot);
    let empty = Parcel { owner_id: Some(UserId::NIL), at: None, due: None, labels: vec![], ..parcel(depot) };
    let home = Bytes::copy_from_slice(Table::home(&full).as_str().as_bytes());
    let mut writes = Vec::new();
    for parcel in [&full, &empty] {
        writes.push(Write::Put(parcel.key(), parcel.encode().unwrap()));
        writes.push(Write::Put(Parcel::SPEC.find_key(parcel.id.uuid()), home.clone()));
        writes
            .extend(Table::index_entries(parcel).into_iter().map(|entry| Write::Put(entry.key, entry.value)));
    }

    applied(&store, Batch::from(commit(&Table::home(&full), 1, "1", writes))).await;

    for parcel in [&full, &empty] {
        let stored = store.get(&parcel.key()).await.unwrap().unwrap();
        assert_eq!(codec::from_msgpack::<Parcel>(&stored).unwrap(), *parcel);
        let found = store.get(&Parcel::SPEC.find_key(parcel.id.uuid())).await.unwrap();
        assert_eq!(found, Some(home.clone()));
    }
    let within = KeyWriter::new().with(&depot).finish();
    let entries = store.scan(&Range::partition(Slot::Index(0).number(3_998), within, 9)).await.unwrap();
    let entries: Vec<Value> = entries.iter().map(|row| codec::from_msgpack(&row.value).unwrap()).collect();
    // Without a day comes first, and says that it has none.
    assert_eq!(entries[0], carried(&empty));
    assert_eq!(entries[1], carried(&full));
}

fn carried(parcel: &Parcel) -> Value {
    json!({
        "depot_id": parcel.depot_id, "due": parcel.due, "title": parcel.title, "id": parcel.id,
        "number": parcel.number, "at": parcel.at, "done": parcel.done,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_its_column_is_refused_and_the_log_says_nothing_of_it() {
    let Some(config) = keyspace("misfits").await else { return };
    let (store, room) = (open(&config).await, room());
    let torn = Write::Put(
        parcel(Clock::system().new_id()).key(),
        codec::to_bytes(&json!({"number": "one"})).unwrap(),
    );

    let refused = store.apply(Batch::from(commit(&room, 1, "1", vec![torn]))).await;

    assert!(matches!(refused, Err(Error::Untyped(_))), "{refused:?}");
    assert_eq!(store.get(&log_key(&room, 1, 1)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_one_log_whatever_buckets_it_lies_in() {
    let Some(config) = keyspace("buckets").await else { return };
    let (store, room) = (open(&config).await, room());
    // The first of each bucket, and some around it; every second commit told nothing.
    let commits: Vec<u64> = [1..=3, 509..=516, 1_021..=1_027, 1_536..=1_538].into_iter().flatten().collect();
    let places: Vec<(u64, u64)> =
        (1..).zip(&commits).map(|(at, commit): (u64, _)| (at.div_ceil(2), *commit)).collect();
    for (first_seq, number) in &places {
        let key = log_key(&room, *first_seq, *number);
        let commit = Commit { key, ..commit(&room, *number, &number.to_string(), vec![]) };
        applied(&store, Batch::from(commit)).await;
    }
    let sorts: Vec<Bytes> = places.iter().map(|(seq, number)| log_key(&room, *seq, *number).sort).collect();
    let seq = |seq: u64| KeyWriter::new().with(&seq).finish();
    let bounds: Vec<Bound<Bytes>> = [(0, 0), (3, 1), (7, 3), (11, 6), (18, 9), (25, 12), (26, 13)]
        .into_iter()
        .flat_map(|(at, number)| {
            let sort = sorts.get(at).cloned().unwrap_or_else(|| seq(99));
            [Bound::Included(sort.clone()), Bound::Excluded(sort), Bound::Included(seq(number))]
        })
        .chain([Bound::Unbounded])
        .collect();

    for from in &bounds {
        for to in &bounds {
            for (limit, direction) in [
                (99, Direction::Forward),
                (4, Direction::Forward),
                (99, Direction::Backward),
                (1, Direction::Backward),
            ] {
                let (from, to, partition) = (from.clone(), to.clone(), Spec::partition(&room));
                let range = Range { from, to, direction, ..Range::partition(LOG, partition, limit) };
                let above = |sort: &&Bytes| match &range.from {
                    Bound::Included(from) => *sort >= from,
                    Bound::Excluded(from) => *sort > from,
                    Bound::Unbounded => true,
                };
                let below = |sort: &&Bytes| match &range.to {
                    Bound::Included(to) => *sort <= to,
                    Bound::Excluded(to) => *sort < to,
                    Bound::Unbounded => true,
                };
                let mut expected: Vec<Bytes> = sorts.iter().filter(above).filter(below).cloned().collect();
                if direction == Direction::Backward {
                    expected.reverse();
                }
                expected.truncate(limit);

                let found: Vec<Bytes> =
                    store.scan(&range).await.unwrap().into_iter().map(|row| row.sort).collect();

                assert_eq!(found, expected, "{range:?}");
            }
        }
    }
    let end = store.scan(&Range::end_of_log(Spec::partition(&room))).await.unwrap();
    assert_eq!(end.first().map(|row| &row.sort), sorts.last());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newer_of_two_writes_stays_whichever_comes_last() {
    let Some(config) = keyspace("stamps").await else { return };
    let store = open(&config).await;
    let at = |stamp, write| Batch::Plain(Plain { writes: vec![write], stamp: Some(stamp) });
    let put = |name: &str| Write::Put(key("a"), Bytes::copy_from_slice(name.as_bytes()));

    applied(&store, at(200, put("new"))).await;
    applied(&store, at(100, put("old"))).await;
    applied(&store, at(150, Write::Delete(key("a")))).await;
    let stands = store.get(&key("a")).await.unwrap();
    applied(&store, at(200, Write::Delete(key("a")))).await;
    let removed = store.get(&key("a")).await.unwrap();
    applied(&store, at(201, put("newest"))).await;

    assert_eq!((stands.as_deref(), removed), (Some(&b"new"[..]), None));
    assert_eq!(store.get(&key("a")).await.unwrap().as_deref(), Some(&b"newest"[..]));
}

/// A store that reaches its server through a proxy, and soon stops waiting.
async fn behind_a_proxy(config: &Config) -> (Proxy, Store) {
    let proxy = Proxy::before(config.nodes[0].clone()).await;
    let nodes = vec![proxy.address.to_string()];
    let hasty = Config { nodes, conditional_ms: 400, request_ms: 400, ..config.clone() };
    let store = open(&hasty).await;
    (proxy, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_unknown_and_once_redone_it_is_whole() {
    let Some(config) = keyspace("lost_answers").await else { return };
    let ((proxy, cut_off), store, room) = (behind_a_proxy(&config).await, open(&config).await, room());
    let claim = Key { table: Slot::Claim(0).number(3_999), partition: "mail".into(), sort: Bytes::new() };
    let take = Claim { key: claim.clone(), expected: None, value: Some("pending".into()) };
    applied(&store, Batch::Claim(vec![take])).await;
    // A room's first commit writes more than its log row: let it be another.
    applied(&store, Batch::from(commit(&room, 1, "first", vec![]))).await;
    let mut lost = commit(&room, 2, "lost", vec![Write::Put(key("a"), "row".into())]);
    lost.claims =
        vec![Claim { key: claim.clone(), expected: Some("pending".into()), value: Some("held".into()) }];

    proxy.swallow_answers(true);
    let outcome = cut_off.apply(Batch::from(lost.clone())).await.unwrap();

    assert_eq!(outcome, Outcome::Unknown);
    let logged = store.get(&lost.key).await.unwrap();
    assert_eq!(logged.as_deref(), Some(&b"lost"[..]), "the request had arrived");
    assert_eq!(store.get(&key("a")).await.unwrap(), None, "but what follows it had not begun");
    let rival = store.apply(Batch::from(commit(&room, 2, "rival", vec![]))).await.unwrap();
    assert_eq!(rival, Outcome::Fenced);

    store.redo(&room).await.unwrap();

    assert_eq!(store.get(&key("a")).await.unwrap().as_deref(), Some(&b"row"[..]));
    assert_eq!(store.get(&claim).await.unwrap().as_deref(), Some(&b"held"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_identical_commit_repeated_after_a_lost_answer_is_applied_once() {
    let Some(config) = keyspace("repeated").await else { return };
    let ((proxy, cut_off), store, room) = (behind_a_proxy(&config).await, open(&config).await, room());
    applied(&store, Batch::from(commit(&room, 1, "first", vec![]))).await;
    let lost = commit(&room, 2, "lost", vec![Write::Put(key("a"), "row".into())]);

    proxy.swallow_answers(true);
    let first = cut_off.apply(Batch::from(lost.clone())).await.unwrap();
    let second = store.apply(Batch::from(lost.clone())).await.unwrap();

    assert_eq!((first, second), (Outcome::Unknown, Outcome::Applied));
    let log = store.scan(&Range::partition(LOG, Spec::partition(&room), 9)).await.unwrap();
    assert_eq!(log.len(), 2);
    assert_eq!(store.get(&key("a")).await.unwrap().as_deref(), Some(&b"row"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_redo_undoes_nothing_newer() {
    let Some(config) = keyspace("late_redo").await else { return };
    let (store, room) = (open(&config).await, room());
    let first =
        commit(&room, 1, "1", vec![Write::Put(key("a"), "1".into()), Write::Put(key("b"), "1".into())]);
    applied(&store, Batch::from(first.clone())).await;
    let second = commit(&room, 2, "2", vec![Write::Put(key("a"), "2".into()), Write::Delete(key("b"))]);
    applied(&store, Batch::from(second)).await;

    // Whoever wrote the first had fallen asleep over it.
    applied(&store, Batch::from(first)).await;

    assert_eq!(store.get(&key("a")).await.unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(store.get(&key("b")).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_what_it_should_be_is_refused_with_the_reason() {
    let Some(config) = keyspace("refused").await else { return };
    let refused = |config: Config| async move {
        Store::connect(&config, SPECS, Clock::system()).await.err().unwrap().to_string()
    };

    let nobody = refused(Config { nodes: vec!["127.0.0.1:9".into()], ..config.clone() }).await;
    let elsewhere = refused(Config { datacenter: Some("lune".into()), ..config.clone() }).await;
    let nothing = refused(Config { keyspace: "never_made".into(), ..config.clone() }).await;
    let harmful = refused(Config { keyspace: "a; DROP".into(), ..config.clone() }).await;
    let here =
        Store::connect(&Config { datacenter: Some("datacenter1".into()), ..config }, SPECS, Clock::system())
            .await;

    assert!(nobody.contains("127.0.0.1:9"), "{nobody}");
    assert!(elsewhere.contains("lune") && elsewhere.contains("datacenter1"), "{elsewhere}");
    assert!(nothing.contains("never_made") && nothing.contains("ecosystia migrate"), "{nothing}");
    assert!(harmful.contains("small letter"), "{harmful}");
    assert!(here.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_adds_what_is_missing_and_a_second_one_nothing() {
    let Some(config) = keyspace("migrated").await else { return };
    let before = Config { keyspace: format!("{}_bare", config.keyspace), ..config.clone() };
    Store::migrate(&before, &[]).await.unwrap();

    let behind = Store::connect(&before, SPECS, Clock::system()).await.err().unwrap().to_string();
    let added = Store::migrate(&before, SPECS).await.unwrap();
    let again = Store::migrate(&before, SPECS).await.unwrap();

    assert!(behind.contains("parcels") && behind.contains("ecosystia migrate"), "{behind}");
    assert_eq!(added, ["table parcels", "table parcels_by_due", "table parcels_homes"]);
    assert_eq!(again, Vec::<String>::new());
    let (one, other) = (open(&before).await, open(&before).await);
    assert_eq!(one.incarnation(), other.incarnation());
    assert_ne!(one.incarnation(), open(&config).await.incarnation());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyspace_keeps_the_tables_that_it_was_made_with_whatever_the_settings_say() {
    for (made, said) in [(Tables::Shared, Tables::Typed), (Tables::Typed, Tables::Shared)] {
        let Some(config) = keyspace_of(made, "keeps").await else { return };
        let row = parcel(Clock::system().new_id());
        applied(&open(&config).await, Batch::plain(vec![Write::Put(row.key(), row.encode().unwrap())])).await;

        let other = Config { tables: said, ..config };
        let added = Store::migrate(&other, SPECS).await.unwrap();

        assert_eq!(added, Vec::<String>::new());
        let stored = open(&other).await.get(&row.key()).await.unwrap().unwrap();
        assert_eq!(codec::from_msgpack::<Parcel>(&stored).unwrap(), row);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_probe_is_quick() {
    let Some(config) = keyspace("probe").await else { return };
    let store = open(&config).await;
    store.probe().await.unwrap();

    assert!(store.probe().await.unwrap() < Duration::from_secs(1));
}
