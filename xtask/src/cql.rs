//! The CQL server of the tests: fetched once into the target folder, started on loopback for as long as the
//! tests run. It is Apache Cassandra, standing in for ScyllaDB; whoever has one of those names it in
//! `ECOSYSTIA_TEST_CQL` and nothing is fetched or started.

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
};
use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Where the tests look for a server.
pub(crate) const SERVER: &str = "ECOSYSTIA_TEST_CQL";
/// Where they find what they need to start servers of their own.
pub(crate) const JARS: &str = "ECOSYSTIA_TEST_CQL_JARS";

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that ends when this is dropped, or one that somebody else runs.
pub(crate) struct Server {
    address: String,
    jars: PathBuf,
    child: Option<Child>,
}

/// Fetches the server, unless that was done before.
pub(crate) fn fetch(house: &House) -> Result<()> {
    let jars = jars(house);
    if jars.join("fetched").is_file() {
        return Ok(());
    }
    let mut maven = house.program("mvn");
    maven.args(["-q", "-B", "-f"]).arg(house.path("tests/cql/pom.xml"));
    maven.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", jars.display()));
    house::run(&mut maven)?;
    fs::write(jars.join("fetched"), "").map_err(Error::refused(format!("writing to {}", jars.display())))
}

fn jars(house: &House) -> PathBuf {
    house.target().join("cql-server").join("jars")
}

impl Server {
    /// The server that the person named, or one of our own, once it listens.
    pub(crate) fn start(house: &House) -> Result<Self> {
        if let Ok(address) = env::var(SERVER) {
            console::say(&format!("The CQL server of these tests is the one at {address}."));
            return Ok(Self { address, jars: jars(house), child: None });
        }
        let port = free_port()?;
        let data = house.target().join("cql-server").join("data");
        // What an earlier run left behind would only slow this one down.
        let _ = fs::remove_dir_all(&data);
        let mut command: Command = house.program(house.path("tests/cql/serve"));
        command.arg(jars(house)).arg(&data).arg("127.0.0.1").arg(port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(Error::refused("starting tests/cql/serve"))?;
        let mut server = Self { address: format!("127.0.0.1:{port}"), jars: jars(house), child: Some(child) };
        server.wait(port, &data.join("server.log").display().to_string())?;
        console::say(&format!("The CQL server of these tests is Apache Cassandra at {}.", server.address));
        Ok(server)
    }

    fn wait(&mut self, port: u16, log: &str) -> Result<()> {
        let begun = Instant::now();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            let ended = self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || begun.elapsed() > PATIENCE {
                return Err(Error::Failed(format!("tests/cql/serve, see {log}")));
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Shows a command the way to it.
    pub(crate) fn known_to(&self, command: &mut Command) {
        command.env(SERVER, &self.address).env(JARS, &self.jars);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that is free, and so is the one below it, where servers of one cluster speak with each other.
fn free_port() -> Result<u16> {
    let loopback = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    for _ in 0..100 {
        let listener = loopback(0).map_err(Error::refused("looking for a free port"))?;
        let port = listener.local_addr().map_err(Error::refused("looking for a free port"))?.port();
        if loopback(port - 1).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::Usage("no two free ports side by side on 127.0.0.1".into()))
}
