//! The shape of a file: it says what it is, it is small, and it leaves nothing for later.

use super::{Rule, forgives, holds, house::House, notices};

/// The longest file that needs no reason.
const LINES_MAX: usize = 400;

/// Files that are longer, each with its reason. A line here is asked for in review, and goes when the
/// file is short again.
const LONG: &[(&str, &str)] = &[];

fn headless(house: &House) -> Vec<String> {
    let files = house.like("", ".rs").filter(|page| !page.text.starts_with("//! "));
    files.map(|page| format!("{}: the first line must say what the file is (`//! …`)", page.path)).collect()
}

fn long(house: &House) -> Vec<String> {
    too_long(house, LONG)
}

fn too_long(house: &House, excused: &[(&str, &str)]) -> Vec<String> {
    let length = |path: &str| house.text(path).lines().count();
    let is_excused = |path: &str| excused.iter().any(|(long, _)| *long == path);
    let over = house.like("", ".rs").filter(|page| length(page.path) > LINES_MAX && !is_excused(page.path));
    let idle = excused.iter().filter(|(path, _)| length(path) <= LINES_MAX);
    over.map(|page| {
        format!("{}: {} lines, {LINES_MAX} are enough for one idea", page.path, length(page.path))
    })
    .chain(idle.map(|(path, _)| format!("{path}: is short or gone, strike it from the list")))
    .collect()
}

/// What puts something off, or silences a rule. Spelled in pieces, so that this file keeps the rule.
fn markers() -> Vec<String> {
    let pieces =
        ["TO+DO", "FIX+ME", "XX+X", "to+do!", "unimple+mented!", "#[ig+nore", "#[al+low(", "#![al+low("];
    pieces.iter().map(|pieces| pieces.replace('+', "")).collect()
}

fn put_off(house: &House) -> Vec<String> {
    let markers = markers();
    let code = [".rs", ".toml", ".ci/run"].into_iter().flat_map(|end| house.like("", end));
    let mut found = Vec::new();
    for page in code {
        for (number, line) in page.lines() {
            found.extend(
                markers
                    .iter()
                    .filter(|marker| line.contains(*marker))
                    .map(|marker| format!("{}:{number}: `{marker}` puts something off", page.path)),
            );
        }
    }
    found
}

fn unlinted(house: &House) -> Vec<String> {
    let crates = house.like("", "/Cargo.toml").filter(|page| page.text.contains("workspace = true"));
    let lax = crates.filter(|page| page.section("lints").next() != Some("workspace = true"));
    lax.map(|page| format!("{}: the lint table of the workspace is not taken over", page.path)).collect()
}

#[test]
fn every_file_says_what_it_is() {
    holds(headless);
}

#[test]
fn files_are_small() {
    holds(long);
}

#[test]
fn nothing_is_put_off() {
    holds(put_off);
}

#[test]
fn every_crate_keeps_the_lints() {
    holds(unlinted);
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_noticed() {
    notices(headless, &[("engine/src/a.rs", "use std::fmt;\n//! Late.")], "engine/src/a.rs");
    forgives(headless, &[("engine/src/a.rs", "//! What it is.\n")]);
}

#[test]
fn a_long_file_is_noticed_and_so_is_an_idle_excuse() {
    const EXCUSED: &[(&str, &str)] = &[("engine/src/long.rs", "it is one idea")];
    let excused: Rule = |house| too_long(house, EXCUSED);
    let (longest, longer) = ("\n".repeat(LINES_MAX), "\n".repeat(LINES_MAX + 1));

    notices(long, &[("engine/src/a.rs", &longer)], "401 lines");
    notices(excused, &[("engine/src/long.rs", &longest)], "strike it");
    notices(excused, &[], "strike it");
    forgives(excused, &[("engine/src/a.rs", &longest), ("engine/src/long.rs", &longer)]);
}

#[test]
fn every_marker_is_noticed() {
    for marker in markers() {
        notices(put_off, &[("engine/src/a.rs", &format!("//! A.\n{marker}"))], &marker);
    }
    forgives(put_off, &[("work/src/tasks.rs", "//! The first column is \"todo\".\n")]);
}

#[test]
fn a_crate_without_the_lints_is_noticed() {
    notices(unlinted, &[("engine/Cargo.toml", "[package]\nversion.workspace = true\n")], "lint table");
    forgives(unlinted, &[("engine/Cargo.toml", "[lints]\nworkspace = true\n")]);
}
