//! Lists have one mechanism. A [`Listing`] names an index for each sort and the columns that may be
//! filtered on; anything else is refused. A page examines a bounded number of entries and returns what
//! it found, with a signed cursor to go on from.

mod cursor;
mod entry;
mod filter;
mod order;
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
use entry::{Entry, Layout};
use order::{By, Place};
use schema::{
    code::Code,
    codec,
    column::Column,
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

/// What entries must satisfy besides what a query can name.
type Keep<'a> = &'a (dyn Fn(&Value) -> bool + Send + Sync);

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
        self.page_if(cx, within, query, None).await
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
        self.page_if(cx, within, query, Some(&keep)).await
    }

    async fn page_if(
        &self,
        cx: &Context,
        within: KeyWriter,
        query: &Query,
        keep: Option<Keep<'_>>,
    ) -> Result<Page<Value>> {
        let filters = self.filters(query)?;
        let (index, backward) = self.sort(query)?;
        let Some((slot, _)) = self.spec.index(index) else {
            return Err(Error::new(Code::Internal, "no such index").because(index));
        };
        let within = within.finish();
        let sought = self.sought(query)?;
        if let (Some(sought), Some(words)) = (&sought, self.words_beside(index)) {
            let mut rows = self.found(cx, within, words, sought, &filters).await?;
            rows.retain(|row| keep.is_none_or(|keep| keep(row)));
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
        let wanted = |value: &Value| {
            let admitted = filters.iter().all(|f| f.admits(value)) && keep.is_none_or(|keep| keep(value));
            admitted && self.has_words(value, sought.as_ref())
        };
        let (data, next) = gather(cx, range, limit, wanted).await?;
        let mut page = PageInfo { limit, has_more: next.is_some(), ..PageInfo::default() };
        page.next_cursor = next.map(|sort| signer.seal(&sort));
        if counts(query) {
            let plain = filters.is_empty() && keep.is_none() && sought.is_none();
            let (total, capped) =
                total(cx, slot.number(self.spec.id), within, (!plain).then_some(&wanted)).await?;
            page.total = Some(total);
            page.total_capped = Some(capped);
        }
        Ok(Page { data, page })
    }

    /// One page of the rows homed in one room: from an index where one keeps the order, else from the sheet. The total
    /// is the sheet's, where the room does not have more rows than one holds.
    ///
    /// # Errors
    /// As [`Listing::page`].
    pub async fn page_with_sheet<T: Table>(
        &self,
        cx: &Context,
        room: &RoomId,
        index: &str,
        within: KeyWriter,
        query: &Query,
    ) -> Result<Page<Value>> {
        let asked = query.get("sort").map(|sort| sort.trim_start_matches('-'));
        if asked.is_some_and(|asked| self.sorts.iter().all(|(name, _)| *name != asked)) {
            return self.page_of_sheet::<T>(cx, room, index, query).await;
        }
        if !counts(query) || query.get("q").is_some() {
            return self.page(cx, within, query).await;
        }
        let filters = self.filters(query)?;
        cx.at_home(room)?;
        let sheet = match cx.engine().sheets().open::<T>(cx, room, index).await {
            Ok(sheet) => sheet,
            // There are too many: their total is capped, whoever counts them.
            Err(error) if error.code() == Code::InvalidFilter => return self.page(cx, within, query).await,
            Err(error) => return Err(error),
        };
        let mut page = self.page(cx, within, &query.without("with_total")).await?;
        // Counting needs an order to go on in, whichever.
        let by_id = By::new();
        let total = sheet.count(&by_id, TOTAL_MAX + 1, admitted(&filters, sheet.layout())).await?;
        (page.page.total, page.page.total_capped) = counted(total);
        Ok(page)
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
        let (filters, sought) = (self.filters(query)?, self.sought(query)?);
        let by: By = query::order(query, &self.sortable())?;
        // Only there do commits keep it.
        cx.at_home(room)?;
        let sheet = cx.engine().sheets().open::<T>(cx, room, index).await?;
        let admitted = admitted(&filters, sheet.layout());
        let has_words = |row: &Entry| {
            let whole = || sheet.layout().whole(row);
            sought.is_none() || whole().is_ok_and(|row| self.has_words(&row, sought.as_ref()))
        };
        let wanted = |row: &Entry| admitted(row) && has_words(row);
        let signer = Cursor::new(cx.engine().identity().cursor_key(), "rows", "", false, b"", query);
        let after = query.get("cursor").map(|cursor| signer.open(cursor)).transpose()?;
        let after = after.map(|place| Place::from(place.as_ref()));
        let limit = query.limit()?;
        let (data, next) = sheet.page(&by, after, limit, wanted).await?;
        let mut page = PageInfo { limit, has_more: next.is_some(), ..PageInfo::default() };
        page.next_cursor = next.map(|place| signer.seal(&place));
        if counts(query) {
            (page.total, page.total_capped) = counted(sheet.count(&by, TOTAL_MAX + 1, wanted).await?);
        }
        Ok(Page { data, page })
    }

    /// One page of rows that are all at hand, such as a caller's own: filtered as in [`Listing::page`],
    /// sorted by any of the columns that may be filtered on.
    ///
    /// # Errors
    /// As [`Listing::page`].
    pub fn page_of_rows(&self, cx: &Context, mut rows: Vec<Value>, query: &Query) -> Result<Page<Value>> {
        let filters = self.filters(query)?;
        rows.retain(|row| filters.iter().all(|f| f.admits(row)));
        let sought = self.sought(query)?;
        rows.retain(|row| self.has_words(row, sought.as_ref()));
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
        let mut filters = filter::parse(query, self.spec, self.filters, aside)?;
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
}

/// How many entries of a partition are wanted, among as many as are counted, and whether there are more. Where all are,
/// none has to be looked at.
async fn total(
    cx: &Context,
    table: u16,
    within: bytes::Bytes,
    wanted: Option<impl Fn(&Value) -> bool>,
) -> Result<(u64, bool)> {
    let limit = usize::try_from(TOTAL_MAX).unwrap_or(usize::MAX).saturating_add(1);
    let rows = cx.store().scan(&Range::partition(table, within, limit)).await?;
    let mut total = u64::try_from(rows.len()).unwrap_or(TOTAL_MAX);
    if let Some(wanted) = wanted {
        total = 0;
        for row in &rows {
            let value: Value = codec::from_msgpack(&row.value)?;
            total += u64::from(wanted(&value));
        }
    }
    Ok((total.min(TOTAL_MAX), rows.len() == limit))
}

/// A total as a page says it, of a count that stopped at one more than is told.
fn counted(count: u64) -> (Option<u64>, Option<bool>) {
    (Some(count.min(TOTAL_MAX)), Some(count > TOTAL_MAX))
}

/// What rows of a sheet satisfy every condition.
fn admitted(filters: &[Filter], layout: &Layout) -> impl Fn(&Entry) -> bool {
    let at: Vec<_> = filters.iter().map(|filter| layout.find(filter.column())).collect();
    move |row| filters.iter().zip(&at).all(|(filter, at)| filter.holds(&row.column(*at)))
}

/// Whether a total was asked for.
fn counts(query: &Query) -> bool {
    query.get("with_total") == Some("true")
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
    let names = order::named(&order);
    let place = |row: &Value| {
        let columns: Vec<_> =
            names.iter().map(|name| row.get(*name).map_or(Column::Absent, Column::from)).collect();
        order::place(&order, &columns)
    };
    rows.sort_by_cached_key(place);
    let total = rows.len();
    let signer = Cursor::new(key, "rows", "", false, b"", query);
    if let Some(cursor) = query.get("cursor") {
        let after = signer.open(cursor)?;
        rows.retain(|row| *place(row) > *after);
    }
    let limit = query.limit()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(place);
    let mut page = PageInfo { limit, has_more, ..PageInfo::default() };
    page.next_cursor = next.map(|place| signer.seal(&place));
    if query.get("with_total") == Some("true") {
        page.total = u64::try_from(total).ok();
        page.total_capped = Some(false);
    }
    Ok(Page { data: rows, page })
}
