//! Pages of one project's tasks, as somebody of its team asks for them.

use crate::{clock::now_us, error::Result, histogram::Histogram, http::Http, seats::Seat};
use serde::Deserialize;

/// A page, as much of it as is looked at.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<serde::de::IgnoredAny>,
    pub(super) page: Place,
}

/// Where a page stands.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) next_cursor: Option<String>,
    pub(super) total: Option<u64>,
}

/// Who asks, and where.
pub(super) struct Asker {
    path: String,
    token: Box<str>,
}

impl Asker {
    pub(super) fn new(seat: &Seat) -> Self {
        Self { path: format!("/api/v1/projects/{}/tasks/", seat.project), token: seat.token.clone() }
    }

    /// One page.
    pub(super) async fn page(&self, http: &mut Http, query: &str) -> Result<Page> {
        let answer = http.get(&format!("{}?{query}", self.path), Some(&self.token)).await?;
        answer.json("listing tasks")
    }

    /// Where so many pages of a hundred end; the last place that there is, where there are fewer.
    pub(super) async fn cursor_after(&self, http: &mut Http, query: &str, pages: usize) -> Result<String> {
        let mut cursor = String::new();
        for _ in 0..pages {
            let at = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            match self.page(http, &format!("limit=100&{query}{at}")).await?.page.next_cursor {
                Some(next) => cursor = next,
                None => break,
            }
        }
        Ok(cursor)
    }

    /// Asks the same so many times, one after the other; answers how long each answer took.
    pub(super) async fn ask(&self, http: &mut Http, query: &str, times: usize) -> Result<Histogram> {
        let path = format!("{}?{query}", self.path);
        let mut taken = Histogram::new();
        for _ in 0..times {
            let began = now_us();
            let answer = http.get(&path, Some(&self.token)).await?;
            taken.record(now_us() - began);
            answer.json::<Page>("listing tasks")?;
        }
        Ok(taken)
    }
}

/// The same order the other way round.
pub(super) fn turned(order: &str) -> String {
    let turn = |column: &str| column.strip_prefix('-').map_or_else(|| format!("-{column}"), str::to_owned);
    order.split(',').map(turn).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_of_an_order_is_turned() {
        assert_eq!(turned("rank"), "-rank");
        assert_eq!(turned("-priority,due_at"), "priority,-due_at");
    }
}
