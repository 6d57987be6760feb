//! Lists have one mechanism. A [`Listing`] names an index for each sort and the columns that may be
//! filtered on; anything else is refused. A page examines a bounded number of entries and returns what
//! it found, with a signed cursor to go on from.

mod cursor;
mod filter;
mod query;
mod search;
mod sheet;
mod trail;

pub use filter::Filter;
pub use query::Query;
pub use sheet::Sheets;
pub use trail::{Deed, PAGE, deeds};

use crate::{Context, Error, Result};
use cursor::Cursor;
use schema::{
    codec,
    key::KeyWriter,
    page::{Page, PageInfo},
    room::RoomId,
    table::{Index, Spec, Table},
};
use serde_json::Value;
use storage::{Direction, Range};

/// The most entries one request examines.
const EXAMINED_MAX: usize = 2_000;
/// The column that says that a row was put aside.
const ARCHIVED_AT: &str = "archived_at";
/// Where counting stops.
const TOTAL_MAX: u64 = 10_000;

/// A list over one table.
#[derive(Debug)]
pub struct Listing {
    /// The table.
    pub spec: &'static Spec,
    /// Sorts that an index serves: the public name and the index. The first is the default, backward where it is
    /// written `-name`; whoever asks may read each both ways.
    pub sorts: &'static [(&'static str, &'static str)],
    /// Columns that may be filtered on; each is carried by every index above.
    pub filters: &'static [&'static str],
}

impl Listing {
    /// The columns that a row shows in every order of the list.
    #[must_use]
    pub fn carried(&self) -> Vec<&'static str> {
        if self.sorts.is_empty() {
            let named = self.spec.key.iter().chain(self.filters).copied();
            return named.filter(|name| self.spec.column(name).is_some()).collect();
        }
        let indexes: Vec<_> = self.sorts.iter().filter_map(|(_, name)| self.spec.index(name)).collect();
        let carries = |index: &Index, name: &str| {
            let lists = [index.within, index.sort, index.carry, self.spec.key];
            lists.iter().any(|list| list.contains(&name))
        };
        let columns = self.spec.columns.iter().map(|column| column.name);
        columns.filter(|name| indexes.iter().all(|(_, index)| carries(index, name))).collect()
    }

    /// One page of the entries in one partition.
    ///
    /// # Errors
    /// `invalid-filter`, `cursor-mismatch`, or when the store fails.
    pub async fn page(&self, cx: &Context, within: KeyWriter, query: &Query) -> Result<Page<Value>> {
        self.page_where(cx, within, query, |_| true).await
    }

    /// The same, of entries that also satisfy a condition the query can't name.
    ///
    /// # Errors
    /// As [`Listing::page`].
    pub async fn page_where(
        &self,
        cx: &Context,
        within: KeyWriter,
        query: &Query,
        keep: impl Fn(&Value) -> bool + Send + Sync,
    ) -> Result<Page<Value>> {
        let filters = self.filters(query)?;
        let (index, backward) = self.sort(query)?;
        let Some((slot, _)) = self.spec.index(index) else {
            return Err(Error::new(schema::code::Code::Internal, "no such index").because(index));
        };
        let within = within.finish();
        if let Some(sought) = self.sought(query)? {
            let mut rows = if Self::searched_within(self.spec, index) {
                self.found(cx, within, sought, &filters).await?
            } else {
                let range = Range::partition(slot.number(self.spec.id), within, EXAMINED_MAX);
                let mut rows = values(&cx.store().scan(&range).await?)?;
                rows.retain(|row| filters.iter().all(|f| f.admits(row)));
                self.keep_found(&mut rows, query)?;
                rows
            };
            rows.retain(|row| keep(row));
            return page_of(cx, rows, query, &self.sortable());
        }
        let signer =
            Cursor::new(cx.engine().identity().cursor_key(), self.spec.name, index, backward, &within, query);
        let limit = query.limit()?;
        let mut range = Range::partition(slot.number(self.spec.id), within.clone(), EXAMINED_MAX);
        if backward {
            range = range.backward();
        }
        if let Some(cursor) = query.get("cursor") {
            let after = signer.open(cursor)?;
            range = if backward { range.before(after) } else { range.after(after) };
        }
        let wanted = |value: &Value| filters.iter().all(|f| f.admits(value)) && keep(value);
        let (data, next) = gather(cx, range, limit, wanted).await?;
        let mut page = PageInfo { limit, has_more: next.is_some(), ..PageInfo::default() };
        page.next_cursor = next.map(|sort| signer.seal(&sort));
        if query.get("with_total") == Some("true") {
            let (total, capped) = self.total(cx, slot.number(self.spec.id), within, &filters, &keep).await?;
            page.total = Some(total);
            page.total_capped = Some(capped);
        }
        Ok(Page { data, page })
    }

    /// One page of the rows homed in one room, in an order that no index keeps: from the sheet.
    ///
    /// # Errors
    /// As [`Listing::page`].
    pub async fn page_of_sheet<T: Table>(
        &self,
        cx: &Context,
        room: &RoomId,
        index: &str,
        query: &Query,
    ) -> Result<Page<Value>> {
        let filters = self.filters(query)?;
        // Only there do commits keep it.
        cx.at_home(room)?;
        let rows = cx.engine().sheets().rows::<T>(cx, room, index).await?;
        let mut wanted = rows.into_iter().filter(|row| filters.iter().all(|f| f.admits(row))).collect();
        self.keep_found(&mut wanted, query)?;
        page_of(cx, wanted, query, &self.sortable())
    }

    /// One page of rows that are all at hand, such as a caller's own: filtered as in [`Listing::page`],
    /// sorted by any of the columns that may be filtered on.
    ///
    /// # Errors
    /// As [`Listing::page`].
    pub fn page_of_rows(&self, cx: &Context, mut rows: Vec<Value>, query: &Query) -> Result<Page<Value>> {
        let filters = self.filters(query)?;
        rows.retain(|row| filters.iter().all(|f| f.admits(row)));
        self.keep_found(&mut rows, query)?;
        page_of(cx, rows, query, &self.sortable())
    }

    /// The columns that rows at hand are sorted by.
    fn sortable(&self) -> Vec<&'static str> {
        self.filters.iter().copied().chain(self.sort_names()).collect()
    }

    /// The names of the sorts that an index serves, without a direction.
    pub fn sort_names(&self) -> impl Iterator<Item = &'static str> {
        self.sorts.iter().map(|(name, _)| name.trim_start_matches('-'))
    }

    /// The conditions of a query. What was put aside is listed only where it is asked for.
    fn filters(&self, query: &Query) -> Result<Vec<Filter>> {
        let aside = self.spec.column(ARCHIVED_AT).is_some();
        let mut filters = filter::parse(query, self.filters, aside)?;
        if aside {
            filters.extend(Filter::archived(query)?);
        }
        Ok(filters)
    }

    fn sort<'q>(&self, query: &'q Query) -> Result<(&'static str, bool)> {
        let default = self.sorts.first().map_or("", |(name, _)| *name);
        let asked: &'q str = query.get("sort").unwrap_or(default);
        let (name, backward) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
        let found = self.sorts.iter().find(|(public, _)| public.trim_start_matches('-') == name);
        found.map(|(_, index)| (*index, backward)).ok_or_else(|| {
            let allowed: Vec<&str> = self.sort_names().collect();
            query::refused("sort", &format!("this list sorts by {}", allowed.join(", ")))
        })
    }

    async fn total(
        &self,
        cx: &Context,
        table: u16,
        within: bytes::Bytes,
        filters: &[Filter],
        keep: &(impl Fn(&Value) -> bool + Send + Sync),
    ) -> Result<(u64, bool)> {
        let limit = usize::try_from(TOTAL_MAX).unwrap_or(usize::MAX).saturating_add(1);
        let rows = cx.store().scan(&Range::partition(table, within, limit)).await?;
        let mut total = 0;
        for row in &rows {
            let value: Value = codec::from_msgpack(&row.value)?;
            if filters.iter().all(|f| f.admits(&value)) && keep(&value) {
                total += 1;
            }
        }
        Ok((total.min(TOTAL_MAX), rows.len() == limit))
    }
}

/// The first `limit` wanted entries, and the place to go on after when there may be more. Entries are read in growing
/// stretches: most lists find a page in the first, and one whose filters admit little stops at its bound.
async fn gather(
    cx: &Context,
    mut range: Range,
    limit: usize,
    wanted: impl Fn(&Value) -> bool + Send,
) -> Result<(Vec<Value>, Option<bytes::Bytes>)> {
    let (mut data, mut last, mut examined) = (Vec::with_capacity(limit), None, 0);
    range.limit = limit + 1;
    loop {
        let rows = cx.store().scan(&range).await?;
        examined += rows.len();
        for row in &rows {
            if data.len() == limit {
                return Ok((data, last));
            }
            let value: Value = codec::from_msgpack(&row.value)?;
            last = Some(row.sort.clone());
            if wanted(&value) {
                data.push(value);
            }
        }
        let Some(end) = last.clone().filter(|_| rows.len() == range.limit) else { return Ok((data, None)) };
        if examined >= EXAMINED_MAX {
            // A short page is legal, and the list goes on.
            return Ok((data, last));
        }
        range = match range.direction {
            Direction::Forward => range.after(end),
            Direction::Backward => range.before(end),
        };
        range.limit = (range.limit * 4).min(EXAMINED_MAX - examined).max(1);
    }
}

fn values(rows: &[storage::Row]) -> Result<Vec<Value>> {
    rows.iter().map(|row| codec::from_msgpack(&row.value).map_err(Error::from)).collect()
}

/// Pages rows that are all at hand: an own-scope list, or a sheet. They are sorted by the asked
/// columns, then by id.
///
/// # Errors
/// `invalid-filter` for a sort that is not allowed, `cursor-mismatch`.
pub fn page_of(cx: &Context, rows: Vec<Value>, query: &Query, sortable: &[&str]) -> Result<Page<Value>> {
    page_signed(cx.engine().identity().cursor_key(), rows, query, sortable)
}

/// The same with cursors that are signed with this key.
///
/// # Errors
/// As [`page_of`].
pub fn page_signed(
    key: &[u8; 32],
    mut rows: Vec<Value>,
    query: &Query,
    sortable: &[&str],
) -> Result<Page<Value>> {
    let order = query::order(query, sortable)?;
    let place = |row: &Value| {
        let mut columns: Vec<Value> =
            order.iter().map(|(column, _)| row.get(column).cloned().unwrap_or(Value::Null)).collect();
        columns.push(row.get("id").cloned().unwrap_or(Value::Null));
        columns
    };
    let ways: Vec<bool> = order.iter().map(|(_, backward)| *backward).chain([false]).collect();
    let compare = |a: &[Value], b: &[Value]| filter::compare_places(a, b, &ways);
    rows.sort_by(|a, b| compare(&place(a), &place(b)));
    let total = rows.len();
    let signer = Cursor::new(key, "rows", "", false, b"", query);
    if let Some(cursor) = query.get("cursor") {
        let after: Vec<Value> = codec::from_msgpack(&signer.open(cursor)?)?;
        rows.retain(|row| compare(&place(row), &after).is_gt());
    }
    let limit = query.limit()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| codec::to_bytes(&place(row))).transpose()?;
    let mut page = PageInfo { limit, has_more, ..PageInfo::default() };
    page.next_cursor = next.map(|place| signer.seal(&place));
    if query.get("with_total") == Some("true") {
        page.total = u64::try_from(total).ok();
        page.total_capped = Some(false);
    }
    Ok(Page { data: rows, page })
}
