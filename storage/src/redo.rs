//! What follows a log row, packed: whoever takes a room over can finish its last commit, and a backup that was
//! taken while commits went on can be made to agree with its logs.

use crate::{Claim, Error, Write};
use bytes::Bytes;
use schema::{codec, key::Key};
use serde::{Deserialize, Serialize};

type Place = (u16, Bytes, Bytes);

/// The writes and the claims of a commit, and its note.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Packed {
    writes: Vec<(Place, Option<Bytes>)>,
    claims: Vec<(Place, Option<Bytes>, Option<Bytes>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<(Place, Option<Bytes>)>,
}

/// The same, unpacked.
#[derive(Default)]
pub(crate) struct Redo {
    pub(crate) note: Option<Write>,
    pub(crate) writes: Vec<Write>,
    pub(crate) claims: Vec<Claim>,
}

#[cfg(any(feature = "scylla", test))]
fn place(key: &Key) -> Place {
    (key.table, key.partition.clone(), key.sort.clone())
}

fn key((table, partition, sort): Place) -> Key {
    Key { table, partition, sort }
}

#[cfg(any(feature = "scylla", test))]
fn packed(write: &Write) -> (Place, Option<Bytes>) {
    match write {
        Write::Put(key, value) => (place(key), Some(value.clone())),
        Write::Delete(key) => (place(key), None),
    }
}

fn write((place, value): (Place, Option<Bytes>)) -> Write {
    match value {
        Some(value) => Write::Put(key(place), value),
        None => Write::Delete(key(place)),
    }
}

/// Packs what a commit writes beside its log row.
#[cfg(any(feature = "scylla", test))]
pub(crate) fn pack(note: Option<&Write>, writes: &[Write], claims: &[Claim]) -> Result<Bytes, Error> {
    let claims = claims.iter().map(|claim| (place(&claim.key), claim.expected.clone(), claim.value.clone()));
    let redo = Packed {
        writes: writes.iter().map(packed).collect(),
        claims: claims.collect(),
        note: note.map(packed),
    };
    codec::to_bytes(&redo).map_err(|error| Error::Untyped(error.to_string()))
}

/// Gives it back.
pub(crate) fn unpack(packed: &[u8]) -> Result<Redo, Error> {
    let Packed { writes, claims, note } =
        codec::from_msgpack(packed).map_err(|error| Error::Read(error.to_string()))?;
    let claims = claims.into_iter();
    let claims = claims.map(|(place, expected, value)| Claim { key: key(place), expected, value });
    Ok(Redo {
        note: note.map(write),
        writes: writes.into_iter().map(write).collect(),
        claims: claims.collect(),
    })
}
