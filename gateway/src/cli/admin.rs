//! `ecosystia admin nodes|rooms|sessions`: what the nodes say of themselves, side by side. It asks one node who
//! takes part, and then each of them; it changes nothing and has to sign in nowhere.

use super::{
    Failure,
    terminal::{bold, harmless, say},
};
use clap::Args;
use gateway::client::{Address, Ask, Client};
use http::Method;
use serde_json::Value;
use std::time::Duration;
use tokio::{task::JoinSet, time::timeout};

const HEALTH: &str = "/health/";
/// How long a node may take to say how it is. One that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(3);

const EXAMPLES: &str = "\
Example:
  ecosystia admin nodes --server http://n1.example.org:8080

Any node will do: it names the others, and each is asked at the address that it has among them. A server that runs
alone is shown as well.";

/// Which server is asked first.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Look {
    /// The address of any node
    #[arg(long, value_name = "URL", env = "ECOSYSTIA_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
}

/// A node, and what it says of itself.
struct Node {
    name: String,
    address: String,
    version: String,
    /// As the node that was asked first sees it.
    state: String,
    health: Result<Value, String>,
}

/// A column: its title, and what stands in it where a node answered.
type Column = (&'static str, fn(&Value) -> String);

const AT_WORK: [Column; 3] = [
    ("STATE", |health| text(health, "status")),
    ("UP", |health| uptime(number(health, "uptime_seconds"))),
    ("MEMORY", |health| mebibytes(number(health, "resident_bytes"))),
];
const ROOMS: [Column; 1] = [("ROOMS AWAKE", |health| counted(number(health, "rooms_awake")))];
const SESSIONS: [Column; 2] = [
    ("SESSIONS", |health| counted(number(health, "sessions"))),
    ("CONNECTIONS", |health| counted(number(health, "connections"))),
];

impl Look {
    /// Who takes part, and how they are.
    pub(super) async fn nodes(self) -> Result<(), Failure> {
        let nodes = self.ask().await?;
        show(
            &nodes,
            &AT_WORK,
            |node| [node.address.clone(), node.version.clone(), node.state.clone()].to_vec(),
            &["ADDRESS", "VERSION", "MEMBER"],
        );
        Ok(())
    }

    /// How many rooms are awake on each.
    pub(super) async fn rooms(self) -> Result<(), Failure> {
        let nodes = self.ask().await?;
        show(&nodes, &ROOMS, |_| Vec::new(), &[]);
        total(&nodes, "rooms_awake", "rooms awake");
        Ok(())
    }

    /// How many sessions each has.
    pub(super) async fn sessions(self) -> Result<(), Failure> {
        let nodes = self.ask().await?;
        show(&nodes, &SESSIONS, |_| Vec::new(), &[]);
        total(&nodes, "sessions", "sessions");
        Ok(())
    }

    async fn ask(&self) -> Result<Vec<Node>, Failure> {
        let address: Address = self.server.parse()?;
        let first = health(address.clone()).await?;
        let Some(members) = first.get("nodes").and_then(Value::as_array) else {
            let version = text(&first, "version");
            let (name, state) = ("(alone)".to_owned(), "alone".to_owned());
            return Ok(vec![Node { name, address: address.to_string(), version, state, health: Ok(first) }]);
        };
        let mut asked = JoinSet::new();
        for (place, member) in members.iter().enumerate() {
            let known = (member.get("here") == Some(&Value::Bool(true))).then(|| first.clone());
            let [name, address, version, state] =
                ["name", "address", "version", "state"].map(|part| text(member, part));
            asked.spawn(async move {
                let health = match (known, address.parse()) {
                    (Some(known), _) => Ok(known),
                    (None, Ok(address)) => health(address).await,
                    (None, Err(error)) => Err(error.to_string()),
                };
                (place, Node { name, address, version, state, health })
            });
        }
        let mut nodes: Vec<(usize, Node)> = asked.join_all().await;
        nodes.sort_by_key(|(place, _)| *place);
        Ok(nodes.into_iter().map(|(_, node)| node).collect())
    }
}

/// How a node is. One that may not be sent work says so in the same words.
async fn health(address: Address) -> Result<Value, String> {
    let client = Client::new(address);
    let answer = timeout(PATIENCE, client.send(Ask::new(Method::GET, HEALTH))).await;
    let answer = answer.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?;
    let body = answer.map_err(|error| error.to_string())?.body;
    if body.get("rooms_awake").is_some() { Ok(body) } else { Err("it is no EcosystIA server".to_owned()) }
}

/// Prints one line a node: its name, what is known of it, then what it says of itself or why it says nothing.
fn show(nodes: &[Node], columns: &[Column], known: fn(&Node) -> Vec<String>, titles: &[&str]) {
    let head = ["NODE"].iter().chain(titles).map(|title| (*title).to_owned());
    let mut lines =
        vec![head.chain(columns.iter().map(|(title, _)| (*title).to_owned())).collect::<Vec<_>>()];
    for node in nodes {
        let mut line = vec![node.name.clone()];
        line.extend(known(node));
        match &node.health {
            Ok(health) => line.extend(columns.iter().map(|(_, said)| said(health))),
            Err(reason) => line.push(format!("no answer: {reason}")),
        }
        lines.push(line);
    }
    for (place, line) in aligned(&lines).into_iter().enumerate() {
        say(&if place == 0 { bold(&line) } else { line });
    }
}

/// Cells under each other. The last one of a line takes what room it needs.
fn aligned(lines: &[Vec<String>]) -> Vec<String> {
    let length = |cell: &String| cell.chars().count();
    let widest = |at: usize| {
        let cells = lines.iter().filter(|line| line.len() > at + 1).filter_map(|line| line.get(at));
        cells.map(length).max().unwrap_or(0)
    };
    let line = |line: &Vec<String>| {
        let cells = line.iter().enumerate();
        let padded = cells.map(|(at, cell)| format!("{:<width$}", harmless(cell), width = widest(at)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect()
}

/// Prints a sum where there is something to add up.
fn total(nodes: &[Node], part: &str, name: &str) {
    if nodes.len() < 2 {
        return;
    }
    let said: Vec<u64> = nodes.iter().filter_map(|node| number(node.health.as_ref().ok()?, part)).collect();
    let silent = nodes.len() - said.len();
    let without = if silent == 0 { String::new() } else { format!(", without {silent} that did not answer") };
    say(&format!("\n{} {name} on {} nodes{without}", said.iter().sum::<u64>(), said.len()));
}

fn text(value: &Value, part: &str) -> String {
    value.get(part).and_then(Value::as_str).unwrap_or("?").to_owned()
}

fn number(value: &Value, part: &str) -> Option<u64> {
    value.get(part).and_then(Value::as_u64)
}

fn counted(number: Option<u64>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| number.to_string())
}

fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "?".to_owned(), |bytes| format!("{} MiB", bytes >> 20))
}

/// The two largest units of a time.
fn uptime(seconds: Option<u64>) -> String {
    let Some(seconds) = seconds else { return "?".to_owned() };
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, s) => format!("{m}m {s}s"),
        (0, h, m, _) => format!("{h}h {m}m"),
        (d, h, ..) => format!("{d}d {h}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_each_other_and_a_reason_takes_what_it_needs() {
        let lines =
            [&["NODE", "UP", "MEMORY"][..], &["n1", "3h 2m", "80 MiB"], &["long", "no answer: it is gone"]];
        let lines: Vec<Vec<String>> =
            lines.iter().map(|line| line.iter().map(|cell| (*cell).to_owned()).collect()).collect();

        assert_eq!(
            aligned(&lines),
            ["NODE  UP     MEMORY", "n1    3h 2m  80 MiB", "long  no answer: it is gone"]
        );
    }

    #[test]
    fn a_time_is_said_in_its_two_largest_units() {
        let times = [7, 67, 3_700, 100_000].map(|seconds| uptime(Some(seconds)));

        assert_eq!(times, ["7s", "1m 7s", "1h 1m", "1d 3h"]);
    }
}
