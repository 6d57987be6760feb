//! A CQL server for as long as the comparison takes.

use super::Failed;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};

/// What it is.
pub(super) const IS: &str =
    "Apache Cassandra standing in for ScyllaDB, every write synced before it is answered";
const LIMIT: Duration = Duration::from_secs(120);

/// It ends when this is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    _data: TempDir,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(super) async fn start() -> Result<Self, Failed> {
        let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let jars = house.join("target/cql-server/jars");
        if !jars.exists() {
            return Err(
                "there is no CQL server to start: `cargo xtask test --only servers` fetches one".into()
            );
        }
        let (address, data) = (free_pair()?, tempfile::tempdir()?);
        let child = Command::new(house.join("tests/cql/serve"))
            .args([&jars, data.path()])
            .args([address.ip().to_string(), address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, address, _data: data };
        let until = Instant::now() + LIMIT;
        while TcpStream::connect(server.address).await.is_err() {
            if Instant::now() > until {
                return Err("the CQL server does not listen".into());
            }
            sleep(Duration::from_millis(200)).await;
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free port whose lower neighbour is free, too: the server takes both.
fn free_pair() -> Result<SocketAddr, Failed> {
    loop {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, address.port() - 1)).is_ok() {
            return Ok(address);
        }
    }
}
