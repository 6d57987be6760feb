//! Filters on the columns an index carries: `field=a,b`, and `field__gte=…` with its kin.

use super::query::{COMMON, Query, refused};
use crate::Result;
use schema::{
    column::Column,
    table::Spec,
    time::{Date, Timestamp},
};
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
/// `invalid-filter` for a name that is not one of them, or an instant or a day that is none.
pub(super) fn parse(query: &Query, spec: &Spec, columns: &[&str], aside: bool) -> Result<Vec<Filter>> {
    query
        .iter()
        .filter(|(name, _)| !(COMMON.contains(name) || aside && *name == ARCHIVED))
        .map(|(name, text)| {
            let (column, suffix) = name.split_once("__").unwrap_or((name, ""));
            if !columns.contains(&column) {
                return Err(refused(name, "this list has no such filter"));
            }
            let stored = |text: &str| as_stored(spec, column, text).map_err(|message| refused(name, message));
            let value = || stored(text);
            let test = match suffix {
                "" => Test::AnyOf(text.split(',').map(stored).collect::<Result<_>>()?),
                "ne" => Test::Not(value()?),
                "lt" => Test::Below(value()?),
                "lte" => Test::AtMost(value()?),
                "gt" => Test::Above(value()?),
                "gte" => Test::AtLeast(value()?),
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

/// A value as a row has it: instants and days are compared as the texts that they are stored as.
fn as_stored(spec: &Spec, column: &str, text: &str) -> Result<String, &'static str> {
    match spec.column(column).map(|column| column.cql) {
        Some("timestamp") => {
            // A day alone is its first instant in UTC.
            let begins = || format!("{}T00:00:00Z", text.parse::<Date>().ok()?).parse().ok();
            let at: Option<Timestamp> = text.parse().ok().or_else(begins);
            at.map(|at| at.to_string()).ok_or("an instant such as 2026-11-24T10:00:00Z")
        }
        Some("date") => {
            text.parse::<Date>().map(|day| day.to_string()).map_err(|_| "a day such as 2026-11-24")
        }
        _ => Ok(text.to_owned()),
    }
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
    match one {
        Column::Number(number) => match text.parse::<i64>() {
            Ok(other) => number.cmp(&other),
            Err(_) => number.to_string().as_str().cmp(text),
        },
        Column::Text(value) => value.as_ref().cmp(text),
        // A list in a list is nothing that a query can name.
        Column::Absent | Column::List(_) => Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::table::Column as TableColumn;
    use serde_json::json;

    const SPEC: Spec = Spec {
        name: "things",
        id: 1,
        entity: "thing",
        columns: &[
            TableColumn { name: "status", cql: "text" },
            TableColumn { name: "due_at", cql: "timestamp" },
            TableColumn { name: "points", cql: "bigint" },
            TableColumn { name: "day", cql: "date" },
        ],
        key: &["id"],
        words: &[],
        home: "org",
        by: "org_id",
        topic: None,
        sequenced: false,
        numbered: false,
        private: false,
        find: false,
        indexes: &[],
        uniques: &[],
    };

    fn filters(query: Value) -> Result<Vec<Filter>> {
        let columns = ["status", "due_at", "points", "tags", "day"];
        parse(&serde_json::from_value(query).unwrap(), &SPEC, &columns, true)
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
    fn instants_and_days_are_compared_however_they_are_written() {
        let row = json!({"due_at": "2026-11-24T10:00:00.000Z", "day": "2026-11-24"});
        let admits = |query| filters(query).unwrap().iter().all(|f| f.admits(&row));

        for same in ["2026-11-24T10:00:00Z", "2026-11-24T12:00:00+02:00", "2026-11-24T10:00:00.000Z"] {
            assert!(admits(json!({"due_at": same, "due_at__gte": same, "due_at__lte": same})), "{same}");
            assert!(!admits(json!({"due_at__lt": same})) && !admits(json!({"due_at__ne": same})), "{same}");
        }
        assert!(admits(json!({"due_at__gte": "2026-11-24", "due_at__lt": "2026-11-25"})));
        assert!(admits(json!({"day__lte": "2026-11-24"})));
        for wrong in
            [json!({"due_at": "soon"}), json!({"day__lt": "2026-11-24T10:00:00Z"}), json!({"day": "9"})]
        {
            assert!(filters(wrong).is_err());
        }
    }

    #[test]
    fn an_unknown_filter_is_refused() {
        assert!(filters(json!({"colour": "red"})).is_err());
        assert!(filters(json!({"status__near": "todo"})).is_err());
    }
}
