//! A CQL server of a test's own, to be asked for passwords, to be stopped, or to be killed.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

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
        Self::listening(jars, data, settings, Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, free_port()).await
    }

    /// Starts another of this one's cluster, at another address of this machine.
    pub(crate) async fn another(&self, data: &Path, ip: Ipv4Addr) -> Self {
        Self::listening(&self.jars, data, "", ip, self.ip, self.port).await
    }

    async fn listening(
        jars: &Path,
        data: &Path,
        settings: &str,
        ip: Ipv4Addr,
        seed: Ipv4Addr,
        port: u16,
    ) -> Self {
        fs::create_dir_all(data).unwrap();
        fs::write(data.join("settings.yaml"), settings).unwrap();
        let (jars, data) = (jars.to_path_buf(), data.to_path_buf());
        let child = spawn(&jars, &data, ip, port, seed);
        let server = Self { child, jars, data, ip, port, seed, address: format!("{ip}:{port}") };
        server.until_it_listens().await;
        server
    }

    /// Kills it as a power cut would, if the kernel survived it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on what it kept.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(&self.jars, &self.data, self.ip, self.port, self.seed);
        self.until_it_listens().await;
    }

    /// Stops it where it stands; it notices nothing.
    pub(crate) fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// Lets it go on as if nothing had happened.
    pub(crate) fn thaw(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }

    async fn until_it_listens(&self) {
        for _ in 0..600 {
            if TcpStream::connect((self.ip, self.port)).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the server does not listen: {}", fs::read_to_string(self.data.join("server.log")).unwrap());
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

/// A port that is free, and so is the one below it, where servers of one cluster speak with each other.
fn free_port() -> u16 {
    let loopback = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let port = loopback(0).unwrap().local_addr().unwrap().port();
        if loopback(port - 1).is_ok() {
            return port;
        }
    }
}
