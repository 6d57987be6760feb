//! The CQL server of an errand: fetched once into the target folder, started on loopback for as long as the
//! errand runs. It is Apache Cassandra, standing in for ScyllaDB; whoever has one of those names it in
//! `ECOSYSTIA_TEST_CQL`, and the tests start none of it.

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
    loopback,
};
use std::{
    env, fs,
    net::SocketAddrV4,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Where the tests look for a server.
pub(crate) const SERVER: &str = "ECOSYSTIA_TEST_CQL";
/// Where they find what they need to start servers of their own.
pub(crate) const JARS: &str = "ECOSYSTIA_TEST_CQL_JARS";

/// How long it may take to start on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A server that ends when this is dropped, or one that somebody else runs.
pub(crate) struct Server {
    address: String,
    jars: PathBuf,
    _own: Option<loopback::Server>,
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

/// Starts a server that keeps its data in this folder; it does not listen yet.
pub(crate) fn serve(house: &House, address: SocketAddrV4, data: &Path) -> Result<loopback::Server> {
    let mut command = house.program(house.path("tests/cql/serve"));
    command.arg(jars(house)).arg(data).arg(address.ip().to_string()).arg(address.port().to_string());
    // The server writes there, too, whatever it has to say once it runs.
    loopback::Server::start("the CQL server", command, address, &data.join("server.log"))
}

impl Server {
    /// The server that the person named, or one of our own, once it listens.
    pub(crate) fn start(house: &House) -> Result<Self> {
        if let Ok(address) = env::var(SERVER) {
            console::say(&format!("The CQL server of these tests is the one at {address}."));
            return Ok(Self { address, jars: jars(house), _own: None });
        }
        let data = house.target().join("cql-server").join("data");
        // What an earlier run left behind would only slow this one down.
        let _ = fs::remove_dir_all(&data);
        let mut own = serve(house, loopback::free_pair()?, &data)?;
        own.wait(PATIENCE, loopback::listens, || false)?;
        let address = own.address().to_string();
        console::say(&format!("The CQL server of these tests is Apache Cassandra at {address}."));
        Ok(Self { address, jars: jars(house), _own: Some(own) })
    }

    /// Shows a command the way to it.
    pub(crate) fn known_to(&self, command: &mut Command) {
        command.env(SERVER, &self.address).env(JARS, &self.jars);
    }
}
