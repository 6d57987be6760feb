//! Where the house stands, and how programs are run in it: always from its root, always with the same
//! cargo, so that one target folder serves every errand.

use crate::error::{Error, Result};
use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

/// What every errand builds, so that one errand's libraries are the next one's too: other features of one
/// crate are another build of all that stands on it.
pub(crate) const WHOLE: [&str; 2] = ["--workspace", "--all-features"];

/// The checkout that this tool was started from.
#[derive(Clone, Debug)]
pub(crate) struct House {
    root: PathBuf,
    cargo: PathBuf,
}

impl House {
    /// Finds the checkout: cargo says where this crate's manifest lies.
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().map_err(Error::refused("asking for the current folder"))?;
        let root = env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .and_then(|manifest| manifest.parent().map(Path::to_path_buf))
            .unwrap_or(here);
        if !root.join("Cargo.toml").is_file() {
            return Err(Error::Usage(format!("{} is not the checkout", root.display())));
        }
        let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Ok(Self { root, cargo })
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), |dir| self.root.join(dir))
    }

    /// Cargo, to be run from the root.
    pub(crate) fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(&self, words: I) -> Command {
        let mut command = self.program(&self.cargo);
        command.args(words);
        command
    }

    /// Another program, to be run from the root.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }
}

/// A command as a person would type it, without the folder that its program lies in.
pub(crate) fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let settings = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={}", name.display(), value?.display())))
        .filter(|setting| setting.starts_with("ECOSYSTIA_"));
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.display().to_string());
    settings.chain(words).collect::<Vec<_>>().join(" ")
}

/// Runs a command with the terminal's own input and output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = spelled(command);
    let status = command.status().map_err(Error::refused(format!("starting `{line}`")))?;
    if status.success() { Ok(()) } else { Err(Error::Failed(line)) }
}

/// What a command printed, once it succeeded.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let line = spelled(command);
    let output = command.output().map_err(Error::refused(format!("running `{line}`")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(Error::Failed(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_spelled_as_a_person_would_type_it() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["test", "-p", "tests"]).env("ECOSYSTIA_TEST_ACCEPT", "1").env("PATH", "/bin");

        assert_eq!(spelled(&command), "ECOSYSTIA_TEST_ACCEPT=1 cargo test -p tests");
    }
}
