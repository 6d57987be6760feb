//! The command line. Its help is meant to be enough to begin with.

use crate::{
    scenario::{Bench, Scenario},
    server::Host,
};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Puts a load on an EcosystIA server and reports what it cost.
#[derive(Debug, Parser)]
#[command(name = "bench", after_help = MANUAL, max_term_width = 110, disable_help_subcommand = true)]
pub(crate) struct Options {
    #[command(flatten)]
    ground: Ground,
    #[command(subcommand)]
    what: What,
}

const MANUAL: &str = "\
Examples:
  cargo build --release -p gateway                        the server to measure
  cargo run --release -p bench -- chat                    1,000 meetings × 10 people, 5,000/s
  cargo run --release -p bench -- chat --kill             the same, and a kill -9 in the middle
  cargo run --release -p bench -- idle --people 15000     what a session costs
  cargo run --release -p bench -- broadcast --runs 3      three runs: median and spread
  cargo run --release -p bench -- connect --attach 127.0.0.1:8080 --pid 4242 --tokens t.jsonl
  cargo run --release -p bench -- capacity --sessions 1000 --nodes 2 --crowds 2
                                                          several servers on one CQL server, a quick trial
  cargo run --release -p bench -- capacity --events rolling-restart,node-crash --knee
                                                          250,000 sessions on 16 servers

What happens: a fresh data directory is seeded, the server is started on it, people come in from
several processes, the scenario is played, the server is ended. A table goes to standard output, a
JSON and an HTML report into a folder. The exit code is 0 when every audit holds, 1 when one failed,
2 when the run could not be carried through. A missed target is shown, and fails nothing.

Reading it: latency is counted from the instant at which a message was MEANT to be sent, so that a
stall of the server or of the generator shows in it. The conditions say how busy each generator
process was and how late it sent: at 100 % of a core, or with a lateness near the latency, it was
the generator that was measured. So is the rest of the machine: a busy neighbour shows there.";

#[derive(Debug, Args)]
#[command(next_help_heading = "Where and how")]
struct Ground {
    /// The server to start
    #[arg(long, global = true, default_value = "target/release/ecosystia")]
    server_bin: PathBuf,
    /// Where the server's data goes, anew for each run
    #[arg(long, global = true, default_value = "target/bench")]
    data: PathBuf,
    /// A server that runs already, seeded with enough people (needs --pid and --tokens)
    #[arg(long, global = true, value_name = "ADDRESS", requires = "pid", requires = "tokens")]
    attach: Option<SocketAddr>,
    /// The process of that server
    #[arg(long, global = true)]
    pid: Option<u32>,
    /// The file that `ecosystia admin seed --tokens` wrote for it
    #[arg(long, global = true)]
    tokens: Option<PathBuf>,
    /// Where reports go
    #[arg(long, global = true, default_value = "bench/reports")]
    out: PathBuf,
    /// How often to run; the report gives the median and the spread
    #[arg(long, global = true, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    /// How many people one crowd process plays at most
    #[arg(long, global = true, default_value_t = 5_000, value_parser = clap::value_parser!(u16).range(1..=18_000))]
    people_a_crowd: u16,
    /// How long to wait for the last ones to be answered, to hear or to come back, in seconds
    #[arg(long, global = true, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    patience: u64,
    /// What chance begins with: the same seed gives the same schedule
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(flatten)]
    Scenario(Scenario),
    /// A child process that plays people
    #[command(hide = true)]
    Crowd {
        /// Which of the children
        index: u16,
    },
    /// A child process that writes to sockets in a loop
    #[command(hide = true)]
    Bare,
}

/// What to do.
pub(crate) enum Command {
    /// Play people.
    Crowd {
        /// Which of the children.
        index: u16,
    },
    /// Write to sockets in a loop.
    Bare,
    /// Measure.
    Scenario(Measure),
}

/// A measurement that was asked for.
pub(crate) struct Measure {
    /// What is done.
    pub(crate) scenario: Scenario,
    /// On what.
    pub(crate) bench: Bench,
    /// Where the report goes.
    pub(crate) out: PathBuf,
}

impl Options {
    /// What the command line asks for.
    pub(crate) fn into_command(self) -> Command {
        let Ground { server_bin, data, attach, pid, tokens, out, runs, people_a_crowd, patience, seed } =
            self.ground;
        let scenario = match self.what {
            What::Crowd { index } => return Command::Crowd { index },
            What::Bare => return Command::Bare,
            What::Scenario(scenario) => scenario,
        };
        let host = match (attach, pid, tokens) {
            (Some(address), Some(pid), Some(tokens)) => Host::Attached { address, pid, tokens },
            _ => Host::Own { binary: server_bin, data },
        };
        let bench = Bench {
            host,
            people_a_crowd: people_a_crowd.into(),
            seed,
            runs: runs.into(),
            patience: Duration::from_secs(patience),
        };
        Command::Scenario(Measure { scenario, bench, out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn attaching_needs_to_know_whom() {
        let parse = |line: &str| Options::try_parse_from(line.split(' '));

        assert!(parse("bench --attach 127.0.0.1:80 connect").is_err());
        assert!(parse("bench connect --attach 127.0.0.1:80 --pid 1 --tokens t").is_ok());
        assert!(parse("bench slow-reader --runs 3 --slow 10").is_ok());
    }
}
