//! The logs. A room's log lies in buckets, so that no partition grows without end; a list of them says where
//! each begins. A log row is inserted only where its place is free, and read so that an insertion still under
//! way is settled first.

use super::{
    columns::bytes_of,
    conditional::{Verdict, judged},
    place::{Place, lower, upper},
    session::Profiles,
    statement::{Statement, Values},
};
use crate::{Direction, Error, Range, Row};
use bytes::Bytes;
use schema::key::Key;
use scylla::{client::session::Session, value::CqlValue};
use std::ops::Bound;

/// Commits in one bucket. A commit takes a few kilobytes, so a bucket is a few megabytes.
const BUCKET: u64 = 512;
/// Log rows, or buckets, asked for at once.
const PAGE: usize = 64;

/// The statements of the logs.
pub(super) struct Log {
    insert: Statement,
    load: Statement,
    open_bucket: Statement,
    get: Statement,
    /// The last row of a bucket; plainly, then so that what is under way is settled first.
    tails: [Statement; 2],
    buckets: [Statement; 2],
    scans: [Statement; 2],
}

/// What a log row says besides its place.
pub(super) struct Line {
    pub(super) entry: Bytes,
    /// Everything that follows it.
    pub(super) redo: Bytes,
    pub(super) stamp: i64,
}

struct Bucket {
    first_seq: u64,
    number: i64,
}

impl Log {
    pub(super) fn new(keyspace: &str, profiles: &Profiles) -> Self {
        let rows = |text: String| Statement::new(text, &profiles.rows);
        let in_bucket = format!("FROM {keyspace}.log WHERE room = ? AND bucket = ?");
        let between = "AND (first_seq, commit) >= (?, ?) AND (first_seq, commit) < (?, ?)";
        let scan = |order: &str| {
            let order = format!("ORDER BY first_seq {order}, commit {order} LIMIT ?");
            rows(format!("SELECT first_seq, commit, entry {in_bucket} {between} {order}"))
        };
        let buckets = |bound: &str, order: &str| {
            let order = format!("ORDER BY first_seq {order}, bucket {order} LIMIT {PAGE}");
            rows(format!(
                "SELECT first_seq, bucket FROM {keyspace}.log_buckets WHERE room = ? AND (first_seq, bucket) {bound} (?, ?) \
                 {order}"
            ))
        };
        let insert = format!(
            "INSERT INTO {keyspace}.log (room, bucket, first_seq, commit, entry, redo, stamp) \
             VALUES (?, ?, ?, ?, ?, ?, ?)"
        );
        Self {
            insert: Statement::once(format!("{insert} IF NOT EXISTS"), &profiles.conditional),
            load: rows(insert),
            open_bucket: rows(format!(
                "INSERT INTO {keyspace}.log_buckets (room, first_seq, bucket) VALUES (?, ?, ?)"
            )),
            get: Statement::new(
                format!("SELECT entry {in_bucket} AND first_seq = ? AND commit = ?"),
                &profiles.settled,
            ),
            tails: [&profiles.rows, &profiles.settled].map(|profile| {
                let order = "ORDER BY first_seq DESC, commit DESC LIMIT 1";
                let text = format!("SELECT first_seq, commit, entry, redo, stamp {in_bucket} {order}");
                Statement::new(text, profile)
            }),
            buckets: [buckets(">", "ASC"), buckets("<", "DESC")],
            scans: [scan("ASC"), scan("DESC")],
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Statement> {
        [&self.insert, &self.open_bucket, &self.get]
            .into_iter()
            .chain(&self.tails)
            .chain(&self.buckets)
            .chain(&self.scans)
    }

    /// Inserts a log row where its place is free.
    pub(super) async fn insert(&self, session: &Session, key: &Key, line: &Line) -> Result<Verdict, String> {
        let values = self.prepare(session, key, line, None).await?;
        judged(self.insert.run(session, values).await?, "entry")
    }

    /// Inserts a log row under a stamp, in a keyspace that nobody uses yet.
    pub(super) async fn load(
        &self,
        session: &Session,
        key: &Key,
        line: &Line,
        stamp: i64,
    ) -> Result<(), String> {
        let values = self.prepare(session, key, line, Some(stamp)).await?;
        self.load.run_at(session, &values, Some(stamp)).await.map(drop)
    }

    /// The columns of a log row, whose bucket is listed.
    async fn prepare(
        &self,
        session: &Session,
        key: &Key,
        line: &Line,
        stamp: Option<i64>,
    ) -> Result<Values, String> {
        let place = Place::of(key).ok_or_else(|| format!("{key:?} is no place in a log"))?;
        let (room, bucket) = (room(&key.partition), bucket_of(place.commit));
        if place.commit.is_multiple_of(BUCKET) || place.commit == 1 {
            let values = vec![Some(room.clone()), Some(big(place.first_seq)), Some(CqlValue::BigInt(bucket))];
            self.open_bucket.run_at(session, &values, stamp).await?;
        }
        Ok(vec![
            Some(room),
            Some(CqlValue::BigInt(bucket)),
            Some(big(place.first_seq)),
            Some(big(place.commit)),
            Some(CqlValue::Blob(line.entry.to_vec())),
            Some(CqlValue::Blob(line.redo.to_vec())),
            Some(CqlValue::BigInt(line.stamp)),
        ])
    }

    /// The entry at a place.
    pub(super) async fn get(&self, session: &Session, key: &Key) -> Result<Option<Bytes>, Error> {
        let Some(place) = Place::of(key) else { return Ok(None) };
        let bucket = CqlValue::BigInt(bucket_of(place.commit));
        let values = [room(&key.partition), bucket, big(place.first_seq), big(place.commit)];
        let row = self.get.row(session, values.map(Some).to_vec()).await?;
        Ok(row.map(|mut values| bytes_of(values.pop().flatten())))
    }

    /// The last row of a log and where it stands, once what is under way there is settled.
    pub(super) async fn last(
        &self,
        session: &Session,
        partition: &Bytes,
    ) -> Result<Option<(Row, Line)>, Error> {
        let [_, settled] = &self.tails;
        self.end(session, partition, settled).await
    }

    async fn end(
        &self,
        session: &Session,
        partition: &Bytes,
        tail: &Statement,
    ) -> Result<Option<(Row, Line)>, Error> {
        // Most logs are in their first bucket still: as long as it is not full there is no other.
        if let Some((place, end)) = in_bucket(session, partition, 0, tail).await?
            && place.commit + 1 < BUCKET
        {
            return Ok(Some(end));
        }
        let mut cursor = Bucket { first_seq: u64::MAX, number: i64::MAX };
        loop {
            let buckets = self.buckets(session, partition, &cursor, Direction::Backward).await?;
            for bucket in &buckets {
                // A bucket is listed before its first row: the last one may be empty.
                if let Some((_, end)) = in_bucket(session, partition, bucket.number, tail).await? {
                    return Ok(Some(end));
                }
            }
            match buckets.into_iter().next_back() {
                Some(bucket) => cursor = bucket,
                None => return Ok(None),
            }
        }
    }

    /// Rows of a log, bucket by bucket.
    pub(super) async fn scan(&self, session: &Session, range: &Range) -> Result<Vec<Row>, Error> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (from, to) = (lower(&range.from), upper(&range.to));
        if range.direction == Direction::Backward && range.to == Bound::Unbounded && range.limit == 1 {
            let [plain, settled] = &self.tails;
            let tail = if range.settled { settled } else { plain };
            let end = self.end(session, &range.partition, tail).await?.map(|(row, _)| row);
            return Ok(end.filter(|row| Place::parse(&row.sort) >= Some(from)).into_iter().collect());
        }
        let beyond = |first_seq, number| Bucket { first_seq, number };
        let (mut cursor, mut buckets) = match range.direction {
            Direction::Forward => {
                let begin = beyond(from.first_seq, -1);
                // The place may lie in the bucket that began before it.
                let before = self.buckets(session, &range.partition, &begin, Direction::Backward).await?;
                (begin, before.into_iter().take(1).collect())
            }
            Direction::Backward => (beyond(to.first_seq, i64::MAX), Vec::new()),
        };
        let mut found = Vec::new();
        loop {
            let further = self.buckets(session, &range.partition, &cursor, range.direction).await?;
            let more = further.len() == PAGE;
            buckets.extend(further);
            for bucket in buckets.drain(..) {
                let last = match range.direction {
                    Direction::Forward => bucket.first_seq > to.first_seq,
                    Direction::Backward => bucket.first_seq < from.first_seq,
                };
                if self.fill(session, range, &bucket, from, to, &mut found).await? || last {
                    return Ok(found);
                }
                cursor = bucket;
            }
            if !more {
                return Ok(found);
            }
        }
    }

    /// Adds the rows of one bucket; true once there are enough.
    async fn fill(
        &self,
        session: &Session,
        range: &Range,
        bucket: &Bucket,
        mut from: Place,
        mut to: Place,
        found: &mut Vec<Row>,
    ) -> Result<bool, Error> {
        let [forward, backward] = &self.scans;
        let statement = if range.direction == Direction::Forward { forward } else { backward };
        while found.len() < range.limit {
            let page = PAGE.min(range.limit - found.len());
            let values = [
                room(&range.partition),
                CqlValue::BigInt(bucket.number),
                big(from.first_seq),
                big(from.commit),
                big(to.first_seq),
                big(to.commit),
                CqlValue::Int(i32::try_from(page).unwrap_or(i32::MAX)),
            ];
            let rows = statement.rows(session, values.map(Some).to_vec()).await?;
            let short = rows.len() < page;
            for values in rows {
                let Ok([first_seq, commit, entry]) = <[_; 3]>::try_from(values) else { continue };
                let place = Place { first_seq: natural(first_seq), commit: natural(commit) };
                found.push(Row { sort: place.sort(), value: bytes_of(entry) });
            }
            let Some(last) = found.last().filter(|_| !short).and_then(|row| Place::parse(&row.sort)) else {
                break;
            };
            match range.direction {
                Direction::Forward => from = last.next(),
                Direction::Backward => to = last,
            }
        }
        Ok(found.len() >= range.limit)
    }

    /// Buckets beyond one, nearest first.
    async fn buckets(
        &self,
        session: &Session,
        partition: &Bytes,
        beyond: &Bucket,
        direction: Direction,
    ) -> Result<Vec<Bucket>, Error> {
        let [after, before] = &self.buckets;
        let statement = if direction == Direction::Forward { after } else { before };
        let values =
            vec![Some(room(partition)), Some(big(beyond.first_seq)), Some(CqlValue::BigInt(beyond.number))];
        let rows = statement.rows(session, values).await?;
        let bucket = |values: Values| {
            let [first_seq, bucket] = <[_; 2]>::try_from(values).ok()?;
            Some(Bucket { first_seq: natural(first_seq), number: number(bucket) })
        };
        Ok(rows.into_iter().filter_map(bucket).collect())
    }
}

/// The last row of one bucket.
async fn in_bucket(
    session: &Session,
    partition: &Bytes,
    bucket: i64,
    tail: &Statement,
) -> Result<Option<(Place, (Row, Line))>, Error> {
    let values = vec![Some(room(partition)), Some(CqlValue::BigInt(bucket))];
    let Some(values) = tail.row(session, values).await? else { return Ok(None) };
    let Ok([first_seq, commit, entry, redo, stamp]) = <[_; 5]>::try_from(values) else { return Ok(None) };
    let place = Place { first_seq: natural(first_seq), commit: natural(commit) };
    let (entry, redo, stamp) = (bytes_of(entry), bytes_of(redo), number(stamp));
    let row = Row { sort: place.sort(), value: entry.clone() };
    Ok(Some((place, (row, Line { entry, redo, stamp }))))
}

fn bucket_of(commit: u64) -> i64 {
    i64::try_from(commit / BUCKET).unwrap_or(i64::MAX)
}

fn room(partition: &[u8]) -> CqlValue {
    CqlValue::Text(String::from_utf8_lossy(partition).into_owned())
}

fn big(number: u64) -> CqlValue {
    CqlValue::BigInt(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(value: Option<CqlValue>) -> i64 {
    value.and_then(|value| value.as_bigint()).unwrap_or_default()
}

fn natural(value: Option<CqlValue>) -> u64 {
    u64::try_from(number(value)).unwrap_or_default()
}
