//! `cargo xtask start`: a server with something in it, for a person who wants to look. The server itself
//! prints its address and the demo login; this only builds it and chooses a free port.

use crate::{
    console,
    error::{Error, Result},
    house::{self, House},
    tools,
};
use std::{
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    path::Path,
    process::Command,
};

/// Where people look first.
const PORT: u16 = 8080;

/// Builds, then becomes the server.
pub(crate) fn run(house: &House, words: &[String]) -> Result<()> {
    let own = match words.split_first() {
        Some((dashes, rest)) if dashes == "--" => rest,
        _ => words,
    };
    console::say("Building the server (the first time takes minutes) …");
    tools::for_building(house)?;
    house::run(house.cargo(["build"]).args(house::WHOLE).args(["--bin", "ecosystia"]))?;

    let data = house.target().join("demo-data");
    let binary = house.target().join("debug").join("ecosystia");
    let mut server = house.program(&binary);
    server.arg("serve").args(arguments(own, listen()?, &data));
    console::say(&format!(
        "Starting `{}`; Ctrl-C ends it. The program is {}, for a second terminal too.\n",
        house::spelled(&server),
        binary.display()
    ));
    become_it(server)
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

/// The usual address, or a free port of the same machine. The port is let go before the server takes
/// it; should somebody be quicker, the server says so.
fn listen() -> Result<SocketAddrV4> {
    let usual = SocketAddrV4::new(Ipv4Addr::LOCALHOST, PORT);
    if TcpListener::bind(usual).is_ok() {
        return Ok(usual);
    }
    let free = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(Error::refused("looking for a free port"))?;
    console::say(&format!("Port {PORT} is taken, using {}.", free.port()));
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, free.port()))
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
