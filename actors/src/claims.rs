//! Unique values across rooms, in two steps. A claim is taken conditionally before the commit and
//! confirmed by it; an unconfirmed claim whose holder never came to be may be taken over.

use crate::Error;
use bytes::Bytes;
use schema::{
    change::Change,
    codec,
    key::Key,
    room::RoomId,
    table::{Row, Spec},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use storage::{Batch, Claim, Outcome, Store};
use uuid::Uuid;

/// A change whose claims are older than this is refused: its claim may be about to be taken over.
const FRESH_MS: i64 = 30_000;
/// An unconfirmed claim older than this may be taken over.
const ABANDONED_MS: i64 = 60_000;

/// Who holds a unique value: also the way to find the holder by that value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Held {
    /// The record.
    pub holder: Uuid,
    /// The room that homes it.
    pub home: RoomId,
    /// False between the claim and the commit.
    pub confirmed: bool,
    /// When it was claimed.
    pub at: Timestamp,
}

/// The unique values one change takes and gives up.
#[derive(Default, Debug)]
pub(crate) struct Claims {
    taken: Vec<(Key, Held, &'static str)>,
    /// Given up by the commit, with the record that gives it up.
    freed: Vec<(Key, Uuid)>,
    /// What stands at those, once it was looked at.
    standing: Vec<Claim>,
    at: Timestamp,
}

impl Claims {
    /// What a change needs, compared with what its old rows hold.
    pub(crate) fn of(change: &Change, at: Timestamp) -> Self {
        let mut claims = Self { at, ..Self::default() };
        for row in &change.rows {
            let old = held(row.old.as_deref());
            let new = held(row.new.as_deref());
            let holder = row.old.as_ref().map(|row| row.entity_id()).unwrap_or_default();
            let freed = old.keys().filter(|key| !new.contains_key(*key));
            claims.freed.extend(freed.map(|key| (key.clone(), holder)));
            let Some(row) = &row.new else { continue };
            for (key, name) in new.into_iter().filter(|(key, _)| !old.contains_key(key)) {
                let held = Held { holder: row.entity_id(), home: row.home(), confirmed: false, at };
                claims.taken.push((key, held, name));
            }
        }
        claims
    }

    /// Takes them in the store, and looks at those that the commit will give up.
    pub(crate) async fn take(&mut self, store: &Store) -> Result<(), Error> {
        for (key, holder) in std::mem::take(&mut self.freed) {
            let Some(bytes) = store.get(&key).await? else { continue };
            let present: Held = codec::from_msgpack(&bytes)?;
            if present.holder == holder {
                // Whoever reads the row before its commit is through may find it unconfirmed still.
                let confirmed = codec::to_bytes(&Held { confirmed: true, ..present })?;
                self.standing.push(Claim { key, expected: Some(confirmed), value: None });
            }
        }
        let mut expected: HashMap<Key, Bytes> = HashMap::new();
        // A taken value may turn out to be ours from an earlier try, or abandoned: at most one more round.
        for _ in 0..2 {
            if self.taken.is_empty() {
                return Ok(());
            }
            let batch = self
                .taken
                .iter()
                .map(|(key, held, _)| {
                    let value = Some(codec::to_bytes(held)?);
                    Ok(Claim { key: key.clone(), expected: expected.get(key).cloned(), value })
                })
                .collect::<Result<Vec<_>, Error>>()?;
            match store.apply(Batch::Claim(batch)).await? {
                Outcome::Applied => return Ok(()),
                Outcome::Taken(keys) => expected.extend(self.takeable(store, keys).await?),
                Outcome::Fenced | Outcome::Unknown => return Err(Error::OutcomeUnknown),
            }
        }
        Err(Error::Duplicate(self.taken.iter().map(|(_, _, name)| *name).collect()))
    }

    /// The present bytes of those keys that may be taken over; an error when one may not.
    async fn takeable(&self, store: &Store, keys: Vec<Key>) -> Result<Vec<(Key, Bytes)>, Error> {
        let mut takeable = Vec::new();
        let mut refused = Vec::new();
        for key in keys {
            let Some(bytes) = store.get(&key).await? else { continue };
            let present: Held = codec::from_msgpack(&bytes)?;
            let ours = self.taken.iter().any(|(k, held, _)| *k == key && held.holder == present.holder);
            let abandoned = !present.confirmed && present.at.ms() + ABANDONED_MS < self.at.ms();
            if ours || abandoned {
                takeable.push((key, bytes));
            } else {
                refused.extend(self.taken.iter().filter(|(k, ..)| *k == key).map(|(_, _, name)| *name));
            }
        }
        if refused.is_empty() { Ok(takeable) } else { Err(Error::Duplicate(refused)) }
    }

    /// What the commit says about them.
    pub(crate) fn confirm(&self, now: Timestamp) -> Result<Vec<Claim>, Error> {
        if now.ms() - self.at.ms() > FRESH_MS {
            return Err(Error::Conflict);
        }
        let mut claims = self.standing.clone();
        for (key, held, _) in &self.taken {
            let expected = Some(codec::to_bytes(held)?);
            let value = Some(codec::to_bytes(&Held { confirmed: true, ..held.clone() })?);
            claims.push(Claim { key: key.clone(), expected, value });
        }
        Ok(claims)
    }

    /// Gives up what a refused change had taken, while nobody can have taken it over yet.
    pub(crate) async fn release(&self, store: &Store, now: Timestamp) {
        if self.taken.is_empty() || now.ms() - self.at.ms() > FRESH_MS {
            return;
        }
        for (key, held, _) in &self.taken {
            let Ok(expected) = codec::to_bytes(held) else { continue };
            let given_up = Claim { key: key.clone(), expected: Some(expected), value: None };
            // Failing to give up is harmless: the claim is abandoned after a minute.
            let _ = store.apply(Batch::Claim(vec![given_up])).await;
        }
    }
}

fn held(row: Option<&dyn Row>) -> HashMap<Key, &'static str> {
    let Some(row) = row else { return HashMap::new() };
    let spec: &'static Spec = row.spec();
    let names = spec.uniques.iter().map(|unique| unique.name);
    row.claims().into_iter().zip(names).filter_map(|(key, name)| Some((key?, name))).collect()
}

/// Claims a fresh id for what a caller calls by this key; answers the id an earlier try has claimed.
///
/// # Errors
/// When the store doesn't answer.
pub async fn birth(
    store: &Store,
    table: u16,
    caller: schema::id::UserId,
    key: &str,
    fresh: Uuid,
) -> Result<Uuid, Error> {
    let partition = schema::key::KeyWriter::new().with(&caller).with(key).finish();
    let key = Key { table, partition, sort: Bytes::new() };
    let value = Some(Bytes::copy_from_slice(fresh.as_bytes()));
    match store.apply(Batch::Claim(vec![Claim { key: key.clone(), expected: None, value }])).await? {
        Outcome::Applied => Ok(fresh),
        Outcome::Fenced | Outcome::Unknown => Err(Error::OutcomeUnknown),
        Outcome::Taken(_) => {
            let present = store.get(&key).await?.unwrap_or_default();
            Uuid::from_slice(&present).map_err(|_| Error::Broken("a birth's claim can't be read".into()))
        }
    }
}
