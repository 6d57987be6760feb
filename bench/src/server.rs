//! The server under test: seeded while it is off, started, killed and started again, as its operator
//! would. The harness knows its command line and its operational pages, and nothing of its inside.

use crate::{
    child::with_all_files,
    error::{Error, Result},
    http::Http,
    metrics::Metrics,
};
use std::{
    fs::{self, OpenOptions},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

/// How long seeding may take.
const SEED_LIMIT: Duration = Duration::from_secs(600);
/// How long becoming ready may take; also after a crash, with its log to read.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// How often readiness is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Which server is measured.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    /// One of our own, on a fresh data directory for each run.
    Own {
        /// The program.
        binary: PathBuf,
        /// The directory; what an earlier run left in it is removed before each run.
        data: PathBuf,
    },
    /// One that runs already, and is seeded.
    Attached {
        /// Where it listens.
        address: SocketAddr,
        /// Its process.
        pid: u32,
        /// The people it was seeded with.
        tokens: PathBuf,
    },
}

/// A server that is ready.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    /// The people it knows.
    pub(crate) tokens: PathBuf,
    /// How long its last start took until it was ready.
    pub(crate) ready_after: Duration,
    own: Option<Own>,
}

struct Own {
    binary: PathBuf,
    data: PathBuf,
    child: Child,
}

impl Server {
    /// A server with this many people, spread over this many projects and meetings.
    ///
    /// # Errors
    /// When it can't be seeded or started.
    pub(crate) async fn set_up(host: &Host, people: usize, rooms: usize) -> Result<Self> {
        Self::set_up_with(host, people, rooms, &[]).await
    }

    /// The same, with so many tasks in the first projects.
    ///
    /// # Errors
    /// As [`Server::set_up`].
    pub(crate) async fn set_up_with(
        host: &Host,
        people: usize,
        rooms: usize,
        tasks: &[usize],
    ) -> Result<Self> {
        match host {
            Host::Attached { address, pid, tokens } => {
                let ready_after = until_ready(*address).await?;
                Ok(Self { address: *address, pid: *pid, tokens: tokens.clone(), ready_after, own: None })
            }
            Host::Own { binary, data } => {
                if !binary.is_file() {
                    return Err(Error::NoServer(binary.clone()));
                }
                empty(data)?;
                let tokens = data.join("tokens.jsonl");
                seed(binary, data, (people, rooms, tasks), &tokens).await?;
                let address = free_address()?;
                let (child, ready_after) = start(binary, data, address).await?;
                let pid = child.id().unwrap_or_default();
                let own = Own { binary: binary.clone(), data: data.clone(), child };
                Ok(Self { address, pid, tokens, ready_after, own: Some(own) })
            }
        }
    }

    /// Kills it: no signal handler, no drain, no last write.
    ///
    /// # Errors
    /// When it is not ours to kill.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let own = self.own.as_mut().ok_or_else(not_ours)?;
        own.child.kill().await.map_err(Error::io("killing the server"))
    }

    /// Starts it again on what is left, at the same address.
    ///
    /// # Errors
    /// When it does not become ready.
    pub(crate) async fn start_again(&mut self) -> Result<()> {
        let own = self.own.as_mut().ok_or_else(not_ours)?;
        let (child, ready_after) = start(&own.binary, &own.data, self.address).await?;
        self.pid = child.id().unwrap_or_default();
        self.ready_after = ready_after;
        own.child = child;
        Ok(())
    }

    /// Resolves when it ends without having been asked to; never, when it is not ours to watch.
    pub(crate) async fn died(&mut self) -> Error {
        let Some(own) = self.own.as_mut() else { return std::future::pending().await };
        ended(&own.binary, own.child.wait().await, own.data.join("server.log"))
    }

    /// Ends it, if it is ours. What it wrote stays until the next run, for whoever wants to look.
    pub(crate) async fn stop(mut self) {
        if let Some(own) = self.own.as_mut() {
            // It is killed again when dropped, so a failure here changes nothing.
            let _ = own.child.kill().await;
        }
    }

    /// What its `/metrics` say now; empty when it has none.
    pub(crate) async fn metrics(&self) -> Metrics {
        let Ok(mut http) = Http::open(self.address).await else { return Metrics::default() };
        http.get("/metrics", None).await.map_or_else(
            |_| Metrics::default(),
            |answer| Metrics::parse(&String::from_utf8_lossy(&answer.body)),
        )
    }
}

fn not_ours() -> Error {
    Error::answer("killing the server", "an attached server is not ours to kill: leave out --attach")
}

/// Removes what an earlier run left, and nothing else: the folder may be somebody's.
fn empty(data: &Path) -> Result<()> {
    let doing = || format!("emptying {}", data.display());
    fs::create_dir_all(data).map_err(Error::io(doing()))?;
    let files = ["tokens.jsonl", "seed.log", "server.log"].map(|name| fs::remove_file(data.join(name)));
    for removed in files.into_iter().chain([fs::remove_dir_all(store(data))]) {
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io(doing())(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A port that nobody listens on. Somebody could take it before the server does; then the start fails.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("looking for a free port"))?;
    listener.local_addr().map_err(Error::io("looking for a free port"))
}

/// A program whose output is added to a log in this folder.
pub(crate) fn command(binary: &Path, data: &Path, name: &str) -> Result<(Command, PathBuf)> {
    let log = data.join(format!("{name}.log"));
    let doing = || format!("writing {}", log.display());
    let output = OpenOptions::new().create(true).append(true).open(&log).map_err(Error::io(doing()))?;
    let errors = output.try_clone().map_err(Error::io(doing()))?;
    let mut command = with_all_files(binary);
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    Ok((command, log))
}

async fn seed(
    binary: &Path,
    data: &Path,
    (people, rooms, tasks): (usize, usize, &[usize]),
    tokens: &Path,
) -> Result<()> {
    let (mut command, log) = command(binary, data, "seed")?;
    command.args(["admin", "seed", "--data"]).arg(store(data));
    command.args(["--users", &people.to_string(), "--rooms", &rooms.to_string(), "--tokens"]).arg(tokens);
    if !tasks.is_empty() {
        let each: Vec<String> = tasks.iter().map(ToString::to_string).collect();
        command.args(["--tasks", &each.join(",")]);
    }
    let late = |_| Error::Late { step: "admin seed".into(), limit: SEED_LIMIT };
    let status = timeout(SEED_LIMIT, command.status())
        .await
        .map_err(late)?
        .map_err(Error::io("running admin seed"))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program: format!("{} admin seed", binary.display()),
        status: status.to_string(),
        log,
    })
}

async fn start(binary: &Path, data: &Path, address: SocketAddr) -> Result<(Child, Duration)> {
    let (mut command, log) = command(binary, data, "server")?;
    command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(store(data));
    command.args(["--limits", "off"]);
    let mut child = command.spawn().map_err(Error::io("starting the server"))?;
    tokio::select! {
        ready = until_ready(address) => Ok((child, ready?)),
        status = child.wait() => Err(ended(binary, status, log)),
    }
}

fn ended(binary: &Path, status: std::io::Result<ExitStatus>, log: PathBuf) -> Error {
    let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    Error::Program { program: format!("{} serve", binary.display()), status, log }
}

/// The store stands in a directory of its own, so that the tokens and logs beside it are not its business.
fn store(data: &Path) -> PathBuf {
    data.join("store")
}

pub(crate) async fn until_ready(address: SocketAddr) -> Result<Duration> {
    let began = Instant::now();
    while began.elapsed() < READY_LIMIT {
        if let Ok(mut http) = Http::open(address).await
            && http.get("/health/ready/", None).await.is_ok_and(|answer| answer.status == 200)
        {
            return Ok(began.elapsed());
        }
        sleep(LOOK_EVERY).await;
    }
    Err(Error::Late { step: format!("becoming ready at {address}"), limit: READY_LIMIT })
}
