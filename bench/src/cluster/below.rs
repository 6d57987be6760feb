//! What the servers of a cluster stand on: a CQL server that keeps their data, and NATS between them. Each is
//! started for the run, or is somebody's who says where it is.

use super::program::Program;
use crate::{
    error::{Error, Result},
    server::free_address,
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpStream,
    process::Command,
    time::timeout,
};

/// How long a CQL server may take to start, with what an earlier run left in it.
const CQL_LIMIT: Duration = Duration::from_secs(180);
/// How long NATS may take.
const NATS_LIMIT: Duration = Duration::from_secs(30);
/// How long a greeting may take.
const GREETING_LIMIT: Duration = Duration::from_secs(5);

/// Where the two come from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Below {
    /// A CQL server that runs already; its CPU then counts among the others'
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) cql: Option<String>,
    /// A NATS server that runs already; its CPU then counts among the others'
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) nats: Option<String>,
    /// What starts a CQL server: it is given the jars, a folder, an address and a port
    #[arg(long, value_name = "FILE", default_value = "tests/cql/serve")]
    pub(crate) cql_serve: PathBuf,
    /// The jars of that server; `cargo xtask test --only servers` fetches them
    #[arg(long, value_name = "FOLDER", default_value = "target/cql-server/jars")]
    pub(crate) cql_jars: PathBuf,
    /// Settings that are added to that server's own; the report says that there were some
    #[arg(long, value_name = "FILE")]
    pub(crate) cql_settings: Option<PathBuf>,
    /// The NATS server to start
    #[arg(long, value_name = "FILE", default_value = "nats-server")]
    pub(crate) nats_bin: PathBuf,
}

/// One of the two.
pub(crate) struct Support {
    /// Where it is, as the servers are told.
    pub(crate) address: String,
    /// What it is, for a reader.
    pub(crate) is: String,
    own: Option<Program>,
}

impl Support {
    /// Its process, where it is ours.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(|program| program.pid)
    }

    /// Resolves when it ends; never, when it is not ours to watch.
    pub(crate) async fn ended(&mut self) -> Error {
        match &mut self.own {
            Some(program) => program.ended().await,
            None => std::future::pending().await,
        }
    }
}

impl Below {
    /// The CQL server, once it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_cql(&self, folder: &Path) -> Result<Support> {
        if let Some(address) = &self.cql {
            let is = format!("The CQL server was one at {address} that ran already.");
            return Ok(Support { address: address.clone(), is, own: None });
        }
        let address = free_pair()?;
        // The program may be a script of this house, which is found from here.
        let script = fs::canonicalize(&self.cql_serve)
            .map_err(Error::io(format!("looking for {}", self.cql_serve.display())))?;
        let data = folder.join("cql");
        let settings = self.settings(&data)?;
        let mut program = first(&script, folder, "cql", |command| {
            command.arg(&self.cql_jars).arg(&data);
            command.arg(address.ip().to_string()).arg(address.port().to_string());
        })?;
        program.listens(address, CQL_LIMIT).await?;
        let version = version_of(&self.cql_jars).unwrap_or_default();
        let is = format!(
            "Apache Cassandra {version} stood in for ScyllaDB: one server with one copy of everything, every write \
             synced before it is answered{settings}. It and NATS were started with nice -n -10, to come first where \
             processes want the same core."
        );
        Ok(Support { address: address.to_string(), is, own: Some(program) })
    }

    /// Lays settings beside the server's data, where it looks for them; answers what a reader is told of them.
    fn settings(&self, data: &Path) -> Result<String> {
        let Some(file) = &self.cql_settings else { return Ok(String::new()) };
        let doing = || format!("taking the settings in {}", file.display());
        fs::create_dir_all(data).map_err(Error::io(doing()))?;
        let text = fs::read_to_string(file).map_err(Error::io(doing()))?;
        fs::write(data.join("settings.yaml"), &text).map_err(Error::io(doing()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(format!(" (unless these settings say otherwise: {})", lines.collect::<Vec<_>>().join("; ")))
    }

    /// The NATS server, once it greets.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_nats(&self, folder: &Path) -> Result<Support> {
        let (address, own) = match &self.nats {
            Some(address) => (address.clone(), None),
            None => {
                let address = free_address()?;
                let mut program = first(&self.nats_bin, folder, "nats", |command| {
                    command.args(["-a", &address.ip().to_string(), "-p", &address.port().to_string()]);
                })?;
                program.listens(address, NATS_LIMIT).await?;
                (address.to_string(), Some(program))
            }
        };
        let version = greeted_by(&address).await.unwrap_or_else(|| "of an unknown version".into());
        Ok(Support { address, is: format!("NATS {version} between the servers."), own })
    }
}

/// Starts a program that comes before others which want the same core: what all else stands on shares no machine with
/// its callers. Where the rights for that are missing it runs like any other.
fn first(binary: &Path, folder: &Path, name: &str, fill: impl FnOnce(&mut Command)) -> Result<Program> {
    Program::start(Path::new("nice"), folder, name, |command| {
        fill(command.args(["-n", "-10"]).arg(binary));
    })
}

/// A free port whose lower neighbour is free, too: the CQL server takes both.
fn free_pair() -> Result<SocketAddr> {
    for _ in 0..100 {
        let address = free_address()?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, address.port().saturating_sub(1))).is_ok() {
            return Ok(address);
        }
    }
    Err(Error::answer("looking for two free ports", "there are none side by side"))
}

/// The version of the CQL server, which its main jar is named after.
fn version_of(jars: &Path) -> Option<String> {
    let names = fs::read_dir(jars).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let version = |name: String| Some(name.strip_prefix("cassandra-all-")?.strip_suffix(".jar")?.to_owned());
    names.filter_map(version).next()
}

/// The version in what NATS says to whoever connects: `INFO {"server_id":…,"version":"…"}`.
async fn greeted_by(address: &str) -> Option<String> {
    let greet = async {
        let mut line = String::new();
        BufReader::new(TcpStream::connect(address).await.ok()?).read_line(&mut line).await.ok()?;
        Some(line)
    };
    let line = timeout(GREETING_LIMIT, greet).await.ok()??;
    let (_, rest) = line.split_once("\"version\":\"")?;
    rest.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_server_is_read_from_its_jar() {
        let jars = tempfile::tempdir().unwrap();
        for name in ["guava-1.jar", "cassandra-all-5.0.9.jar"] {
            fs::write(jars.path().join(name), "").unwrap();
        }

        assert_eq!(version_of(jars.path()).as_deref(), Some("5.0.9"));
        assert_eq!(version_of(Path::new("nowhere")), None);
    }
}
