//! `ecosystia restore`: puts what a backup holds into a new directory or a keyspace that was just migrated, and
//! refuses to put it anywhere else.

use super::{
    Failure,
    backup::{Place, described, named},
    terminal::{remark, say},
};
use clap::Args;
use gateway::Config;
#[cfg(feature = "cluster")]
use schema::clock::Clock;
use std::{path::PathBuf, time::Instant};
use storage::{Store, backup::verify};

const EXAMPLES: &str = "\
Examples:
  ecosystia restore --from monday.eco --data /var/lib/ecosystia
  ecosystia migrate --cql db1:9042 --keyspace again && \\
  ecosystia restore --from monday.eco --cql db1:9042 --keyspace again

Start no server there before it has ended. Servers need the master key of the data that was backed up: where none
was given to them it lies beside the data directory, in a file of the same name and `.key`. Every client loads
anew what it shows, because the restored data is not the data that it knew.";

/// What is restored, and where to.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (config, begun) = (self.place.settings()?, Instant::now());
        // Before a directory is made for it.
        let (head, counts) = verify(&self.from)?;
        open(&config).await?.import(&self.from).await?;
        say(&format!("{}: {}", named(&config), described(&head, &counts)));
        remark(&format!("  restored in {} ms", begun.elapsed().as_millis()));
        remark(&format!("  {}", key(&config)));
        Ok(())
    }
}

#[cfg_attr(not(feature = "cluster"), expect(clippy::unused_async, reason = "a cluster is connected to"))]
async fn open(config: &Config) -> Result<Store, Failure> {
    #[cfg(feature = "cluster")]
    if config.is_clustered() {
        return Ok(Store::connect(&config.cql, &gateway::house::specs(), Clock::system()).await?);
    }
    Ok(Store::open(&config.data, &config.storage)?)
}

/// What a server needs besides.
fn key(config: &Config) -> String {
    let given = config.auth.master_key.is_some() || config.auth.master_key_file.is_some();
    if given || config.is_clustered() {
        return "Servers need the master key of the data that was backed up.".to_owned();
    }
    format!("Put the master key of the data that was backed up into {}.key.", config.data.display())
}
