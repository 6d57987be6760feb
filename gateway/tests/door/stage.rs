//! A server with a few people in it.

use gateway::{
    Config, Server,
    client::{Address, Client, Error, Options, Socket},
};
use schema::{clock::Clock, id::UserId, problem::Problem, room::RoomId};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// The administrator of every stage.
pub(crate) const ADMIN: (&str, &str) = ("admin@stage.test", "correct-horse-battery-7");

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) people: Vec<(UserId, String)>,
    _directory: TempDir,
}

impl Stage {
    /// A server with the usual settings and three people.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::by(Clock::system(), change).await
    }

    /// A server by another clock.
    pub(crate) async fn by(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            data: directory.path().join("store"),
            admin_email: Some(ADMIN.0.into()),
            admin_password: Some(ADMIN.1.into()),
            ..Config::default()
        };
        change(&mut config);
        let server = Server::start_by(config, clock).await.unwrap();
        let organization = people::first_organization(server.engine().reader()).await.unwrap().unwrap();
        let people = people::seed(server.engine(), organization, 3).await.unwrap();
        Self { server, people, _directory: directory }
    }

    pub(crate) fn address(&self) -> Address {
        self.server.addr().into()
    }

    pub(crate) fn token(&self, person: usize) -> &str {
        &self.people[person].1
    }

    pub(crate) fn inbox(&self, person: usize) -> RoomId {
        RoomId::new("user", self.people[person].0.uuid())
    }

    /// A person's REST client.
    pub(crate) fn client(&self, person: usize) -> Client {
        Client::new(self.address()).with_token(self.token(person))
    }

    /// The administrator's REST client.
    pub(crate) async fn admin(&self) -> Client {
        Client::login(self.address(), ADMIN.0, ADMIN.1).await.unwrap().0
    }

    /// A socket nobody has signed in on.
    pub(crate) async fn stranger(&self) -> Socket {
        Socket::connect(&self.address()).await.unwrap()
    }

    /// A socket of this path.
    pub(crate) async fn socket_at(&self, path: &str) -> Result<Socket, Error> {
        let options = Options { path: path.to_owned(), ..Options::default() };
        Socket::connect_with(&self.address(), &options).await
    }

    /// A person's socket.
    pub(crate) async fn socket(&self, person: usize) -> Socket {
        let mut socket = self.stranger().await;
        socket.sign_in(self.token(person)).await.unwrap();
        socket
    }
}

/// The close code that a connection ends with, whatever it says before.
pub(crate) async fn end_of(socket: &mut Socket) -> u16 {
    loop {
        match soon(socket.next()).await {
            Err(Error::Closed { code, .. }) => return code,
            Err(error) => panic!("{error}"),
            Ok(_) => {}
        }
    }
}

/// What comes, within the patience of a test.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("nothing came")
}

/// The problem of a refused request.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Problem {
    match outcome {
        Err(Error::Refused(problem)) => *problem,
        other => panic!("not refused: {other:?}"),
    }
}
