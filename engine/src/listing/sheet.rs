//! The columns of all rows of one table in one room, in memory at the room's home: what other sort
//! orders, totals and counts are made from. Loaded from one index, kept by commits, let go when unused.

use crate::{Context, Error, Reader, Result};
use actors::Image;
use bytes::Bytes;
use dashmap::DashMap;
use parking_lot::Mutex;
use schema::{
    code::Code,
    codec,
    key::KeyWriter,
    room::RoomId,
    table::{Index, Table},
};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::Arc};
use storage::Range;
use tokio::sync::OnceCell;

/// The most rows of one sheet. Past it, only index order is offered.
const ROWS_MAX: usize = 100_000;
/// The most sheets at once; the least recently used go first.
const SHEETS_MAX: usize = 256;
/// Rows loaded in one read.
const PAGE: usize = 2_000;

type Name = (RoomId, u16);

/// All sheets of this node.
#[derive(Default)]
pub struct Sheets {
    sheets: DashMap<Name, Arc<Sheet>>,
    used: Mutex<Vec<Name>>,
}

/// One sheet. Commits that happen while it is being loaded are put on top of what was read: they are
/// newer, or the same.
struct Sheet {
    index: &'static Index,
    loaded: OnceCell<()>,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    by_key: HashMap<Bytes, Option<Value>>,
}

impl Sheets {
    /// All rows of a table in a room, with the columns its index carries.
    ///
    /// # Errors
    /// When the store fails, or the room has more rows than a sheet holds.
    pub async fn rows<T: Table>(&self, cx: &Context, room: &RoomId, index: &str) -> Result<Vec<Value>> {
        let Some((slot, index)) = T::SPEC.index(index) else {
            return Err(Error::new(Code::Internal, "no such index").because(index));
        };
        let name = (room.clone(), T::SPEC.id);
        let sheet = self.sheet(&name, index);
        let table = slot.number(T::SPEC.id);
        let loaded = sheet.loaded.get_or_try_init(|| sheet.load::<T>(cx, room, table)).await;
        if let Err(error) = loaded {
            self.sheets.remove(&name);
            return Err(error);
        }
        let rows = sheet.rows.lock();
        Ok(rows.by_key.values().flatten().cloned().collect())
    }

    fn sheet(&self, name: &Name, index: &'static Index) -> Arc<Sheet> {
        let fresh = || Arc::new(Sheet { index, loaded: OnceCell::new(), rows: Mutex::default() });
        let sheet = Arc::clone(&self.sheets.entry(name.clone()).or_insert_with(fresh));
        let mut used = self.used.lock();
        used.retain(|other| other != name);
        used.push(name.clone());
        if used.len() > SHEETS_MAX {
            let oldest = used.remove(0);
            self.sheets.remove(&oldest);
        }
        sheet
    }

    /// Puts committed rows into the sheets that hold their table.
    pub(crate) fn committed(&self, room: &RoomId, rows: &[Image]) {
        if self.sheets.is_empty() {
            return;
        }
        for image in rows {
            let Some(sheet) = self.sheets.get(&(room.clone(), image.spec.id)) else { continue };
            let columns = image.row.as_ref().map(|row| sheet.columns(image.spec.key, &row.json()));
            sheet.rows.lock().by_key.insert(image.key.sort.clone(), columns);
        }
    }
}

impl Sheet {
    async fn load<T: Table>(&self, reader: &Reader, room: &RoomId, table: u16) -> Result<()> {
        // Sheets are of indexes whose partition is the room itself.
        let within = KeyWriter::new().with(&schema::id::Id::<()>::new(room.id())).finish();
        let mut range = Range::partition(table, within, PAGE);
        let mut read = 0;
        loop {
            let page = reader.store().scan(&range).await?;
            read += page.len();
            if read > ROWS_MAX {
                return Err(Error::new(
                    Code::InvalidFilter,
                    "too many records for this order; use the default",
                ));
            }
            let mut rows = self.rows.lock();
            for row in &page {
                let value: Value = codec::from_msgpack(&row.value)?;
                let key = key_of(T::SPEC.key, &value);
                rows.by_key.entry(key).or_insert(Some(value));
            }
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.sort.clone()),
                _ => return Ok(()),
            }
        }
    }

    fn columns(&self, key: &[&str], row: &Value) -> Value {
        let lists = [self.index.within, self.index.sort, self.index.carry, key];
        let mut columns = Map::new();
        for name in lists.into_iter().flatten() {
            columns.insert((*name).to_owned(), row.get(*name).cloned().unwrap_or(Value::Null));
        }
        Value::Object(columns)
    }
}

/// The place of a row, from its key columns: ids, as every table with a sheet is keyed.
fn key_of(key: &[&str], row: &Value) -> Bytes {
    let mut writer = KeyWriter::new();
    for name in key {
        let id = row.get(*name).and_then(Value::as_str).and_then(|text| text.parse().ok());
        writer = writer.with(&schema::id::Id::<()>::new(id.unwrap_or_default()));
    }
    writer.finish()
}
