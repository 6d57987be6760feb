//! A CQL server of a test's own, to be asked for passwords, or to be killed.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

/// Where the servers' program lies; `cargo xtask test` says so.
pub(crate) fn jars() -> Option<PathBuf> {
    std::env::var_os("ECOSYSTIA_TEST_CQL_JARS").map(PathBuf::from)
}

impl Server {
    /// Starts one with these lines in its configuration, and waits until it listens.
    pub(crate) async fn start(jars: &Path, data: &Path, settings: &str) -> Self {
        fs::write(data.join("settings.yaml"), settings).unwrap();
        let port = free_port();
        let serve = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cql/serve");
        let mut command = Command::new(serve);
        command.arg(jars).arg(data).arg("127.0.0.1").arg(port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { child: command.spawn().unwrap(), address: format!("127.0.0.1:{port}") };
        for _ in 0..600 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the server does not listen: {}", fs::read_to_string(data.join("server.log")).unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free, and so is the one below it.
fn free_port() -> u16 {
    let loopback = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let port = loopback(0).unwrap().local_addr().unwrap().port();
        if loopback(port - 1).is_ok() {
            return port;
        }
    }
}
