//! Fuzzing as steps: one for each target, where cargo-fuzz and a nightly toolchain are there. Where they
//! are not, one step says so and fails, because a proof that was not made is not a proof.

use super::{logged, number, report::Report};
use crate::{
    error::{Error, Result},
    house::House,
    steps::Step,
    tools,
};
use std::fs;

/// For how long each target is fed.
const SECONDS: u32 = 600;
/// Where the targets lie; they are a workspace of their own, because they need another toolchain.
const FOLDER: &str = "tests/fuzz";

/// A step for each target.
pub(super) fn steps<'a>(house: &'a House, report: &'a Report) -> Result<Vec<Step<'a>>> {
    if !tools::answers(house.program("cargo"), &["+nightly", "fuzz", "--version"]) {
        return Ok(vec![missing()]);
    }
    let seconds = number("ECOSYSTIA_TEST_FUZZ_SECONDS", SECONDS)?;
    let step = |target: String| {
        // The cargo that runs us is of another toolchain: `cargo` by name lets rustup choose.
        let mut command = house.program("cargo");
        command.args(["+nightly", "fuzz", "run", "--fuzz-dir", FOLDER, &target, "--"]);
        command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        logged(
            &format!("fuzz-{target}"),
            command,
            "its log ends with the input that broke the decoder.",
            report,
        )
    };
    Ok(targets(house)?.into_iter().map(step).collect())
}

/// The targets are the files in the folder.
fn targets(house: &House) -> Result<Vec<String>> {
    let folder = house.path(FOLDER).join("targets");
    let tried = format!("reading {}", folder.display());
    let entries = fs::read_dir(&folder).map_err(Error::refused(tried))?;
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = files.filter_map(|file| Some(file.strip_suffix(".rs")?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn missing<'a>() -> Step<'a> {
    let remedy = "`cargo install cargo-fuzz` and `rustup toolchain install nightly` bring them";
    Step {
        name: "fuzz".into(),
        about: "cargo-fuzz or a nightly toolchain is missing".into(),
        next: format!("fuzz: {remedy}."),
        run: Box::new(move || Err(Error::Missing { tool: "cargo-fuzz", remedy })),
    }
}
