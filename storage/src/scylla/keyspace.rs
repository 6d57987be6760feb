//! The keyspace: making it, bringing an older one up to this program, and looking at the start whether it is
//! what the program expects. Bringing it up only adds: tables and columns that are new. A program of the
//! version before goes on working beside it.

use super::{
    Config,
    conditional::{Verdict, judged},
    config::{Specs, Tables},
    layout, session,
};
use crate::{Error, own_key};
use schema::{
    clock::Clock,
    table::{Wide, quoted},
};
use scylla::{client::session::Session, value::CqlValue};
use std::{collections::HashMap, time::Duration};
use tokio::time::{Instant, sleep};

/// The keyspaces that this program reads and writes.
const KNOWN: [Tables; 2] = [Tables::Typed, Tables::Shared];

/// The version of a keyspace, for ever. There is another one when an older program could not work on what this one
/// writes: it refuses what is newer than all it knows.
const fn version(tables: Tables) -> u32 {
    match tables {
        Tables::Typed => 1,
        Tables::Shared => 2,
    }
}

/// How long a server may take to hear of a keyspace that others have, and how often it is asked.
const HEARSAY_WAIT: Duration = Duration::from_secs(10);
const HEARSAY_EVERY: Duration = Duration::from_millis(200);

/// The types of all columns, by table and column.
type Standing = HashMap<String, HashMap<String, String>>;

/// Makes what is missing; answers what was done.
pub(super) async fn migrate(session: &Session, config: &Config, specs: &Specs) -> Result<Vec<String>, Error> {
    let keyspace = named(config)?;
    let mut done = Vec::new();
    if !is_there(session, keyspace).await? {
        let replication = replication(session, config);
        // Conditional writes and tablets don't go together in every version.
        let tablets = if is_scylla(session).await? { " AND tablets = {'enabled': false}" } else { "" };
        let text =
            format!("CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{{replication}}}{tablets}");
        run(session, &text).await?;
        let tables = match config.tables {
            Tables::Typed => "",
            Tables::Shared => ", one table for all rows",
        };
        done.push(format!("keyspace {keyspace}, {replication}{tables}"));
    }
    agreed(session).await?;
    enter(session, keyspace).await?;
    let before = standing(session, keyspace).await?;
    let made = if before.contains_key("about") { tables_of(session, keyspace).await? } else { None };
    let tables = made.unwrap_or(config.tables);
    let wides = layout::wides(tables, specs);
    for text in layout::creations(tables, specs) {
        run(session, &text).await?;
    }
    agreed(session).await?;
    for wide in &wides {
        let Some(columns) = before.get(&wide.name) else {
            done.push(format!("table {}", wide.name));
            continue;
        };
        for column in wide.held().filter(|column| !columns.contains_key(column.name)) {
            let text = format!("ALTER TABLE {} ADD {} {}", wide.name, quoted(column.name), column.cql);
            run(session, &text).await?;
            done.push(format!("column {}.{}", wide.name, column.name));
        }
    }
    agreed(session).await?;
    differences(&standing(session, keyspace).await?, &wides, keyspace)?;
    tell(session, INCARNATION, &Clock::system().random::<8>(), " IF NOT EXISTS").await?;
    tell(session, VERSION, &version(tables).to_be_bytes(), " IF NOT EXISTS").await?;
    if tables_of(session, keyspace).await? != Some(tables) {
        return Err(behind(keyspace, "somebody else made it meanwhile, with other tables"));
    }
    Ok(done)
}

/// What a keyspace that is ready says of itself.
pub(super) struct Found {
    pub(super) tables: Tables,
    pub(super) incarnation: u64,
}

/// Looks whether the keyspace is what this program expects.
pub(super) async fn check(session: &Session, config: &Config, specs: &Specs) -> Result<Found, Error> {
    let keyspace = named(config)?;
    if !is_there(session, keyspace).await? {
        return Err(behind(keyspace, "it is not there"));
    }
    let standing = standing(session, keyspace).await?;
    if !standing.contains_key("about") {
        return Err(behind(keyspace, "it holds nothing of ours"));
    }
    let tables = tables_of(session, keyspace).await?.ok_or_else(|| behind(keyspace, "it has no version"))?;
    differences(&standing, &layout::wides(tables, specs), keyspace)?;
    if about(session, keyspace, RESTORING).await?.is_some() {
        return Err(Error::HalfRestored(format!("the keyspace {keyspace}")));
    }
    let incarnation =
        about(session, keyspace, INCARNATION).await?.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let incarnation = incarnation.ok_or_else(|| behind(keyspace, "it has no incarnation"))?;
    Ok(Found { tables, incarnation: u64::from_be_bytes(incarnation) })
}

const VERSION: &str = "version";
const INCARNATION: &str = "incarnation";
/// What says that a restore is under way.
const RESTORING: &str = "restoring";

/// Whether nothing was written to it yet, but for what the store notes about itself.
pub(super) async fn is_empty<'a>(
    session: &Session,
    keyspace: &str,
    wides: impl Iterator<Item = &'a Wide>,
) -> Result<bool, Error> {
    let others = [("log_buckets", "room"), ("claims", "key")].map(|(name, column)| (name, quoted(column)));
    let wides = wides.map(|wide| (wide.name.as_str(), quoted(wide.partition.name)));
    let own = own_partition();
    for (name, column) in wides.chain(others) {
        // The store's own notes are few, and stand in one partition.
        let text = format!("SELECT DISTINCT {column} FROM {keyspace}.{name} LIMIT 2");
        let answer = session.query_unpaged(text, ()).await.map_err(failed)?;
        let rows = answer.into_rows_result().map_err(failed)?;
        for row in rows.rows::<scylla::value::Row>().map_err(failed)? {
            let partition = row.map_err(failed)?.columns.into_iter().next().flatten();
            if partition != Some(CqlValue::Blob(own.clone())) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Notes that a restore is under way; only one can be.
pub(super) async fn begin_restore(session: &Session, keyspace: &str) -> Result<(), Error> {
    let text = format!("INSERT INTO {keyspace}.about (name, value) VALUES (?, ?) IF NOT EXISTS");
    let answer = session.query_unpaged(text, (RESTORING, &b"1"[..])).await.map_err(failed)?;
    match judged(answer, "value").map_err(Error::Read)? {
        Verdict::Applied => Ok(()),
        Verdict::Refused(_) => Err(Error::HalfRestored(format!("the keyspace {keyspace}"))),
    }
}

/// Notes that all is in place, under another incarnation. Conditionally, because that is how the first one was
/// written: of a conditional write and a plain one the servers' clocks decide which is newer.
pub(super) async fn end_restore(session: &Session, keyspace: &str, incarnation: u64) -> Result<(), Error> {
    let text = format!("UPDATE {keyspace}.about SET value = ? WHERE name = ? IF EXISTS");
    let bytes = &incarnation.to_be_bytes()[..];
    session.query_unpaged(text, (bytes, INCARNATION)).await.map_err(failed)?;
    let text = format!("DELETE FROM {keyspace}.about WHERE name = ? IF EXISTS");
    session.query_unpaged(text, (RESTORING,)).await.map(drop).map_err(failed)
}

/// Where the store's own notes stand among the shared cells.
fn own_partition() -> Vec<u8> {
    let key = own_key("");
    [&key.table.to_be_bytes()[..], &key.partition].concat()
}

/// The first thing that is missing or of another type.
fn differences(standing: &Standing, wides: &[Wide], keyspace: &str) -> Result<(), Error> {
    for wide in wides {
        let Some(columns) = standing.get(&wide.name) else {
            return Err(behind(keyspace, &format!("table {} is missing", wide.name)));
        };
        for column in wide.held() {
            match columns.get(column.name) {
                None => {
                    return Err(behind(
                        keyspace,
                        &format!("column {}.{} is missing", wide.name, column.name),
                    ));
                }
                Some(cql) if cql != column.cql => {
                    let (table, column) = (&wide.name, column.name);
                    return Err(Error::Read(format!(
                        "{table}.{column} is a {cql}, which no migration changes"
                    )));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

fn behind(keyspace: &str, reason: &str) -> Error {
    Error::Behind { keyspace: keyspace.to_owned(), reason: reason.to_owned() }
}

/// The keyspace's name, which can't be bound to a statement and so must be harmless.
fn named(config: &Config) -> Result<&str, Error> {
    let name = config.keyspace.as_str();
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if letters && begins && name.len() <= 48 {
        return Ok(name);
    }
    Err(Error::Open {
        path: name.to_owned(),
        reason: "a keyspace's name is a small letter, then small letters, digits and _, 48 at most"
            .to_owned(),
    })
}

fn replication(session: &Session, config: &Config) -> String {
    let found = session::datacenters(session);
    let copies =
        found.iter().map(|name| format!(", '{}': {}", name.replace('\'', "''"), config.replication_factor));
    format!("'class': 'NetworkTopologyStrategy'{}", copies.collect::<String>())
}

async fn is_scylla(session: &Session) -> Result<bool, Error> {
    let text = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system'";
    let names = texts(session, text, &[]).await?;
    Ok(names.iter().any(|row| row.first().is_some_and(|name| name == "scylla_local")))
}

async fn is_there(session: &Session, keyspace: &str) -> Result<bool, Error> {
    let text = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?";
    Ok(!texts(session, text, &[keyspace]).await?.is_empty())
}

async fn standing(session: &Session, keyspace: &str) -> Result<Standing, Error> {
    let text = "SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = ?";
    let mut standing = Standing::new();
    for row in texts(session, text, &[keyspace]).await? {
        let Ok([table, column, cql]) = <[String; 3]>::try_from(row) else { continue };
        standing.entry(table).or_default().insert(column, cql);
    }
    Ok(standing)
}

/// Which tables its version says that it has; `None` where it has no version yet.
async fn tables_of(session: &Session, keyspace: &str) -> Result<Option<Tables>, Error> {
    let bytes = about(session, keyspace, VERSION).await?.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let Some(found) = bytes.map(u32::from_be_bytes) else { return Ok(None) };
    let tables = KNOWN.into_iter().find(|tables| version(*tables) == found);
    let known = KNOWN.into_iter().map(version).max().unwrap_or_default();
    tables.map(Some).ok_or(Error::Newer { found, known })
}

async fn about(session: &Session, keyspace: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let text = format!("SELECT value FROM {keyspace}.about WHERE name = ?");
    let answer = session.query_unpaged(text, (name,)).await.map_err(failed)?;
    let rows = answer.into_rows_result().map_err(failed)?;
    let row = rows.maybe_first_row::<(Option<Vec<u8>>,)>().map_err(failed)?;
    Ok(row.and_then(|(value,)| value))
}

/// Says something of the keyspace, on this condition.
async fn tell(session: &Session, name: &str, value: &[u8], condition: &str) -> Result<(), Error> {
    let text = format!("INSERT INTO about (name, value) VALUES (?, ?){condition}");
    session.query_unpaged(text, (name, value)).await.map(drop).map_err(failed)
}

/// All servers know the same tables.
async fn agreed(session: &Session) -> Result<(), Error> {
    session.await_schema_agreement().await.map(drop).map_err(failed)
}

/// From here on tables are named without it. A server that joined a moment ago may not have heard of the keyspace
/// although all whom the driver knew agreed on it: it is asked again for a while.
async fn enter(session: &Session, keyspace: &str) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        match session.use_keyspace(keyspace, false).await {
            Err(error) if error.to_string().contains("does not exist") && begun.elapsed() < HEARSAY_WAIT => {
                sleep(HEARSAY_EVERY).await;
            }
            entered => return entered.map_err(failed),
        }
    }
}

async fn run(session: &Session, text: &str) -> Result<(), Error> {
    session.query_unpaged(text, ()).await.map(drop).map_err(failed)
}

async fn texts(session: &Session, text: &str, values: &[&str]) -> Result<Vec<Vec<String>>, Error> {
    let answer = session.query_unpaged(text, values).await.map_err(failed)?;
    let rows = answer.into_rows_result().map_err(failed)?;
    let rows = rows.rows::<scylla::value::Row>().map_err(failed)?;
    let said = |value: Option<CqlValue>| value.and_then(CqlValue::into_string).unwrap_or_default();
    rows.map(|row| row.map(|row| row.columns.into_iter().map(said).collect()).map_err(failed)).collect()
}

fn failed(error: impl std::error::Error) -> Error {
    Error::Read(error.to_string())
}
