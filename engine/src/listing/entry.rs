//! What an index has of a row, kept as its bytes: a few hundred instead of the thousands that the built row takes. Single
//! columns are read where they are compared, the whole only where it is shown.

use crate::Result;
use schema::{
    codec,
    column::{Column, columns},
};
use serde_json::Value;
use std::sync::Arc;

/// An index entry.
#[derive(Clone)]
pub(super) struct Entry(Arc<[u8]>);

impl Entry {
    /// Keeps the bytes of an entry, of which these columns are wanted at once.
    ///
    /// # Errors
    /// When they are no row.
    pub(super) fn read<'a>(bytes: &'a [u8], names: &[&str]) -> Result<(Self, Vec<Column<'a>>)> {
        let columns = columns(bytes, names)?;
        Ok((Self(Arc::from(bytes)), columns))
    }

    /// What stands in some columns.
    pub(super) fn columns(&self, names: &[&str]) -> Vec<Column<'_>> {
        let columns = columns(&self.0, names);
        assert!(columns.is_ok(), "the bytes of an entry were read before they were kept");
        columns.unwrap_or_default()
    }

    /// All of it.
    ///
    /// # Errors
    /// None that could happen: its bytes were read before.
    pub(super) fn whole(&self) -> Result<Value> {
        Ok(codec::from_msgpack(&self.0)?)
    }

    #[cfg(test)]
    pub(super) fn of(row: &Value) -> Self {
        Self(Arc::from(codec::to_bytes(row).unwrap().as_ref()))
    }
}
