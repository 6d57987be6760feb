//! A server of a cluster as a process: started with a log, asked to end or killed, and started again. It is killed
//! when it is dropped.

use crate::{
    error::{Error, Result},
    server::command,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

/// How often it is looked whether something listens.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A process with a log.
pub(crate) struct Program {
    /// Its number.
    pub(crate) pid: u32,
    child: Child,
    name: String,
    log: PathBuf,
}

impl Program {
    /// Starts a program; `fill` says how. Its output is added to the log of this name.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn start(
        binary: &Path,
        folder: &Path,
        name: &str,
        fill: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let (mut command, log) = command(binary, folder, name)?;
        fill(&mut command);
        let child = command.spawn().map_err(Error::io(format!("starting {}", binary.display())))?;
        Ok(Self { pid: child.id().unwrap_or_default(), child, name: name.into(), log })
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it fails, or takes longer than this.
    pub(crate) async fn run(
        binary: &Path,
        folder: &Path,
        name: &str,
        limit: Duration,
        fill: impl FnOnce(&mut Command),
    ) -> Result<()> {
        let mut program = Self::start(binary, folder, name, fill)?;
        match timeout(limit, program.child.wait()).await {
            Err(_) => Err(Error::Late { step: name.into(), limit }),
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(status) => Err(program.failed(status)),
        }
    }

    /// Waits until something takes connections at this address.
    ///
    /// # Errors
    /// When it ends instead, or takes longer than this.
    pub(crate) async fn listens(&mut self, address: SocketAddr, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if began.elapsed() > limit {
                return Err(Error::Late { step: format!("{} at {address}", self.name), limit });
            }
            tokio::select! {
                error = self.ended() => return Err(error),
                () = sleep(LOOK_EVERY) => {}
            }
        }
        Ok(())
    }

    /// Resolves when it ends without having been asked to.
    pub(crate) async fn ended(&mut self) -> Error {
        let status = self.child.wait().await;
        self.failed(status)
    }

    /// Kills it: no signal handler, no drain, no last write.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.map_err(Error::io(format!("killing {}", self.name)))
    }

    /// Asks it to end and waits until it has; after the limit it is killed, and that is an error.
    ///
    /// # Errors
    /// When it does not end in order within the limit.
    pub(crate) async fn end(&mut self, limit: Duration) -> Result<()> {
        // Tokio can only kill. Whoever does not hear this is killed a little later.
        let mut asking = Command::new("sh");
        asking.args(["-c", "kill -TERM $0", &self.pid.to_string()]);
        asking.status().await.map_err(Error::io(format!("asking {} to end", self.name)))?;
        match timeout(limit, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(status) => Err(self.failed(status)),
            Err(_) => {
                self.kill().await?;
                Err(Error::Late { step: format!("the end of {}", self.name), limit })
            }
        }
    }

    fn failed(&self, status: std::io::Result<std::process::ExitStatus>) -> Error {
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        Error::Program { program: self.name.clone(), status, log: self.log.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &Path, script: &str) -> Program {
        Program::start(Path::new("sh"), folder, "the shell", |command| {
            command.args(["-c", script]);
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_program_is_asked_to_end_before_it_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut polite = shell(folder.path(), "trap 'exit 0' TERM; echo here; while :; do sleep 0.05; done");
        while std::fs::read_to_string(folder.path().join("the shell.log")).unwrap().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
        let mut deaf = shell(folder.path(), "trap '' TERM; while :; do sleep 0.05; done");
        sleep(Duration::from_millis(200)).await;

        assert!(polite.end(Duration::from_secs(10)).await.is_ok());
        assert!(matches!(deaf.end(Duration::from_millis(300)).await, Err(Error::Late { .. })));
    }

    #[tokio::test]
    async fn a_program_that_ends_instead_of_listening_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let address = crate::server::free_address().unwrap();

        let ended = shell(folder.path(), "exit 3").listens(address, Duration::from_secs(10)).await;

        assert!(matches!(ended, Err(Error::Program { .. })), "{ended:?}");
    }
}
