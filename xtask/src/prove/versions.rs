//! A new version beside the one before: the commit before this one is checked out and built on the side, and its
//! test program plays nodes of a cluster whose other nodes are of today.

use super::report::Report;
use crate::{
    cql,
    error::{Error, Result},
    house::{self, House},
    nats,
    steps::Step,
    tools,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the test looks for the earlier one's program.
const EARLIER: &str = "ECOSYSTIA_TEST_EARLIER";
/// Names another commit than the one before.
const COMMIT: &str = "ECOSYSTIA_TEST_EARLIER_COMMIT";

/// The step.
pub(super) fn step<'a>(house: &'a House, report: &'a Report) -> Step<'a> {
    Step {
        name: "versions".into(),
        about: "nodes of the commit before beside nodes of this one, on the CQL server with NATS".into(),
        next: "versions: what the earlier version wrote or said is understood no longer; its log says where."
            .into(),
        run: Box::new(move || run(house, report)),
    }
}

fn run(house: &House, report: &Report) -> Result<()> {
    tools::for_cql(house)?;
    cql::fetch(house)?;
    tools::for_nats(house)?;
    let commit = std::env::var(COMMIT).unwrap_or_else(|_| "HEAD~1".into());
    let program = build(house, &commit)?;
    let (cql, nats) = (cql::Server::start(house)?, nats::Server::start(house)?);
    let mut test = house.cargo(["test"]);
    test.args(house::WHOLE).args(["--test", "all", "--", "cluster::versions"]).env(EARLIER, program);
    cql.known_to(&mut test);
    nats.known_to(&mut test);
    report.keep("versions.log", &mut test)
}

/// The test program of an earlier commit.
fn build(house: &House, commit: &str) -> Result<PathBuf> {
    let folder = house.target().join("earlier");
    // Anew each time: cargo goes by the age of files, and a checkout makes them young.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::refused(format!("removing {}", folder.display())))?;
    }
    house::run(house.program("git").args(["clone", "--quiet", "--no-checkout", "."]).arg(&folder))?;
    // A name like HEAD~1 means this checkout's, and the copy may stand elsewhere.
    let name = house::said(house.program("git").args(["rev-parse", "--verify", commit]))?;
    house::run(house.program("git").arg("-C").arg(&folder).args(["checkout", "--quiet", &name]))?;
    let mut cargo = house.cargo(["test", "--no-run", "--message-format", "json-render-diagnostics"]);
    cargo.args(house::WHOLE).args(["--test", "all", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    // In a folder of its own: cargo names what it builds by where it lies in its workspace, so that in ours one
    // program would take the other's place, and be taken for it ever after.
    cargo.arg("--target-dir").arg(house.target().join("earlier-target"));
    let news = house::said(cargo.stderr(std::process::Stdio::inherit()))?;
    program(&news).ok_or_else(|| Error::Usage(format!("cargo names no test program of {commit}")))
}

/// The test program in cargo's news, a JSON object a line.
fn program(news: &str) -> Option<PathBuf> {
    let path = |line: &str| Some(line.split_once("\"executable\":\"")?.1.split_once('"')?.0.to_owned());
    let is_all = |path: &String| {
        Path::new(path).file_name().is_some_and(|name| name.to_string_lossy().starts_with("all-"))
    };
    news.lines().filter_map(path).find(is_all).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_in_what_cargo_says() {
        let news = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"all"},"executable":"/t/debug/deps/all-1f"}"#,
            "\n",
        );

        assert_eq!(program(news), Some(PathBuf::from("/t/debug/deps/all-1f")));
        assert_eq!(program(r#"{"executable":null}"#), None);
    }
}
