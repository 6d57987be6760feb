//! Whatever is written, in whatever order, a scan returns what a sorted map would.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use bytes::Bytes;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config as Cases, TestRunner},
};
use schema::{clock::Clock, id::Id, key::Key, time::Timestamp};
use std::{
    collections::BTreeMap,
    ops::{Bound, RangeBounds},
    path::Path,
    time::Duration,
};
use storage::{Batch, Config, Direction, Outcome, Range, Row, Store, Write, simulated::Faults};

/// Partitions that are prefixes of each other, as far as the real ones ever could be.
const PARTITIONS: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"a", b"a\xff", b"\xff"];
/// A table of each kind.
const TABLES: [u16; 5] = [1, 3, 16, 17, 30];

type Place = (u16, &'static [u8], Vec<u8>);
type Batches = Vec<Vec<(Place, Option<Vec<u8>>)>>;

#[derive(Clone, Debug)]
struct Question {
    table: u16,
    partition: &'static [u8],
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
    limit: usize,
    backward: bool,
}

/// Short strings over few bytes, so that they meet.
fn sort() -> impl Strategy<Value = Vec<u8>> {
    vec(select(&[0, 1, b'a', 0xff][..]), 0..4)
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![Just(Bound::Unbounded), sort().prop_map(Bound::Included), sort().prop_map(Bound::Excluded)]
}

fn batches() -> impl Strategy<Value = Batches> {
    let place = (select(&TABLES[..]), select(&PARTITIONS[..]), sort());
    vec(vec((place, proptest::option::weighted(0.7, vec(any::<u8>(), 0..40))), 1..12), 1..6)
}

fn question() -> impl Strategy<Value = Question> {
    (select(&TABLES[..]), select(&PARTITIONS[..]), bound(), bound(), 0_usize..9, any::<bool>()).prop_map(
        |(table, partition, from, to, limit, backward)| Question {
            table,
            partition,
            from,
            to,
            limit,
            backward,
        },
    )
}

/// What the model answers.
fn expected(model: &BTreeMap<Place, Vec<u8>>, asked: &Question) -> Vec<(Vec<u8>, Vec<u8>)> {
    let within = (asked.from.clone(), asked.to.clone());
    let mut rows: Vec<_> = model
        .iter()
        .filter(|((table, partition, sort), _)| {
            *table == asked.table && *partition == asked.partition && within.contains(sort)
        })
        .map(|((_, _, sort), value)| (sort.clone(), value.clone()))
        .collect();
    if asked.backward {
        rows.reverse();
    }
    rows.truncate(asked.limit);
    rows
}

/// Writes the batches under partitions of their own, then asks.
async fn answers(store: &Store, own: Id<Store>, batches: &Batches, asked: &[Question]) -> Vec<Vec<Row>> {
    let partition = |part: &[u8]| Bytes::from([own.uuid().as_bytes(), part].concat());
    for batch in batches {
        let mut last: BTreeMap<&Place, &Option<Vec<u8>>> = BTreeMap::new();
        last.extend(batch.iter().map(|(place, value)| (place, value)));
        let write = |((table, part, sort), value): (&Place, &Option<Vec<u8>>)| {
            let key = Key { table: *table, partition: partition(part), sort: sort.clone().into() };
            value
                .clone()
                .map_or_else(|| Write::Delete(key.clone()), |value| Write::Put(key.clone(), value.into()))
        };
        let outcome = store.apply(Batch::plain(last.into_iter().map(write).collect())).await.unwrap();
        assert_eq!(outcome, Outcome::Applied);
    }
    let mut answers = Vec::new();
    for question in asked {
        let whole = Range::partition(question.table, partition(question.partition), question.limit);
        let range = Range {
            from: question.from.clone().map(Bytes::from),
            to: question.to.clone().map(Bytes::from),
            direction: if question.backward { Direction::Backward } else { Direction::Forward },
            ..whole
        };
        answers.push(store.scan(&range).await.unwrap());
    }
    answers
}

fn agrees_with_the_model(store: &Store, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let clock = Clock::system();
    let mut runner = TestRunner::new(Cases { cases, failure_persistence: None, ..Cases::default() });
    let outcome = runner.run(&(batches(), vec(question(), 1..24)), |(batches, asked)| {
        let model: BTreeMap<Place, Vec<u8>> =
            batches.iter().flatten().fold(BTreeMap::new(), |mut model, write| {
                match write.clone() {
                    (place, Some(value)) => model.insert(place, value),
                    (place, None) => model.remove(&place),
                };
                model
            });

        let answers = runtime.block_on(answers(store, clock.new_id(), &batches, &asked));

        for (question, rows) in asked.iter().zip(answers) {
            let rows: Vec<_> = rows.into_iter().map(|row| (row.sort.to_vec(), row.value.to_vec())).collect();
            prop_assert_eq!(rows, expected(&model, question), "{:?}", question);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn an_embedded_scan_returns_what_a_sorted_map_would() {
    let dir = tempfile::tempdir().unwrap();
    // Small enough that most of what is scanned lies in tables on disk, some of them merged.
    let config = Config { memtable_bytes: 16 << 10, cache_bytes: 64 << 10, ..Config::default() };

    let store = Store::open(dir.path(), &config).unwrap();

    agrees_with_the_model(&store, 200);
    // The thread that moves memory to tables gives way to everybody else on a busy machine.
    for _ in 0..500 {
        if tables(dir.path()) > 8 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    agrees_with_the_model(&store, 200);

    let tables = tables(dir.path());
    assert!(tables > 8, "only {tables} tables: nearly all was read from memory");
}

fn tables(dir: &Path) -> usize {
    let keyspaces = std::fs::read_dir(dir.join("data/keyspaces")).unwrap();
    let tables = keyspaces.map(|keyspace| keyspace.unwrap().path().join("tables"));
    tables.map(|tables| std::fs::read_dir(tables).unwrap().count()).sum()
}

#[test]
fn a_simulated_scan_returns_what_a_sorted_map_would() {
    let store = Store::simulated(Clock::seeded(1, Timestamp::default()), Faults::default());

    agrees_with_the_model(&store, 400);
}
