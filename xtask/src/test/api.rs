//! The step that asks what the API's description allows: a program that knows nothing else makes up requests, and
//! another one looks for mistakes in the description.

use crate::{
    error::Result,
    house::{self, House},
    steps::Step,
    tools,
};
use std::{path::Path, process::Command};

/// The test that lets the program loose.
const STRANGER: [&str; 6] = ["test", "-p", "tests", "--test", "all", "contract::stranger"];
/// Names the program to it.
const PROGRAM: &str = "ECOSYSTIA_TEST_SCHEMATHESIS";
/// The description.
const DESCRIPTION: &str = "schema/contract/openapi.json";

/// The step.
pub(super) fn step(house: &House) -> Step<'_> {
    Step {
        name: "api".into(),
        about: "schemathesis and openapi-spec-validator on the description of the API".into(),
        next: "the request above shows what the server answered and what its description says: mend either; \
               `cargo xtask test --only api` runs this step alone."
            .into(),
        run: Box::new(|| run(house)),
    }
}

/// Looks for mistakes in the description, then lets somebody loose who knows only that.
fn run(house: &House) -> Result<()> {
    let programs = tools::for_the_api(house)?;
    let mut lint = house.program(programs.join("openapi-spec-validator"));
    lint.args(["--schema", "3.1", DESCRIPTION]);
    house::run(&mut lint)?;
    house::run(&mut stranger(house, &programs))
}

/// The command that lets the program loose, which lies in this folder.
pub(crate) fn stranger(house: &House, programs: &Path) -> Command {
    let mut stranger = house.cargo(STRANGER);
    stranger.env(PROGRAM, programs.join(tools::STRANGER));
    stranger
}

/// How many requests it makes up for each operation.
pub(crate) const EXAMPLES: &str = "ECOSYSTIA_TEST_EXAMPLES";
