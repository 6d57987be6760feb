//! `cargo xtask test`: everything that must hold before a change is shown to anybody. Quick news first,
//! one build for all of it, and it stops at the first failure.

pub(crate) mod api;
mod cluster;

use crate::{
    console, cql,
    error::Result,
    house::{self, House},
    nats,
    steps::{self, OnFailure, Step},
    tools,
};
use cluster::Servers;

/// How a changed contract file is accepted.
const ACCEPT: &str = "ECOSYSTIA_TEST_ACCEPT=1 cargo test -p tests contract";

/// Runs the steps, or the one that `--only` names.
pub(crate) fn run(house: &House, words: &[String]) -> Result<()> {
    let (servers, words) = Servers::chosen(words);
    let only = steps::only(&words)?;
    let steps = steps::chosen(all(house, servers), only)?;
    let records = steps::run(&steps, OnFailure::Stop, console::say);
    steps::verdict(&records)?;
    if let Some(left_out) = servers.left_out() {
        console::say(&format!("\nLeft out: {left_out}."));
    }
    if only.is_none() {
        console::say("\nAll is well.");
    }
    Ok(())
}

fn all(house: &House, servers: Servers) -> Vec<Step<'_>> {
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
    steps.push(api::step(house));
    steps.extend(cluster::steps(house, servers));
    steps
}

/// A step that is one run of cargo. Servers that a person named are for the step `cluster`: known here, too,
/// they would have everything run on them twice, and nothing on the embedded store.
fn cargo<'a>(house: &'a House, name: &str, words: &[&str], next: &str) -> Step<'a> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Step {
        name: name.into(),
        about: house::spelled(&house.cargo(&words)),
        next: next.into(),
        run: Box::new(move || {
            let mut command = house.cargo(&words);
            for name in [cql::SERVER, cql::JARS, nats::SERVER, nats::PROGRAM] {
                command.env_remove(name);
            }
            house::run(&mut command)
        }),
    }
}
