//! The child of the durability tests: commits in several rooms at once and prints a receipt for each
//! commit that lasts, or a line that says what else became of it. It goes on where the directory stands.
//!
//! `durable-writer <directory> <rooms> <commits a room>`

mod load;

use std::{
    env,
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
};
use storage::{Config, Outcome, Store};
use tokio::task::JoinSet;

type Anything = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Anything> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: durable-writer <directory> <rooms> <commits a room>");
    let (dir, rooms, commits) = (PathBuf::from(next()?), next()?.parse()?, next()?.parse()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    runtime.block_on(write(dir, rooms, commits))
}

async fn write(dir: PathBuf, rooms: usize, commits: u64) -> Result<(), Anything> {
    // Small memtables, so that a kill also meets tables being written and journals being changed.
    let config = Config { memtable_bytes: 256 << 10, ..Config::default() };
    let store = Store::open(&dir, &config)?;
    let mut tasks = JoinSet::new();
    for (room, last) in load::standing(&store, rooms).await?.into_iter().enumerate() {
        let store = store.clone();
        tasks.spawn(async move {
            for commit in last + 1..=last + commits {
                let fate = match store.apply(load::batch(room, commit)).await {
                    Ok(Outcome::Applied) => "receipt".to_owned(),
                    Ok(other) => format!("{other:?}"),
                    Err(error) => format!("{error:?}"),
                };
                // One line, and so one write.
                io::stdout().lock().write_all(format!("{fate} {room} {commit}\n").as_bytes())?;
            }
            Ok(())
        });
    }
    tasks.join_all().await.into_iter().collect()
}
