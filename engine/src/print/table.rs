//! A table: a head over a strong line, rows with a seam under each, numbers at the right. It goes over as many pages as
//! it needs, and repeats its head on each.

use super::{
    draw::{rule, text},
    faces::Weight,
    ink::Ink,
    lines::{Line, Span, Style, line, lines},
    sheet::{Sheet, baseline},
    tree::Kind,
};

const LEADING: f32 = 14.0;
/// Above and below the text of a row.
const PAD: f32 = 5.0;
/// Between two columns.
const GAP: f32 = 18.0;
/// A row up to this height is not torn apart.
const WHOLE: f32 = 240.0;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands over it.
    pub title: String,
    /// Whether it stands at the right, as numbers do.
    pub right: bool,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its columns, at least one.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<Vec<Span>>>,
}

/// Where the columns stand.
struct Grid {
    columns: Vec<(f32, f32, bool)>,
    x: f32,
    width: f32,
}

impl Sheet {
    /// A table from `x` on, of a width.
    pub fn table(&mut self, table: &Table, x: f32, width: f32) {
        let grid = self.grid(table, x, width);
        let style = Style::of(Weight::Strong, 9.75, Ink::FAINT);
        let titles = table.columns.iter().map(|column| vec![Span::of(column.title.as_str(), style)]);
        let head = self.cells(&titles.collect::<Vec<_>>(), &grid);
        self.need(height(&head) + LEADING + 2.0 * PAD);
        self.tree.open(Kind::Table);
        self.row(&head, &grid, Some(Kind::Head), None);
        for row in &table.rows {
            let cells = self.cells(row, &grid);
            self.row(&cells, &grid, Some(Kind::Cell), Some(&head));
        }
        self.tree.close();
    }

    fn cells(&mut self, row: &[Vec<Span>], grid: &Grid) -> Vec<Vec<Line>> {
        let cells = row.iter().zip(&grid.columns);
        cells.map(|(spans, (_, width, _))| lines(&mut self.faces, spans, *width)).collect()
    }

    /// A row; each cell is a branch of its own, or of none where the row only repeats the head.
    fn row(&mut self, cells: &[Vec<Line>], grid: &Grid, kind: Option<Kind>, head: Option<&Vec<Vec<Line>>>) {
        let page = self.pages.len();
        self.need(if height(cells) <= WHOLE { height(cells) } else { LEADING + PAD });
        if let Some(head) = head.filter(|_| self.pages.len() > page) {
            self.row(head, grid, None, None);
        }
        let is_head = kind == Some(Kind::Head) || kind.is_none();
        self.y += PAD;
        let mut leaves: Vec<Vec<usize>> = cells.iter().map(|_| Vec::new()).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            if height(cells) > WHOLE {
                self.need(LEADING + PAD);
            }
            for ((cell, (x, width, right)), leaves) in cells.iter().zip(&grid.columns).zip(&mut leaves) {
                let Some(line) = cell.get(at) else { continue };
                let size = line.runs.first().map_or(10.5, |run| run.style.size);
                let left = if *right { x + width - line.width } else { *x };
                let drawn = text((left, self.y + baseline(LEADING, size)), line);
                if kind.is_none() {
                    self.adorn(drawn);
                } else if !drawn.is_empty() {
                    leaves.push(self.plant(drawn));
                }
            }
            self.y += LEADING;
        }
        self.y += PAD;
        let seam = if is_head { Ink::SEAM_STRONG } else { Ink::SEAM };
        self.adorn(vec![rule((grid.x, self.y), grid.width, 0.75, seam)]);
        if let Some(kind) = kind {
            self.tree.open(Kind::Row);
            for cell in leaves {
                self.tree.open(kind.clone());
                cell.into_iter().for_each(|leaf| self.tree.leaf(leaf));
                self.tree.close();
            }
            self.tree.close();
        }
    }

    /// Columns as wide as their widest cell where there is room, and narrower in fair shares where there is not.
    fn grid(&mut self, table: &Table, x: f32, width: f32) -> Grid {
        let count = u16::try_from(table.columns.len()).map_or(1.0, f32::from).max(1.0);
        let room = width - GAP * (count - 1.0);
        let style = Style::of(Weight::Strong, 9.75, Ink::FAINT);
        let mut wanted: Vec<f32> = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            let head = line(&mut self.faces, &[Span::of(column.title.as_str(), style)]).width;
            let cells = table.rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| line(&mut self.faces, cell).width).fold(head, f32::max);
            wanted.push(widest.min(room) + 0.1);
        }
        let mut widths = fair(&wanted, room);
        let left = room - widths.iter().sum::<f32>();
        // The first column that is no number takes what is left, so that numbers stand at the edge.
        let wide = table.columns.iter().position(|column| !column.right).unwrap_or_default();
        if let Some(first) = widths.get_mut(wide) {
            *first += left.max(0.0);
        }
        let mut left = x;
        let columns = table.columns.iter().zip(widths).map(|(column, width)| {
            let from = left;
            left += width + GAP;
            (from, width, column.right)
        });
        Grid { columns: columns.collect(), x, width }
    }
}

fn height(cells: &[Vec<Line>]) -> f32 {
    let most = cells.iter().map(Vec::len).max().unwrap_or_default();
    u16::try_from(most).map_or(f32::MAX, f32::from) * LEADING + 2.0 * PAD
}

/// What each gets of the room when nobody gets more than it wants, and who wants little is served first.
fn fair(wanted: &[f32], room: f32) -> Vec<f32> {
    let mut widths: Vec<Option<f32>> = wanted.iter().map(|_| None).collect();
    loop {
        let given: f32 = widths.iter().flatten().sum();
        let open = widths.iter().filter(|width| width.is_none()).count();
        let share = (room - given) / u16::try_from(open).map_or(1.0, f32::from).max(1.0);
        let mut served = false;
        for (width, wanted) in widths.iter_mut().zip(wanted) {
            if width.is_none() && *wanted <= share {
                *width = Some(*wanted);
                served = true;
            }
        }
        if !served || open == 0 {
            return widths.into_iter().map(|width| width.unwrap_or(share)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::about;
    use super::*;
    use proptest::prelude::*;

    fn cell(text: &str) -> Vec<Span> {
        vec![Span::of(text, Style::of(Weight::Regular, 10.5, Ink::TEXT))]
    }

    #[test]
    fn a_long_table_goes_on_over_pages_and_a_tall_row_is_torn_apart() {
        let mut sheet = Sheet::new(about()).unwrap();
        let column = |title: &str, right| Column { title: title.into(), right };
        let mut rows: Vec<Vec<Vec<Span>>> = (0..80).map(|_| vec![cell("Poste"), cell("12")]).collect();
        rows.push(vec![cell(&"très long ".repeat(3_000)), cell("1")]);

        let table = Table { columns: vec![column("Poste", false), column("Prévu", true)], rows };
        sheet.table(&table, 36.0, 200.0);

        assert!(sheet.pages.len() > 6, "{}", sheet.pages.len());
        assert!(sheet.finish().is_ok());
    }

    proptest! {
        #[test]
        fn columns_never_want_more_than_the_room(
            wanted in prop::collection::vec(1.0_f32..600.0, 1..9),
            room in 100.0_f32..520.0,
        ) {
            let widths = fair(&wanted, room);

            prop_assert!(widths.iter().sum::<f32>() <= room + 0.1);
            prop_assert!(widths.iter().zip(&wanted).all(|(got, wanted)| *got <= *wanted + 0.01 && *got > 0.0));
        }
    }
}
