//! The rows of a sheet in the order of some of their columns, so that a page is found in it without looking at the
//! others. A change moves one row.

use super::entry::{Entry, Layout};
use schema::{column::Column, key::KeyWriter};
use std::{collections::BTreeMap, ops::Bound};

/// Columns, each with whether it goes backward.
pub(super) type By = Vec<(String, bool)>;

/// Where a row stands: bytes that compare as its columns do, each in its own way, and last its id.
pub(super) type Place = Box<[u8]>;

/// Rows in an order.
pub(super) struct Order {
    by: By,
    /// Where the columns stand that make a place.
    at: Vec<Option<usize>>,
    rows: BTreeMap<Place, Entry>,
}

/// The columns that make a place.
pub(super) fn named(by: &By) -> Vec<&str> {
    by.iter().map(|(name, _)| name.as_str()).chain(["id"]).collect()
}

/// The place of a row with these columns, those that were [`named`]. An absent one comes last, whichever way.
pub(super) fn place(by: &By, columns: &[Column<'_>]) -> Place {
    let ways = by.iter().map(|(_, backward)| *backward).chain([false]);
    let put = |key: KeyWriter, (column, backward): (&Column<'_>, bool)| {
        let is_absent = *column == Column::Absent;
        put(key.with(&is_absent), column, backward)
    };
    let key = columns.iter().zip(ways).fold(KeyWriter::new(), put).finish();
    Place::from(key.as_ref())
}

fn put(key: KeyWriter, column: &Column<'_>, backward: bool) -> KeyWriter {
    match (column, backward) {
        (Column::Absent, _) => key,
        (Column::Number(number), false) => key.with(number),
        (Column::Number(number), true) => key.with_reversed(number),
        (Column::Text(text), false) => key.with(text.as_ref()),
        (Column::Text(text), true) => key.with_reversed(text.as_ref()),
        (Column::List(items), _) => items.iter().fold(key, |key, item| put(key, item, backward)),
    }
}

impl Order {
    /// Puts rows into an order.
    pub(super) fn of(by: By, layout: &Layout, rows: Vec<Entry>) -> Self {
        let at = named(&by).into_iter().map(|name| layout.find(name)).collect();
        let mut order = Self { by, at, rows: BTreeMap::new() };
        // All at once is quicker than one by one.
        order.rows = rows.into_iter().map(|row| (order.place(&row), row)).collect();
        order
    }

    fn place(&self, row: &Entry) -> Place {
        let columns: Vec<_> = self.at.iter().map(|at| row.column(*at)).collect();
        place(&self.by, &columns)
    }

    pub(super) fn is_by(&self, by: &By) -> bool {
        self.by == *by
    }

    /// One row is another now, or there is one more, or one fewer.
    pub(super) fn replace(&mut self, old: Option<&Entry>, new: Option<&Entry>) {
        if let Some(old) = old {
            self.rows.remove(&self.place(old));
        }
        if let Some(new) = new {
            self.rows.insert(self.place(new), new.clone());
        }
    }

    /// The rows behind a place, that of a row or one that was read off a cursor.
    pub(super) fn after(&self, place: Option<&[u8]>) -> impl Iterator<Item = (&Place, &Entry)> {
        let after = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range::<[u8], _>((after, Bound::Unbounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::{codec, table::Index};
    use serde_json::{Value, json};
    use std::cmp::Ordering;

    fn layout() -> Layout {
        let index = Index { name: "x", within: &[], sort: &["points"], carry: &["title"], text: &[] };
        Layout::of(&index, &["id"])
    }

    fn row(id: usize, points: Option<i64>, title: &str) -> Entry {
        let row = json!({"id": format!("{id:04}"), "points": points, "title": title});
        layout().read(&codec::to_bytes(&row).unwrap()).unwrap()
    }

    fn ids(order: &Order, after: Option<&[u8]>) -> Vec<String> {
        let id = |row: &Entry| layout().whole(row).unwrap()["id"].as_str().unwrap().to_owned();
        order.after(after).map(|(_, row)| id(row)).collect()
    }

    /// How two columns stand to each other, said plainly.
    fn compare(a: &Value, b: &Value, backward: bool) -> Ordering {
        let way = |order: Ordering| if backward { order.reverse() } else { order };
        match (a, b) {
            (Value::Null, _) | (_, Value::Null) => a.is_null().cmp(&b.is_null()),
            (Value::Number(a), Value::Number(b)) => way(a.as_i64().cmp(&b.as_i64())),
            (Value::String(a), Value::String(b)) => way(a.cmp(b)),
            _ => unreachable!("columns of one kind"),
        }
    }

    fn cells() -> impl Strategy<Value = (Option<i64>, Option<String>)> {
        (proptest::option::of(any::<i64>()), proptest::option::of("[\0a-c\u{ff}é]{0,3}"))
    }

    proptest! {
        #[test]
        fn places_compare_as_the_columns_do(a in cells(), b in cells(), ways: (bool, bool)) {
            let by = vec![("points".to_owned(), ways.0), ("title".to_owned(), ways.1)];
            let place = |(points, title): &(Option<i64>, Option<String>)| {
                place(&by, &[Column::from(&json!(points)), Column::from(&json!(title)), Column::Number(1)])
            };

            let plainly = compare(&json!(a.0), &json!(b.0), ways.0)
                .then(compare(&json!(a.1), &json!(b.1), ways.1));
            prop_assert_eq!(place(&a).cmp(&place(&b)), plainly);
        }

        #[test]
        fn an_order_that_followed_changes_is_one_made_anew(
            first in proptest::collection::vec((proptest::option::of(0_i64..5), "[ab]{0,2}"), 1..30),
            changes in proptest::collection::vec((0_usize..30, proptest::option::of(0_i64..5)), 0..30),
            ways: (bool, bool),
            cut in 0_usize..30,
        ) {
            let by = || vec![("points".to_owned(), ways.0), ("title".to_owned(), ways.1)];
            let mut rows: Vec<Option<Entry>> =
                first.iter().enumerate().map(|(id, (points, title))| Some(row(id, *points, title))).collect();
            let mut followed = Order::of(by(), &layout(), rows.iter().flatten().cloned().collect());

            for (id, points) in changes {
                let id = id % rows.len();
                // One that has no points any more is gone.
                let new = points.map(|points| row(id, Some(points), "c"));
                followed.replace(rows[id].as_ref(), new.as_ref());
                rows[id] = new;
            }

            let anew = Order::of(by(), &layout(), rows.iter().flatten().cloned().collect());
            prop_assert_eq!(ids(&followed, None), ids(&anew, None));
            let place = anew.after(None).nth(cut).map(|(place, _)| place.clone());
            if let Some(place) = place {
                prop_assert_eq!(ids(&followed, Some(&place)), ids(&anew, None).split_off(cut + 1));
            }
        }
    }
}
