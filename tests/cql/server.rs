//! A CQL server of a test's own, to be asked for passwords, to be stopped, or to be killed.

use crate::harness::ports::free_pair;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How often one may try to join a cluster.
const JOINS: usize = 4;

/// A server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    jars: PathBuf,
    data: PathBuf,
    ip: Ipv4Addr,
    port: u16,
    seed: Ipv4Addr,
    pub(crate) address: String,
}

/// Where the servers' program lies.
pub(crate) fn jars() -> Option<PathBuf> {
    let jars = std::env::var_os("ECOSYSTIA_TEST_CQL_JARS").map(PathBuf::from);
    if jars.is_none() {
        println!("SKIPPED: ECOSYSTIA_TEST_CQL_JARS names no CQL server to start");
    }
    jars
}

impl Server {
    /// Starts one with these lines in its configuration, and waits until it listens.
    pub(crate) async fn start(jars: &Path, data: &Path, settings: &str) -> Self {
        Self::listening(jars, data, settings, Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, free_pair())
            .await
            .unwrap_or_else(|log| panic!("{log}"))
    }

    /// Starts another of this one's cluster, at another address of this machine. On a busy machine one that joins
    /// may hear of nobody in the time it gives itself, and ends; it begins anew then.
    pub(crate) async fn another(&self, data: &Path, ip: Ipv4Addr) -> Self {
        let mut refused = Vec::new();
        for attempt in 1..=JOINS {
            let data = data.join(attempt.to_string());
            match Self::listening(&self.jars, &data, "", ip, self.ip, self.port).await {
                Ok(joined) => return joined,
                Err(log) => refused.push(log),
            }
        }
        panic!("none of {JOINS} joined: {}", refused.join("\n"));
    }

    async fn listening(
        jars: &Path,
        data: &Path,
        settings: &str,
        ip: Ipv4Addr,
        seed: Ipv4Addr,
        port: u16,
    ) -> Result<Self, String> {
        fs::create_dir_all(data).unwrap();
        fs::write(data.join("settings.yaml"), settings).unwrap();
        let (jars, data) = (jars.to_path_buf(), data.to_path_buf());
        let child = spawn(&jars, &data, ip, port, seed);
        let mut server = Self { child, jars, data, ip, port, seed, address: format!("{ip}:{port}") };
        server.until_it_listens().await.map(|()| server)
    }

    /// Kills it as a power cut would, if the kernel survived it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on what it kept.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(&self.jars, &self.data, self.ip, self.port, self.seed);
        self.until_it_listens().await.unwrap_or_else(|log| panic!("{log}"));
    }

    /// Stops it where it stands; it notices nothing.
    pub(crate) fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Lets it go on as if nothing had happened.
    pub(crate) fn thaw(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }

    /// Waits until it listens; its log when it ends instead, or never does.
    async fn until_it_listens(&mut self) -> Result<(), String> {
        for _ in 0..600 {
            if TcpStream::connect((self.ip, self.port)).is_ok() {
                return Ok(());
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let log = fs::read_to_string(self.data.join("server.log")).unwrap_or_default();
        Err(format!("the server does not listen: {log}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(jars: &Path, data: &Path, ip: Ipv4Addr, port: u16, seed: Ipv4Addr) -> Child {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("cql/serve"));
    command.args([jars, data]).args([ip.to_string(), port.to_string(), seed.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
