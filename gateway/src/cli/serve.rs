//! `ecosystia serve`: reads the settings, starts the server, says where it is, and ends it gracefully.

use super::{
    Failure,
    terminal::{bold, quiet, remark, say},
};
use clap::{Args, ValueEnum};
use engine::Engine;
use gateway::{Config, Log, Server, logs};
#[cfg(feature = "cluster")]
use schema::clock::Clock;
use std::{env, net::SocketAddr, path::PathBuf};
use tokio::signal::unix::{SignalKind, signal};
use tracing::error;

const EXAMPLES: &str = "\
Examples:
  ecosystia serve                                     data in ./ecosystia-data, on 127.0.0.1:8080
  ecosystia serve --listen 0.0.0.0:80 --data /var/lib/ecosystia
  ECOSYSTIA_ADMIN_EMAIL=awa@example.org ecosystia serve
                                                      who administers a new organization
  ecosystia serve --node n1 --cql db1:9042 --nats nats1:4222
                                                      one of several machines; `ecosystia migrate` comes first
  ecosystia serve --config ecosystia.toml             every setting has a key in the file, and a variable:
                                                      [limits] login_per_minute = 5
                                                      ECOSYSTIA_LIMITS__LOGIN_PER_MINUTE=5

The first start on an empty directory makes one organization and its administrator, and prints the password
once. Ctrl-C or SIGTERM ends the server gracefully; a second one ends it at once.";

/// Settings that are often given by hand. Everything else is in the file or in variables.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The data directory; made when it is not there
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", env = "ECOSYSTIA_CONFIG")]
    config: Option<PathBuf>,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    shared: super::migrate::Shared,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    among: Among,
    /// Fill the organization with a small demonstration, in French and English
    #[arg(long)]
    demo: bool,
    /// Rate limits; off only on loopback, for measuring
    #[arg(long, value_name = "SWITCH")]
    limits: Option<Switch>,
    /// How log lines look
    #[arg(long, value_name = "FORM")]
    log: Option<Log>,
}

/// What makes this server one of several.
#[cfg(feature = "cluster")]
#[derive(Args)]
struct Among {
    /// What this machine is called among several; no two the same
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// The NATS servers between them, some of them
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    nats: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.settings()?;
        logs::begin(&config)?;
        let (data, limits) = (place(&config), config.limits.enabled);
        let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
        let server = Box::pin(self.start(config)).await?;
        banner(&server, &data, limits);
        if self.demo && !server.engine().node().is_clustered() {
            let engine = server.engine().clone();
            tokio::spawn(async move { demonstrate(&engine).await });
        }
        let [terminate, interrupt] = &mut signals;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            reason = server.failed() => return Err(format!("the server can't go on: {reason}; start it again").into()),
        }
        remark("Ending; once more to end at once.");
        tokio::select! {
            () = Box::pin(server.drain()) => Ok(()),
            _ = terminate.recv() => Err("ended before everybody had left".into()),
            _ = interrupt.recv() => Err("ended before everybody had left".into()),
        }
    }

    /// A demonstration is filled in once the server is ready, so that nobody waits for it; where there are several
    /// machines, before this one is one of them, because afterwards most rooms live elsewhere.
    async fn start(&self, config: Config) -> gateway::Result<Server> {
        #[cfg(feature = "cluster")]
        if self.demo && !config.nats.servers.is_empty() {
            let fill: gateway::Fill = |engine| Box::pin(demonstrate(engine));
            return Server::start_filled(config, Clock::system(), Some(fill)).await;
        }
        Server::start(config).await
    }

    fn settings(&self) -> Result<Config, Failure> {
        // A variable that is not text can't be one of ours.
        let variables = env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        let mut config = Config::read(self.config.as_deref(), variables)?;
        config.listen = self.listen.unwrap_or(config.listen);
        config.data = self.data.clone().unwrap_or(config.data);
        #[cfg(feature = "cluster")]
        self.shared.over(&mut config);
        #[cfg(feature = "cluster")]
        {
            config.node = self.among.node.clone().or(config.node);
            if !self.among.nats.is_empty() {
                config.nats.servers.clone_from(&self.among.nats);
            }
        }
        config.log = self.log.unwrap_or(config.log);
        if let Some(limits) = self.limits {
            config.limits.enabled = limits == Switch::On;
        }
        Ok(config.checked()?)
    }
}

/// Where the data is.
fn place(config: &Config) -> String {
    #[cfg(feature = "cluster")]
    if config.is_clustered() {
        return format!("keyspace {} on {}", config.cql.keyspace, config.cql.nodes.join(", "));
    }
    config.data.display().to_string()
}

fn banner(server: &Server, data: &str, limits: bool) {
    let line = |name: &str, text: &str| say(&format!("  {}{text}", quiet(&format!("{name:<10}"))));
    say(&format!("\n  {}\n", bold(&format!("EcosystIA {}", env!("CARGO_PKG_VERSION")))));
    line("Address", &server.url());
    line("Data", data);
    if !limits {
        line("Limits", "off: for measuring on this machine only");
    }
    if let Some(first) = server.first_administrator() {
        say("\n  A new organization was made, with an administrator who may do everything:");
        line("E-mail", &first.email);
        if first.generated {
            line("Password", &format!("{}   (shown this once: write it down)", first.password));
        }
        let url = server.url();
        say(&format!(
            "\n  Try it in another terminal:\n    ecosystia tail me --server {url} --email {} --password …",
            first.email
        ));
    }
    say("");
}

async fn demonstrate(engine: &Engine) {
    let filled = async {
        let demo = people::demo(engine).await?;
        work::demo(engine).await.map(|()| demo)
    };
    match filled.await {
        Ok(demo) => {
            let first = demo.people.first().map_or("", |person| &person.email);
            say(&format!("  Demonstration: sign in as {first} with the password {}\n", demo.password));
        }
        Err(error) => error!(%error, "the demonstration can't be filled in"),
    }
}
