//! The rows of a sheet in the order of some of their columns, so that a page is found in it without looking at the
//! others. A change moves one row.

use super::filter::compare_places;
use serde_json::Value;
use std::{cmp::Ordering, collections::BTreeMap, ops::Bound, sync::Arc};

/// Columns, each with whether it goes backward.
pub(super) type By = Vec<(String, bool)>;

/// The place of a row: its columns, then its id.
#[derive(Clone, Debug)]
pub(super) struct Place {
    columns: Vec<Value>,
    backward: Arc<[bool]>,
}

/// Rows in an order.
pub(super) struct Order {
    by: By,
    backward: Arc<[bool]>,
    rows: BTreeMap<Place, Arc<Value>>,
}

impl Place {
    /// What it is made of, for a cursor.
    pub(super) fn columns(&self) -> &[Value] {
        &self.columns
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_places(&self.columns, &other.columns, &self.backward)
    }
}
impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Place {}

impl Order {
    /// Puts rows into an order.
    pub(super) fn of(by: By, rows: Vec<Arc<Value>>) -> Self {
        let backward = by.iter().map(|(_, backward)| *backward).chain([false]).collect();
        let mut order = Self { by, backward, rows: BTreeMap::new() };
        // All at once is quicker than one by one.
        order.rows = rows.into_iter().map(|row| (order.place(&row), row)).collect();
        order
    }

    pub(super) fn is_by(&self, by: &By) -> bool {
        self.by == *by
    }

    /// Where a row stands.
    fn place(&self, row: &Value) -> Place {
        let columns = self.by.iter().map(|(column, _)| column.as_str()).chain(["id"]);
        let columns = columns.map(|column| row.get(column).cloned().unwrap_or_default()).collect();
        Place { columns, backward: Arc::clone(&self.backward) }
    }

    /// One row is another now, or there is one more, or one fewer.
    pub(super) fn replace(&mut self, old: Option<&Value>, new: Option<&Arc<Value>>) {
        if let Some(old) = old {
            self.rows.remove(&self.place(old));
        }
        if let Some(new) = new {
            self.rows.insert(self.place(new), Arc::clone(new));
        }
    }

    /// The rows behind a place, that of a row or one that was read off a cursor.
    pub(super) fn after(&self, columns: Option<&[Value]>) -> impl Iterator<Item = (&Place, &Arc<Value>)> {
        let place =
            columns.map(|columns| Place { columns: columns.to_vec(), backward: Arc::clone(&self.backward) });
        self.rows.range((place.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn row(id: usize, points: Option<i64>, title: &str) -> Arc<Value> {
        Arc::new(json!({"id": format!("{id:04}"), "points": points, "title": title}))
    }

    fn ids(order: &Order, after: Option<&[Value]>) -> Vec<String> {
        order.after(after).map(|(_, row)| row["id"].as_str().unwrap().to_owned()).collect()
    }

    proptest! {
        #[test]
        fn an_order_that_followed_changes_is_one_made_anew(
            first in proptest::collection::vec((proptest::option::of(0_i64..5), "[ab]{0,2}"), 1..30),
            changes in proptest::collection::vec((0_usize..30, proptest::option::of(0_i64..5)), 0..30),
            ways: (bool, bool),
            cut in 0_usize..30,
        ) {
            let by = || vec![("points".to_owned(), ways.0), ("title".to_owned(), ways.1)];
            let mut rows: Vec<Option<Arc<Value>>> =
                first.iter().enumerate().map(|(id, (points, title))| Some(row(id, *points, title))).collect();
            let mut followed = Order::of(by(), rows.iter().flatten().cloned().collect());

            for (id, points) in changes {
                let id = id % rows.len();
                // One that has no points any more is gone.
                let new = points.map(|points| row(id, Some(points), "c"));
                followed.replace(rows[id].as_deref(), new.as_ref());
                rows[id] = new;
            }

            let anew = Order::of(by(), rows.iter().flatten().cloned().collect());
            prop_assert_eq!(ids(&followed, None), ids(&anew, None));
            let place = anew.after(None).nth(cut).map(|(place, _)| place.columns().to_vec());
            if let Some(place) = place {
                prop_assert_eq!(ids(&followed, Some(&place)), ids(&anew, None).split_off(cut + 1));
            }
        }
    }
}
