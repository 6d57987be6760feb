//! Rows that no condition guards: read at quorum, written under a stamp, so that of two writes to a key the
//! newer stays whichever comes last.

use super::{
    columns::{bytes_of, gather, plain, spread},
    layout::{Layout, Table},
    statement::{Statement, Values},
};
use crate::{Direction, Error, Range, Row, Write};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use schema::{key::Key, table::Space};
use scylla::{
    client::session::Session,
    statement::batch::{Batch, BatchType},
    value::CqlValue,
};
use std::{
    collections::BTreeMap,
    ops::{Bound, RangeBounds as _},
    sync::Arc,
};

/// Rows asked for at once.
const PAGE: usize = 1_000;
/// What one request of several statements may hold: servers warn of more, and refuse ten times that.
const BATCH_BYTES: usize = 4 * 1024;
const BATCH_STATEMENTS: usize = 100;
/// The same for rows of many partitions; servers warn of more.
const BATCH_PARTITIONS: usize = 10;
/// Requests under way for one batch of the seam.
const REQUESTS: usize = 32;

/// A write that is ready to go: whatever could be wrong with it was found.
pub(super) struct Planned {
    table: Arc<Table>,
    /// The number of its key, which alone says what shares a partition where tables share a table.
    number: u16,
    /// Rows first, then what lists them, then what no longer does: a reader finds what an entry names.
    wave: Wave,
    values: Values,
    partition: Bytes,
    bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wave {
    Row,
    Entry,
    Removal,
}

const WAVES: [Wave; 3] = [Wave::Row, Wave::Entry, Wave::Removal];

impl Layout {
    /// Finds the columns of each write.
    pub(super) fn plan<'a>(
        &self,
        writes: impl IntoIterator<Item = &'a Write>,
    ) -> Result<Vec<Planned>, Error> {
        writes.into_iter().map(|write| self.plan_one(write)).collect()
    }

    fn plan_one(&self, write: &Write) -> Result<Planned, Error> {
        let key = write.key();
        let table = Arc::clone(self.of(key.table));
        let mut values = table.key(key)?;
        let mut bytes = key.partition.len() + key.sort.len();
        let wave = match write {
            Write::Put(_, value) => {
                values.extend(spread(&table.wide, value)?);
                bytes += value.len();
                if key.space() == Space::Index { Wave::Entry } else { Wave::Row }
            }
            Write::Delete(_) => Wave::Removal,
        };
        Ok(Planned { table, number: key.table, wave, values, partition: key.partition.clone(), bytes })
    }
}

impl Planned {
    fn statement(&self) -> &Statement {
        let Table { access, .. } = &*self.table;
        if self.wave == Wave::Removal { &access.delete } else { &access.put }
    }
}

impl Table {
    fn partition(&self, number: u16, partition: &[u8]) -> Result<CqlValue, Error> {
        if self.shared {
            return Ok(CqlValue::Blob([&number.to_be_bytes()[..], partition].concat()));
        }
        plain(self.wide.partition, partition)
    }

    fn key(&self, key: &Key) -> Result<Values, Error> {
        let mut values = vec![Some(self.partition(key.table, &key.partition)?)];
        if self.wide.ordered {
            values.push(Some(CqlValue::Blob(key.sort.to_vec())));
        }
        Ok(values)
    }
}

/// The value of a key.
pub(super) async fn get(session: &Session, layout: &Layout, key: &Key) -> Result<Option<Bytes>, Error> {
    let table = layout.of(key.table);
    let row = table.access.get.row(session, table.key(key)?).await?;
    row.map(|values| gather(&table.wide, values)).transpose()
}

/// Rows of one partition, a page at a time.
pub(super) async fn scan(session: &Session, layout: &Layout, range: &Range) -> Result<Vec<Row>, Error> {
    let table = layout.of(range.table);
    if !table.wide.ordered {
        return only(session, layout, range).await;
    }
    let partition = table.partition(range.table, &range.partition)?;
    let backward = range.direction == Direction::Backward;
    let mut found = Vec::new();
    if range.is_empty() {
        return Ok(found);
    }
    let (mut from, mut to) = bounds(range);
    while found.len() < range.limit {
        let page = PAGE.min(range.limit - found.len());
        let mut values = vec![Some(partition.clone()), Some(CqlValue::Blob(from.clone()))];
        values.extend(to.clone().map(|to| Some(CqlValue::Blob(to))));
        values.push(Some(CqlValue::Int(i32::try_from(page).unwrap_or(i32::MAX))));
        let rows = table.access.scan(to.is_some(), backward).rows(session, values).await?;
        let short = rows.len() < page;
        for mut values in rows {
            let rest = values.split_off(1);
            let sort = bytes_of(values.pop().flatten());
            found.push(Row { sort, value: gather(&table.wide, rest)? });
        }
        match found.last() {
            Some(last) if !short && backward => to = Some(last.sort.to_vec()),
            Some(last) if !short => from = next(&last.sort),
            _ => break,
        }
    }
    Ok(found)
}

/// The one row of a partition that has no places.
async fn only(session: &Session, layout: &Layout, range: &Range) -> Result<Vec<Row>, Error> {
    let (table, partition, sort) = (range.table, range.partition.clone(), Bytes::new());
    if range.is_empty() || !(range.from.clone(), range.to.clone()).contains(&sort) {
        return Ok(Vec::new());
    }
    let value = get(session, layout, &Key { table, partition, sort: sort.clone() }).await?;
    Ok(value.map(|value| Row { sort, value }).into_iter().collect())
}

/// From a place on, and up to another: all four bounds come down to these two.
fn bounds(range: &Range) -> (Vec<u8>, Option<Vec<u8>>) {
    let from = match &range.from {
        Bound::Included(sort) => sort.to_vec(),
        Bound::Excluded(sort) => next(sort),
        Bound::Unbounded => Vec::new(),
    };
    let to = match &range.to {
        Bound::Included(sort) => Some(next(sort)),
        Bound::Excluded(sort) => Some(sort.to_vec()),
        Bound::Unbounded => None,
    };
    (from, to)
}

/// The smallest bytes above these.
fn next(sort: &[u8]) -> Vec<u8> {
    [sort, &[0]].concat()
}

/// Which rows may share a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sharing {
    /// Those of one partition: each goes to a server that has a copy of it.
    Partition,
    /// Any: every server has a copy of everything, and one request costs less than ten.
    Any,
}

/// Writes what was planned, wave by wave, under one stamp. Doing it again changes nothing.
pub(super) async fn write(
    session: &Session,
    planned: &[Planned],
    stamp: i64,
    sharing: Sharing,
) -> Result<(), String> {
    for wave in WAVES {
        let plans = planned.iter().filter(|plan| plan.wave == wave);
        let requests: Vec<Vec<&Planned>> = match sharing {
            Sharing::Any => split(plans.collect(), BATCH_PARTITIONS),
            Sharing::Partition => {
                let mut partitions: BTreeMap<(u16, &[u8]), Vec<&Planned>> = BTreeMap::new();
                for plan in plans {
                    partitions.entry((plan.number, &plan.partition)).or_default().push(plan);
                }
                partitions.into_values().flat_map(|plans| split(plans, BATCH_STATEMENTS)).collect()
            }
        };
        stream::iter(requests.into_iter().map(Ok))
            .try_for_each_concurrent(REQUESTS, |plans| send(session, plans, stamp))
            .await?;
    }
    Ok(())
}

/// Requests that servers like.
fn split(plans: Vec<&Planned>, most: usize) -> Vec<Vec<&Planned>> {
    let mut requests: Vec<Vec<&Planned>> = Vec::new();
    let mut room = 0;
    for plan in plans {
        match requests.last_mut() {
            Some(request) if plan.bytes <= room && request.len() < most => request.push(plan),
            _ => {
                requests.push(vec![plan]);
                room = BATCH_BYTES;
            }
        }
        room = room.saturating_sub(plan.bytes);
    }
    requests
}

async fn send(session: &Session, plans: Vec<&Planned>, stamp: i64) -> Result<(), String> {
    if let [only] = plans.as_slice() {
        return only.statement().run_at(session, &only.values, Some(stamp)).await.map(drop);
    }
    let mut batch = Batch::new(BatchType::Unlogged);
    batch.set_timestamp(Some(stamp));
    batch.set_is_idempotent(true);
    for plan in &plans {
        batch.append_statement(plan.statement().on(session).await?);
    }
    let values: Vec<&Values> = plans.iter().map(|plan| &plan.values).collect();
    session.batch(&batch, values).await.map(drop).map_err(|error| error.to_string())
}
