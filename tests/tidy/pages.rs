//! The pages keep their promises: each dependency has its reason, the README has the two commands, and a
//! page that is named is there.

use super::{
    arrows::SECTIONS,
    forgives, holds,
    house::{House, key},
    notices,
};

/// Pages that every reader may expect.
const PAGES: [&str; 6] =
    ["README.md", "ARCHITECTURE.md", "STYLE.md", "DECISIONS.md", "CHANGELOG.md", "LICENSE"];

/// Pages that a command makes.
const MADE: [&str; 1] = ["report.md"];

/// The two commands that a fresh clone is told.
const COMMANDS: [&str; 2] = ["cargo xtask start", "cargo xtask test"];

/// Dependencies against the table of reasons, in both directions, and against the crates that use them.
fn unexplained(house: &House) -> Vec<String> {
    let Some(manifest) = house.pages().find(|page| page.path == "Cargo.toml") else { return Vec::new() };
    let foreign: Vec<&str> = manifest
        .section("workspace.dependencies")
        .filter(|line| !line.contains("path = "))
        .map(key)
        .collect();
    let table = house.text("DECISIONS.md").lines().skip_while(|line| *line != "## Dependencies").skip(1);
    let reasons: Vec<&str> =
        table.take_while(|line| !line.starts_with('#')).filter_map(crates_of).flatten().collect();
    let used: Vec<&str> = house
        .like("", "/Cargo.toml")
        .flat_map(|page| SECTIONS.into_iter().flat_map(move |section| page.section(section)))
        .map(key)
        .collect();

    let unexplained = foreign.iter().filter(|name| !reasons.contains(name));
    let unused = foreign.iter().filter(|name| !used.contains(name));
    let stale = reasons.iter().filter(|name| !foreign.contains(name));
    unexplained
        .map(|name| format!("DECISIONS.md: no line says why we depend on `{name}`"))
        .chain(unused.map(|name| format!("Cargo.toml: no crate uses `{name}`")))
        .chain(stale.map(|name| format!("DECISIONS.md: we do not depend on `{name}`")))
        .collect()
}

/// The crates that a row of the table of reasons is about: `| a, b | why |`.
fn crates_of(line: &str) -> Option<impl Iterator<Item = &str>> {
    let (names, why) = line.strip_prefix('|')?.split_once('|')?;
    let is_row = !why.trim_matches(['|', ' ', '-']).is_empty() && names.trim() != "crate";
    is_row.then(|| names.split(',').map(str::trim))
}

fn missing_pages(house: &House) -> Vec<String> {
    let absent = PAGES.iter().filter(|page| house.text(page).is_empty());
    let silent = COMMANDS.iter().filter(|command| !house.text("README.md").contains(*command));
    absent
        .map(|page| format!("{page}: this page is missing"))
        .chain(silent.map(|command| format!("README.md: `{command}` is not told")))
        .collect()
}

fn dead_ends(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for page in
        house.pages().filter(|page| [".md", ".rs", ".toml"].iter().any(|end| page.path.ends_with(end)))
    {
        for (number, line) in page.lines_before_tests() {
            let names = line.split(|c: char| !c.is_alphanumeric() && !"/._-".contains(c));
            let pages = names
                .map(|name| name.trim_matches('.'))
                .filter(|name| name.len() > 3 && name.ends_with(".md"));
            let dead = pages.filter(|name| !house.has(name.trim_start_matches("/")) && !MADE.contains(name));
            found.extend(dead.map(|name| format!("{}:{number}: there is no page `{name}`", page.path)));
        }
    }
    found
}

#[test]
fn every_dependency_has_its_reason() {
    holds(unexplained);
}

#[test]
fn the_pages_are_there_and_tell_the_two_commands() {
    holds(missing_pages);
}

#[test]
fn a_page_that_is_named_exists() {
    holds(dead_ends);
}

#[test]
fn a_dependency_without_a_reason_or_a_user_is_noticed() {
    let table = ("Cargo.toml", "[workspace.dependencies]\nschema = { path = \"schema\" }\nbytes = \"1\"\n");
    let user = ("schema/Cargo.toml", "[dependencies]\nbytes.workspace = true\n");
    let reasons =
        ("DECISIONS.md", "## Dependencies\n\n| crate | for |\n|---|---|\n| tokio, bytes | frames |\n");

    notices(unexplained, &[table, user, ("DECISIONS.md", "| bytes | sharing |")], "why we depend on `bytes`");
    notices(unexplained, &[table, reasons], "no crate uses `bytes`");
    notices(unexplained, &[table, user, reasons], "do not depend on `tokio`");
    forgives(unexplained, &[table, user, ("DECISIONS.md", "## Dependencies\n| bytes | sharing |\n")]);
}

#[test]
fn a_missing_page_and_a_missing_command_are_noticed() {
    notices(missing_pages, &[("README.md", "cargo xtask start")], "`cargo xtask test`");
    notices(missing_pages, &[("README.md", "cargo xtask start")], "STYLE.md");
}

#[test]
fn a_dead_end_is_noticed() {
    let absent = ["see", " ", "NOWHERE", ".md"].concat();

    notices(dead_ends, &[("README.md", &absent)], "NOWHERE");
    forgives(dead_ends, &[("README.md", "read STYLE.md."), ("STYLE.md", "short")]);
}
