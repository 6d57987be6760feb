//! What follows a log row, as it lies in that row: whoever takes a room over can finish its last commit.

use crate::{Claim, Error, Write};
use bytes::Bytes;
use schema::{codec, key::Key};
use serde::{Deserialize, Serialize};

type Place = (u16, Bytes, Bytes);

/// The writes and the claims of a commit.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Redo {
    writes: Vec<(Place, Option<Bytes>)>,
    claims: Vec<(Place, Option<Bytes>, Option<Bytes>)>,
}

fn place(key: &Key) -> Place {
    (key.table, key.partition.clone(), key.sort.clone())
}

fn key((table, partition, sort): Place) -> Key {
    Key { table, partition, sort }
}

/// Packs them.
pub(super) fn pack(writes: &[Write], claims: &[Claim]) -> Result<Bytes, Error> {
    let writes = writes.iter().map(|write| match write {
        Write::Put(key, value) => (place(key), Some(value.clone())),
        Write::Delete(key) => (place(key), None),
    });
    let claims = claims.iter().map(|claim| (place(&claim.key), claim.expected.clone(), claim.value.clone()));
    let redo = Redo { writes: writes.collect(), claims: claims.collect() };
    codec::to_bytes(&redo).map_err(|error| Error::Untyped(error.to_string()))
}

/// Gives them back.
pub(super) fn unpack(packed: &[u8]) -> Result<(Vec<Write>, Vec<Claim>), Error> {
    let redo: Redo = codec::from_msgpack(packed).map_err(|error| Error::Read(error.to_string()))?;
    let writes = redo.writes.into_iter().map(|(place, value)| match value {
        Some(value) => Write::Put(key(place), value),
        None => Write::Delete(key(place)),
    });
    let claims = redo.claims.into_iter();
    let claims = claims.map(|(place, expected, value)| Claim { key: key(place), expected, value });
    Ok((writes.collect(), claims.collect()))
}
