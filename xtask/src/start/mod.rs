//! `cargo xtask start`: a server with something in it, for a person who wants to look. The server itself
//! prints its address and the demo login; this only builds it and chooses a free port. With `--cluster` it is
//! three of them on one store.

mod cluster;
mod secrets;

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
    loopback, tools,
};
use std::{
    net::SocketAddrV4,
    path::{Path, PathBuf},
    process::Command,
};

/// Where people look first.
const PORT: u16 = 8080;

/// Starts one server, or three.
pub(crate) fn run(house: &House, words: &[String]) -> Result<()> {
    match words.split_first() {
        Some((flag, rest)) if flag == cluster::FLAG => cluster::run(house, rest),
        Some((dashes, own)) if dashes == "--" => one(house, own),
        _ => one(house, words),
    }
}

/// Builds, then becomes the server.
fn one(house: &House, own: &[String]) -> Result<()> {
    build(house)?;
    let data = house.target().join("demo-data");
    let binary = binary(house);
    let mut server = house.program(&binary);
    server.arg("serve").args(arguments(own, listen(PORT)?, &data));
    console::say(&format!(
        "Starting `{}`; Ctrl-C ends it. The program is {}, for a second terminal too.\n",
        house::spelled(&server),
        binary.display()
    ));
    become_it(server)
}

fn build(house: &House) -> Result<()> {
    console::say("Building the server (the first time takes minutes) …");
    tools::for_building(house)?;
    house::run(house.cargo(["build"]).args(house::WHOLE).args(["--bin", "ecosystia"]))
}

fn binary(house: &House) -> PathBuf {
    house.target().join("debug").join("ecosystia")
}

/// The demo's arguments, where the person did not give their own.
fn arguments(own: &[String], listen: SocketAddrV4, data: &Path) -> Vec<String> {
    let given = |flag: &str| own.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")));
    let mut all = Vec::new();
    if !given("--listen") {
        all.extend(["--listen".into(), listen.to_string()]);
    }
    if !given("--data") {
        all.extend(["--data".into(), data.display().to_string()]);
    }
    if !given("--demo") {
        all.push("--demo".into());
    }
    all.extend_from_slice(own);
    all
}

/// The usual address, or a free port of the same machine.
fn listen(port: u16) -> Result<SocketAddrV4> {
    if let Some(usual) = loopback::unless_taken(port) {
        return Ok(usual);
    }
    let free = loopback::free()?;
    console::say(&format!("Port {port} is taken, using {}.", free.port()));
    Ok(free)
}

/// Puts the server in this process's place, so that Ctrl-C and its exit code are the server's own.
#[cfg(unix)]
fn become_it(mut server: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let line = house::spelled(&server);
    Err(Error::Refused { tried: format!("starting `{line}`"), source: server.exec() })
}

#[cfg(not(unix))]
fn become_it(mut server: Command) -> Result<()> {
    house::run(&mut server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn with(own: &[&str]) -> String {
        let own: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        let usual = SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT);
        arguments(&own, usual, Path::new("data")).join(" ")
    }

    #[test]
    fn a_demo_needs_no_arguments() {
        assert_eq!(with(&[]), "--listen 127.0.0.1:8080 --data data --demo");
    }

    #[test]
    fn what_a_person_gives_wins() {
        assert_eq!(with(&["--listen", "127.0.0.1:9"]), "--data data --demo --listen 127.0.0.1:9");
        assert_eq!(with(&["--data=d", "--demo"]), "--listen 127.0.0.1:8080 --data=d --demo");
    }
}
