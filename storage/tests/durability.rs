//! What was acknowledged lasts: through a kill, through a lost page cache, through a torn journal.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "support/load.rs"]
mod load;
#[path = "support/trace.rs"]
mod trace;

use load::{batch, standing, token};
use schema::{clock::Clock, time::Timestamp};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use storage::{Config, Outcome, Store};

const WRITER: &str = env!("CARGO_BIN_EXE_durable-writer");

fn open(dir: &Path) -> Store {
    Store::open(dir, &Config::default()).unwrap()
}

/// A receipt's room and commit.
fn parse(receipt: &str) -> (usize, u64) {
    let (room, commit) = receipt.split_once(' ').unwrap();
    (room.parse().unwrap(), commit.parse().unwrap())
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged_and_tears_nothing() {
    const ROOMS: usize = 8;
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<usize, u64> = BTreeMap::new();
    for receipts_before_the_kill in [1, 40, 3_000, 333, 9_000] {
        let mut child = Command::new(WRITER)
            .arg(dir.path())
            .args([&ROOMS.to_string(), "1000000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        for _ in 0..receipts_before_the_kill {
            line.clear();
            lines.read_line(&mut line).unwrap();
            acknowledged.extend([parse(line.trim().strip_prefix("receipt ").unwrap())]);
        }

        child.kill().unwrap();
        // What had left before the kill is a promise too.
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        acknowledged.extend(rest.lines().map(|line| parse(line.strip_prefix("receipt ").unwrap())));
        child.wait().unwrap();

        let standing = standing(&open(dir.path()), ROOMS).await.unwrap();
        for (room, commit) in &acknowledged {
            assert!(standing[*room] >= *commit, "room {room} has {standing:?}, acknowledged was {commit}");
        }
    }
}

/// Runs the writer under strace; `None` where there is no strace.
#[expect(clippy::print_stdout, reason = "whoever reads the test's output must know what was not checked")]
fn traced(dir: &Path, options: &[&str], rooms: usize, commits: u64) -> Option<String> {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("skipped: strace is not installed");
        return None;
    }
    let output = Command::new("strace")
        .args(["-f", "-y", "-s", "1000000", "-o"])
        .arg(dir.join("trace"))
        .args(options)
        .args([WRITER.as_ref(), dir.join("store").as_os_str()])
        .args([rooms.to_string(), commits.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

const CALLS: [&str; 2] = ["-e", "trace=fsync,fdatasync,write,pwrite64,writev,sendto"];

#[test]
fn no_receipt_leaves_before_a_sync_that_follows_its_journal_write() {
    let trace = |rooms, commits| {
        let dir = tempfile::tempdir().unwrap();
        traced(dir.path(), &CALLS, rooms, commits)?;
        Some(fs::read_to_string(dir.path().join("trace")).unwrap())
    };
    let (Some(crowd), Some(alone)) = (trace(8, 40), trace(1, 40)) else { return };
    let receipts = |trace: &str| {
        trace::receipts(trace, |words| {
            let (room, commit) = parse(words);
            token(room, commit)
        })
    };

    assert_eq!(receipts(&crowd), Ok(320));
    assert_eq!(receipts(&alone), Ok(40));

    // The check must be able to fail: without syncs, with failed ones, with a receipt before its sync.
    let unsynced: Vec<&str> = alone.lines().filter(|line| !line.contains("fdatasync(")).collect();
    let failed = alone.replace(") = 0", ") = -1 EIO (Input/output error)");
    let mut early: Vec<&str> = alone.lines().collect();
    let sync = early.iter().rposition(|line| line.contains("fdatasync(")).unwrap();
    let receipt = early.iter().rposition(|line| line.contains("\"receipt ")).unwrap();
    let line = early.remove(receipt);
    early.insert(sync, line);
    for doctored in [unsynced.join("\n"), failed, early.join("\n")] {
        assert!(receipts(&doctored).is_err(), "the check accepts a trace that breaks the promise");
    }
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_certain_and_nothing_more_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let failing = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=25+"];
    let Some(lines) = traced(dir.path(), &failing, 4, 40) else { return };

    let said = |start: &str| lines.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    let (receipts, unknown, stopped) = (said("receipt "), said("Unknown "), said("Stopped("));

    assert_eq!(receipts.len() + unknown.len() + stopped.len(), 160, "{lines}");
    assert!((1..=4).contains(&unknown.len()), "a room has one commit under way: {unknown:?}");
    assert!(!receipts.is_empty() && stopped.len() > 50, "{lines}");
    assert!(lines.rfind("receipt ") < lines.find("Unknown "), "a receipt after the failure: {lines}");
    let standing = standing(&open(&dir.path().join("store")), 4).await.unwrap();
    for receipt in receipts {
        let (room, commit) = parse(receipt.strip_prefix("receipt ").unwrap());
        assert!(standing[room] >= commit, "{receipt}, but {standing:?}");
    }
}

/// A directory whose journal ends in commits that no sync is known to have followed.
struct Cut {
    dir: tempfile::TempDir,
    acknowledged: u64,
    /// Where the last acknowledged commit ends in the journal.
    synced: u64,
    /// Where the journal ends.
    end: u64,
}

impl Cut {
    async fn new(acknowledged: u64, more: u64) -> Self {
        let (dir, live) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = open(live.path());
        let journal = journal(live.path());
        for commit in 1..=acknowledged {
            assert_eq!(store.apply(batch(0, commit)).await.unwrap(), Outcome::Applied);
        }
        let synced = written(&journal);
        for commit in acknowledged + 1..=acknowledged + more {
            assert_eq!(store.apply(batch(0, commit)).await.unwrap(), Outcome::Applied);
        }
        copy(live.path(), dir.path());
        let end = written(&journal);
        Self { dir, acknowledged, synced, end }
    }

    /// A copy whose journal ends at `at`, followed by zeros where `padded`: journals are allocated ahead.
    fn at(&self, at: u64, padded: bool) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        copy(self.dir.path(), dir.path());
        let file = OpenOptions::new().write(true).open(journal(dir.path())).unwrap();
        file.set_len(at).unwrap();
        file.set_len(if padded { at + (1 << 20) } else { at }).unwrap();
        dir
    }
}

fn journal(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir.join("data")).unwrap().map(|entry| entry.unwrap().path());
    let journals: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "jnl")).collect();
    assert_eq!(journals.len(), 1, "the load fits into one journal");
    journals.into_iter().next().unwrap()
}

/// Where the zeros allocated ahead begin.
fn written(journal: &Path) -> u64 {
    let bytes = fs::read(journal).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    u64::try_from(end).unwrap()
}

/// Copies a directory; of a journal only what is written.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else if to.extension().is_some_and(|end| end == "jnl") {
            let mut written = File::open(entry.path()).unwrap().take(self::written(&entry.path()));
            std::io::copy(&mut written, &mut File::create(to).unwrap()).unwrap();
        } else if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_journal_cut_past_its_last_sync_opens_and_holds_all_that_was_acknowledged() {
    let cut = Cut::new(40, 12).await;
    let chance = Clock::seeded(1, Timestamp::default());
    let mut offsets = vec![cut.synced, cut.synced + 1, cut.end - 1, cut.end];
    offsets.extend((0..36).map(|_| cut.synced + chance.below(cut.end - cut.synced)));

    for (i, at) in offsets.into_iter().enumerate() {
        let dir = cut.at(at, i % 2 == 0);
        let standing = standing(&open(dir.path()), 1).await.unwrap();
        assert!(standing[0] >= cut.acknowledged, "cut at {at}: {standing:?}");
    }
}

/// Pages of a write reach the disk in any order, so a power cut may leave any of them blank.
#[tokio::test]
async fn a_last_commit_with_blank_pages_is_cut_off_and_nothing_else() {
    let cut = Cut::new(40, 1).await;
    let chance = Clock::seeded(2, Timestamp::default());

    for _ in 0..60 {
        let dir = cut.at(cut.end, chance.below(2) == 0);
        let at = cut.synced + chance.below(cut.end - cut.synced);
        let length = (cut.end - at).min(1 + chance.below(600));
        blank(&journal(dir.path()), at, length);

        let standing = standing(&open(dir.path()), 1).await.unwrap();

        assert!(standing[0] >= cut.acknowledged, "{length} blank bytes at {at}: {standing:?}");
    }
}

#[tokio::test]
async fn a_journal_damaged_before_acknowledged_commits_is_reported_and_left_alone() {
    let cut = Cut::new(40, 1).await;
    let chance = Clock::seeded(3, Timestamp::default());

    for _ in 0..20 {
        let dir = cut.at(cut.end, false);
        let file = journal(dir.path());
        let at = cut.synced * (1 + chance.below(3)) / 4 + chance.below(500);
        blank(&file, at, 300);
        let damaged = fs::read(&file).unwrap();

        let outcome = Store::open(dir.path(), &Config::default());

        let reason = outcome.err().expect("commits that were acknowledged are gone").to_string();
        assert!(reason.contains("damaged at byte"), "{reason}");
        assert!(fs::read(&file).unwrap() == damaged, "what a backup may still need was changed");
    }
}

fn blank(file: &Path, at: u64, length: u64) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&vec![0; usize::try_from(length).unwrap()]).unwrap();
}
