//! Everything that can be set, composed of one struct per crate. It comes from one TOML file, then from
//! `ECOSYSTIA_*` variables, then from flags; each wins over the one before. Unknown keys are refused, and
//! nothing reads it from anywhere else.

use crate::{Error, drain, error::Result, house::StoreConfig, limits, rest, ws};
use config::{Config as Source, File, FileFormat};
use serde::Deserialize;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The settings of a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The data directory; made when it is not there.
    pub data: PathBuf,
    /// How the world calls this server, where a proxy stands before it: `https://app.example`.
    pub public_url: Option<String>,
    /// Web pages that may talk to this server, beside its own: `https://app.example`.
    pub origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How often it is looked how the server is. Three results in a row are told to operators.
    pub health_probe_ms: u64,
    /// Connections at once. Each may cost a few hundred kilobytes in the worst case.
    pub connections_max: usize,
    /// How log lines look.
    pub log: Log,
    /// Which log lines are written: `info`, or `gateway=debug,info`.
    pub log_filter: String,
    /// The name of the organization that an empty store begins with.
    pub org_name: Option<String>,
    /// The address of its administrator.
    pub admin_email: Option<String>,
    /// The administrator's password; generated and shown once when absent.
    pub admin_password: Option<String>,
    /// Signing in.
    pub auth: people::authentication::Config,
    /// Rate limits.
    pub limits: limits::Config,
    /// REST.
    pub rest: rest::Config,
    /// Sockets.
    pub socket: ws::Config,
    /// Ending gracefully.
    pub drain: drain::Config,
    /// Rooms, audiences and sessions.
    pub actors: actors::Config,
    /// The embedded store.
    pub storage: StoreConfig,
    /// The CQL servers that several machines share instead of it.
    #[cfg(feature = "cluster")]
    pub cql: storage::scylla::Config,
    /// What this machine is called among those; no two the same.
    #[cfg(feature = "cluster")]
    pub node: Option<String>,
    /// The NATS servers between them.
    #[cfg(feature = "cluster")]
    pub nats: actors::bus::Config,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// For people.
    Pretty,
    /// One JSON object a line, for programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data: PathBuf::from("ecosystia-data"),
            public_url: None,
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            health_probe_ms: 30_000,
            connections_max: 100_000,
            log: Log::Pretty,
            // The stores below are told to be quiet: their steps are their own business.
            log_filter: "info,fjall=warn,lsm_tree=warn,ractor=warn,scylla=warn,async_nats=error".to_owned(),
            org_name: None,
            admin_email: None,
            admin_password: None,
            auth: people::authentication::Config::default(),
            limits: limits::Config::default(),
            rest: rest::Config::default(),
            socket: ws::Config::default(),
            drain: drain::Config::default(),
            actors: actors::Config::default(),
            storage: StoreConfig::default(),
            #[cfg(feature = "cluster")]
            cql: storage::scylla::Config::default(),
            #[cfg(feature = "cluster")]
            node: None,
            #[cfg(feature = "cluster")]
            nats: actors::bus::Config::default(),
        }
    }
}

/// What the variables of the environment all begin with.
const PREFIX: &str = "ECOSYSTIA_";
/// Variables of that prefix that are for people at a terminal, not for the server.
const NOT_OURS: [&str; 5] = ["server", "token", "email", "password", "config"];
/// What those begin with that are for the tests: a server that they start gets them, too.
const TESTS: &str = "test_";

impl Config {
    /// Reads the file, if one is given, and the variables over it. Levels are separated by two
    /// underscores (`ECOSYSTIA_LIMITS__CHAT_PER_TEN_SECONDS`), members of a list by commas.
    ///
    /// # Errors
    /// When the file can't be read, a key is unknown, or a value is not of its kind.
    pub fn read(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut source = Source::builder();
        if let Some(file) = file {
            source = source.add_source(File::from(file).format(FileFormat::Toml).required(true));
        }
        for (name, text) in variables {
            let Some(key) = name.strip_prefix(PREFIX).map(str::to_lowercase) else { continue };
            if NOT_OURS.contains(&key.as_str()) || key.starts_with(TESTS) {
                continue;
            }
            let key = if key == "master_key" { "auth.master_key".to_owned() } else { key.replace("__", ".") };
            source =
                if matches!(key.as_str(), "origins" | "trusted_proxies" | "cql.nodes" | "nats.servers") {
                    let members: Vec<&str> =
                        text.split(',').map(str::trim).filter(|m| !m.is_empty()).collect();
                    source.set_override(key, members)
                } else {
                    source.set_override(key, text)
                }
                .map_err(refused)?;
        }
        let config: Self = source.build().and_then(Source::try_deserialize).map_err(refused)?;
        config.checked()
    }

    /// True when several machines may share the data.
    #[must_use]
    pub const fn is_clustered(&self) -> bool {
        #[cfg(feature = "cluster")]
        return !self.cql.nodes.is_empty();
        #[cfg(not(feature = "cluster"))]
        return false;
    }

    /// Refuses what may not be set together.
    ///
    /// # Errors
    /// When limits are off although others than this machine can connect, or one of several machines has no name.
    pub fn checked(self) -> Result<Self> {
        #[cfg(feature = "cluster")]
        self.check_cluster()?;
        if self.limits.enabled || self.listen.ip().is_loopback() {
            return Ok(self);
        }
        Err(Error::Config(format!(
            "limits can be off only while listening on loopback, not on {}: listen on 127.0.0.1 or leave them on",
            self.listen
        )))
    }

    #[cfg(feature = "cluster")]
    fn check_cluster(&self) -> Result<()> {
        if self.nats.servers.is_empty() {
            return Ok(());
        }
        if !self.is_clustered() {
            return Err(Error::Config(
                "machines that talk over NATS share their data: say where the CQL servers are with --cql HOST:PORT"
                    .to_owned(),
            ));
        }
        let fits =
            |name: &String| (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        if !self.node.as_ref().is_some_and(fits) {
            return Err(Error::Config(
                "one of several machines has a name that no other has: --node NAME, 1 to 64 characters without spaces"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// How the world calls this server.
    #[must_use]
    pub fn public_url(&self) -> String {
        let here = match self.listen.ip() {
            // Everywhere is no place to go to; this machine is one of them.
            IpAddr::V4(ip) if ip.is_unspecified() => {
                SocketAddr::from((Ipv4Addr::LOCALHOST, self.listen.port()))
            }
            IpAddr::V6(ip) if ip.is_unspecified() => {
                SocketAddr::from((Ipv6Addr::LOCALHOST, self.listen.port()))
            }
            _ => self.listen,
        };
        self.public_url.clone().unwrap_or_else(|| format!("http://{here}"))
    }

    /// Signing in, with a place for the master key: beside the data, so that a copy of the data does not
    /// hold its own key. Machines that share data are given one.
    pub(crate) fn auth(&self) -> Result<people::authentication::Config> {
        if self.is_clustered() && self.auth.master_key.is_none() && self.auth.master_key_file.is_none() {
            return Err(Error::Config(
                "machines that share data share a master key: give all of them the same ECOSYSTIA_MASTER_KEY, 32 \
                 bytes in base64 (`openssl rand -base64 32` makes one)"
                    .to_owned(),
            ));
        }
        if let Some(file) =
            self.auth.master_key_file.as_ref().filter(|file| self.is_clustered() && !file.exists())
        {
            // Made anew, it would fit no other machine's.
            return Err(Error::Config(format!("there is no master key in {}", file.display())));
        }
        let mut auth = self.auth.clone();
        if auth.master_key.is_none() && auth.master_key_file.is_none() {
            let mut name = self.data.clone().into_os_string();
            name.push(".key");
            auth.master_key_file = Some(PathBuf::from(name));
        }
        Ok(auth)
    }
}

fn refused(error: config::ConfigError) -> Error {
    Error::Config(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config> {
        let mut toml = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        toml.write_all(file.as_bytes()).unwrap();
        let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Config::read(Some(toml.path()), variables)
    }

    #[test]
    fn variables_win_over_the_file_and_the_file_over_the_defaults() {
        let file = "listen = \"127.0.0.1:9000\"\nlog = \"json\"\n[limits]\nlogin_per_minute = 7\n";

        let config = read(
            file,
            &[
                ("ECOSYSTIA_LISTEN", "127.0.0.1:9001"),
                ("ECOSYSTIA_LIMITS__CHAT_PER_TEN_SECONDS", "3"),
                ("ECOSYSTIA_ORIGINS", "https://a.example, https://b.example"),
                ("ECOSYSTIA_ADMIN_PASSWORD", "007"),
                ("ECOSYSTIA_TOKEN", "for the terminal"),
                ("ECOSYSTIA_TEST_SEEDS", "for the tests"),
                ("PATH", "/bin"),
            ],
        )
        .unwrap();

        assert_eq!(config.listen.port(), 9001);
        assert_eq!(config.log, Log::Json);
        assert_eq!(config.limits.login_per_minute.get(), 7);
        assert_eq!(config.limits.chat_per_ten_seconds.get(), 3);
        assert_eq!(config.origins, ["https://a.example", "https://b.example"]);
        assert_eq!(config.admin_password.as_deref(), Some("007"));
        assert_eq!(config.socket.frame_bytes_max, 16 * 1024);
    }

    #[test]
    fn unknown_keys_are_refused_wherever_they_stand() {
        for (file, variables) in [
            ("lisssten = 1\n", vec![]),
            ("[socket]\nframe_bytes = 1\n", vec![]),
            ("", vec![("ECOSYSTIA_LISSSTEN", "1")]),
        ] {
            let refused = read(file, &variables).unwrap_err();

            assert!(refused.to_string().contains("unknown field"), "{refused}");
        }
    }

    #[test]
    fn limits_are_off_on_loopback_only() {
        let off = |listen: &str| {
            read("[limits]\nenabled = false\n", &[("ECOSYSTIA_LISTEN", listen)]).map(|config| config.listen)
        };

        assert!(off("127.0.0.1:1").is_ok() && off("[::1]:1").is_ok());
        assert!(off("0.0.0.0:1").is_err());
    }
}
