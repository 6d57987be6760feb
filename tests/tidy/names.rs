//! Names say the thing, not its kind; imports say what they take; a test is named after what it shows.

use super::{forgives, holds, house::House, notices};

/// Words that say nothing about the thing they end.
const EMPTY: [&str; 9] =
    ["Base", "Common", "Helper", "Helpers", "Impl", "Manager", "Service", "Util", "Utils"];

fn empty_names(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for page in house.like("", ".rs") {
        for (number, line) in page.lines() {
            let Some(name) = declared(line, &["struct ", "enum ", "trait ", "type "]) else { continue };
            if EMPTY.iter().any(|word| name.ends_with(word)) {
                found.push(format!("{}:{number}: `{name}` names a kind, not a thing", page.path));
            }
        }
    }
    found
}

fn halls(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for page in house.like("", ".rs") {
        let imports = page.lines_before_tests().filter(|(_, line)| {
            let line = line.trim_start();
            (line.starts_with("use ") || line.starts_with("pub use ")) && line.ends_with("::*;")
        });
        found.extend(
            imports
                .filter(|(_, line)| !line.contains("::prelude::*"))
                .map(|(number, _)| format!("{}:{number}: import the room, not the hall", page.path)),
        );
    }
    found
}

/// A sentence has at least three words.
fn mute_tests(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for page in house.like("", ".rs") {
        let mut is_test = false;
        for (number, line) in page.lines() {
            let line = line.trim_start();
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some(name) = declared(line, &["fn "]).filter(|_| is_test) {
                is_test = false;
                if name.split('_').count() < 3 {
                    found.push(format!("{}:{number}: `{name}` is no sentence", page.path));
                }
            }
        }
    }
    found
}

/// The name that a line declares after one of these words.
fn declared<'a>(line: &'a str, words: &[&str]) -> Option<&'a str> {
    let mut line = line.trim_start();
    for before in ["pub(super) ", "pub(crate) ", "pub ", "async ", "const "] {
        line = line.strip_prefix(before).unwrap_or(line);
    }
    let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[test]
fn types_are_named_after_things() {
    holds(empty_names);
}

#[test]
fn imports_say_what_they_take() {
    holds(halls);
}

#[test]
fn tests_are_named_by_sentences() {
    holds(mute_tests);
}

#[test]
fn an_empty_name_is_noticed() {
    notices(empty_names, &[("engine/src/a.rs", "pub(crate) struct RoomManager {")], "`RoomManager`");
    notices(empty_names, &[("engine/src/a.rs", "pub trait Service: Send {}")], "`Service`");
    forgives(empty_names, &[("engine/src/a.rs", "pub struct Room;\nimpl fmt::Display for Room {}")]);
}

#[test]
fn a_glob_import_is_noticed() {
    notices(halls, &[("engine/src/a.rs", "    pub use crate::rooms::*;")], "a.rs:1");
    forgives(
        halls,
        &[("engine/src/a.rs", "use crate::Room;\n#[cfg(test)]\nmod tests {\n    use super::*;\n}")],
    );
}

#[test]
fn a_test_without_a_sentence_is_noticed() {
    notices(mute_tests, &[("engine/src/a.rs", "#[tokio::test]\nasync fn joins() {}")], "`joins`");
    forgives(mute_tests, &[("engine/src/a.rs", "#[test]\nfn a_join_is_answered() {}\nfn room() {}")]);
}
