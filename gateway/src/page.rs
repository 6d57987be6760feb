//! The metrics page, in Prometheus' text format. Counters are recorded where things happen; what can be
//! looked at is looked at when the page is asked for.

use crate::{door::Door, house, system};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds, from a local delivery to a stalled disk.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counters of what seldom happens. They stand on the page from the start, at zero: a rise from nothing is
/// no rise to whoever watches.
const SELDOM: [&str; 13] = [
    "accept_failures_total",
    "bus_gaps_total",
    "bus_left_out_total",
    "bus_turned_away_total",
    "calls_carried_total",
    "changes_poisonous_total",
    "cluster_cut_off_total",
    "rate_limited_total",
    "reactions_parked_total",
    "ws_dropped_total",
    "ws_lagging_total",
    "ws_resume_total",
    "ws_resync_total",
];

/// The recorder's reading side. A process has one recorder: a second server in it, as in tests, has a page
/// without counters.
#[derive(Clone)]
pub(crate) struct Page(Option<PrometheusHandle>);

impl Page {
    /// Installs the process's recorder, unless it has one.
    pub(crate) fn install() -> Self {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
        let Ok(builder) = builder else { return Self(None) };
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let installed = metrics::set_global_recorder(recorder).is_ok();
        for name in SELDOM.into_iter().filter(|_| installed) {
            metrics::counter!(name).increment(0);
        }
        Self(installed.then_some(handle))
    }

    /// Folds recorded samples into their histograms. Called now and then, so that an unread page does not
    /// collect samples for ever.
    pub(crate) fn tidy(&self) {
        if let Some(handle) = &self.0 {
            handle.run_upkeep();
        }
    }

    /// The page as it is now.
    pub(crate) fn text(&self, door: &Door) -> String {
        look(door);
        self.0.as_ref().map_or_else(String::new, PrometheusHandle::render)
    }
}

fn look(door: &Door) {
    let node = door.engine.node();
    gauge("connections", door.inside());
    gauge("ws_connections", node.sessions().count());
    gauge("rooms_awake", node.directory().awake_count());
    let store = house::store_counts(&door.engine);
    metrics::counter!("storage_commits_total").absolute(store.commits);
    metrics::counter!("storage_rows_total").absolute(store.rows);
    metrics::counter!("storage_syncs_total").absolute(store.syncs);
    metrics::counter!("storage_reads_total").absolute(store.reads);
    metrics::counter!("storage_rows_read_total").absolute(store.rows_read);
    metrics::counter!("storage_bytes_total").absolute(store.bytes);
    if let Some(bytes) = system::resident_bytes() {
        gauge("process_resident_memory_bytes", bytes);
    }
}

fn gauge(name: &'static str, value: usize) {
    // A gauge is a float, and only 32 bits become one without loss; bytes of memory may be more.
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    metrics::gauge!(name).set(float(value / 1_024).mul_add(1_024.0, float(value % 1_024)));
}
