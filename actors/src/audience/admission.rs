//! How a listener comes in: what it shows of a former visit, and where its cursor starts.

use serde_json::Value;

/// How a listener wants to be let in.
#[derive(Debug)]
pub struct Admission {
    /// Which listener.
    pub connection: u64,
    /// The room's epoch.
    pub epoch: String,
    /// What the client showed of a former visit.
    pub from: Option<(Option<String>, u64)>,
    /// The request to answer; `None` admits without a word.
    pub answer: Option<Answer>,
    /// Whether the log itself was asked already where it ends, for this one.
    pub(crate) log_was_asked: bool,
}

impl Admission {
    /// The event it shows, where nothing so late is known here. Another node may have heard it sooner, so the log is
    /// asked before that is called wrong.
    pub(super) fn ahead_of(&self, head: u64) -> Option<u64> {
        let (epoch, after) = self.from.as_ref()?;
        let same = epoch.as_ref().is_none_or(|epoch| *epoch == self.epoch);
        Some(*after).filter(|after| same && *after > head)
    }
}

/// The reply to a join.
#[derive(Debug)]
pub struct Answer {
    /// The request's `ref`.
    pub reference: Option<String>,
    /// What the engine adds to the reply.
    pub greeting: Value,
    /// The present, in milliseconds.
    pub ts: i64,
}

/// Where a cursor starts, and why the client must reload first, if it must.
pub(super) fn start(admission: &Admission, head: u64, resume_max: u64) -> (u64, Option<&'static str>) {
    let Some((epoch, after)) = &admission.from else { return (head + 1, None) };
    let reason = if epoch.as_ref().is_some_and(|epoch| *epoch != admission.epoch) {
        "epoch"
    } else if *after > head {
        "ahead"
    } else if head - after > resume_max {
        "too-many"
    } else {
        metrics::counter!("ws_resume_total").increment(1);
        return (after + 1, None);
    };
    (head + 1, Some(reason))
}
