//! Tables on paper: Markdown whose columns stand under each other, so that a difference is read line by
//! line.

use std::fmt::Write as _;

/// A table with a head.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these columns.
    pub(super) fn of(columns: impl IntoIterator<Item: Into<String>>) -> Self {
        Self { rows: vec![columns.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item: Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Writes it out, or nothing where it has no row.
    pub(super) fn write(&self, out: &mut String) {
        if self.rows.len() == 1 {
            return;
        }
        let wide = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap();
        let widths: Vec<usize> = (0..self.rows[0].len()).map(wide).collect();
        for (number, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(out, "| {cell:width$} ").unwrap();
            }
            out.push_str("|\n");
            if number == 0 {
                widths.iter().for_each(|width| write!(out, "|{}", "-".repeat(width + 2)).unwrap());
                out.push_str("|\n");
            }
        }
        out.push('\n');
    }
}
