//! `ecosystia migrate`: makes the keyspace that several machines share, or brings an older one up to this
//! program, and says what it did.

use super::{Failure, terminal::say};
use clap::Args;
use gateway::{Config, house};
use std::{env, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  ecosystia migrate --cql db1:9042,db2:9042           makes the keyspace `ecosystia`, three copies of everything
  ECOSYSTIA_CQL__REPLICATION_FACTOR=1 ecosystia migrate --cql 127.0.0.1:9042 --keyspace trial

It only adds, so nodes of the version before may go on running. Running it again does nothing. Credentials and
TLS come from variables or a file: ECOSYSTIA_CQL__USER, ECOSYSTIA_CQL__PASSWORD, ECOSYSTIA_CQL__TLS__CA. With
ECOSYSTIA_CQL__TABLES=shared a new keyspace gets five tables instead of a hundred and more, for ever.";

/// Where the servers are.
#[derive(Args, Clone)]
pub(super) struct Shared {
    /// The CQL servers that several machines share, some of them
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    cql: Vec<String>,
    /// The keyspace in them
    #[arg(long, value_name = "NAME")]
    keyspace: Option<String>,
}

impl Shared {
    /// Puts them over what the file and the variables say.
    pub(super) fn over(&self, config: &mut Config) {
        if !self.cql.is_empty() {
            config.cql.nodes.clone_from(&self.cql);
        }
        if let Some(keyspace) = &self.keyspace {
            config.cql.keyspace.clone_from(keyspace);
        }
    }
}

/// Settings of the migration.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Migrate {
    #[command(flatten)]
    shared: Shared,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", env = "ECOSYSTIA_CONFIG")]
    config: Option<PathBuf>,
}

impl Migrate {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut config = Config::read(self.config.as_deref(), env::vars())?;
        self.shared.over(&mut config);
        if !config.is_clustered() {
            return Err("say where the CQL servers are: --cql HOST:PORT, or ECOSYSTIA_CQL__NODES".into());
        }
        let done = house::migrate(&config).await?;
        for line in &done {
            say(&format!("  added {line}"));
        }
        say(&format!("The keyspace {} is ready.", config.cql.keyspace));
        Ok(())
    }
}
