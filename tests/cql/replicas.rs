//! Three copies of everything, two of which stand still for a while, again and again, in the middle of conditional
//! writes: of those nobody knows what became of them. Two writers of each log want every place in it, as two homes
//! would that both believe in themselves.

use super::{Server, jars};
use schema::{
    clock::Clock,
    key::Key,
    room::RoomId,
    table::{LOG, Spec},
};
use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use storage::{Batch, Commit, Outcome, Range, Store, Write, log_key, scylla::Config};
use tokio::time::sleep;

const ROOMS: usize = 4;
/// A table nobody describes.
const TABLE: u16 = 3_998;

/// What a writer was told stands at a place: its own words, or not its own.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    place: u64,
    entry: String,
    ours: bool,
}

/// What is wrong with a log, given what its writers were told and the rows that follow from it.
fn faults(told: &[Told], log: &[String], rows: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for Told { place, entry, ours } in told {
        let stands = usize::try_from(*place - 1).ok().and_then(|at| log.get(at));
        match (stands, ours) {
            (None, _) => faults.push(format!("nothing stands at {place}, where somebody wrote")),
            (Some(stands), true) if stands != entry => {
                faults.push(format!("{entry} was acknowledged at {place}, where {stands} stands"));
            }
            (Some(stands), false) if stands == entry => {
                faults.push(format!("{entry} was refused at {place}, where it stands"));
            }
            (Some(_), true) if rows.get(entry) != Some(entry) => {
                faults.push(format!("the row of {entry} is missing"));
            }
            _ => {}
        }
    }
    faults
}

#[test]
fn every_kind_of_fault_is_found() {
    let told = |place, entry: &str, ours| Told { place, entry: entry.to_owned(), ours };
    let log = ["a".to_owned(), "b".to_owned()];
    let rows: BTreeMap<_, _> = ["a", "b"].map(|entry| (entry.to_owned(), entry.to_owned())).into();

    let sound = faults(&[told(1, "a", true), told(2, "a", false), told(2, "b", true)], &log, &rows);
    let forked = faults(&[told(1, "b", true)], &log, &rows);
    let lost = faults(&[told(3, "c", true)], &log, &rows);
    let denied = faults(&[told(1, "a", false)], &log, &rows);
    let torn = faults(&[told(1, "a", true)], &log, &BTreeMap::new());

    assert_eq!(sound, Vec::<String>::new());
    assert_eq!([forked.len(), lost.len(), denied.len(), torn.len()], [1; 4]);
}

/// Writes until told to stop: each commit again, the very same, until it is known what became of it.
async fn write(store: Store, room: RoomId, name: String, weather: Arc<Weather>) -> Vec<Told> {
    let (mut told, mut place) = (Vec::new(), 1);
    while !weather.over.load(Ordering::Acquire) {
        let entry = format!("{name} {place}");
        let row = Key { table: TABLE, partition: Spec::partition(&room), sort: entry.clone().into() };
        let commit = Commit {
            key: log_key(&room, place, place),
            entry: entry.clone().into(),
            stamp: i64::try_from(place).unwrap(),
            note: None,
            writes: vec![Write::Put(row, entry.clone().into())],
            claims: Vec::new(),
        };
        let outcome = loop {
            match store.apply(Batch::from(commit.clone())).await.unwrap() {
                Outcome::Unknown => {
                    weather.unknown.fetch_add(1, Ordering::AcqRel);
                    sleep(Duration::from_millis(50)).await;
                }
                outcome => break outcome,
            }
        };
        told.push(Told { place, entry, ours: outcome == Outcome::Applied });
        weather.written.fetch_add(1, Ordering::AcqRel);
        place += 1;
    }
    told
}

#[derive(Default)]
struct Weather {
    over: AtomicBool,
    unknown: AtomicU64,
    written: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_two_of_three_copies_standing_still_no_log_forks_and_nothing_acknowledged_is_lost() {
    let Some(jars) = jars() else { return };
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(&jars, &dir.path().join("1"), "").await;
    let second = first.another(&dir.path().join("2"), Ipv4Addr::new(127, 0, 0, 2)).await;
    let third = first.another(&dir.path().join("3"), Ipv4Addr::new(127, 0, 0, 3)).await;
    let config = Config { nodes: vec![first.address.clone()], ..Config::default() };
    Store::migrate(&config, &[]).await.unwrap();
    let store = Store::connect(&config, &[], Clock::system()).await.unwrap();
    let weather = Arc::new(Weather::default());
    let rooms: Vec<RoomId> =
        (0..ROOMS).map(|_| RoomId::new("project", Clock::system().new_id::<()>().uuid())).collect();
    let writers = rooms.iter().flat_map(|room| [(room, "left"), (room, "right")]);
    let writers = writers.map(|(room, name)| {
        tokio::spawn(write(store.clone(), room.clone(), name.to_owned(), Arc::clone(&weather)))
    });
    let writers: Vec<_> = writers.collect();

    let written = || weather.written.load(Ordering::Acquire);
    let mut unknown = Vec::new();
    // Each time other two of the three: the majority that saw a write is not the one that sees the next.
    for still in [[&second, &third], [&first, &second], [&third, &first]] {
        let before = written();
        while written() < before + 40 {
            sleep(Duration::from_millis(20)).await;
        }
        let before = weather.unknown.load(Ordering::Acquire);
        still.iter().for_each(|server| server.freeze());
        sleep(Duration::from_secs(4)).await;
        still.iter().for_each(|server| server.thaw());
        unknown.push(weather.unknown.load(Ordering::Acquire) - before);
    }
    let before = written();
    while written() < before + 40 {
        sleep(Duration::from_millis(20)).await;
    }
    weather.over.store(true, Ordering::Release);

    let mut told = Vec::new();
    for writer in writers {
        told.push(writer.await.unwrap());
    }
    assert!(unknown.iter().all(|times| *times > 0), "the weather was fair: {unknown:?}");
    for (room, told) in rooms.iter().zip(told.chunks(2)) {
        let (log, rows) = read(&store, room).await;
        assert!(log.len() >= 10, "hardly anything was written: {log:?}");
        assert_eq!(faults(&told.concat(), &log, &rows), Vec::<String>::new());
    }
}

/// The log, and the rows beside it.
async fn read(store: &Store, room: &RoomId) -> (Vec<String>, BTreeMap<String, String>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let all = |table| Range::partition(table, Spec::partition(room), usize::MAX);
    let log = store.scan(&all(LOG)).await.unwrap();
    let rows = store.scan(&all(TABLE)).await.unwrap();
    (
        log.iter().map(|row| text(&row.value)).collect(),
        rows.iter().map(|row| (text(&row.sort), text(&row.value))).collect(),
    )
}
