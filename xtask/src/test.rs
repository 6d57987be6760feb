//! `cargo xtask test`: everything that must hold before a change is shown to anybody. Quick news first,
//! one build for all of it, and it stops at the first failure.

use crate::{
    console, cql,
    error::Result,
    house::{self, House},
    steps::{self, OnFailure, Step},
    tools,
};

/// How a changed contract file is accepted.
const ACCEPT: &str = "ECOSYSTIA_TEST_ACCEPT=1 cargo test -p tests contract";

/// Leaves out what needs a CQL server.
const WITHOUT_CQL: &str = "--without-cql";

/// Runs the steps, or the one that `--only` names.
pub(crate) fn run(house: &House, words: &[String]) -> Result<()> {
    let with_cql = !words.iter().any(|word| word == WITHOUT_CQL);
    let words: Vec<String> = words.iter().filter(|word| *word != WITHOUT_CQL).cloned().collect();
    let only = steps::only(&words)?;
    let steps = steps::chosen(all(house, with_cql), only)?;
    let records = steps::run(&steps, OnFailure::Stop, console::say);
    steps::verdict(&records)?;
    if !with_cql {
        console::say("\nLeft out: whatever needs a CQL server (the steps `servers` and `cluster`).");
    }
    if only.is_none() {
        console::say("\nAll is well.");
    }
    Ok(())
}

fn all(house: &House, with_cql: bool) -> Vec<Step<'_>> {
    let build = [&["build"], &house::WHOLE[..], &["--bins", "--tests"]].concat();
    let lint = [&["clippy"], &house::WHOLE[..], &["--all-targets", "--", "-D", "warnings"]].concat();
    let test = [&["test"], &house::WHOLE[..]].concat();
    let one = [&test[..], &["--test", "all", "--"]].concat();
    let mut steps = vec![
        Step {
            name: "tools".into(),
            about: "rustfmt, clippy, strace and make, installed where missing".into(),
            next: "get the tool that is named above, then run `cargo xtask test` again.".into(),
            run: Box::new(|| tools::for_tests(house)),
        },
        cargo(
            house,
            "format",
            &["fmt", "--all", "--check"],
            "run `cargo fmt --all`; it mends every line shown.",
        ),
        cargo(
            house,
            "lint",
            &lint,
            "mend what clippy says above; an exception needs `#[expect(…, reason = …)]`.",
        ),
        cargo(house, "build", &build, "mend the compiler's first error above."),
        cargo(
            house,
            "tidy",
            &[&one[..], &["tidy"]].concat(),
            "mend the file that is named above, STYLE.md says why.",
        ),
        cargo(
            house,
            "contract",
            &[&one[..], &["contract"]].concat(),
            &format!(
                "if the new contract is meant, run `{ACCEPT}` and commit the files; else mend the change."
            ),
        ),
        cargo(
            house,
            "test",
            &test,
            "run the failing test alone with `cargo test -p CRATE NAME`; the panic above says what was expected.",
        ),
    ];
    if with_cql {
        steps.push(Step {
            name: "servers".into(),
            about: "Apache Cassandra, standing in for ScyllaDB, fetched where missing".into(),
            next: "get what is named above, or leave it out with `cargo xtask test --without-cql`.".into(),
            run: Box::new(|| tools::for_cql(house).and_then(|()| cql::fetch(house))),
        });
        steps.push(Step {
            name: "cluster".into(),
            about: "the store's, the REST and the realtime tests again, on the CQL server".into(),
            next: format!(
                "name a server in {} and run the failing test alone; its panic is above.",
                cql::SERVER
            ),
            run: Box::new(|| cluster(house)),
        });
    }
    steps
}

/// What runs on the embedded store runs on a CQL server too.
fn cluster(house: &House) -> Result<()> {
    let server = cql::Server::start(house)?;
    for words in
        [&["--test", "cluster", "--test", "guarded"][..], &["--test", "all", "--", "rest::", "realtime::"]]
    {
        let mut command = house.cargo([&["test"], &house::WHOLE[..], words].concat());
        server.known_to(&mut command);
        house::run(&mut command)?;
    }
    Ok(())
}

fn cargo<'a>(house: &'a House, name: &str, words: &[&str], next: &str) -> Step<'a> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Step {
        name: name.into(),
        about: house::spelled(&house.cargo(&words)),
        next: next.into(),
        run: Box::new(move || house::run(&mut house.cargo(&words))),
    }
}
