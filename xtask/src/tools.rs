//! The tools that an errand stands on: looked for, installed where that can be done without asking
//! anybody, and otherwise named with the way to get them.

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
};
use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

/// What the test command needs besides the compiler.
pub(crate) fn for_tests(house: &House) -> Result<()> {
    component(house, "fmt", "rustfmt")?;
    component(house, "clippy", "clippy")?;
    if cfg!(target_os = "linux") {
        package(house, &STRACE)?;
    }
    for_building(house)
}

/// What the CQL server of the tests needs.
pub(crate) fn for_cql(house: &House) -> Result<()> {
    package(house, &JAVA)?;
    package(house, &MAVEN)
}

/// What the NATS server of the tests needs.
pub(crate) fn for_nats(house: &House) -> Result<()> {
    package(house, &NATS_SERVER)
}

/// What tests of a NATS server that speaks in private need besides it.
pub(crate) fn for_certificates(house: &House) -> Result<()> {
    package(house, &OPENSSL)
}

/// What makes up requests from the API's description, and what looks for mistakes in that: programs of Python, in an
/// environment of their own under the build folder. Answers where they are.
pub(crate) fn for_the_api(house: &House) -> Result<PathBuf> {
    package(house, &PYTHON)?;
    let folder = house.target().join("python");
    let programs = folder.join("bin");
    if answers(house.program(programs.join(STRANGER)), &["--version"]) {
        return Ok(programs);
    }
    console::say("installing schemathesis, which asks what the API's description allows");
    let missing = |_| Error::Missing {
        tool: STRANGER,
        remedy: "it is a Python package: `python3 -m venv target/python && target/python/bin/pip install \
                 schemathesis openapi-spec-validator` must work",
    };
    let mut venv = house.program("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    if house::run(&mut venv).is_err() {
        // Debian keeps this part of Python in a package of its own.
        let _ = house::run(&mut apt(house, &["-q", "install", "--yes", "python3-venv"]));
        house::run(&mut venv).map_err(missing)?;
    }
    let mut pip = house.program(programs.join("pip"));
    pip.args(["install", "--quiet", "schemathesis>=4,<5", "openapi-spec-validator>=0.7,<1"]);
    house::run(&mut pip).map_err(missing)?;
    Ok(programs)
}

/// The program that knows only the API's description.
pub(crate) const STRANGER: &str = "schemathesis";

/// What a build needs besides the compiler.
pub(crate) fn for_building(house: &House) -> Result<()> {
    package(house, &MAKE)
}

/// True when the program can be run and says it is well.
pub(crate) fn answers(mut command: Command, words: &[&str]) -> bool {
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where a program lies: on the path, or where the system keeps servers, which is not on everybody's path.
/// Its bare name when it is not there.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut found = folders.map(|folder| folder.join(name)).filter(|file| file.is_file());
    found.next().unwrap_or_else(|| PathBuf::from(name))
}

/// A cargo subcommand that comes with the toolchain.
fn component(house: &House, subcommand: &str, component: &'static str) -> Result<()> {
    if answers(house.cargo([subcommand]), &["--version"]) {
        return Ok(());
    }
    console::say(&format!("{component} is missing, adding it to the toolchain"));
    let mut rustup = house.program("rustup");
    rustup.args(["component", "add", component]);
    house::run(&mut rustup).map_err(|_| Error::Missing {
        tool: component,
        remedy: "it is a component of the Rust toolchain, `rustup component add` brings it",
    })
}

/// A program of the system's, under its name in the package manager.
struct Package {
    /// Of the program.
    name: &'static str,
    package: &'static str,
    version: &'static str,
    remedy: &'static str,
}

/// Traces system calls, for the test that no receipt leaves before its sync. Linux only: elsewhere
/// that test has nothing to look at and says so.
const STRACE: Package = Package {
    name: "strace",
    package: "strace",
    version: "-V",
    remedy: "install it with the system's package manager (`sudo apt-get install strace`)",
};
/// Builds the server's allocator.
const MAKE: Package = Package {
    name: "make",
    package: "make",
    version: "--version",
    remedy: "install it with the system's package manager (`sudo apt-get install make`)",
};

/// Runs the program that asks what the API's description allows.
const PYTHON: Package = Package {
    name: "python3",
    package: "python3",
    version: "--version",
    remedy: "install Python 3.10 or later with the system's package manager",
};

/// Runs the CQL server.
const JAVA: Package = Package {
    name: "java",
    package: "openjdk-17-jdk-headless",
    version: "-version",
    remedy: "install Java 17 with the system's package manager, or leave it out with --without-cql",
};
/// Fetches it.
const MAVEN: Package = Package {
    name: "mvn",
    package: "maven",
    version: "-v",
    remedy: "install Maven with the system's package manager, or leave it out with --without-cql",
};

/// Makes certificates for a NATS server that speaks in private.
const OPENSSL: Package = Package {
    name: "openssl",
    package: "openssl",
    version: "version",
    remedy: "install it with the system's package manager (`sudo apt-get install openssl`), or leave NATS out with \
             --without-nats",
};

/// What the NATS server is called, as a program and as a package.
pub(crate) const NATS: &str = "nats-server";
/// Lets several servers hear each other. Where the package starts a server of its own, that one is left
/// alone: the errands want the program, and listen elsewhere.
const NATS_SERVER: Package = Package {
    name: NATS,
    package: NATS,
    version: "--version",
    remedy: "install it with the system's package manager (`sudo apt-get install nats-server`), or leave it out \
             with --without-nats",
};

fn package(house: &House, wanted: &Package) -> Result<()> {
    let here = || answers(house.program(program(wanted.name)), &[wanted.version]);
    if here() {
        return Ok(());
    }
    if is_root(house) && answers(house.program("apt-get"), &["--version"]) {
        console::say(&format!("{} is missing, installing it with apt-get", wanted.name));
        // A stale list may still be good enough, so only the installation decides.
        let _ = house::run(&mut apt(house, &["-q", "update"]));
        house::run(&mut apt(house, &["-q", "install", "--yes", "--no-install-recommends", wanted.package]))?;
    }
    if here() { Ok(()) } else { Err(Error::Missing { tool: wanted.name, remedy: wanted.remedy }) }
}

fn apt(house: &House, words: &[&str]) -> Command {
    let mut command = house.program("apt-get");
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root(house: &House) -> bool {
    let answer = house.program("id").arg("-u").output();
    answer.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_on_the_path_or_named_as_it_is() {
        assert!(program("sh").is_absolute());
        assert_eq!(program("no-such-program"), PathBuf::from("no-such-program"));
    }
}
