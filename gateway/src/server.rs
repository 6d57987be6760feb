//! A running server: the house, its door, and the tasks between them. `main` has one; a test may have
//! several.

use crate::{Config, door::Door, drain, error::Result, house::House, listener, page::Page, rest, system};
use actors::BoxFuture;
use engine::Engine;
use people::FirstAdministrator;
use schema::clock::Clock;
use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::interval};
use tracing::{info, warn};

/// How often counters and buckets are tidied up.
const TIDY_EVERY: Duration = Duration::from_secs(10);
/// Below this many open files a server can't hold the people of one larger organization.
const FEW_FILES: usize = 4_096;

/// What fills the data before anybody is let in.
pub type Fill = for<'a> fn(&'a Engine) -> BoxFuture<'a, ()>;

/// A server that listens. Dropping it stops listening; [`Server::drain`] ends it well.
pub struct Server {
    door: Arc<Door>,
    address: SocketAddr,
    first_administrator: Option<FirstAdministrator>,
    tasks: [JoinHandle<()>; 2],
}

impl Server {
    /// Opens the house and its door. When this returns, the server is ready.
    ///
    /// # Errors
    /// When the data can't be opened, the address can't be listened on, or something below does not start.
    pub async fn start(config: Config) -> Result<Self> {
        Self::start_by(config, Clock::system()).await
    }

    /// The same by another clock, so that a test need not wait for hours to pass.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_by(config: Config, clock: Clock) -> Result<Self> {
        Self::start_filled(config, clock, None).await
    }

    /// The same, and before it is one of several machines and before anybody is let in, the data is filled.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_filled(config: Config, clock: Clock, fill: Option<Fill>) -> Result<Self> {
        // What starts a server is deep: the compiler is spared looking through all of it wherever one is started.
        let starting: Pin<Box<dyn Future<Output = Result<Self>> + Send>> =
            Box::pin(Self::open(config, clock, fill));
        starting.await
    }

    async fn open(config: Config, clock: Clock, fill: Option<Fill>) -> Result<Self> {
        let mut config = config.checked()?;
        let page = Page::install();
        let house = Box::pin(House::open(&config, clock)).await?;
        if let Some(fill) = fill {
            fill(&house.engine).await;
        }
        let listener = listener::listen(config.listen)?;
        // Port 0 became a real one.
        config.listen = listener.local_addr().unwrap_or(config.listen);
        let address = config.listen;
        #[cfg(feature = "cluster")]
        house.join(&config).await?;
        house.take_up();
        warn_of(&config);
        let door = Arc::new(Door::new(house.engine, config, page));
        let router = rest::router(&door);
        let accepting = tokio::spawn(listener::accept(listener, Arc::clone(&door), router));
        let tidying = tokio::spawn(tidy(Arc::clone(&door)));
        door.watch_membership();
        door.watch_lateness();
        door.watch_health();
        info!(%address, "listening");
        Ok(Self {
            door,
            address,
            first_administrator: house.first_administrator,
            tasks: [accepting, tidying],
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// How the world calls it.
    #[must_use]
    pub fn url(&self) -> String {
        self.door.config.public_url()
    }

    /// The engine behind the door.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.door.engine
    }

    /// The administrator whom this start made, with a password that is shown once.
    #[must_use]
    pub const fn first_administrator(&self) -> Option<&FirstAdministrator> {
        self.first_administrator.as_ref()
    }

    /// Returns, with the reason, when the server can't go on and must be started again.
    pub async fn failed(&self) -> String {
        let mut failed = self.door.failed();
        let failure = failed.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        failure.unwrap_or_default()
    }

    /// Ends it gracefully; see [`crate::drain::Config`] for how long that may take.
    pub async fn drain(self) {
        drain::drain(&self.door).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.door.close();
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Says what an operator may not have meant.
fn warn_of(config: &Config) {
    if !config.limits.enabled {
        warn!("rate limits are off");
    }
    if let Some(files) = system::open_files_max().filter(|files| *files < FEW_FILES) {
        warn!(files, "few sockets can be open at once: raise the limit with `ulimit -n` or LimitNOFILE");
    }
}

async fn tidy(door: Arc<Door>) {
    let mut every = interval(TIDY_EVERY);
    loop {
        every.tick().await;
        door.limits.tidy();
        door.page.tidy();
    }
}
