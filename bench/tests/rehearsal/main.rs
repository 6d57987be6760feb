//! The harness against a server in miniature. An honest one must pass every audit, also through a kill;
//! one that lies must be caught, each lie by the audit that is there for it. Nothing here measures.

#![cfg(test)]

mod server;

use server::Lie;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// How this program is told to be the server: its command line in a variable, because the test runner
/// has a command line of its own.
const ROLE: &str = "REHEARSAL_COMMAND";

/// Not a test: the server's program, when the harness starts it.
#[test]
fn play_the_server() {
    let Ok(line) = std::env::var(ROLE) else { return };
    let words: Vec<_> = line.split(' ').collect();
    let after = |name: &str| words[words.iter().position(|word| *word == name).unwrap() + 1];
    match words[0] {
        "serve" => {
            let lie = Lie::named(&std::env::var("REHEARSAL_LIE").unwrap_or_default());
            // One of several machines has no data of its own; here it has some in place of what they share.
            let shared = std::env::var("REHEARSAL_SHARED").unwrap();
            let data = if words.contains(&"--data") { after("--data") } else { &shared };
            server::serve(after("--listen").parse().unwrap(), Path::new(data), lie);
        }
        "migrate" | "backup" | "restore" => {}
        _ => {
            let (users, rooms) = (after("--users").parse().unwrap(), after("--rooms").parse().unwrap());
            server::seed(Path::new(after("--tokens")), users, rooms);
        }
    }
}

/// A program with the server's command line, made of this one.
fn program(folder: &Path) -> PathBuf {
    let path = folder.join("ecosystia");
    let this = std::env::current_exe().unwrap();
    let shared = folder.join("shared");
    let script = format!(
        "#!/bin/sh\nREHEARSAL_SHARED={} {ROLE}=\"$*\" exec {} --exact play_the_server --nocapture\n",
        shared.display(),
        this.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs a scenario against a server that tells this lie.
fn rehearse(scenario: &str, lie: Lie) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(scenario.split(' '))
        .args(["--people-a-crowd", "60", "--patience", "10", "--server-bin"])
        .arg(program(folder.path()))
        .arg("--data")
        .arg(folder.path().join("data"))
        .arg("--out")
        .arg(folder.path().join("reports"))
        .env("REHEARSAL_LIE", format!("{lie:?}"))
        .output()
        .unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    output
}

fn passes(scenario: &str) {
    let output = rehearse(scenario, Lie::None);

    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("✗ every"));
}

/// The lie must fail exactly the audit that is there for it.
fn is_caught(scenario: &str, lie: Lie, by: &str) {
    let output = rehearse(scenario, lie);

    assert_eq!(output.status.code(), Some(1), "{lie:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("✗ {by}")), "{lie:?} is not caught by «{by}»");
}

const CHAT: &str = "chat --meetings 12 --size 10 --rate 200 --seconds 2";

#[test]
fn an_honest_chat_passes() {
    passes(CHAT);
}

#[test]
fn an_honest_chat_passes_through_a_kill() {
    passes("chat --meetings 12 --size 10 --rate 200 --seconds 4 --kill");
}

#[test]
fn an_honest_broadcast_passes_with_its_bare_loop() {
    passes("broadcast --people 100 --rate 20 --seconds 2");
}

#[test]
fn an_honest_resume_passes() {
    passes("resume --people 100 --messages 50");
}

#[test]
fn an_honest_slow_reader_passes() {
    passes("slow-reader --people 100 --slow 10 --seconds 2");
}

#[test]
fn an_honest_connect_and_idle_and_rest_pass() {
    passes("connect --people 100");
    passes("idle --people 100 --seconds 1");
    passes("rest --rate 100 --seconds 1 --flat-out 0.5 --tasks 20");
}

const LISTS: &str = "lists --tasks 200 --counted 50 --asks 3 --depth 2 --starts 1";

#[test]
fn an_honest_list_passes_and_a_short_page_is_caught() {
    passes(LISTS);
    is_caught(LISTS, Lie::Short, "every page was whole");
}

/// One server, because those in miniature share nothing.
const CAPACITY: &str = "capacity --sessions 60 --nodes 1 --crowds 2 --per-project 15 --rate 600 --seconds 2 \
    --calm-seconds 1 --cql 127.0.0.1:1 --nats 127.0.0.1:1";

#[test]
fn an_honest_capacity_passes_through_a_crash() {
    passes(&format!("{CAPACITY} --events node-crash --knee --step-seconds 1"));
}

#[test]
fn a_skipped_task_is_caught() {
    is_caught(CAPACITY, Lie::Skip, "steady: no gap, no duplicate, nothing malformed");
    is_caught(CAPACITY, Lie::Skip, "steady: everybody heard every task once");
}

#[test]
fn a_skipped_event_is_caught() {
    is_caught(CHAT, Lie::Skip, "no gap, no duplicate, nothing malformed");
    is_caught(CHAT, Lie::Skip, "everybody heard every message once");
}

#[test]
fn a_repeated_event_is_caught() {
    is_caught(CHAT, Lie::Repeat, "no gap, no duplicate, nothing malformed");
}

#[test]
fn a_forgotten_message_is_caught() {
    is_caught(CHAT, Lie::Forget, "every acknowledged message is in the history once");
}

#[test]
fn a_message_kept_twice_is_caught() {
    is_caught(CHAT, Lie::Twice, "every acknowledged message is in the history once");
}

#[test]
fn a_resume_that_sends_nothing_is_caught() {
    is_caught("resume --people 20 --messages 20", Lie::NoResume, "no gap, no duplicate, nothing malformed");
}
