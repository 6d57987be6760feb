//! What stands beside a task: its checklist, the labels it carries, who follows it.

pub(super) mod checklist;
pub(super) mod labels;
pub(super) mod watching;
