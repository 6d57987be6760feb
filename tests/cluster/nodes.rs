//! A few nodes, to be ended in every way there is.

use crate::harness::{
    World,
    child::{Among, ServerProcess},
    ports::free_pair,
};
use gateway::client::{Ask, Client};
use serde_json::Value;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Nodes that share one keyspace.
pub(super) struct Nodes {
    data: TempDir,
    below: Below,
    /// The program of those that are started, where it is not this one.
    program: Option<PathBuf>,
    running: Vec<Option<ServerProcess>>,
}

/// What nodes stand on.
#[derive(Clone)]
pub(super) struct Below {
    pub(super) nats: String,
    /// How each node reaches the CQL server, in turn; that of the run where there is none.
    pub(super) cql: Vec<String>,
}

impl Below {
    /// The servers of the run; `None` where those are not named.
    pub(super) fn of_the_run() -> Option<Self> {
        std::env::var_os("ECOSYSTIA_TEST_CQL")?;
        Some(Self { nats: std::env::var("ECOSYSTIA_TEST_NATS").ok()?, cql: Vec::new() })
    }
}

impl Nodes {
    /// So many nodes on the servers of the run; `None` where those are not named.
    pub(super) async fn start(count: usize) -> Option<Self> {
        Some(Self::start_on(count, Below::of_the_run()?).await)
    }

    /// The same on these servers.
    pub(super) async fn start_on(count: usize, below: Below) -> Self {
        Self::start_as(None, count, below).await
    }

    /// The same, played by this program.
    pub(super) async fn start_as(program: Option<PathBuf>, count: usize, below: Below) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut nodes = Self { data, below, program, running: Vec::new() };
        for _ in 0..count {
            nodes.add().await;
        }
        nodes.until_all_see(count).await;
        nodes
    }

    /// One more node; answers its place.
    pub(super) async fn add(&mut self) -> usize {
        let place = self.running.len();
        self.running.push(None);
        self.start_at(place).await;
        place
    }

    /// Starts the node of this place, which was ended before.
    pub(super) async fn start_at(&mut self, place: usize) {
        self.running[place] = Some(self.begin(place).await);
    }

    /// One more node under the name of another.
    pub(super) async fn start_twin_of(&mut self, place: usize) {
        let twin = self.begin(place).await;
        self.running.push(Some(twin));
    }

    /// Whichever node is started from now on is of this program's own version.
    pub(super) fn upgrade(&mut self) {
        self.program = None;
    }

    async fn begin(&self, place: usize) -> ServerProcess {
        let Below { nats, cql } = self.below.clone();
        let cql = (!cql.is_empty()).then(|| cql[place % cql.len()].clone());
        let among = Among { name: format!("n{place}"), nats, cql, program: self.program.clone() };
        let data = self.data.path().join("data");
        let started = tokio::task::spawn_blocking(move || ServerProcess::start_among(&data, Some(among)));
        started.await.unwrap()
    }

    pub(super) fn at(&self, place: usize) -> SocketAddr {
        self.node(place).address
    }

    pub(super) fn node(&self, place: usize) -> &ServerProcess {
        self.running[place].as_ref().expect("the node is there")
    }

    /// The world as the first node shows it.
    pub(super) fn world(&self) -> World {
        self.node(0).world()
    }

    pub(super) fn kill(&mut self, place: usize) {
        self.running[place].take().expect("the node is there").kill();
    }

    /// Ends a node as an operator would.
    pub(super) async fn end(&mut self, place: usize) {
        self.running[place].take().expect("the node is there").end().await;
    }

    /// What a node says of itself.
    pub(super) async fn health(&self, place: usize) -> Option<Value> {
        let ask = Ask::new("GET".parse().unwrap(), "/health/");
        let client = Client::new(self.at(place));
        Some(tokio::time::timeout(Duration::from_secs(2), client.send(ask)).await.ok()?.ok()?.body)
    }

    /// Waits until every node that runs sees so many, and is ready.
    pub(super) async fn until_all_see(&self, count: usize) {
        for place in (0..self.running.len()).filter(|place| self.running[*place].is_some()) {
            self.until(place, |health| {
                health["status"] == "ready"
                    && health["nodes"].as_array().is_some_and(|nodes| nodes.len() == count)
            })
            .await;
        }
    }

    /// Waits until a node says this of itself; answers how long that took.
    pub(super) async fn until(&self, place: usize, says: impl Fn(&Value) -> bool) -> Duration {
        let begun = Instant::now();
        loop {
            let health = self.health(place).await;
            if health.as_ref().is_some_and(&says) {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "node {place} still says {health:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A NATS server of a test's own. Dropping it kills it.
pub(super) struct Nats {
    command: Command,
    child: Child,
    port: u16,
}

impl Nats {
    /// Starts one; `None` where its program is not named.
    pub(super) async fn start() -> Option<Self> {
        Some(Self::start_with(Self::program()?, &[]).await)
    }

    /// The program of such a server, where it is named.
    pub(super) fn program() -> Option<PathBuf> {
        std::env::var_os("ECOSYSTIA_TEST_NATS_SERVER").map(PathBuf::from)
    }

    /// Starts one that is told this, too.
    pub(super) async fn start_with(program: PathBuf, words: &[&str]) -> Self {
        let port = free_pair();
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let nats = Self { child: command.spawn().unwrap(), command, port };
        nats.until_it_listens().await;
        nats
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) async fn restart(&mut self) {
        self.child = self.command.spawn().unwrap();
        self.until_it_listens().await;
    }

    async fn until_it_listens(&self) {
        for _ in 0..200 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("the NATS server does not listen");
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
