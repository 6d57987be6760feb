//! What others rely on, printed and checked in: frames, tables, operations, permissions. A difference
//! fails until it is meant: `ECOSYSTIA_TEST_ACCEPT=1 cargo test -p tests contract` writes the files anew.

mod catalog;
mod frames;
mod heard;
mod openapi;
mod operations;
mod paper;
mod permissions;
mod samples;
mod stranger;
mod tables;

use std::{env, fs, path::Path};

/// Where the files are.
const FOLDER: &str = "schema/contract";
/// Set to 1, it says that the change is meant.
const ACCEPT: &str = "ECOSYSTIA_TEST_ACCEPT";

/// The printed text is what the file says; or becomes it, where that was asked for.
#[track_caller]
fn agrees(name: &str, printed: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    let file = folder.join(name);
    if env::var(ACCEPT).is_ok_and(|word| word == "1") {
        fs::create_dir_all(&folder).unwrap();
        return fs::write(&file, printed).unwrap();
    }
    let checked_in = fs::read_to_string(&file).unwrap_or_default();
    if let Some(difference) = difference(&checked_in, printed) {
        panic!(
            "\n{FOLDER}/{name} is not what the code says any more:\n{difference}\n\
             If this is meant: {ACCEPT}=1 cargo test -p tests contract\n"
        );
    }
}

/// The first line in which two texts differ.
fn difference(checked_in: &str, printed: &str) -> Option<String> {
    if checked_in == printed {
        return None;
    }
    let (mut before, mut after) = (checked_in.lines(), printed.lines());
    for number in 1.. {
        let (was, is) = (before.next(), after.next());
        if was != is || was.is_none() {
            let (was, is) = (was.unwrap_or("(the end)"), is.unwrap_or("(the end)"));
            return Some(format!("  line {number} in the file:   {was}\n  line {number} of the code:  {is}"));
        }
    }
    None
}

#[test]
fn a_difference_is_shown_where_it_begins() {
    let shown = difference("one\ntwo\nthree\n", "one\ntwa\nthree\n").unwrap();

    assert!(shown.contains("line 2 in the file:   two") && shown.contains("twa"), "{shown}");
    assert!(difference("", "one\n").unwrap().contains("(the end)"));
    assert!(difference("one\n", "one\ntwo\n").unwrap().contains("two"));
    assert_eq!(difference("one\n", "one\n"), None);
}
