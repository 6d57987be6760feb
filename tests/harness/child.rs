//! A server in a process of its own, to be killed. The process is this very test binary, asked to play
//! the server by a variable.

use super::{World, begin, config};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const PLAY: &str = "ECOSYSTIA_TEST_PLAY_SERVER";

/// Plays the server when asked to; in an ordinary run there is nothing to play.
#[test]
fn play_the_server() {
    let Some(data) = std::env::var_os(PLAY) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = begin(config(Path::new(&data))).await;
        println!("\nlistening {}", server.addr());
        std::io::stdout().flush().unwrap();
        std::future::pending::<()>().await;
    });
}

/// A server process on a data directory. Dropping it kills it.
pub(crate) struct ServerProcess {
    child: Child,
    data: PathBuf,
    pub(crate) address: SocketAddr,
}

impl ServerProcess {
    /// Starts one and waits until it listens.
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "harness::child::play_the_server", "--nocapture"])
            .env(PLAY, data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("listening ").map(|address| address.parse().unwrap()))
            .expect("the server says where it listens");
        Self { child, data: data.to_path_buf(), address }
    }

    /// The world around it.
    pub(crate) fn world(&self) -> World {
        World::at(self.address)
    }

    /// Kills it as a power cut would, if the kernel survived it, and starts another on the same data.
    pub(crate) fn kill_and_restart(mut self) -> Self {
        self.kill();
        Self::start(&self.data.clone())
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
