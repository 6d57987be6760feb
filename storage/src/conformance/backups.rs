//! Promises about backups: what is copied is a state that the store was in, room by room, and whatever store it is
//! restored into goes on from there.

use super::ground::{Ground, put};
use crate::{
    Batch, Claim, Commit, Error, Outcome, Range, Store, Write,
    backup::{Counts, Record, tampered, verify},
    simulated::Faults,
};
use bytes::Bytes;
use schema::{
    clock::Clock,
    key::Key,
    table::{LOG, Slot},
};
use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::task::{JoinSet, yield_now};

/// Rooms that are written to while a copy is made.
const ROOMS: usize = 8;
/// Commits of each before it is begun.
const BEFORE: u64 = 5;
/// Rows of a room that stay: older ones are removed.
const STAYING: u64 = 3;

const PENDING: &[u8] = b"pending";
const HELD: &[u8] = b"held";

async fn export(store: &Store, to: &Path) -> Result<Counts, Error> {
    let file = File::create(to).map_err(|error| Error::Unwritten(error.to_string()))?;
    store.export(Box::new(BufWriter::new(file))).await
}

pub(super) async fn restored(store: Store, empty: Store, dir: PathBuf) -> Result<(), Error> {
    let ground = Ground::new(store);
    // Two buckets of a store that keeps logs in buckets.
    let commits: [u64; 5] = [1, 2, 511, 512, 513];
    for number in commits {
        let row = ground.row(&number.to_be_bytes());
        commit(&ground, 0, number, vec![put(row, b"row")], Vec::new()).await?;
    }
    let slots = [Slot::Rows, Slot::Index(2), Slot::Find];
    let keys = slots.map(|slot| ground.key(slot, b"kept", if slot == Slot::Find { b"" } else { b"a" }));
    ground.write(keys.iter().map(|key| put(key.clone(), &[0; 70_000])).collect()).await?;
    ground.put_rows([&b"gone"[..]]).await?;
    ground.write(vec![Write::Delete(ground.row(b"gone"))]).await?;
    ground.claim_all(vec![claim(ground.claim(b"mail"), None, Some(HELD))]).await?;
    ground.store.probe().await?;
    let file = dir.join("whole");

    let copied = export(&ground.store, &file).await?;
    for damage in damages(&file) {
        let refused = empty.import(&damage).await;
        assert!(matches!(refused, Err(Error::Damaged(_))), "{}: {refused:?}", damage.display());
    }
    let before = empty.incarnation();
    let counts = empty.import(&file).await?;

    assert_eq!(verify(&file)?.1, copied);
    assert_eq!(counts, copied);
    assert!(![before, ground.store.incarnation()].contains(&empty.incarnation()), "it is another store now");
    let copy = ground.elsewhere(empty);
    assert_eq!(copy.store.scan(&copy.all()).await?, ground.store.scan(&ground.all()).await?);
    for key in keys.iter().chain([&ground.claim(b"mail"), &ground.row(b"gone")]) {
        assert_eq!(copy.get(key).await?, ground.get(key).await?, "{key:?}");
    }
    let log = Range::partition(LOG, ground.log_key(0, 1).partition, 99);
    assert_eq!(copy.store.scan(&log).await?, ground.store.scan(&log).await?);
    copy.store.redo(&copy.room(0)).await?;
    for (number, outcome) in [(513, Outcome::Fenced), (514, Outcome::Applied)] {
        let row = vec![put(copy.row(b"next"), b"row")];
        let batch = super::ground::commit(copy.log_key(0, number), b"next", row);
        assert_eq!(copy.store.apply(batch).await?, outcome);
    }
    let over = claim(copy.claim(b"mail"), Some(HELD), Some(b"other"));
    assert_eq!(copy.store.apply(Batch::Claim(vec![over.clone()])).await?, Outcome::Applied);
    assert_eq!(copy.store.apply(Batch::Claim(vec![over])).await?, Outcome::Taken(vec![copy.claim(b"mail")]));
    let again = copy.store.import(&file).await;
    assert!(matches!(again, Err(Error::Occupied(_))), "{again:?}");
    assert!(copy.get(&copy.row(b"next")).await?.is_some(), "a refusal changes nothing");
    Ok(())
}

/// Files that are no whole backups any more.
fn damages(file: &Path) -> Vec<PathBuf> {
    let whole = fs::read(file).unwrap_or_default();
    let length = whole.len();
    let cut = [0, 4, 8, 20, length / 3, length / 2, length - 40, length - 1].map(|end| whole.get(..end));
    let cut = cut.into_iter().flatten().map(<[u8]>::to_vec);
    let turned = [3, 9, 20, length / 2, length - 2].into_iter().map(|at| {
        let mut bytes = whole.clone();
        bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
        bytes
    });
    let longer = [&whole[..], &[0]].concat();
    let write = |(number, bytes): (u32, Vec<u8>)| {
        let path = file.with_extension(number.to_string());
        assert!(fs::write(&path, bytes).is_ok(), "a test has its folder to itself");
        path
    };
    (0..).zip(cut.chain(turned).chain([longer])).map(write).collect()
}

pub(super) async fn busy(store: Store, empty: Store, dir: PathBuf) -> Result<(), Error> {
    let ground = Ground::new(store);
    let enough = Arc::new(AtomicBool::new(false));
    let mut rooms = JoinSet::new();
    let begun: Vec<Arc<AtomicU64>> = (0..ROOMS).map(|_| Arc::default()).collect();
    for (room, begun) in begun.iter().enumerate() {
        rooms.spawn(talk(ground.clone(), room, Arc::clone(begun), Arc::clone(&enough)));
    }
    while begun.iter().any(|commits| commits.load(Ordering::Acquire) < BEFORE) {
        yield_now().await;
    }
    let file = dir.join("busy");

    let counts = export(&ground.store, &file).await;
    enough.store(true, Ordering::Release);
    for outcome in rooms.join_all().await {
        outcome?;
    }
    counts?;
    empty.import(&file).await?;

    let heads = examine(&ground.elsewhere(empty)).await?;
    let heads = heads.unwrap_or_else(|torn| panic!("the copy is no state of the store: {torn}"));
    assert!(heads.iter().all(|head| *head >= BEFORE), "what was there before is in the copy: {heads:?}");
    assert!(examine(&ground).await?.is_ok(), "the store itself is sound");
    for (name, flaw) in FLAWS {
        notices(&ground, &file, name, *flaw).await?;
    }
    // Of a copy that was made while commits went on, what they wrote has to be written again.
    let mut again = 0;
    let noticed = examine_flawed(&ground, &file, |mut record| {
        if let Some(behind) = &mut record.behind {
            again += usize::from(behind.redo.take().is_some());
        }
        Some(record)
    });
    let noticed = noticed.await?;
    assert!(again == 0 || noticed, "rows that are older than their log went unnoticed");
    Ok(())
}

/// What could be wrong with a copy.
type Flaw = fn(&Ground, Record) -> Option<Record>;

const FLAWS: &[(&str, Flaw)] = &[
    ("a line of a log is missing", |ground, record| (record.key != ground.log_key(1, 3)).then_some(record)),
    ("a row is missing", |ground, record| {
        (record.key != latest(ground, 2)).then_some(Record { behind: None, ..record })
    }),
    ("a row is older than its log", |ground, record| {
        let value = if record.key == latest(ground, 2) { Bytes::from_static(&[0; 8]) } else { record.value };
        Some(Record { value, behind: None, ..record })
    }),
    ("claims are not confirmed", |_, record| {
        let value = if record.key.is_claim() { Bytes::from_static(PENDING) } else { record.value };
        Some(Record { value, behind: None, ..record })
    }),
];

async fn notices(ground: &Ground, file: &Path, name: &str, flaw: Flaw) -> Result<(), Error> {
    let noticed = examine_flawed(ground, file, |record| flaw(ground, record)).await?;
    assert!(noticed, "{name}, and nobody noticed");
    Ok(())
}

/// Whether the examination finds something wrong with a copy after every record of it was looked at.
async fn examine_flawed(
    ground: &Ground,
    file: &Path,
    look: impl FnMut(Record) -> Option<Record>,
) -> Result<bool, Error> {
    let flawed = file.with_extension("flawed");
    let out = File::create(&flawed).map_err(|error| Error::Unwritten(error.to_string()))?;
    tampered(file, Box::new(BufWriter::new(out)), look)?;
    let store = Store::simulated(Clock::system(), Faults::default());
    store.import(&flawed).await?;
    Ok(examine(&ground.elsewhere(store)).await?.is_err())
}

/// A room that commits until it is enough. Its n-th commit writes n to one row, makes the n-th row and its index
/// entry, removes older ones, and exchanges the value it holds for the n-th.
async fn talk(
    ground: Ground,
    room: usize,
    commits: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
) -> Result<(), Error> {
    for number in 1.. {
        if enough.load(Ordering::Acquire) {
            break;
        }
        let next = value(&ground, room, number);
        ground.claim_all(vec![claim(next.clone(), None, Some(PENDING))]).await?;
        let mut claims = vec![claim(next, Some(PENDING), Some(HELD))];
        let mut writes = vec![put(latest(&ground, room), &number.to_be_bytes())];
        for slot in SLOTS {
            writes.push(put(numbered(&ground, slot, room, number), HELD));
            writes.extend(
                number.checked_sub(STAYING).map(|old| Write::Delete(numbered(&ground, slot, room, old))),
            );
        }
        if number > 1 {
            claims.push(claim(value(&ground, room, number - 1), Some(HELD), None));
        }
        commit(&ground, room, number, writes, claims).await?;
        commits.store(number, Ordering::Release);
        yield_now().await;
    }
    Ok(())
}

const SLOTS: [Slot; 2] = [Slot::Rows, Slot::Index(1)];

/// Where each room's log ends, or what is wrong with one of them: rows must be what its log amounts to.
async fn examine(ground: &Ground) -> Result<Result<Vec<u64>, String>, Error> {
    let mut heads = Vec::new();
    for room in 0..ROOMS {
        let log = Range::partition(LOG, ground.log_key(room, 1).partition, usize::MAX);
        let log = ground.store.scan(&log).await?;
        let mut head = 0;
        for (number, line) in (1..).zip(&log) {
            if line.sort != ground.log_key(room, number).sort {
                return Ok(Err(format!("the log of room {room} has a gap at commit {number}")));
            }
            head = number;
        }
        if ground.get(&latest(ground, room)).await?.as_deref() != Some(&head.to_be_bytes()[..]) {
            return Ok(Err(format!("the row of room {room} is not of commit {head}")));
        }
        let expected: Vec<Bytes> = (head.saturating_sub(STAYING - 1).max(1)..=head)
            .map(|number| Bytes::copy_from_slice(&number.to_be_bytes()))
            .collect();
        for slot in SLOTS {
            let Key { table, partition, .. } = numbered(ground, slot, room, 0);
            let rows = ground.store.scan(&Range::partition(table, partition, usize::MAX)).await?;
            let rows: Vec<Bytes> = rows.into_iter().map(|row| row.sort).collect();
            if rows != expected {
                return Ok(Err(format!("room {room}, commit {head}, {slot:?}: {rows:?}")));
            }
        }
        for number in head.saturating_sub(9).max(1)..=head + 2 {
            let found = ground.get(&value(ground, room, number)).await?;
            let sound = match number {
                now if now == head => found.as_deref() == Some(HELD),
                past if past < head => found.is_none(),
                // Whoever was about to commit may have taken it.
                _ => found.is_none_or(|found| found == PENDING),
            };
            if !sound {
                return Ok(Err(format!("room {room}, commit {head}: value {number} stands wrong")));
            }
        }
        heads.push(head);
    }
    Ok(Ok(heads))
}

fn latest(ground: &Ground, room: usize) -> Key {
    ground.key(Slot::Rows, b"latest", &room.to_be_bytes())
}

fn numbered(ground: &Ground, slot: Slot, room: usize, number: u64) -> Key {
    ground.key(slot, &room.to_be_bytes(), &number.to_be_bytes())
}

fn value(ground: &Ground, room: usize, number: u64) -> Key {
    ground.claim(&[room.to_be_bytes(), number.to_be_bytes()].concat())
}

fn claim(key: Key, expected: Option<&[u8]>, value: Option<&[u8]>) -> Claim {
    Claim { key, expected: expected.map(Bytes::copy_from_slice), value: value.map(Bytes::copy_from_slice) }
}

/// A commit that must succeed.
async fn commit(
    ground: &Ground,
    room: usize,
    number: u64,
    writes: Vec<Write>,
    claims: Vec<Claim>,
) -> Result<(), Error> {
    let (key, entry) = (ground.log_key(room, number), Bytes::copy_from_slice(&number.to_be_bytes()));
    let note = Some(put(ground.row(b"note"), b"note"));
    let commit = Commit { key, entry, stamp: Clock::system().now_us(), note, writes, claims };
    assert_eq!(ground.store.apply(Batch::from(commit)).await?, Outcome::Applied, "nobody else writes here");
    Ok(())
}
