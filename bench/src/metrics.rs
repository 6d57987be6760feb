//! Counters of the server's `/metrics` page (Prometheus text format). Every one is optional: a counter
//! that is not there leaves its figure out of the report, and fails nothing.

use std::collections::BTreeMap;

/// The page at one moment: each name with the sum over its labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Reads a page; lines that are no samples are passed over.
    pub(crate) fn parse(page: &str) -> Self {
        let mut sums = BTreeMap::new();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            let value = line.rsplit_once('}').map_or(line, |(_, rest)| rest).split_whitespace();
            // The value follows the name or the labels; a timestamp may follow the value.
            let value = if line.contains('{') { value.take(1).next() } else { value.skip(1).take(1).next() };
            if let Some(value) = value.and_then(|value| value.parse::<f64>().ok()) {
                *sums.entry(name.to_owned()).or_default() += value;
            }
        }
        Self(sums)
    }

    /// How much a counter rose since an earlier reading; `None` when it is not there, or began anew.
    pub(crate) fn rise(&self, before: &Self, name: &str) -> Option<f64> {
        let now = self.0.get(name)?;
        let rise = now - before.0.get(name).copied().unwrap_or(0.0);
        (rise >= 0.0).then_some(rise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_summed_and_comments_passed_over() {
        let before = Metrics::parse("storage_syncs_total 5\n");
        let page = "# TYPE storage_rows_total counter\nstorage_rows_total{table=\"a b\"} 10 1732480000000\n\
                    storage_rows_total{table=\"c\"} 5\nstorage_syncs_total 7\n\n";

        let now = Metrics::parse(page);

        assert_eq!(now.rise(&before, "storage_rows_total"), Some(15.0));
        assert_eq!(now.rise(&before, "storage_syncs_total"), Some(2.0));
        assert_eq!(now.rise(&before, "storage_commits_total"), None);
        assert_eq!(before.rise(&now, "storage_syncs_total"), None, "a restarted server began anew");
    }
}
