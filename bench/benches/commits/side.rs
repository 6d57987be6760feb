//! Who commits: the store, or the bare driver, which writes as many bytes in as few requests.

use super::Failed;
use bytes::Bytes;
use schema::{
    key::Key,
    room::RoomId,
    table::{Slot, Spec},
};
use scylla::{
    client::{execution_profile::ExecutionProfile, session::Session, session_builder::SessionBuilder},
    response::query_result::QueryResult,
    statement::{Consistency, SerialConsistency, prepared::PreparedStatement},
    value::Row,
};
use std::sync::Arc;
use storage::{Batch, Commit, Outcome, Store, Write, log_key};

/// What an event of the product takes, and the row that it makes.
const ENTRY_BYTES: usize = 600;
/// What the store lays beside the entry: the row once more, and how it is named.
const REDO_BYTES: usize = ENTRY_BYTES + 150;
/// A table that nobody describes.
const TABLE: u16 = Slot::Rows.number(249);

/// One of those who are compared.
#[derive(Clone)]
pub(super) enum Side {
    /// The product's.
    Store(Store),
    /// The bare one.
    Driver(Arc<Driver>),
}

/// The bare driver: the conditional row, and the row that follows where there is one.
pub(super) struct Driver {
    session: Arc<Session>,
    log: PreparedStatement,
    row: Option<PreparedStatement>,
}

impl Side {
    pub(super) fn is(&self) -> &'static str {
        match self {
            Self::Store(_) => "the store",
            Self::Driver(driver) if driver.row.is_some() => "the driver, the same rows",
            Self::Driver(_) => "the driver, the conditional row alone",
        }
    }

    /// Writes a room's next commit.
    pub(super) async fn commit(&self, room: &RoomId, number: u64) -> Result<(), Failed> {
        match self {
            Self::Store(store) => {
                let key =
                    Key { table: TABLE, partition: Spec::partition(room), sort: number.to_string().into() };
                let commit = Commit {
                    key: log_key(room, number, number),
                    // No two commits are the same bytes.
                    entry: [&number.to_be_bytes()[..], &[7; ENTRY_BYTES - 8]].concat().into(),
                    stamp: i64::try_from(number)?,
                    note: None,
                    writes: vec![Write::Put(key, Bytes::from_static(&[7; ENTRY_BYTES]))],
                    claims: Vec::new(),
                };
                match store.apply(Batch::from(commit)).await? {
                    Outcome::Applied => Ok(()),
                    other => Err(format!("a commit was not applied: {other:?}").into()),
                }
            }
            Self::Driver(driver) => {
                let Driver { session, log, row } = &**driver;
                let (room, number) = (room.to_string(), i64::try_from(number)?);
                let values = (&room, number, &[7_u8; ENTRY_BYTES][..], &[7_u8; REDO_BYTES][..]);
                if !was_applied(session.execute_unpaged(log, values).await?)? {
                    return Err("a place in the log was taken".into());
                }
                if let Some(row) = row {
                    session.execute_unpaged(row, (&room, number, &[7_u8; ENTRY_BYTES][..])).await?;
                }
                Ok(())
            }
        }
    }
}

/// The bare driver with both rows, and with the conditional one alone; as sure of its writes as the store is.
pub(super) async fn drivers(address: &str, keyspace: &str, copies: u32) -> Result<[Side; 2], Failed> {
    let profile = ExecutionProfile::builder()
        .consistency(Consistency::Quorum)
        .serial_consistency(Some(SerialConsistency::Serial))
        .build();
    let session = SessionBuilder::new()
        .known_node(address)
        .default_execution_profile_handle(profile.into_handle())
        .build()
        .await?;
    let bare = format!("{keyspace}_bare");
    for statement in [
        format!(
            "CREATE KEYSPACE {bare} WITH replication = {{'class': 'NetworkTopologyStrategy', \
             'replication_factor': {copies}}}"
        ),
        format!(
            "CREATE TABLE {bare}.log (room text, commit bigint, entry blob, redo blob, PRIMARY KEY (room, commit))"
        ),
        format!(
            "CREATE TABLE {bare}.rows (room text, number bigint, value blob, PRIMARY KEY (room, number))"
        ),
    ] {
        session.query_unpaged(statement, ()).await?;
    }
    let insert = |text: String| session.prepare(text);
    let log = insert(format!(
        "INSERT INTO {bare}.log (room, commit, entry, redo) VALUES (?, ?, ?, ?) IF NOT EXISTS"
    ))
    .await?;
    let row = insert(format!("INSERT INTO {bare}.rows (room, number, value) VALUES (?, ?, ?)")).await?;
    let session = Arc::new(session);
    let driver = |row| Driver { session: Arc::clone(&session), log: log.clone(), row };
    Ok([Some(row), None].map(|row| Side::Driver(Arc::new(driver(row)))))
}

fn was_applied(answer: QueryResult) -> Result<bool, Failed> {
    let row = answer.into_rows_result()?.first_row::<Row>()?;
    let applied = row.columns.into_iter().next().flatten();
    Ok(applied.and_then(|applied| applied.as_boolean()).unwrap_or(false))
}
