//! Servers of an errand's own, on loopback: a free port, a process, a bounded wait until it answers. None of
//! them outlives the one who holds it, and none is ever open to another machine.

use crate::error::{Error, Result};
use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How often somebody who waits looks again.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long one look may take: nothing on loopback is further away, but tests run on machines that are full.
pub(crate) const LOOK_MAX: Duration = Duration::from_secs(if cfg!(test) { 20 } else { 1 });

/// A server that ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    name: String,
    address: SocketAddrV4,
    log: PathBuf,
}

impl Server {
    /// Starts what will listen here. All it prints goes to the log, which holds one run.
    pub(crate) fn start(name: &str, mut command: Command, address: SocketAddrV4, log: &Path) -> Result<Self> {
        let refused = || Error::refused(format!("writing {}", log.display()));
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder).map_err(refused())?;
        }
        let _ = fs::remove_file(log);
        // Appended to, because a server may write to the same file by itself.
        let file = File::options().create(true).append(true).open(log).map_err(refused())?;
        command.stdin(Stdio::null()).stdout(file.try_clone().map_err(refused())?).stderr(file);
        let child = command.spawn().map_err(Error::refused(format!("starting {name}")))?;
        Ok(Self { child, name: name.to_owned(), address, log: log.to_path_buf() })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers, but not longer than this, and not when the wait is broken off.
    pub(crate) fn wait(
        &mut self,
        at_most: Duration,
        answers: impl Fn(SocketAddrV4) -> bool,
        broken_off: impl Fn() -> bool,
    ) -> Result<()> {
        let begun = Instant::now();
        while !answers(self.address) {
            if broken_off() {
                return Err(Error::BrokenOff);
            }
            if self.has_ended() || begun.elapsed() > at_most {
                let log = self.log.display().to_string();
                return Err(Error::Mute { server: self.name.clone(), log });
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// True when it is no more.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end by itself.
    pub(crate) fn ask_to_end(&mut self) {
        // The number of one that ended may be somebody else's by now.
        if self.has_ended() {
            return;
        }
        // The standard library can only kill. Whoever does not hear this is killed a little later.
        let _ = Command::new("sh").args(["-c", "kill -TERM $0", &self.child.id().to_string()]).status();
    }

    /// Gives it this long to end by itself.
    pub(crate) fn end_within(mut self, at_most: Duration) {
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < at_most {
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// True when somebody takes connections there.
pub(crate) fn listens(address: SocketAddrV4) -> bool {
    TcpStream::connect_timeout(&address.into(), LOOK_MAX).is_ok()
}

/// A free address. It is let go before a server takes it; should somebody be quicker, the server says so.
pub(crate) fn free() -> Result<SocketAddrV4> {
    bind(0).and_then(|listener| local(&listener)).map_err(Error::refused("looking for a free port"))
}

/// A free address, and so is the port below it, where servers of one cluster speak with each other.
pub(crate) fn free_pair() -> Result<SocketAddrV4> {
    let refused = || Error::refused("looking for a free port");
    for _ in 0..100 {
        let listener = bind(0).map_err(refused())?;
        let address = local(&listener).map_err(refused())?;
        if bind(address.port() - 1).is_ok() {
            return Ok(address);
        }
    }
    Err(Error::Usage("no two free ports side by side on 127.0.0.1".into()))
}

/// This port, or nothing when somebody has it.
pub(crate) fn unless_taken(port: u16) -> Option<SocketAddrV4> {
    bind(port).ok().map(|_| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

fn local(listener: &TcpListener) -> io::Result<SocketAddrV4> {
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, listener.local_addr()?.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &str) -> (Server, PathBuf) {
        let log = std::env::temp_dir().join(format!("ecosystia-{}-{log}", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        (Server::start("the shell", command, free().unwrap(), &log).unwrap(), log)
    }

    #[test]
    fn a_server_that_ends_instead_of_answering_is_refused_with_its_log() {
        let (mut server, log) = shell("echo no such setting", "ended.log");

        let refusal = server.wait(Duration::from_secs(10), listens, || false).unwrap_err();

        assert!(refusal.to_string().contains("the shell does not answer"), "{refusal}");
        assert!(refusal.to_string().contains("ended.log"), "{refusal}");
        assert_eq!(fs::read_to_string(&log).unwrap(), "no such setting\n");
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_wait_has_an_end_and_can_be_broken_off() {
        let (mut server, log) = shell("exec sleep 60", "silent.log");

        let in_vain = server.wait(Duration::ZERO, |_| false, || false);
        let broken_off = server.wait(Duration::from_secs(60), |_| false, || true);

        assert!(matches!(in_vain, Err(Error::Mute { .. })));
        assert!(matches!(broken_off, Err(Error::BrokenOff)));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn whoever_is_asked_to_end_may_take_their_time() {
        let (mut server, log) =
            shell("trap 'echo goodbye; exit' TERM; echo here; while :; do sleep 0.1; done", "polite.log");
        while !fs::read_to_string(&log).unwrap().contains("here") {
            thread::sleep(Duration::from_millis(10));
        }

        server.ask_to_end();
        server.end_within(Duration::from_secs(10));

        assert_eq!(fs::read_to_string(&log).unwrap(), "here\ngoodbye\n");
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_taken_port_is_not_offered() {
        let taken = bind(0).unwrap();

        assert_eq!(unless_taken(local(&taken).unwrap().port()), None);
        assert!(!listens(free().unwrap()));
    }
}
