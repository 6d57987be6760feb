//! Writes on a condition, and unique values, which are written in no other way. A write that timed out is
//! neither done nor not done, and the driver never tries one twice by itself.

use super::{columns::bytes_of, session::Profiles, statement::Statement};
use crate::{Claim, Error, Outcome};
use bytes::Bytes;
use schema::key::Key;
use scylla::{
    client::session::Session,
    response::query_result::QueryResult,
    value::{CqlValue, Row},
};

/// What became of a conditional write that was answered.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Applied,
    /// Refused; this stands there, where the server says so.
    Refused(Option<Bytes>),
}

/// Reads the answer by the names of its columns: servers differ in which they send.
pub(super) fn judged(answer: QueryResult, column: &str) -> Result<Verdict, String> {
    let rows = answer.into_rows_result().map_err(|error| error.to_string())?;
    let place = |name: &str| rows.column_specs().get_by_name(name).map(|(at, _)| at);
    let (applied, standing) = (place("[applied]"), place(column));
    let mut row = rows.first_row::<Row>().map_err(|error| error.to_string())?.columns;
    let mut take = |at: Option<usize>| at.and_then(|at| row.get_mut(at)).and_then(Option::take);
    match take(applied) {
        Some(CqlValue::Boolean(true)) => Ok(Verdict::Applied),
        Some(CqlValue::Boolean(false)) => {
            Ok(Verdict::Refused(take(standing).map(|value| bytes_of(Some(value)))))
        }
        _ => Err("a conditional write was answered without a verdict".to_owned()),
    }
}

/// The statements of the claims.
pub(super) struct Claims {
    get: Statement,
    take: Statement,
    change: Statement,
    give_up: Statement,
    put: Statement,
    remove: Statement,
}

impl Claims {
    pub(super) fn new(keyspace: &str, profiles: &Profiles) -> Self {
        let table = format!("{keyspace}.claims");
        let once = |text: String| Statement::once(text, &profiles.conditional);
        Self {
            get: Statement::new(format!("SELECT value FROM {table} WHERE key = ?"), &profiles.settled),
            take: once(format!("INSERT INTO {table} (key, value) VALUES (?, ?) IF NOT EXISTS")),
            change: once(format!("UPDATE {table} SET value = ? WHERE key = ? IF value = ?")),
            give_up: once(format!("DELETE FROM {table} WHERE key = ? IF value = ?")),
            put: Statement::new(format!("INSERT INTO {table} (key, value) VALUES (?, ?)"), &profiles.rows),
            remove: Statement::new(format!("DELETE FROM {table} WHERE key = ?"), &profiles.rows),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Statement> {
        [&self.get, &self.take, &self.change, &self.give_up].into_iter()
    }

    /// What stands at a claim.
    pub(super) async fn get(&self, session: &Session, key: &Key) -> Result<Option<Bytes>, Error> {
        let row = self.get.row(session, vec![Some(named(key))]).await?;
        Ok(row.map(|mut values| bytes_of(values.pop().flatten())))
    }

    /// Takes or gives up all of them, or none.
    pub(super) async fn apply(&self, session: &Session, claims: &[Claim]) -> Result<Outcome, Error> {
        // Whoever wants some of the same ones meets at the first: of several at least one comes through.
        let mut ordered: Vec<&Claim> = claims.iter().collect();
        ordered.sort_by(|a, b| a.key.cmp(&b.key));
        let mut ordered = ordered.into_iter();
        let mut held: Vec<&Claim> = Vec::new();
        let refused = loop {
            let Some(claim) = ordered.next() else { return Ok(Outcome::Applied) };
            match self.settle(session, claim).await {
                Ok(Verdict::Applied) => held.push(claim),
                Ok(Verdict::Refused(_)) => break claim,
                Err(reason) => {
                    tracing::warn!(key = ?claim.key, reason, "what became of a claim is not known");
                    self.give_back(session, &held).await;
                    return Ok(Outcome::Unknown);
                }
            }
        };
        self.give_back(session, &held).await;
        let mut taken = vec![&refused.key];
        for claim in ordered {
            if self.get(session, &claim.key).await? != claim.expected {
                taken.push(&claim.key);
            }
        }
        let named = claims.iter().map(|claim| &claim.key).filter(|key| taken.contains(key));
        Ok(Outcome::Taken(named.cloned().collect()))
    }

    /// Undoes those that came through before one that did not. What can't be undone is an unconfirmed claim
    /// without a holder, which anybody may take over in time.
    async fn give_back(&self, session: &Session, held: &[&Claim]) {
        for claim in held {
            let Claim { key, expected, value } = *claim;
            let undo = Claim { key: key.clone(), expected: value.clone(), value: expected.clone() };
            if let Err(reason) = self.settle(session, &undo).await {
                tracing::warn!(?key, reason, "a claim could not be given back");
            }
        }
    }

    /// Writes one claim whatever stands there, in a keyspace that nobody uses yet.
    pub(super) async fn load(
        &self,
        session: &Session,
        key: &Key,
        value: Option<Bytes>,
        stamp: i64,
    ) -> Result<(), String> {
        let (statement, values) = match value {
            Some(value) => (&self.put, vec![Some(named(key)), Some(CqlValue::Blob(value.to_vec()))]),
            None => (&self.remove, vec![Some(named(key))]),
        };
        statement.run_at(session, &values, Some(stamp)).await.map(drop)
    }

    /// Writes one claim where it stands as expected.
    pub(super) async fn settle(&self, session: &Session, claim: &Claim) -> Result<Verdict, String> {
        let blob = |bytes: &Bytes| Some(CqlValue::Blob(bytes.to_vec()));
        let key = Some(named(&claim.key));
        let (statement, values) = match (&claim.expected, &claim.value) {
            (None, Some(value)) => (&self.take, vec![key, blob(value)]),
            (Some(expected), Some(value)) => (&self.change, vec![blob(value), key, blob(expected)]),
            (Some(expected), None) => (&self.give_up, vec![key, blob(expected)]),
            (None, None) => {
                let stands = self.get(session, &claim.key).await.map_err(|error| error.to_string())?;
                return Ok(if stands.is_none() { Verdict::Applied } else { Verdict::Refused(stands) });
            }
        };
        judged(statement.run(session, values).await?, "value")
    }
}

/// The whole key as one value: number, length of the partition, partition, sort.
fn named(key: &Key) -> CqlValue {
    let length = u16::try_from(key.partition.len()).unwrap_or(u16::MAX);
    CqlValue::Blob([&key.table.to_be_bytes()[..], &length.to_be_bytes(), &key.partition, &key.sort].concat())
}

/// The key that was named so.
pub(super) fn unnamed(name: &[u8]) -> Option<Key> {
    let (table, rest) = name.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (partition, sort) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (partition, sort) = (Bytes::copy_from_slice(partition), Bytes::copy_from_slice(sort));
    Some(Key { table: u16::from_be_bytes(*table), partition, sort })
}
