//! The columns of all rows of one table in one room, in memory at the room's home: what other sort
//! orders, totals and counts are made from. Loaded from one index, kept by commits, let go when unused or when a commit
//! was missed, as those that were made while the room lived elsewhere.

use super::{
    entry::{Entry, Layout},
    order::{By, Order, Place},
};
use crate::{Context, Error, Reader, Result};
use actors::Image;
use bytes::Bytes;
use dashmap::DashMap;
use parking_lot::Mutex;
use schema::{
    code::Code,
    column::Column,
    key::KeyWriter,
    room::RoomId,
    table::{Row, Table},
};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use storage::Range;
use tokio::{
    join,
    sync::OnceCell,
    task::{spawn_blocking, yield_now},
};

/// The most rows of one sheet. Past it, only index order is offered.
const ROWS_MAX: usize = 100_000;
/// The most sheets at once; the least recently used go first.
const SHEETS_MAX: usize = 256;
/// Rows loaded in one read.
const PAGE: usize = 2_000;
/// Rows looked at before others get a turn: commits wait for a sheet that is looked at.
const STRETCH: usize = 2_000;
/// Orders of one sheet that are kept: what a table's heads are usually clicked on. The least recently used go first.
const ORDERS_MAX: usize = 6;
/// How often an order is made beside the sheet while others change it; then they wait for it once.
const TRIES: u32 = 3;

type Name = (RoomId, u16);

/// All sheets of this node.
#[derive(Default)]
pub struct Sheets {
    sheets: DashMap<RoomId, HashMap<u16, Arc<Sheet>>>,
    used: Mutex<Vec<Name>>,
}

/// One sheet. Commits that happen while it is being loaded are put on top of what was read: they are
/// newer, or the same.
pub(super) struct Sheet {
    /// The number of the index that it shows.
    table: u16,
    layout: Layout,
    loaded: OnceCell<()>,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    by_key: HashMap<Bytes, Option<Entry>>,
    orders: Vec<Order>,
    /// Counts what commits have put here.
    changes: u64,
    /// The last commit that it shows.
    commit: u64,
}

impl Rows {
    fn all(&self) -> Vec<Entry> {
        self.by_key.values().flatten().cloned().collect()
    }

    fn put(&mut self, key: Bytes, new: Option<Entry>) {
        let old = self.by_key.insert(key, new.clone()).flatten();
        self.orders.iter_mut().for_each(|order| order.replace(old.as_ref(), new.as_ref()));
        self.changes += 1;
    }

    /// The order, if it is here; it is then the one used last.
    fn order(&mut self, by: &By) -> Option<&Order> {
        let at = self.orders.iter().position(|order| order.is_by(by))?;
        let order = self.orders.remove(at);
        self.orders.push(order);
        self.orders.last()
    }

    fn keep(&mut self, order: Order) {
        if self.orders.len() >= ORDERS_MAX {
            self.orders.remove(0);
        }
        self.orders.push(order);
    }
}

impl Sheets {
    /// The sheet of a table in a room, with the columns its index carries.
    ///
    /// # Errors
    /// When the store fails, or `invalid-filter` where the room has more rows than a sheet holds.
    pub(super) async fn open<T: Table>(
        &self,
        cx: &Context,
        room: &RoomId,
        index: &str,
    ) -> Result<Arc<Sheet>> {
        let Some((slot, shown)) = T::SPEC.index(index) else {
            return Err(Error::new(Code::Internal, "no such index").because(index));
        };
        let name = (room.clone(), T::SPEC.id);
        let head = cx.engine().node().directory().head(room).await?;
        let mut missed = None;
        loop {
            let sheet = self.sheet(&name, slot.number(T::SPEC.id), &Layout::of(shown, T::SPEC.key));
            let loaded = sheet.loaded.get_or_try_init(|| sheet.load::<T>(cx, room, head.commit)).await;
            if let Err(error) = loaded {
                self.forget(&name, &sheet);
                return Err(error);
            }
            // One that was loaded anew just now shows all that there is.
            if sheet.rows.lock().commit >= head.commit || missed.is_some_and(|old| !Arc::ptr_eq(&old, &sheet))
            {
                return Ok(sheet);
            }
            self.forget(&name, &sheet);
            missed = Some(sheet);
        }
    }

    /// Lets a sheet go, unless another one stands in its place already.
    fn forget(&self, (room, table): &Name, sheet: &Arc<Sheet>) {
        if let Some(mut of_room) = self.sheets.get_mut(room)
            && of_room.get(table).is_some_and(|kept| Arc::ptr_eq(kept, sheet))
        {
            of_room.remove(table);
        }
        self.sheets.remove_if(room, |_, of_room| of_room.is_empty());
    }

    fn sheet(&self, name: &Name, table: u16, layout: &Layout) -> Arc<Sheet> {
        let fresh = || {
            let (loaded, rows) = (OnceCell::new(), Mutex::default());
            Arc::new(Sheet { table, layout: layout.clone(), loaded, rows })
        };
        let (room, number) = name;
        let sheet =
            Arc::clone(self.sheets.entry(room.clone()).or_default().entry(*number).or_insert_with(fresh));
        let mut used = self.used.lock();
        used.retain(|other| other != name);
        used.push(name.clone());
        if used.len() > SHEETS_MAX {
            let (room, table) = used.remove(0);
            if let Some(mut of_room) = self.sheets.get_mut(&room) {
                of_room.remove(&table);
            }
            self.sheets.remove_if(&room, |_, of_room| of_room.is_empty());
        }
        sheet
    }

    /// Puts committed rows into the sheets that hold their table.
    pub(crate) fn committed(&self, room: &RoomId, commit: u64, rows: &[Image]) {
        let Some(mut of_room) = self.sheets.get_mut(room) else { return };
        of_room
            .retain(|table, sheet| sheet.follow(commit, rows.iter().filter(|image| image.spec.id == *table)));
    }
}

impl Sheet {
    /// What the columns of its rows are called.
    pub(super) const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads all rows; they are those of this commit, or of later ones.
    async fn load<T: Table>(&self, reader: &Reader, room: &RoomId, commit: u64) -> Result<()> {
        {
            let mut rows = self.rows.lock();
            rows.commit = rows.commit.max(commit);
        }
        // Sheets are of indexes whose partition is the room itself.
        let within = KeyWriter::new().with(&schema::id::Id::<()>::new(room.id())).finish();
        let first = Range::partition(self.table, within, PAGE);
        let mut page = reader.store().scan(&first).await?;
        let mut read = page.len();
        loop {
            let next =
                page.last().filter(|_| page.len() == PAGE).map(|last| first.clone().after(last.sort.clone()));
            let Some(next) = next else { return self.take_in::<T>(&page) };
            // A page is taken in while the store looks for the one behind it.
            let (behind, taken) = join!(reader.store().scan(&next), async { self.take_in::<T>(&page) });
            taken?;
            page = behind?;
            read += page.len();
            if read > ROWS_MAX {
                return Err(Error::new(
                    Code::InvalidFilter,
                    "too many records for this order; use the default",
                ));
            }
        }
    }

    /// Takes in rows that were read, but for those that a commit has put here meanwhile.
    fn take_in<T: Table>(&self, page: &[storage::Row]) -> Result<()> {
        let key: Vec<_> = T::SPEC.key.iter().map(|name| self.layout.find(name)).collect();
        let mut rows = self.rows.lock();
        for row in page {
            let entry = self.layout.read(&row.value)?;
            rows.by_key.entry(key_of(&entry, &key)).or_insert(Some(entry));
        }
        Ok(())
    }

    /// Follows a commit; false where one before it was missed, so that this shows less than there is.
    fn follow<'a>(&self, commit: u64, images: impl Iterator<Item = &'a Image>) -> bool {
        let mut rows = self.rows.lock();
        // Before it is known which commit the rows are of, none can be missed.
        if rows.commit != 0 && commit > rows.commit + 1 {
            return false;
        }
        rows.commit = rows.commit.max(commit);
        for image in images {
            let shown = image.row.as_ref().and_then(|row| self.shown(&**row));
            rows.put(image.key.sort.clone(), shown);
        }
        true
    }

    /// What its index has of a row; nothing where the row does not stand in it, as one in the trash.
    fn shown(&self, row: &dyn Row) -> Option<Entry> {
        let entry = row.index_entries().into_iter().find(|entry| entry.key.table == self.table)?;
        self.layout.read(&entry.value).ok()
    }

    /// The first wanted rows behind a place, and where to go on where there are more.
    pub(super) async fn page(
        &self,
        by: &By,
        mut after: Option<Place>,
        limit: usize,
        wanted: impl Fn(&Entry) -> bool + Send + Sync,
    ) -> Result<(Vec<Value>, Option<Place>)> {
        let (mut data, mut last) = (Vec::with_capacity(limit), None);
        loop {
            let (full, next) = self
                .look(by, after.as_deref(), |place, row| {
                    if !wanted(row) {
                        return false;
                    }
                    if data.len() == limit {
                        return true;
                    }
                    data.push(row.clone());
                    last = Some(place.clone());
                    false
                })
                .await?;
            after = match next {
                next @ Some(_) if !full => next,
                _ => {
                    let rows = data.iter().map(|row| self.layout.whole(row)).collect::<Result<_>>()?;
                    return Ok((rows, last.filter(|_| full)));
                }
            };
        }
    }

    /// How many rows are wanted, up to a bound.
    pub(super) async fn count(
        &self,
        by: &By,
        most: u64,
        wanted: impl Fn(&Entry) -> bool + Send + Sync,
    ) -> Result<u64> {
        let (mut count, mut after) = (0, None);
        loop {
            let (enough, next) = self
                .look(by, after.as_deref(), |_, row| {
                    count += u64::from(wanted(row));
                    count == most
                })
                .await?;
            match next {
                next @ Some(_) if !enough => after = next,
                _ => return Ok(count),
            }
        }
    }

    /// Looks at some rows behind a place until one is enough; answers whether it was, and the place to go on from where
    /// there are more.
    async fn look(
        &self,
        by: &By,
        after: Option<&[u8]>,
        mut enough: impl FnMut(&Place, &Entry) -> bool + Send,
    ) -> Result<(bool, Option<Place>)> {
        let mut seen = |order: &Order| {
            let mut last: Option<&Place> = None;
            for (number, (place, row)) in order.after(after).enumerate() {
                if number == STRETCH {
                    return (false, last.cloned());
                }
                if enough(place, row) {
                    return (true, None);
                }
                last = Some(place);
            }
            (false, None)
        };
        yield_now().await;
        for tried in 0.. {
            let (rows, changes) = {
                let mut rows = self.rows.lock();
                if tried == TRIES {
                    let order = Order::of(by.clone(), &self.layout, rows.all());
                    rows.keep(order);
                }
                if let Some(order) = rows.order(by) {
                    return Ok(seen(order));
                }
                (rows.all(), rows.changes)
            };
            let (making, layout) = (by.clone(), self.layout.clone());
            let made = spawn_blocking(move || Order::of(making, &layout, rows)).await;
            let made = made.map_err(|fell| Error::new(Code::Internal, "sorting broke off").because(fell))?;
            let mut rows = self.rows.lock();
            if rows.changes == changes && rows.order(by).is_none() {
                rows.keep(made);
            }
        }
        Ok((false, None))
    }
}

/// The key of a row, from the columns that make it: ids, as every table with a sheet is keyed.
fn key_of(row: &Entry, columns: &[Option<usize>]) -> Bytes {
    let put = |writer: KeyWriter, at: &Option<usize>| {
        let id = if let Column::Text(id) = row.column(*at) { id.parse().ok() } else { None };
        writer.with(&schema::id::Id::<()>::new(id.unwrap_or_default()))
    };
    columns.iter().fold(KeyWriter::new(), put).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_sheet_that_missed_a_commit_is_let_go() {
        let (sheets, room) = (Sheets::default(), RoomId::new("board", Uuid::nil()));
        let index = schema::table::Index { name: "x", within: &[], sort: &[], carry: &["title"], text: &[] };
        let layout = Layout::of(&index, &["id"]);
        let name = (room.clone(), 7);
        let sheet = sheets.sheet(&name, 70, &layout);
        let stands = || sheets.sheets.get(&room).is_some_and(|of_room| of_room.contains_key(&7));

        // While it is loaded, the rows of any commit are the newest.
        sheets.committed(&room, 4, &[]);
        sheets.committed(&room, 5, &[]);
        assert!(stands() && sheet.rows.lock().commit == 5);
        sheets.committed(&room, 5, &[]);
        assert!(stands());
        sheets.committed(&room, 7, &[]);
        assert!(!stands(), "the sixth was made elsewhere");
    }
}
