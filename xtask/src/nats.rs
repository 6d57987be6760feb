//! The NATS server of an errand: the system's own program, started on loopback for as long as the errand
//! runs; it keeps nothing. Whoever runs one already names it in `ECOSYSTIA_TEST_NATS`, and the tests start
//! none beside those that they restart themselves.

use crate::{
    console,
    error::{Error, Result},
    house::House,
    loopback::{self, LOOK_MAX},
    tools,
};
use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _},
    net::{SocketAddrV4, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Where the tests look for a server.
pub(crate) const SERVER: &str = "ECOSYSTIA_TEST_NATS";
/// Where they find the program, to start servers of their own.
pub(crate) const PROGRAM: &str = "ECOSYSTIA_TEST_NATS_SERVER";

/// How long it may take to start: it needs a fraction of a second, a busy machine a few.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The longest greeting that is read; one is about half a kilobyte.
const GREETING_BYTES_MAX: u64 = 64 * 1024;

/// A server that ends when this is dropped, or one that somebody else runs.
pub(crate) struct Server {
    address: String,
    program: PathBuf,
    _own: Option<loopback::Server>,
}

/// Starts a server; it does not listen yet.
pub(crate) fn serve(house: &House, address: SocketAddrV4, log: &Path) -> Result<loopback::Server> {
    let mut command = house.program(tools::program(tools::NATS));
    command.arg("-a").arg(address.ip().to_string()).arg("-p").arg(address.port().to_string());
    loopback::Server::start("the NATS server", command, address, log)
}

/// True when one greets there.
pub(crate) fn answers(address: SocketAddrV4) -> bool {
    greeting(address).is_ok()
}

impl Server {
    /// The server that the person named, or one of our own, once it answers.
    pub(crate) fn start(house: &House) -> Result<Self> {
        let (address, own) = if let Ok(address) = env::var(SERVER) {
            (address, None)
        } else {
            let log = house.target().join("nats-server").join("server.log");
            let mut own = serve(house, loopback::free()?, &log)?;
            own.wait(PATIENCE, answers, || false)?;
            (own.address().to_string(), Some(own))
        };
        let greeting = greeting(&address).map_err(Error::refused(format!("asking for NATS at {address}")))?;
        let version = version(&greeting).unwrap_or("of a version that it does not say");
        console::say(&format!("The NATS server of these tests is NATS {version} at {address}."));
        Ok(Self { address, program: tools::program(tools::NATS), _own: own })
    }

    /// Shows a command the way to it.
    pub(crate) fn known_to(&self, command: &mut Command) {
        command.env(SERVER, &self.address);
        // A server that somebody else runs may well be the only one here.
        if self.program.is_file() {
            command.env(PROGRAM, &self.program);
        }
    }
}

/// What a server says to whoever connects, before anything else: `INFO {"server_id":…,"version":…}`.
fn greeting(address: impl ToSocketAddrs) -> io::Result<String> {
    let connected = address.to_socket_addrs()?.find_map(|at| TcpStream::connect_timeout(&at, LOOK_MAX).ok());
    let stream = connected.ok_or_else(|| io::Error::other("nobody takes the connection"))?;
    stream.set_read_timeout(Some(LOOK_MAX))?;
    let mut line = String::new();
    BufReader::new(stream.take(GREETING_BYTES_MAX)).read_line(&mut line)?;
    if line.starts_with("INFO ") { Ok(line) } else { Err(io::Error::other("that is no NATS server")) }
}

/// The version in a greeting.
fn version(greeting: &str) -> Option<&str> {
    let (_, rest) = greeting.split_once("\"version\":\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write as _, net::TcpListener, thread};

    /// Says one thing to the first who connects.
    fn speaker(says: &'static str) -> SocketAddrV4 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || listener.accept().unwrap().0.write_all(says.as_bytes()).unwrap());
        format!("127.0.0.1:{port}").parse().unwrap()
    }

    #[test]
    fn a_greeting_tells_the_version() {
        let said = greeting(speaker("INFO {\"server_id\":\"NA\",\"version\":\"2.9.10\",\"proto\":1} \r\n"));

        assert_eq!(version(&said.unwrap()), Some("2.9.10"));
        assert_eq!(version("INFO {}"), None);
    }

    #[test]
    fn whoever_does_not_greet_is_no_nats_server() {
        assert!(!answers(speaker("HTTP/1.1 200 OK\r\n")));
        assert!(!answers(speaker("")));
    }
}
