//! The pages keep their promises: each dependency has its reason, the README has the two commands, and a
//! page that is named is there.

use super::{
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

fn unexplained(house: &House) -> Vec<String> {
    let reasons = house.text("DECISIONS.md");
    let mut found = Vec::new();
    for manifest in house.pages().filter(|page| page.path == "Cargo.toml") {
        let foreign = manifest.section("workspace.dependencies").filter(|line| !line.contains("path = "));
        found.extend(
            foreign
                .map(key)
                .filter(|name| !reasons.lines().any(|line| line.contains(&format!("`{name}`"))))
                .map(|name| format!("DECISIONS.md: no line says why we depend on `{name}`")),
        );
    }
    found
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
fn a_dependency_without_a_reason_is_noticed() {
    let table = "[workspace.dependencies]\nschema = { path = \"schema\" }\nbytes = \"1\"\n";

    notices(unexplained, &[("Cargo.toml", table), ("DECISIONS.md", "- `tokio`: bytes")], "`bytes`");
    forgives(unexplained, &[("Cargo.toml", table), ("DECISIONS.md", "- `bytes`: frames are shared\n")]);
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
