//! The steps that need servers: `servers` brings them, `cluster` runs on them what ran on the embedded store,
//! and then what takes several servers of ours. What a person leaves out is left out by name, and said.

use crate::{
    cql,
    error::Result,
    house::{self, House},
    nats,
    steps::Step,
    tools,
};

/// Leaves out what needs a CQL server.
const WITHOUT_CQL: &str = "--without-cql";
/// Leaves out what needs a NATS server.
const WITHOUT_NATS: &str = "--without-nats";

/// The store's own tests.
const STORE: [&str; 4] = ["--test", "cluster", "--test", "backup"];
/// The tests that start CQL servers of their own.
const OWN: [&str; 4] = ["--test", "all", "--", "cql::"];
/// The tests of one server, through the door.
const DOOR: [&str; 7] = ["--test", "all", "--", "rest::", "realtime::", "--skip", "cluster::"];
/// The tests of several servers on one store, which need NATS. They come last and among themselves: they
/// measure how soon one server notices that another one is gone.
const SEVERAL: [&str; 4] = ["--test", "all", "--", "cluster::"];

/// What the tests may run on, besides the embedded store. NATS alone would serve none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Servers {
    None,
    Cql,
    CqlAndNats,
}

impl Servers {
    /// What the flags among these words leave, and the other words.
    pub(super) fn chosen(words: &[String]) -> (Self, Vec<String>) {
        let without = |flag: &str| words.iter().any(|word| word == flag);
        let servers = match (without(WITHOUT_CQL), without(WITHOUT_NATS)) {
            (true, _) => Self::None,
            (false, true) => Self::Cql,
            (false, false) => Self::CqlAndNats,
        };
        let is_flag = |word: &str| word == WITHOUT_CQL || word == WITHOUT_NATS;
        (servers, words.iter().filter(|word| !is_flag(word)).cloned().collect())
    }

    /// What a person should know was not run.
    pub(super) const fn left_out(self) -> Option<&'static str> {
        match self {
            Self::None => Some("whatever needs a CQL server (the steps `servers` and `cluster`)"),
            Self::Cql => Some("whatever needs a NATS server (the tests `cluster::` in the step `cluster`)"),
            Self::CqlAndNats => None,
        }
    }

    /// What cargo is asked to test on them, one run after the other.
    const fn runs(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::None => &[],
            Self::Cql => &[&STORE, &OWN, &DOOR],
            Self::CqlAndNats => &[&STORE, &OWN, &DOOR, &SEVERAL],
        }
    }
}

/// The steps, where there is anything to run on.
pub(super) fn steps(house: &House, servers: Servers) -> Vec<Step<'_>> {
    let (nats, several, flag, name) = match servers {
        Servers::None => return Vec::new(),
        Servers::Cql => ("", "", "", String::new()),
        Servers::CqlAndNats => (
            " and NATS,",
            ", several servers with NATS",
            " or `--without-nats`",
            format!(" and one in {}", nats::SERVER),
        ),
    };
    vec![
        Step {
            name: "servers".into(),
            about: format!("Apache Cassandra, standing in for ScyllaDB,{nats} fetched where missing"),
            next: format!(
                "get what is named above, or leave it out with `cargo xtask test --without-cql`{flag}."
            ),
            run: Box::new(move || fetch(house, servers)),
        },
        Step {
            name: "cluster".into(),
            about: format!("the store's, the REST and the realtime tests again, on the CQL server{several}"),
            next: format!(
                "name a server in {}{name} and run the failing test alone; its panic is above.",
                cql::SERVER
            ),
            run: Box::new(move || run(house, servers)),
        },
    ]
}

fn fetch(house: &House, servers: Servers) -> Result<()> {
    tools::for_cql(house)?;
    cql::fetch(house)?;
    if servers == Servers::CqlAndNats {
        tools::for_certificates(house)?;
        tools::for_nats(house)?;
    }
    Ok(())
}

fn run(house: &House, servers: Servers) -> Result<()> {
    let nats = if servers == Servers::CqlAndNats { Some(nats::Server::start(house)?) } else { None };
    for words in servers.runs() {
        // A new one each time: every test keeps a keyspace of its own, and a thousand tables make a server slow.
        let cql = cql::Server::start(house)?;
        let mut command = house.cargo([&["test"], &house::WHOLE[..], words].concat());
        cql.known_to(&mut command);
        if let Some(nats) = &nats {
            nats.known_to(&mut command);
        }
        house::run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> (Servers, String) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (servers, others) = Servers::chosen(&words);
        (servers, others.join(" "))
    }

    #[test]
    fn a_flag_leaves_out_what_needs_its_server() {
        assert_eq!(chosen(&["--only", "cluster"]), (Servers::CqlAndNats, "--only cluster".into()));
        assert_eq!(chosen(&["--without-nats", "--only", "cluster"]), (Servers::Cql, "--only cluster".into()));
        assert_eq!(chosen(&["--without-cql"]), (Servers::None, String::new()));
        assert_eq!(chosen(&["--without-cql", "--without-nats"]), (Servers::None, String::new()));
    }

    #[test]
    fn the_tests_of_several_servers_run_once_and_only_with_nats() {
        let asks = |words: &&[&str]| words.contains(&"cluster::") && !words.contains(&"--skip");

        let runs = |servers: Servers| servers.runs().iter().copied().filter(asks).count();

        assert_eq!((runs(Servers::None), runs(Servers::Cql), runs(Servers::CqlAndNats)), (0, 0, 1));
    }

    #[test]
    fn what_was_left_out_is_said() {
        assert!(Servers::None.left_out().unwrap().contains("`cluster`"));
        assert!(Servers::Cql.left_out().unwrap().contains("`cluster::`"));
        assert_eq!(Servers::CqlAndNats.left_out(), None);
    }
}
