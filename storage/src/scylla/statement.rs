//! Statements, written once from a table's description and prepared when they are first used. Every column is
//! named: a newer program's column is none of ours.

use crate::Error;
use schema::table::{PLACE, Wide, quoted};
use scylla::{
    client::{execution_profile::ExecutionProfileHandle, session::Session},
    response::query_result::QueryResult,
    statement::prepared::PreparedStatement,
    value::{CqlValue, Row},
};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What is bound to a statement; `None` is null.
pub(super) type Values = Vec<Option<CqlValue>>;

/// How long preparing one may take where its profile knows no bound.
const PREPARE_WAIT: Duration = Duration::from_secs(5);

/// A statement that is prepared when it is first needed.
pub(super) struct Statement {
    text: String,
    profile: ExecutionProfileHandle,
    /// Whether doing it twice is the same as doing it once.
    idempotent: bool,
    prepared: OnceCell<PreparedStatement>,
}

impl Statement {
    /// One that may be repeated.
    pub(super) fn new(text: impl Into<String>, profile: &ExecutionProfileHandle) -> Self {
        Self { text: text.into(), profile: profile.clone(), idempotent: true, prepared: OnceCell::new() }
    }

    /// One with a condition in it.
    pub(super) fn once(text: impl Into<String>, profile: &ExecutionProfileHandle) -> Self {
        Self { idempotent: false, ..Self::new(text, profile) }
    }

    /// The prepared statement, a copy to bind.
    pub(super) async fn on(&self, session: &Session) -> Result<PreparedStatement, String> {
        let prepare = || async {
            let wait = self.profile.to_profile().get_request_timeout().unwrap_or(PREPARE_WAIT);
            // The driver itself would wait for ever.
            let preparing = tokio::time::timeout(wait, session.prepare(self.text.as_str())).await;
            let preparing = preparing.map_err(|_| format!("nobody prepared {}", self.text))?;
            let mut prepared = preparing.map_err(|error| format!("{error}: {}", self.text))?;
            prepared.set_execution_profile_handle(Some(self.profile.clone()));
            prepared.set_is_idempotent(self.idempotent);
            Ok(prepared)
        };
        self.prepared.get_or_try_init(prepare).await.cloned()
    }

    /// Runs it, expecting no more than one page.
    pub(super) async fn run(&self, session: &Session, values: Values) -> Result<QueryResult, String> {
        self.run_at(session, &values, None).await
    }

    /// The same, stamping what it writes.
    pub(super) async fn run_at(
        &self,
        session: &Session,
        values: &Values,
        stamp: Option<i64>,
    ) -> Result<QueryResult, String> {
        let mut prepared = self.on(session).await?;
        prepared.set_timestamp(stamp);
        session.execute_unpaged(&prepared, values).await.map_err(|error| error.to_string())
    }

    /// The rows it answers.
    pub(super) async fn rows(&self, session: &Session, values: Values) -> Result<Vec<Values>, Error> {
        let answer = self.run(session, values).await.map_err(Error::Read)?;
        rows_of(answer)
    }

    /// The first row it answers.
    pub(super) async fn row(&self, session: &Session, values: Values) -> Result<Option<Values>, Error> {
        Ok(self.rows(session, values).await?.into_iter().next())
    }
}

fn rows_of(answer: QueryResult) -> Result<Vec<Values>, Error> {
    let broken = |error: &dyn std::error::Error| Error::Read(error.to_string());
    let rows = answer.into_rows_result().map_err(|error| broken(&error))?;
    let rows = rows.rows::<Row>().map_err(|error| broken(&error))?;
    rows.map(|row| row.map(|row| row.columns).map_err(|error| broken(&error))).collect()
}

/// How the rows of one table are asked for and written.
pub(super) struct Access {
    pub(super) get: Statement,
    pub(super) put: Statement,
    pub(super) delete: Statement,
    /// From a place on, then up to another; forward, then backward.
    scans: [Statement; 4],
}

impl Access {
    pub(super) fn new(keyspace: &str, wide: &Wide, profile: &ExecutionProfileHandle) -> Self {
        let table = format!("{keyspace}.{}", wide.name);
        let (partition, place) = (quoted(wide.partition.name), PLACE.name);
        let held = wide.held().map(|column| quoted(column.name)).collect::<Vec<_>>().join(", ");
        let (here, key, count) = if wide.ordered {
            (format!("{partition} = ? AND {place} = ?"), format!("{partition}, {place}"), 2)
        } else {
            (format!("{partition} = ?"), partition.clone(), 1)
        };
        let marks = vec!["?"; count + wide.held().count()].join(", ");
        let statement = |text: String| Statement::new(text, profile);
        let scan = |bounds: &str, order: &str| {
            let order = format!("ORDER BY {place} {order} LIMIT ?");
            statement(format!(
                "SELECT {place}, {held} FROM {table} WHERE {partition} = ? AND {bounds} {order}"
            ))
        };
        let (from, between) = (format!("{place} >= ?"), format!("{place} >= ? AND {place} < ?"));
        Self {
            get: statement(format!("SELECT {held} FROM {table} WHERE {here}")),
            put: statement(format!("INSERT INTO {table} ({key}, {held}) VALUES ({marks})")),
            delete: statement(format!("DELETE FROM {table} WHERE {here}")),
            scans: [scan(&from, "ASC"), scan(&from, "DESC"), scan(&between, "ASC"), scan(&between, "DESC")],
        }
    }

    pub(super) const fn scan(&self, ends: bool, backward: bool) -> &Statement {
        let [forward, back, forward_to, back_to] = &self.scans;
        match (ends, backward) {
            (false, false) => forward,
            (false, true) => back,
            (true, false) => forward_to,
            (true, true) => back_to,
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Statement> {
        [&self.get, &self.put, &self.delete].into_iter().chain(&self.scans)
    }
}
