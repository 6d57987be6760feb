//! A keyspace as a backup. Rows are read first, slice by slice of each table's ring, while commits go on; then the
//! claims that commits settle; then the logs, each from its beginning, so that what is read of one is a beginning
//! of it; then the claims that are only ever taken. A row of the copy can thus be older than its log, never younger,
//! and a claim, too: so the lines that may be younger than a row carry what their commits wrote.

use super::{
    Inner, Store,
    columns::{bytes_of, gather},
    conditional::unnamed,
    layout::Table,
    session::Profiles,
    statement::{Statement, Values},
};
use crate::{
    Error,
    backup::{Behind, Counts, Head, Out, Record, Writer, is_own},
    log_key_of,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;
use schema::{
    key::Key,
    table::{PLACE, Wide, quoted},
};
use scylla::value::{CqlValue, Row};
use std::{collections::VecDeque, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet};

/// How far the clocks of nodes may be apart. A commit made after the copy was begun is known by its stamp, which is
/// by the clock of its node; with a larger bound more is written again, with a smaller one a node whose clock is
/// slower than it loses rows of the copy.
const CLOCKS_APART_US: i64 = 600_000_000;

/// Slices of a ring. Each is a walk of its own, so that several servers work at once and none for long.
const SLICES: i64 = 16;
/// Walks under way at once.
const WALKS: usize = 8;
/// The same for logs, where most walks wait for the one room that they read.
const LOG_WALKS: usize = 32;
const LOG_SLICES: i64 = 64;
/// Rows a page. A row takes a kilobyte, some take forty.
const PAGE: i32 = 200;
/// Lines a page; with what follows them they take up to ten kilobytes each.
const LOG_PAGE: i32 = 64;
/// Handfuls of records that wait to be written, so that a slow disk slows the walks down.
const WAITING: usize = 16;
/// Records in a handful.
const HANDFUL: usize = 100;

/// What a backup made here says that it was made of.
const SOURCE: &str = "CQL servers";

type Sender = mpsc::Sender<Vec<Record>>;
type Slice = [Option<CqlValue>; 2];

/// Whoever walks through a slice of a table.
struct Walker {
    store: Store,
    sender: Sender,
    records: Vec<Record>,
}

/// What is walked through.
#[derive(Clone)]
enum Way {
    Rows {
        table: Arc<Table>,
        rows: Arc<Statement>,
    },
    /// Those that are only ever taken, or the others.
    Claims {
        claims: Arc<Statement>,
        only_taken: bool,
    },
    /// Rooms, and the logs of each; lines that are younger go with what their commits wrote.
    Logs {
        buckets: Arc<Statement>,
        lines: Arc<Statement>,
        younger: i64,
    },
}

impl Store {
    pub(crate) async fn export(&self, out: Out) -> Result<Counts, Error> {
        let Inner { clock, layout, config, .. } = &*self.inner;
        let head = Head::of(SOURCE, clock.now(), self.incarnation(), layout.numbers().to_vec());
        let (profiles, younger) = (Profiles::new(config), clock.now_us() - CLOCKS_APART_US);
        let mut writer = Writer::begin(out, &head)?;
        let say = |text: String| Arc::new(Statement::new(text, &profiles.rows));
        let keyspace = &config.keyspace;
        let rows = layout
            .tables()
            .map(|table| Way::Rows { table: Arc::clone(table), rows: say(walk_rows(keyspace, &table.wide)) });
        let claims = say(format!("SELECT key, value FROM {keyspace}.claims WHERE {}", within("key")));
        let claims = |only_taken| Way::Claims { claims: Arc::clone(&claims), only_taken };
        let logs = Way::Logs {
            buckets: say(format!("SELECT room, bucket FROM {keyspace}.log_buckets WHERE {}", within("room"))),
            lines: say(format!(
                "SELECT first_seq, commit, entry, redo, stamp FROM {keyspace}.log WHERE room = ? AND bucket = ?"
            )),
            younger,
        };
        self.walk(rows.collect(), SLICES, WALKS, &mut writer).await?;
        self.walk(vec![claims(false)], SLICES, WALKS, &mut writer).await?;
        self.walk(vec![logs], LOG_SLICES, LOG_WALKS, &mut writer).await?;
        self.walk(vec![claims(true)], SLICES, WALKS, &mut writer).await?;
        writer.finish()
    }

    /// Walks all ways to their ends, some slices at a time, and writes what is found.
    async fn walk(&self, ways: Vec<Way>, count: i64, walks: usize, writer: &mut Writer) -> Result<(), Error> {
        let all: VecDeque<(Way, Slice)> =
            ways.into_iter().flat_map(|way| slices(count).map(move |slice| (way.clone(), slice))).collect();
        let all = Arc::new(Mutex::new(all));
        let (sender, mut records) = mpsc::channel(WAITING);
        let mut walkers = JoinSet::new();
        for _ in 0..walks {
            let (store, sender) = (self.clone(), sender.clone());
            let mut walker = Walker { store, sender, records: Vec::new() };
            let all = Arc::clone(&all);
            walkers.spawn(async move {
                loop {
                    let Some((way, slice)) = all.lock().pop_front() else { return walker.empty().await };
                    if let Err(error) = walker.walk(way, slice).await {
                        // Nobody has to go on.
                        all.lock().clear();
                        return Err(error);
                    }
                }
            });
        }
        drop(sender);
        while let Some(handful) = records.recv().await {
            handful.iter().try_for_each(|record| writer.put(record))?;
        }
        while let Some(ended) = walkers.join_next().await {
            ended.map_err(|error| Error::Stopped(error.to_string()))??;
        }
        writer.close()
    }
}

impl Walker {
    async fn walk(&mut self, way: Way, slice: Slice) -> Result<(), Error> {
        match way {
            Way::Rows { table, rows } => {
                let mut rows = self.pages(&rows, PAGE, slice.to_vec()).await?;
                while let Some(values) = rows.try_next().await? {
                    let record = row(&table, values)?;
                    if !is_own(&record.key) {
                        self.put(record).await?;
                    }
                }
                Ok(())
            }
            Way::Claims { claims, only_taken } => {
                let mut rows = self.pages(&claims, PAGE, slice.to_vec()).await?;
                while let Some(values) = rows.try_next().await? {
                    let [key, value] = columns(values)?;
                    let key = unnamed(&bytes_of(key)).ok_or_else(|| unlike("claims"))?;
                    if is_only_taken(&key) == only_taken {
                        self.put(Record::row(key, bytes_of(value))).await?;
                    }
                }
                Ok(())
            }
            Way::Logs { buckets, lines, younger } => {
                let mut rows = self.pages(&buckets, PAGE, slice.to_vec()).await?;
                let mut log = Log::default();
                while let Some(values) = rows.try_next().await? {
                    let [room, bucket] = columns(values)?;
                    if log.room != room {
                        log.finish(self).await?;
                        log = Log { room, ..Log::default() };
                    }
                    // Bucket after bucket: a later one can only have been written to once this one was full.
                    let values = vec![log.room.clone(), bucket];
                    let mut rows = self.pages(&lines, LOG_PAGE, values).await?;
                    while let Some(values) = rows.try_next().await? {
                        log.add(columns(values)?, younger, self).await?;
                    }
                }
                log.finish(self).await
            }
        }
    }

    /// All rows that a statement answers, a page at a time.
    async fn pages(
        &self,
        statement: &Statement,
        page: i32,
        values: Values,
    ) -> Result<impl stream::Stream<Item = Result<Values, Error>> + Unpin + use<>, Error> {
        let session = &self.store.session;
        let mut prepared = statement.on(session).await.map_err(Error::Read)?;
        prepared.set_page_size(page);
        let pager = session.execute_iter(prepared, values).await.map_err(|error| failed(&error))?;
        let rows = pager.rows_stream::<Row>().map_err(|error| failed(&error))?;
        Ok(rows.map(|row| row.map(|row| row.columns).map_err(|error| failed(&error))))
    }

    async fn put(&mut self, record: Record) -> Result<(), Error> {
        self.records.push(record);
        if self.records.len() >= HANDFUL { self.empty().await } else { Ok(()) }
    }

    async fn empty(&mut self) -> Result<(), Error> {
        let sent = self.sender.send(std::mem::take(&mut self.records)).await;
        sent.map_err(|_| Error::Unwritten("whoever writes it ended".to_owned()))
    }
}

fn walk_rows(keyspace: &str, wide: &Wide) -> String {
    let partition = quoted(wide.partition.name);
    let place = wide.ordered.then(|| PLACE.name.to_owned());
    let held = wide.held().map(|column| quoted(column.name));
    let columns: Vec<String> = [partition.clone()].into_iter().chain(place).chain(held).collect();
    format!("SELECT {} FROM {keyspace}.{} WHERE {}", columns.join(", "), wide.name, within(&partition))
}

fn within(partition: &str) -> String {
    format!("token({partition}) > ? AND token({partition}) <= ?")
}

/// One room's log on the way.
#[derive(Default)]
struct Log {
    room: Option<CqlValue>,
    /// The last line, and whether what its commit wrote goes with it.
    last: Option<(Record, i64)>,
}

impl Log {
    /// The line before this one is known to be finished if this one was begun before the copy was: what it wrote
    /// is in the rows.
    async fn add(
        &mut self,
        line: [Option<CqlValue>; 5],
        younger: i64,
        walker: &mut Walker,
    ) -> Result<(), Error> {
        let [first_seq, commit, entry, redo, stamp] = line;
        let number =
            |value: &Option<CqlValue>| value.as_ref().and_then(CqlValue::as_bigint).unwrap_or_default();
        let natural = |value| u64::try_from(number(&value)).unwrap_or_default();
        let stamp = number(&stamp);
        let key = log_key_of(bytes_of(self.room.clone()), natural(first_seq), natural(commit));
        let redo = Some(bytes_of(redo)).filter(|redo| !redo.is_empty());
        let record = Record { key, value: bytes_of(entry), behind: Some(Behind { stamp, redo }) };
        if let Some((mut before, _)) = self.last.replace((record, stamp)) {
            if let Some(behind) = before.behind.as_mut().filter(|_| stamp < younger) {
                behind.redo = None;
            }
            walker.put(before).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, walker: &mut Walker) -> Result<(), Error> {
        match self.last.take() {
            Some((record, _)) => walker.put(record).await,
            None => Ok(()),
        }
    }
}

/// True for a claim that no commit settles: one of the server's own tables.
const fn is_only_taken(key: &Key) -> bool {
    key.table < 16
}

fn row(table: &Table, mut values: Values) -> Result<Record, Error> {
    let rest = values.split_off(if table.wide.ordered { 2 } else { 1 }.min(values.len()));
    let mut key = values.into_iter().map(bytes_of);
    let (partition, sort) = (key.next().unwrap_or_default(), key.next().unwrap_or_default());
    let (table_number, partition) = if table.shared {
        let (number, partition) =
            partition.split_first_chunk::<2>().ok_or_else(|| unlike(&table.wide.name))?;
        (u16::from_be_bytes(*number), Bytes::copy_from_slice(partition))
    } else {
        (table.wide.number, partition)
    };
    Ok(Record::row(Key { table: table_number, partition, sort }, gather(&table.wide, rest)?))
}

/// Stretches of the ring that cover it, each with its first end outside. Nothing has the smallest token.
fn slices(count: i64) -> impl Iterator<Item = Slice> {
    let step = (1_i128 << 64) / i128::from(count);
    let token = move |at: i64| i128::from(i64::MIN) + step * i128::from(at);
    let end =
        move |at: i64| if at == count { i64::MAX } else { i64::try_from(token(at)).unwrap_or(i64::MAX) };
    (0..count).map(move |at| [end(at), end(at + 1)].map(|token| Some(CqlValue::BigInt(token))))
}

fn columns<const N: usize>(values: Values) -> Result<[Option<CqlValue>; N], Error> {
    <[_; N]>::try_from(values).map_err(|_| unlike("a table"))
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Read(error.to_string())
}

fn unlike(table: &str) -> Error {
    Error::Read(format!("a row of {table} is not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_the_ring_without_a_gap() {
        for count in [1, SLICES, LOG_SLICES] {
            let ends: Vec<[i64; 2]> =
                slices(count).map(|slice| slice.map(|end| end.unwrap().as_bigint().unwrap())).collect();

            assert_eq!((ends[0][0], ends[ends.len() - 1][1]), (i64::MIN, i64::MAX));
            assert!(ends.windows(2).all(|two| two[0][1] == two[1][0] && two[0][0] < two[0][1]));
        }
    }
}
