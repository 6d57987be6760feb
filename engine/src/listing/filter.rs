//! Filters on the columns an index carries: `field=a,b`, and `field__gte=…` with its kin.

use super::query::{COMMON, Query, refused};
use crate::Result;
use schema::column::Column;
use serde_json::Value;
use std::cmp::Ordering;

/// One condition on one column.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    column: String,
    test: Test,
}

#[derive(Clone, PartialEq, Debug)]
enum Test {
    AnyOf(Vec<String>),
    Not(String),
    Below(String),
    AtMost(String),
    Above(String),
    AtLeast(String),
    Null(bool),
    Contains(String),
}

/// The name that asks for what was put aside.
const ARCHIVED: &str = "archived";

/// The filters of a query over these columns; `archived` is none of them where rows can be put aside.
///
/// # Errors
/// `invalid-filter` for a name that is not one of them.
pub(super) fn parse(query: &Query, columns: &[&str], aside: bool) -> Result<Vec<Filter>> {
    query
        .iter()
        .filter(|(name, _)| !(COMMON.contains(name) || aside && *name == ARCHIVED))
        .map(|(name, text)| {
            let (column, suffix) = name.split_once("__").unwrap_or((name, ""));
            if !columns.contains(&column) {
                return Err(refused(name, "this list has no such filter"));
            }
            let value = || text.to_owned();
            let test = match suffix {
                "" => Test::AnyOf(text.split(',').map(str::to_owned).collect()),
                "ne" => Test::Not(value()),
                "lt" => Test::Below(value()),
                "lte" => Test::AtMost(value()),
                "gt" => Test::Above(value()),
                "gte" => Test::AtLeast(value()),
                "isnull" => match text {
                    "true" => Test::Null(true),
                    "false" => Test::Null(false),
                    _ => return Err(refused(name, "true or false")),
                },
                "contains" => Test::Contains(text.to_lowercase()),
                _ => return Err(refused(name, "there is no such comparison")),
            };
            Ok(Filter { column: column.to_owned(), test })
        })
        .collect()
}

impl Filter {
    /// What `archived` says: nothing that was put aside unless it is `only` or `all`.
    pub(super) fn archived(query: &Query) -> Result<Option<Self>> {
        let column = super::ARCHIVED_AT.to_owned();
        match query.get(ARCHIVED) {
            None | Some("false") => Ok(Some(Self { column, test: Test::Null(true) })),
            Some("only") => Ok(Some(Self { column, test: Test::Null(false) })),
            Some("all") => Ok(None),
            Some(_) => Err(refused(ARCHIVED, "only, all or false")),
        }
    }

    /// Whether a row's columns satisfy it.
    #[must_use]
    pub fn admits(&self, row: &Value) -> bool {
        self.holds(&row.get(&self.column).map_or(Column::Absent, Column::from))
    }

    /// The column it is about.
    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// Whether what stands in its column satisfies it; of several, any one.
    pub(super) fn holds(&self, column: &Column<'_>) -> bool {
        let against = |text: &str, way: fn(Ordering) -> bool| any(column, |one| way(compare(one, text)));
        match &self.test {
            Test::AnyOf(texts) => texts.iter().any(|text| against(text, Ordering::is_eq)),
            Test::Not(text) => !against(text, Ordering::is_eq),
            Test::Below(text) => against(text, Ordering::is_lt),
            Test::AtMost(text) => against(text, Ordering::is_le),
            Test::Above(text) => against(text, Ordering::is_gt),
            Test::AtLeast(text) => against(text, Ordering::is_ge),
            Test::Null(null) => (*column == Column::Absent) == *null,
            Test::Contains(part) => {
                any(column, |one| matches!(one, Column::Text(text) if text.to_lowercase().contains(part)))
            }
        }
    }
}

/// Whether something stands in a column of which this is true; of several, any one.
fn any(column: &Column<'_>, test: impl Fn(&Column<'_>) -> bool) -> bool {
    match column {
        Column::Absent => false,
        Column::List(items) => items.iter().any(test),
        one => test(one),
    }
}

/// Numbers compare as numbers; texts, ids, instants and dates as text, which is their order too.
fn compare(one: &Column<'_>, text: &str) -> Ordering {
    match (one, text.parse::<i64>()) {
        (Column::Number(number), Ok(other)) => number.cmp(&other),
        (Column::Number(number), Err(_)) => number.to_string().as_str().cmp(text),
        (Column::Text(value), _) => value.as_ref().cmp(text),
        // A list in a list is nothing that a query can name.
        (Column::Absent | Column::List(_), _) => Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filters(query: Value) -> Result<Vec<Filter>> {
        parse(&serde_json::from_value(query).unwrap(), &["status", "due_at", "points", "tags"], true)
    }

    #[test]
    fn values_of_one_filter_are_alternatives_and_filters_add_up() {
        let row = json!({"status": "todo", "points": 10, "due_at": null, "tags": ["a", "b"]});
        let admits = |query| filters(query).unwrap().iter().all(|f| f.admits(&row));

        assert!(admits(json!({"status": "todo,done", "points__gte": "9"})));
        assert!(admits(json!({"due_at__isnull": "true", "tags": "b"})));
        assert!(!admits(json!({"points__lt": "9"})));
        assert!(!admits(json!({"due_at__lt": "2100-01-01"})));
    }

    #[test]
    fn an_unknown_filter_is_refused() {
        assert!(filters(json!({"colour": "red"})).is_err());
        assert!(filters(json!({"status__near": "todo"})).is_err());
    }
}
