//! A server of a test's own, in the test's process: its engine within reach, its clock moved by the test,
//! and started again on what it left.

use crate::harness::{World, begin_by, config};
use gateway::{Config, Server};
use schema::clock::Clock;
use std::{fs, path::Path};
use tempfile::TempDir;

/// A running server and where its data lies.
pub(crate) struct Apart {
    pub(crate) server: Server,
    pub(crate) world: World,
    pub(crate) clock: Clock,
    data: TempDir,
}

impl Apart {
    /// A server that lives by the system's clock.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, with other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(tempfile::tempdir().unwrap(), Clock::system(), change).await
    }

    /// A server whose clock stands still at the present instant until the test moves it.
    pub(crate) async fn in_slow_motion() -> Self {
        Self::in_slow_motion_with(|_| {}).await
    }

    /// The same, with other settings.
    pub(crate) async fn in_slow_motion_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(tempfile::tempdir().unwrap(), Clock::seeded(11, Clock::system().now()), change).await
    }

    async fn on(data: TempDir, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(&data.path().join("data"));
        change(&mut config);
        let server = begin_by(config, clock.clone()).await;
        let world = World::at(server.addr());
        Self { server, world, clock, data }
    }

    /// Drains the server and starts another one on what it left. On a copy, because only the end of a
    /// process lets go of a store.
    pub(crate) async fn again(self) -> Self {
        let Self { server, clock, data, .. } = self;
        server.drain().await;
        let copy = tempfile::tempdir().unwrap();
        copy_all(data.path(), copy.path());
        Self::on(copy, clock, |_| {}).await
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&place).unwrap();
            copy_all(&entry.path(), &place);
        } else if entry.file_type().unwrap().is_file() {
            // Not the socket at which a running server hands out backups.
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
