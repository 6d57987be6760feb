//! `ecosystia backup`: everything the store holds in one file, while servers run and write. It changes nothing.

use super::{
    Failure,
    terminal::{remark, say},
};
use clap::Args;
use gateway::Config;
#[cfg(feature = "cluster")]
use schema::clock::Clock;
use std::{
    env,
    fs::{self, File, OpenOptions},
    io::BufWriter,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Instant,
};
use storage::{
    Store,
    backup::{Counts, Head, verify},
};

const EXAMPLES: &str = "\
Examples:
  ecosystia backup --to monday.eco                       the data in ./ecosystia-data, whether or not a server runs
  ecosystia backup --data /var/lib/ecosystia --to /backups/monday.eco
  ecosystia backup --cql db1:9042,db2:9042 --keyspace ecosystia --to /backups/monday.eco

Servers go on meanwhile. The file is a state the data was in, room by room; `ecosystia restore` puts it into a
directory or a keyspace, whichever it came from. It is as secret as the data is, and it does not hold the master
key: keep that, too, and elsewhere.";

/// What is copied, and where to.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Backup {
    /// The file to write; there must be none of that name
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Where the data is.
#[derive(Args, Clone)]
pub(super) struct Place {
    /// The data directory
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    shared: super::migrate::Shared,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", env = "ECOSYSTIA_CONFIG")]
    config: Option<PathBuf>,
}

impl Place {
    /// The settings, with what was said by hand over them.
    pub(super) fn settings(&self) -> Result<Config, Failure> {
        let mut config = Config::read(self.config.as_deref(), env::vars())?;
        #[cfg(feature = "cluster")]
        self.shared.over(&mut config);
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

/// Where the data is, for a person.
pub(super) fn named(config: &Config) -> String {
    #[cfg(feature = "cluster")]
    if config.is_clustered() {
        return format!("the keyspace {} on {}", config.cql.keyspace, config.cql.nodes.join(", "));
    }
    config.data.display().to_string()
}

/// What a backup holds, for a person.
pub(super) fn described(head: &Head, counts: &Counts) -> String {
    let Counts { rows, claims, entries, .. } = counts;
    format!(
        "{rows} rows, {entries} log entries and {claims} unique values, made at {} by version {} from the {}",
        head.at, head.program, head.source
    )
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (config, begun) = (self.place.settings()?, Instant::now());
        if self.to.try_exists()? {
            return Err(format!("{} is there already: name another file", self.to.display()).into());
        }
        let part = part(&self.to);
        let made = self.make(&config, &part).await;
        let (head, counts) = match made {
            Ok(made) => made,
            Err(error) => {
                // A piece of a backup is none.
                let _ = fs::remove_file(&part);
                return Err(error);
            }
        };
        let bytes = fs::metadata(&self.to).map(|file| file.len()).unwrap_or_default();
        say(&format!("{}: {}", self.to.display(), described(&head, &counts)));
        remark(&format!("  {bytes} bytes in {} ms, from {}", begun.elapsed().as_millis(), named(&config)));
        remark("  The file is as secret as the data, and useless without the master key: keep both, apart.");
        Ok(())
    }

    /// Copies, looks the copy over, and gives it its name once it is on the disk.
    async fn make(&self, config: &Config, part: &Path) -> Result<(Head, Counts), Failure> {
        let cannot = |error: std::io::Error| format!("can't write {}: {error}", part.display());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(cannot)?;
        let out = Box::new(BufWriter::with_capacity(1 << 18, file));
        export(config, out).await?;
        let made = verify(part)?;
        File::open(part).and_then(|file| file.sync_all()).map_err(cannot)?;
        fs::rename(part, &self.to).map_err(cannot)?;
        Ok(made)
    }
}

async fn export(config: &Config, out: storage::backup::Out) -> Result<(), Failure> {
    #[cfg(feature = "cluster")]
    if config.is_clustered() {
        let store = Store::connect(&config.cql, &gateway::house::specs(), Clock::system()).await?;
        store.export(out).await?;
        return Ok(());
    }
    Store::export_directory(&config.data, &config.storage, out).await.map_err(Into::into)
}

/// What the file is called until it is whole.
fn part(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
