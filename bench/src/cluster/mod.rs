//! Several servers on one store, all on this machine: what they stand on, the people in it, and each of them as
//! its operator would start, end and lose it. The harness knows their command line and their operational pages.

pub(crate) mod below;
pub(crate) mod program;

use crate::{
    console,
    error::{Error, Result},
    http::Http,
    server::{free_address, until_ready},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use below::{Below, Support};
use program::Program;
use serde::Deserialize;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// How long making the keyspace may take.
const MIGRATE_LIMIT: Duration = Duration::from_secs(180);
/// How long seeding may take: a quarter of a million people are a while's work for one machine.
const SEED_LIMIT: Duration = Duration::from_secs(4 * 3_600);
/// For how long the tokens are good, in hours: a run may be repeated on what was seeded once.
const TOKENS_HOURS: &str = "24";
/// How long all servers may take to see each other.
const TOGETHER_LIMIT: Duration = Duration::from_secs(60);
/// How long a server may take to end by itself; by its own settings it is some twelve seconds, and more when the
/// machine is full.
const END_LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked whether the servers see each other.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What says that the seeding came to its end, and of how much.
const SEEDED: &str = "seeded";
/// Where people are made first, and the copy in which they travel.
const SEED: &str = "seed";
const COPY: &str = "seed.eco";
/// The key that all servers share, as they are told.
const MASTER_KEY: &str = "ECOSYSTIA_MASTER_KEY";

/// What is set up.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The server's program.
    pub(crate) binary: PathBuf,
    /// Where tokens, logs and the CQL server's data go.
    pub(crate) folder: PathBuf,
    /// The keyspace.
    pub(crate) keyspace: String,
    /// How many servers.
    pub(crate) nodes: usize,
    /// How many people.
    pub(crate) people: usize,
    /// Over how many projects they are spread.
    pub(crate) rooms: usize,
    /// Take what an earlier run seeded.
    pub(crate) again: bool,
    /// What the servers stand on.
    pub(crate) below: Below,
}

/// One server.
pub(crate) struct Node {
    /// What it is called.
    pub(crate) name: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its present process.
    pub(crate) program: Program,
}

/// Servers that see each other.
pub(crate) struct Cluster {
    /// The servers.
    pub(crate) nodes: Vec<Node>,
    /// What keeps their data.
    pub(crate) cql: Support,
    /// What is between them.
    pub(crate) nats: Support,
    /// The people.
    pub(crate) tokens: PathBuf,
    /// How long seeding took; `None` when an earlier run did it.
    pub(crate) seeded_in: Option<Duration>,
    plan: Plan,
    key: String,
}

/// What a server says of itself, as much as is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Health {
    /// Sessions there.
    pub(crate) sessions: u64,
    /// Who takes part, as it sees it.
    #[serde(default)]
    pub(crate) nodes: Option<Vec<serde_json::Value>>,
}

impl Cluster {
    /// Starts everything, seeds people, and waits until all servers are ready and see each other.
    ///
    /// # Errors
    /// When any of it does not start, or seeding fails.
    pub(crate) async fn set_up(plan: Plan) -> Result<Self> {
        if !plan.binary.is_file() {
            return Err(Error::NoServer(plan.binary));
        }
        prepare(&plan)?;
        let folder = plan.folder.clone();
        let cql = plan.below.start_cql(&folder).await?;
        let nats = plan.below.start_nats(&folder).await?;
        let key = key(&folder)?;
        let tokens = folder.join("tokens.jsonl");
        let mut cluster = Self { nodes: Vec::new(), cql, nats, tokens, seeded_in: None, plan, key };
        cluster.seed().await?;
        console::progress(format!("starting {} servers", cluster.plan.nodes));
        for number in 1..=cluster.plan.nodes {
            let (name, address) = (format!("n{number}"), free_address()?);
            let program = cluster.serve(&name, address)?;
            until_ready(address).await?;
            cluster.nodes.push(Node { name, address, program });
        }
        cluster.together().await?;
        Ok(cluster)
    }

    /// Their addresses.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Their processes.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.nodes.iter().map(|node| node.program.pid).collect()
    }

    /// Asks one to end, and waits until it has.
    ///
    /// # Errors
    /// When it does not end in order.
    pub(crate) async fn end(&mut self, place: usize) -> Result<()> {
        self.node(place)?.program.end(END_LIMIT).await
    }

    /// Kills one.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) async fn kill(&mut self, place: usize) -> Result<()> {
        self.node(place)?.program.kill().await
    }

    /// Starts one again under its name, at its address, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub(crate) async fn start_again(&mut self, place: usize) -> Result<u32> {
        let Node { name, address, .. } = self.node(place)?;
        let (name, address) = (name.clone(), *address);
        let mut program = self.serve(&name, address)?;
        tokio::select! {
            ready = until_ready(address) => ready.map(drop)?,
            error = program.ended() => return Err(error),
        }
        let pid = program.pid;
        self.node(place)?.program = program;
        Ok(pid)
    }

    /// What one of them says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn health(&self, place: usize) -> Result<Health> {
        let node = self.nodes.get(place).ok_or_else(|| nobody(place))?;
        let mut http = Http::open(node.address).await?;
        let answer = http.get("/health/", None).await?;
        // One that is cut off says so by its status, and how it is all the same.
        serde_json::from_slice(&answer.body).map_err(|error| {
            Error::answer("asking a server how it is", format!("{error}: {}", answer.text()))
        })
    }

    /// Waits until every server sees all of them.
    ///
    /// # Errors
    /// When that takes too long.
    pub(crate) async fn together(&self) -> Result<()> {
        let began = Instant::now();
        for place in 0..self.nodes.len() {
            while self.health(place).await?.nodes.map_or(0, |seen| seen.len()) != self.nodes.len() {
                if began.elapsed() > TOGETHER_LIMIT {
                    return Err(Error::Late { step: "seeing each other".into(), limit: TOGETHER_LIMIT });
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Resolves when something that nobody asked to end has ended. Servers are not watched: a run ends some.
    pub(crate) async fn collapsed(cql: &mut Support, nats: &mut Support) -> Error {
        tokio::select! {
            error = cql.ended() => error,
            error = nats.ended() => error,
        }
    }

    /// People are made in a directory, where a commit costs a fraction of what it does on a CQL server, and are then
    /// carried over as a backup is.
    async fn seed(&mut self) -> Result<()> {
        if self.plan.again {
            return Ok(());
        }
        let Plan { binary, folder, people, rooms, .. } = self.plan.clone();
        let (directory, copy, began) = (folder.join(SEED), folder.join(COPY), Instant::now());
        let done =
            |what: &str| console::progress(format!("{what} after {:.1} s", began.elapsed().as_secs_f64()));
        console::progress(format!("seeding {people} people in {rooms} projects; {}", hint(&folder)));
        Program::run(&binary, &folder, "seed", SEED_LIMIT, |command| {
            command.args(["admin", "seed", "--data"]).arg(&directory).env(MASTER_KEY, &self.key);
            command.args(["--projects-only", "--hours", TOKENS_HOURS]);
            command.args(["--users", &people.to_string(), "--rooms", &rooms.to_string(), "--tokens"]);
            command.arg(&self.tokens);
        })
        .await?;
        done("seeded in a directory");
        Program::run(&binary, &folder, "backup", SEED_LIMIT, |command| {
            command.args(["backup", "--data"]).arg(&directory).arg("--to").arg(&copy);
        })
        .await?;
        done("copied");
        Program::run(&binary, &folder, "migrate", MIGRATE_LIMIT, |command| self.tell(command, "migrate"))
            .await?;
        Program::run(&binary, &folder, "restore", SEED_LIMIT, |command| {
            self.tell(command, "restore");
            command.arg("--from").arg(&copy);
        })
        .await?;
        self.seeded_in = Some(began.elapsed());
        done("carried over");
        remove([directory, copy])?;
        fs::write(folder.join(SEEDED), seeded(&self.plan)).map_err(Error::io("noting what was seeded"))
    }

    fn serve(&self, name: &str, address: SocketAddr) -> Result<Program> {
        Program::start(&self.plan.binary, &self.plan.folder, name, |command| {
            self.tell(command, "serve");
            command.args(["--listen", &address.to_string(), "--node", name, "--nats", &self.nats.address]);
            command.args(["--limits", "off"]);
        })
    }

    /// Tells a command of the server where the data is, and what all of them share.
    fn tell(&self, command: &mut Command, word: &str) {
        command.args([word, "--cql", &self.cql.address, "--keyspace", &self.plan.keyspace]);
        command.env("ECOSYSTIA_CQL__REPLICATION_FACTOR", "1").env(MASTER_KEY, &self.key);
    }

    fn node(&mut self, place: usize) -> Result<&mut Node> {
        self.nodes.get_mut(place).ok_or_else(|| nobody(place))
    }
}

fn nobody(place: usize) -> Error {
    Error::answer("looking for a server", format_args!("there is no number {place}"))
}

fn hint(folder: &Path) -> String {
    format!("{} says how far it is", folder.join("seed.log").display())
}

/// What stands in the note of what was seeded.
fn seeded(plan: &Plan) -> String {
    format!("{} {} {}", plan.keyspace, plan.people, plan.rooms)
}

/// An empty folder, or one in which the same was seeded. Nothing but what a run leaves is removed from it.
fn prepare(plan: &Plan) -> Result<()> {
    let folder = &plan.folder;
    let doing = || format!("emptying {}", folder.display());
    fs::create_dir_all(folder).map_err(Error::io(doing()))?;
    if plan.again {
        let note = fs::read_to_string(folder.join(SEEDED)).unwrap_or_default();
        if note == seeded(plan) {
            return Ok(());
        }
        let asked = format_args!("{} was seeded there, not {}", note.trim(), seeded(plan)).to_string();
        return Err(Error::answer("taking what an earlier run seeded", asked));
    }
    let mut leftovers: Vec<PathBuf> =
        [SEEDED, SEED, COPY, "tokens.jsonl", "cql"].map(|name| folder.join(name)).into();
    let files =
        fs::read_dir(folder).map_err(Error::io(doing()))?.filter_map(|entry| Some(entry.ok()?.path()));
    leftovers.extend(files.filter(|path| path.extension().is_some_and(|name| name == "log")));
    remove(leftovers)
}

/// Removes files and folders, where they are.
fn remove(paths: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    for path in paths {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io(format!("removing {}", path.display()))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The key that all servers share: made once, for its owner's eyes.
fn key(folder: &Path) -> Result<String> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let file = folder.join("master-key");
    if let Some(key) = fs::read_to_string(&file).ok().filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let key = STANDARD.encode(rand::random::<[u8; 32]>());
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(&file).and_then(|mut file| file.write_all(key.as_bytes()));
    written.map_err(Error::io(format!("writing {}", file.display())))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        below: Below,
    }

    fn plan(folder: &Path, again: bool) -> Plan {
        let below = Line::parse_from(["bench"]).below;
        let (binary, keyspace) = (PathBuf::new(), "capacity".to_owned());
        Plan { binary, folder: folder.into(), keyspace, nodes: 2, people: 10, rooms: 1, again, below }
    }

    #[test]
    fn only_what_was_seeded_to_its_end_is_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(prepare(&plan(folder.path(), true)).is_err(), "nothing was seeded");

        fs::write(folder.path().join(SEEDED), seeded(&plan(folder.path(), false))).unwrap();

        assert!(prepare(&plan(folder.path(), true)).is_ok());
        assert!(prepare(&Plan { people: 11, ..plan(folder.path(), true) }).is_err(), "of others");
    }

    #[test]
    fn a_folder_is_emptied_of_a_runs_leftovers_alone() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["n1.log", SEEDED, "tokens.jsonl", "mine.txt", "master-key"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }

        prepare(&plan(folder.path(), false)).unwrap();

        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn all_servers_share_one_key() {
        let folder = tempfile::tempdir().unwrap();

        let first = key(folder.path()).unwrap();

        assert_eq!(key(folder.path()).unwrap(), first);
        assert_eq!(STANDARD.decode(first).unwrap().len(), 32);
    }
}
