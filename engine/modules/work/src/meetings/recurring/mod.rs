//! Meetings that come back: a series, the rule that makes its days, and the meetings that stand on them.

pub(super) mod occurrences;
pub(super) mod places;
pub(super) mod recurrence;
mod remaking;
pub(super) mod series;
