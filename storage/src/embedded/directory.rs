//! The store's directory: `lock` says who has it, `data` is the tree. A new tree is made beside its
//! place and renamed into it, so that a kill during the first start leaves nothing that can't be opened.

use super::{Config, backup, files::Files, journal, migrations};
use crate::Error;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

const LOCK: &str = "lock";
const DATA: &str = "data";
const MAKING: &str = "making";

/// Takes the lock, makes the tree if there is none, and opens it; returns the incarnation too.
pub(super) fn open(dir: &Path, config: &Config) -> Result<(Files, u64), Error> {
    let lock = lock(dir)?;
    let data = dir.join(DATA);
    if !data.try_exists().map_err(|error| cannot_open(dir, error))? {
        make(dir, config)?;
    }
    journal::mend(&data).map_err(|error| cannot_open(dir, error))?;
    let files = Files::open(&data, config).map_err(|error| cannot_open(dir, error))?;
    if backup::is_half_restored(&files)? {
        return Err(Error::HalfRestored(dir.display().to_string()));
    }
    let incarnation = migrations::run(&files)?;
    Ok((files.guarded_by(lock), incarnation))
}

/// Refuses a directory in which there is no data, so that looking for some makes none.
pub(super) fn look(dir: &Path) -> Result<(), Error> {
    match dir.join(DATA).try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(cannot_open(dir, "there is no data in it")),
        Err(error) => Err(cannot_open(dir, error)),
    }
}

fn lock(dir: &Path) -> Result<File, Error> {
    fs::create_dir_all(dir).map_err(|error| cannot_open(dir, error))?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(LOCK));
    let file = file.map_err(|error| cannot_open(dir, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.display().to_string())),
        Err(TryLockError::Error(error)) => Err(cannot_open(dir, error)),
    }
}

fn make(dir: &Path, config: &Config) -> Result<(), Error> {
    let making = dir.join(MAKING);
    if making.try_exists().map_err(|error| cannot_open(dir, error))? {
        fs::remove_dir_all(&making).map_err(|error| cannot_open(dir, error))?;
    }
    let files = Files::open(&making, config).map_err(|error| cannot_open(dir, error))?;
    migrations::run(&files)?;
    drop(files);
    put_in_place(dir).map_err(|error| cannot_open(dir, error))
}

fn put_in_place(dir: &Path) -> io::Result<()> {
    fs::rename(dir.join(MAKING), dir.join(DATA))?;
    File::open(dir)?.sync_all()
}

fn cannot_open(dir: &Path, error: impl ToString) -> Error {
    Error::Open { path: dir.display().to_string(), reason: error.to_string() }
}
