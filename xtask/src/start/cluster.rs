//! `cargo xtask start --cluster`: three servers on one store, with all that they need, on loopback. It is for
//! looking at, not for living in: one machine that fails takes all three with it.

use super::{become_it, binary, build, listen, secrets};
use crate::{
    console, cql,
    error::{Error, Result},
    house::House,
    loopback::{self, LOOK_EVERY, LOOK_MAX, Server},
    nats, tools,
};
use std::{
    env,
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    net::{SocketAddrV4, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// What asks for it.
pub(super) const FLAG: &str = "--cluster";
/// What this program says to itself, once a keeper stands between it and the terminal.
const KEPT: &str = "--kept";
/// Lets everything end in order on Ctrl-C: the standard library can't hear signals.
const KEEPER: &str = include_str!("keeper.sh");

/// The servers, and the ports where people look first.
const NODES: [(&str, u16); 3] = [("n1", 8080), ("n2", 8081), ("n3", 8082)];
/// Where the CQL server listens if it can.
const CQL_PORT: u16 = 9042;
/// The keyspace that the three share.
const KEYSPACE: &str = "ecosystia";

/// How long a server may take to be ready; the first one makes an organization.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long they may take to say goodbye to everybody; by their own settings it is about eleven seconds.
const FAREWELL: Duration = Duration::from_secs(20);

/// Builds and fetches, then becomes the keeper.
pub(super) fn run(house: &House, words: &[String]) -> Result<()> {
    match words {
        [] => {
            build(house)?;
            tools::for_cql(house)?;
            cql::fetch(house)?;
            tools::for_nats(house)?;
            let program = env::current_exe().map_err(Error::refused("asking where this program lies"))?;
            let mut keeper = house.program("bash");
            keeper.args(["-c", KEEPER, "bash"]).arg(program).args(["start", FLAG, KEPT]);
            become_it(keeper)
        }
        [kept] if kept == KEPT => keep(house),
        _ => Err(Error::Usage(format!(
            "`{FLAG}` takes no arguments: give settings of the servers as ECOSYSTIA_* variables"
        ))),
    }
}

/// Starts everything, and ends it when the input ends.
fn keep(house: &House) -> Result<()> {
    let folder = house.target().join("demo-cluster");
    fs::create_dir_all(&folder).map_err(Error::refused(format!("making {}", folder.display())))?;
    let _alone = alone(&folder)?;
    let bell = thread::spawn(|| io::copy(&mut io::stdin().lock(), &mut io::sink()));
    let rang = || bell.is_finished();
    let login = Login::kept(&folder)?;

    console::say("Starting the CQL server, which takes a while, NATS and three servers …");
    let mut cql = cql::serve(house, cql_address()?, &folder.join("cql"))?;
    cql.wait(cql::PATIENCE, loopback::listens, rang)?;
    let mut nats = nats::serve(house, loopback::free()?, &folder.join("nats.log"))?;
    nats.wait(nats::PATIENCE, nats::answers, rang)?;

    let key = secrets::kept(&folder.join("master-key"), secrets::chance::<32>)?;
    let stage = Stage { house, folder: &folder, cql: cql.address(), nats: nats.address(), key, login };
    stage.migrate()?;
    let mut nodes = Vec::with_capacity(NODES.len());
    for (name, port) in NODES {
        let mut node = stage.serve(name, listen(port)?)?;
        node.wait(PATIENCE, is_ready, rang)?;
        nodes.push(node);
    }
    console::answer(&stage.page(&nodes));

    watch(&mut nodes, [&mut cql, &mut nats], rang);
    console::say("Ending …");
    nodes.iter_mut().for_each(Server::ask_to_end);
    nodes.into_iter().for_each(|node| node.end_within(FAREWELL));
    Ok(())
}

/// Waits until the person ends it, or none of the three is left. One that ended is told, and the others go on:
/// to see them do so, people kill one.
fn watch(nodes: &mut [Server], below: [&mut Server; 2], rang: impl Fn() -> bool) {
    let count = nodes.len();
    let mut all: Vec<(&mut Server, bool)> = nodes.iter_mut().chain(below).map(|one| (one, false)).collect();
    while !rang() && all.iter().take(count).any(|(_, told)| !told) {
        for (server, told) in all.iter_mut().filter(|(_, told)| !told) {
            if server.has_ended() {
                *told = true;
                console::say(&format!("{} has ended.", server.name()));
            }
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Two at once would write to the same files: the one who holds this is alone.
fn alone(folder: &Path) -> Result<File> {
    let refused = || Error::refused(format!("locking {}", folder.display()));
    let file = File::create(folder.join("lock")).map_err(refused())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Usage(format!("another `start {FLAG}` is running"))),
        Err(TryLockError::Error(error)) => Err(refused()(error)),
    }
}

/// The usual address, with the port below it, or free ones.
fn cql_address() -> Result<SocketAddrV4> {
    let usual = loopback::unless_taken(CQL_PORT).filter(|_| loopback::unless_taken(CQL_PORT - 1).is_some());
    usual.map_or_else(loopback::free_pair, Ok)
}

/// True when a server says that work may be sent to it.
fn is_ready(address: SocketAddrV4) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address.into(), LOOK_MAX)?;
        stream.set_read_timeout(Some(LOOK_MAX))?;
        write!(stream, "GET /health/ready/ HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// Who administers the organization that the first start makes.
struct Login {
    email: String,
    password: String,
}

impl Login {
    const EMAIL: &str = "ECOSYSTIA_ADMIN_EMAIL";
    const PASSWORD: &str = "ECOSYSTIA_ADMIN_PASSWORD";

    /// The one of the first start: whom the environment named then, or one made for it.
    fn kept(folder: &Path) -> Result<Self> {
        let named = |name: &str| env::var(name).ok();
        let email = || Ok(named(Self::EMAIL).unwrap_or_else(|| "admin@ecosystia.local".to_owned()));
        let password = || named(Self::PASSWORD).map_or_else(secrets::chance::<18>, Ok);
        Ok(Self {
            email: secrets::kept(&folder.join("admin-email"), email)?,
            password: secrets::kept(&folder.join("admin-password"), password)?,
        })
    }
}

/// What the three have in common.
struct Stage<'a> {
    house: &'a House,
    folder: &'a Path,
    cql: SocketAddrV4,
    nats: SocketAddrV4,
    key: String,
    login: Login,
}

impl Stage<'_> {
    /// Makes the keyspace, or brings it up to the program.
    fn migrate(&self) -> Result<()> {
        let mut command = self.program("migrate");
        let log = self.folder.join("migrate.log");
        let output = File::create(&log).map_err(Error::refused(format!("writing {}", log.display())))?;
        command.stdout(output.try_clone().map_err(Error::refused("sharing a file"))?).stderr(output);
        command.stdin(Stdio::null());
        let status = command.status().map_err(Error::refused("starting the migration"))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Mute { server: "the migration".into(), log: log.display().to_string() })
    }

    /// Starts one of them; it is not ready yet.
    fn serve(&self, name: &str, listen: SocketAddrV4) -> Result<Server> {
        Server::start(name, self.node(name, listen), listen, &self.folder.join(format!("{name}.log")))
    }

    /// How one of them is started. The first one also plays the demo.
    fn node(&self, name: &str, listen: SocketAddrV4) -> Command {
        let mut command = self.program("serve");
        command.args(["--listen", &listen.to_string(), "--node", name, "--nats", &self.nats.to_string()]);
        if NODES.first().is_some_and(|(first, _)| *first == name) {
            command.arg("--demo");
        }
        command
    }

    /// The server's program, knowing where the data is.
    fn program(&self, word: &str) -> Command {
        let mut command = self.house.program(binary(self.house));
        command.args([word, "--cql", &self.cql.to_string(), "--keyspace", KEYSPACE]);
        command.env("ECOSYSTIA_CQL__REPLICATION_FACTOR", "1").env("ECOSYSTIA_MASTER_KEY", &self.key);
        command.env(Login::EMAIL, &self.login.email).env(Login::PASSWORD, &self.login.password);
        command
    }

    /// Where everything is.
    fn page(&self, nodes: &[Server]) -> String {
        let url = |node: &Server| format!("http://{}", node.address());
        let mut lines = vec![String::new()];
        let mut line = |name: &str, text: String| lines.push(format!("  {name:<10}{text}"));
        for node in nodes {
            line(node.name(), format!("{}   (process {})", url(node), node.pid()));
        }
        line("E-mail", self.login.email.clone());
        line("Password", self.login.password.clone());
        line("CQL", self.cql.to_string());
        line("NATS", self.nats.to_string());
        line("Data", format!("{}, with the logs; removing it begins anew", self.folder.display()));
        line("Program", binary(self.house).display().to_string());
        lines.push("\n  Ctrl-C ends all of it.\n".into());
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead as _, BufReader},
        net::TcpListener,
    };

    fn line(name: &str) -> String {
        let house = House::find().unwrap();
        let address = |port: u16| format!("127.0.0.1:{port}").parse().unwrap();
        let login = Login { email: "awa@example.org".into(), password: "baobab".into() };
        let (folder, key) = (Path::new("data"), "secret".to_owned());
        let stage = Stage { house: &house, folder, cql: address(1), nats: address(2), key, login };
        let command = stage.node(name, address(3));
        command.get_args().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_servers_differ_by_name_and_the_first_one_plays_the_demo() {
        let shared = "serve --cql 127.0.0.1:1 --keyspace ecosystia --listen 127.0.0.1:3";

        assert_eq!(line("n1"), format!("{shared} --node n1 --nats 127.0.0.1:2 --demo"));
        assert_eq!(line("n2"), format!("{shared} --node n2 --nats 127.0.0.1:2"));
    }

    #[test]
    fn secrets_are_not_in_what_everybody_on_the_machine_may_list() {
        assert!(!line("n1").contains("secret") && !line("n1").contains("baobab"));
    }

    #[test]
    fn a_server_is_ready_when_it_says_so() {
        let says = |status: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                // All of it: what is closed with something unread breaks off what it said last.
                let asked: Vec<String> = BufReader::new(&stream)
                    .lines()
                    .map_while(io::Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                assert_eq!(asked.first().map(String::as_str), Some("GET /health/ready/ HTTP/1.1"));
                stream.write_all(status.as_bytes()).unwrap();
            });
            is_ready(format!("127.0.0.1:{port}").parse().unwrap())
        };

        assert!(says("HTTP/1.1 200 OK\r\n\r\n"));
        assert!(!says("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
        assert!(!says(""));
    }

    #[test]
    fn only_one_at_a_time_holds_the_folder() {
        let folder = env::temp_dir().join(format!("ecosystia-alone-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();

        let held = alone(&folder).unwrap();
        let refused = alone(&folder).unwrap_err();
        drop(held);
        let again = alone(&folder);
        fs::remove_dir_all(&folder).unwrap();

        assert!(refused.to_string().contains("is running"), "{refused}");
        assert!(again.is_ok());
    }
}
