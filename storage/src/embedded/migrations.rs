//! What brings an older directory to this program's layout: numbered steps, each safe to run twice,
//! because a kill may come between a step and the note that it was done.

use super::{
    files::Files,
    group::Writes,
    place::{self, Place},
};
use crate::{Error, own_key};
use bytes::Bytes;
use schema::clock::Clock;

/// One step.
struct Step {
    number: u32,
    name: &'static str,
    run: fn(&Files) -> Result<(), Error>,
}

/// In order of their numbers; a number is never used again.
const STEPS: &[Step] = &[Step { number: 1, name: "first layout", run: first_layout }];

/// Runs the steps that the directory has not seen; returns the store's incarnation.
pub(super) fn run(files: &Files) -> Result<u64, Error> {
    let found = number(files, VERSION)?.unwrap_or(0);
    let known = STEPS.last().map_or(0, |step| step.number);
    if found > u64::from(known) {
        return Err(Error::Newer { found: u32::try_from(found).unwrap_or(u32::MAX), known });
    }
    for step in STEPS.iter().filter(|step| u64::from(step.number) > found) {
        tracing::info!(number = step.number, name = step.name, "migrating the store");
        (step.run)(files)?;
        put(files, VERSION, step.number.into())?;
    }
    number(files, INCARNATION)?.ok_or_else(|| Error::Read("the store has no incarnation".to_owned()))
}

const VERSION: &str = "version";
const INCARNATION: &str = "incarnation";

/// A store that was filled from a backup is another one: what notes that.
pub(super) fn reborn() -> (u64, Option<(Place, Option<Bytes>)>) {
    let incarnation = u64::from_be_bytes(Clock::system().random());
    (incarnation, note(INCARNATION, incarnation))
}

fn first_layout(files: &Files) -> Result<(), Error> {
    match number(files, INCARNATION)? {
        Some(_) => Ok(()),
        None => put(files, INCARNATION, u64::from_be_bytes(Clock::system().random())),
    }
}

fn number(files: &Files, name: &'static str) -> Result<Option<u64>, Error> {
    let Some(value) = files.get(&own_key(name))? else { return Ok(None) };
    let bytes = <[u8; 8]>::try_from(&*value).map_err(|_| Error::Read(format!("{name} is not a number")))?;
    Ok(Some(u64::from_be_bytes(bytes)))
}

fn put(files: &Files, name: &'static str, value: u64) -> Result<(), Error> {
    let writes: Writes = note(name, value).into_iter().collect();
    files.commit(&writes).map_err(|error| Error::Stopped(error.to_string()))
}

fn note(name: &'static str, value: u64) -> Option<(Place, Option<Bytes>)> {
    let value = Some(Bytes::copy_from_slice(&value.to_be_bytes()));
    place::of(&own_key(name)).map(|place| (place, value))
}
