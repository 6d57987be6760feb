//! A server in a process of its own, to be killed, stopped or told to end. The process is this very test binary,
//! asked to play the server by a variable.

use super::{World, begin, config};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tokio::signal::unix::{SignalKind, signal};

const PLAY: &str = "ECOSYSTIA_TEST_PLAY_SERVER";
/// What it is called among several; alone without.
const NODE: &str = "ECOSYSTIA_TEST_NODE";
/// The NATS server between them.
const NATS: &str = "ECOSYSTIA_TEST_PLAY_NATS";
/// The CQL server, where it is not that of the run.
const CQL: &str = "ECOSYSTIA_TEST_PLAY_CQL";
/// Says that its log lines are to be seen.
const LOG: &str = "ECOSYSTIA_TEST_LOG";

/// Plays the server when asked to; in an ordinary run there is nothing to play. It ends gracefully when told to.
#[test]
fn play_the_server() {
    let Some(data) = std::env::var_os(PLAY) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut config = config(Path::new(&data));
        config.node = std::env::var(NODE).ok();
        config.nats.servers.extend(std::env::var(NATS));
        if let Ok(cql) = std::env::var(CQL) {
            config.cql.nodes = vec![cql];
        }
        if std::env::var_os(LOG).is_some() {
            gateway::logs::begin(&config).unwrap();
        }
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        let server = begin(config).await;
        println!("\nlistening {}", server.addr());
        std::io::stdout().flush().unwrap();
        terminate.recv().await;
        server.drain().await;
    });
}

/// A server process on a data directory. Dropping it kills it.
pub(crate) struct ServerProcess {
    child: Child,
    data: PathBuf,
    among: Option<Among>,
    pub(crate) address: SocketAddr,
}

/// What makes a server one of several.
#[derive(Clone)]
pub(crate) struct Among {
    pub(crate) name: String,
    pub(crate) nats: String,
    /// Another CQL server than that of the run.
    pub(crate) cql: Option<String>,
    /// The program that plays it, where it is not this one.
    pub(crate) program: Option<PathBuf>,
}

impl ServerProcess {
    /// Starts one and waits until it listens.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_among(data, None)
    }

    /// The same, as one of several.
    pub(crate) fn start_among(data: &Path, among: Option<Among>) -> Self {
        let another = among.as_ref().and_then(|among| among.program.clone());
        let mut command = Command::new(another.unwrap_or_else(|| std::env::current_exe().unwrap()));
        command
            .args(["--exact", "harness::child::play_the_server", "--nocapture"])
            .env(PLAY, data)
            .stdout(Stdio::piped())
            .stderr(if std::env::var_os(LOG).is_some() { Stdio::inherit() } else { Stdio::null() });
        if let Some(Among { name, nats, cql, .. }) = &among {
            command.env(NODE, name).env(NATS, nats).envs(cql.as_ref().map(|cql| (CQL, cql)));
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("listening ").map(|address| address.parse().unwrap()))
            .expect("the server says where it listens");
        // Whatever else it says is read and dropped, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, data: data.to_path_buf(), among, address }
    }

    /// The world around it.
    pub(crate) fn world(&self) -> World {
        World::at(self.address)
    }

    /// Kills it as a power cut would, if the kernel survived it, and starts another on the same data.
    pub(crate) fn kill_and_restart(mut self) -> Self {
        self.kill();
        Self::start_among(&self.data.clone(), self.among.clone())
    }

    /// Kills it as a power cut would, if the kernel survived it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it where it stands; it notices nothing.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
        // One thread takes the signal and stops the others: where it waits for its turn, they go on for a while.
        while !self.stands_still() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Whether each of its threads is stopped (`man proc_pid_stat`: the state follows the name in brackets).
    fn stands_still(&self) -> bool {
        let mut threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        threads.all(|thread| {
            let stat = std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
        })
    }

    /// Lets it go on as if nothing had happened.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Tells it to end gracefully, and waits until it has.
    pub(crate) async fn end(mut self) {
        self.signal(Signal::TERM);
        while self.child.try_wait().unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
